import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as applications from '../../app/directory/applications.ts';
import type { System } from '../../app/system.ts';
import type { PersonId } from '../../domain/directory/actor.ts';
import { standingOf } from '../../domain/directory/application.ts';
import { Refusal } from '../../domain/refusal.ts';

import { cursorOf, keyOf, PageQuery } from '../contract/page.ts';
import * as contract from '../contract/participation.ts';
import { whoIs } from './who.ts';

const tags = ['participation'];

/** Anybody may send these, without an account. */
const openLimit = { rateLimit: { max: 20, timeWindow: 60_000 } };

/** What those who decide see. */
export function view({ id, said, standing, names, mayConfirm, alike, receivedAt, updatedAt }: applications.Shown) {
  const person = (by: PersonId) => ({ id: by, name: names.get(by) ?? by });
  return {
    id,
    state: standing.state as Exclude<typeof standing.state, 'sent'>,
    said,
    exchanges: standing.exchanges.map((one) => ({ ...one, by: person(one.by) })),
    ...(standing.state === 'proposed' && {
      proposal: { reason: standing.reason, by: person(standing.by), at: standing.at },
    }),
    ...(standing.state === 'admitted' && {
      admission: {
        proposedBy: person(standing.proposedBy),
        confirmedBy: person(standing.confirmedBy),
        byOne: standing.byOne,
        at: standing.at,
      },
    }),
    mayConfirm,
    alike,
    receivedAt,
    updatedAt,
  };
}

const standingView = ({ said, standing, receivedAt, updatedAt }: applications.Kept) => ({
  name: said.name,
  ...standingOf(standing),
  receivedAt,
  updatedAt,
});

export function routes(server: FastifyInstance, system: System): void {
  const routes = server.withTypeProvider<ZodTypeProvider>();

  routes.post(
    '/applications',
    {
      // The answer holds a secret: it is not kept for a repeated request.
      config: { ...openLimit, isSecret: true },
      schema: {
        tags,
        summary: 'Apply to take part, without an account; the same answer whoever applies',
        body: contract.NewApplication,
        response: { 202: contract.ApplicationReceipt },
      },
    },
    async (request, reply) => {
      const receipt = await applications.apply(system, request.body);
      return reply
        .code(202)
        .header('cache-control', 'no-store')
        .send({ receipt, detail: 'A mail with a link is on its way to the address you gave. Open it within a day.' });
    },
  );

  routes.post(
    '/applications/proof',
    {
      config: openLimit,
      schema: { tags, summary: 'Prove the mail address of an application, once', body: contract.Proof },
    },
    async (request, reply) => {
      await applications.prove(system, request.body.token);
      return reply.code(204).send();
    },
  );

  routes.post(
    '/applications/standing',
    {
      config: { ...openLimit, isSecret: true },
      schema: {
        tags,
        summary: 'Where an application stands, for whoever has its receipt',
        body: contract.Receipt,
        response: { 200: contract.ApplicationStanding },
      },
    },
    async (request, reply) => {
      reply.header('cache-control', 'no-store');
      return standingView(await applications.standing(system, request.body.receipt));
    },
  );

  routes.post(
    '/applications/answer',
    {
      config: { ...openLimit, isSecret: true },
      schema: {
        tags,
        summary: 'Answer what was asked of the applicant',
        body: contract.Answer,
        response: { 200: contract.ApplicationStanding },
      },
    },
    async (request, reply) => {
      reply.header('cache-control', 'no-store');
      return standingView(await applications.answer(system, request.body.receipt, request.body.answer));
    },
  );

  routes.post(
    '/applications/withdrawal',
    {
      config: { ...openLimit, isSecret: true },
      schema: {
        tags,
        summary: 'Take an application back, without a reason',
        body: contract.Receipt,
        response: { 200: contract.ApplicationStanding },
      },
    },
    async (request, reply) => {
      reply.header('cache-control', 'no-store');
      return standingView(await applications.withdraw(system, request.body.receipt));
    },
  );

  routes.get(
    '/applications',
    {
      schema: {
        tags,
        summary: 'Applications that wait, the oldest first',
        querystring: PageQuery,
        response: { 200: contract.Applications },
      },
    },
    async (request) => {
      const { after, limit } = request.query;
      const number = after === undefined ? 0 : keyOf(after, 1)?.[0];
      if (typeof number !== 'number') throw new Refusal('invalid_request');
      const found = await applications.list(system, whoIs(request), number, limit);
      const last = found.length === limit ? found.at(-1) : undefined;
      return { items: found.map(view), ...(last && { next: cursorOf([last.number]) }) };
    },
  );

  const params = contract.ApplicationParams;
  const response = { 200: contract.ApplicationView };

  routes.get('/applications/:id', { schema: { tags, summary: 'One application', params, response } }, async (request) =>
    view(await applications.load(system, whoIs(request), request.params.id)),
  );

  routes.post(
    '/applications/:id/questions',
    { schema: { tags, summary: 'Ask the applicant for more', params, body: contract.Ask, response } },
    async (request) => view(await applications.ask(system, whoIs(request), request.params.id, request.body.question)),
  );

  routes.post(
    '/applications/:id/proposal',
    { schema: { tags, summary: 'Propose to let it in: the first of two', params, body: contract.Propose, response } },
    async (request) => view(await applications.propose(system, whoIs(request), request.params.id, request.body.reason)),
  );

  routes.delete(
    '/applications/:id/proposal',
    { schema: { tags, summary: 'Take the proposal back; the application waits again', params, response } },
    async (request) => view(await applications.sendBack(system, whoIs(request), request.params.id)),
  );

  routes.post(
    '/applications/:id/confirmation',
    {
      schema: {
        tags,
        summary:
          'Confirm the proposal of another person: lets the organisation in, and mails its first administrator a link',
        params,
        response,
      },
    },
    async (request) => view(await applications.confirm(system, whoIs(request), request.params.id)),
  );

  routes.post(
    '/applications/:id/refusal',
    { schema: { tags, summary: 'Do not let it in, with words', params, body: contract.Refuse, response } },
    async (request) => view(await applications.refuse(system, whoIs(request), request.params.id, request.body.words)),
  );
}
