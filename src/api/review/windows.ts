import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as windows from '../../app/review/windows.ts';
import type { System } from '../../app/system.ts';
import { builtInPolicies } from '../../domain/review/window-policy.ts';
import { SubmissionParams as params } from '../contract/submissions.ts';
import * as contract from '../contract/windows.ts';
import { whoIs } from '../directory/who.ts';

const tags = ['windows'];

const view = ({ parties, events, ...details }: windows.Details) => ({
  ...details,
  events: events.map(({ entry, ...event }) => ({
    ...event,
    ...(entry && { entry: { ...entry, nonce: Buffer.from(entry.nonce).toString('base64') } }),
  })),
  parties: parties.map(({ organisation, name, capacity }) => ({ organisation, name, capacity })),
});

export function routes(server: FastifyInstance, system: System): void {
  const routes = server.withTypeProvider<ZodTypeProvider>();

  routes.get(
    '/submissions/:id/window',
    {
      schema: {
        tags,
        summary: 'The window of early access: both meters, what happened, what ends when',
        params,
        response: { 200: contract.WindowDetail },
      },
    },
    async (request) => view(await windows.load(system, whoIs(request), request.params.id)) as never,
  );

  routes.post(
    '/submissions/:id/window/events',
    {
      schema: {
        tags,
        summary:
          'Do an act of the window. The developer releases or withdraws in any state, without having seen the last event',
        params,
        body: contract.NewEvent,
        response: { 201: contract.WindowDetail },
      },
    },
    async (request, reply) => {
      const { after, ...asked } = request.body;
      const done = await windows.act(system, whoIs(request), request.params.id, asked as windows.Asked, after);
      return reply.code(201).send(view(done) as never);
    },
  );

  routes.get(
    '/submissions/:id/window/export',
    {
      schema: {
        tags,
        summary: 'Everything with which anyone recomputes what the clock said; assay window reads it',
        params,
        response: { 200: contract.WindowExport },
      },
    },
    async (request, reply) => {
      const document = await windows.exportWindow(system, whoIs(request), request.params.id);
      reply.header('content-disposition', `attachment; filename="window-${document.submission.id}.json"`);
      return document as never;
    },
  );

  routes.get(
    '/submissions/:id/window.ics',
    { schema: { tags, summary: 'The dates of the window as a calendar (RFC 5545)', params } },
    async (request, reply) => {
      const text = await windows.calendar(system, whoIs(request), request.params.id);
      return reply
        .type('text/calendar; charset=utf-8')
        .header('content-disposition', 'attachment; filename="window.ics"')
        .send(text);
    },
  );

  routes.get(
    '/window-policies',
    { schema: { tags, summary: 'Window policies, the default first', response: { 200: contract.WindowPolicies } } },
    async () => ({ items: [...builtInPolicies] }),
  );
}
