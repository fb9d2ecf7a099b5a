import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as incidents from '../../app/review/incidents.ts';
import type { System } from '../../app/system.ts';
import { Refusal } from '../../domain/refusal.ts';
import * as contract from '../contract/incidents.ts';
import { cursorOf, keyOf } from '../contract/page.ts';
import { whoIs } from '../directory/who.ts';

const tags = ['incidents'];

const view = ({ incident, ...rest }: incidents.Shown) => ({ ...incident, ...rest });

export function routes(server: FastifyInstance, system: System): void {
  const routes = server.withTypeProvider<ZodTypeProvider>();
  const { IncidentParams: params } = contract;

  routes.get(
    '/submissions/:id/incidents',
    {
      schema: {
        tags,
        summary: 'Containment incidents that you may know of, newest first',
        params,
        response: { 200: contract.Incidents },
      },
    },
    async (request) => ({ items: (await incidents.list(system, whoIs(request), request.params.id)).map(view) }),
  );

  routes.post(
    '/submissions/:id/incidents',
    {
      schema: {
        tags,
        summary: 'Raise a containment incident: all access is cut first',
        params,
        body: contract.RaiseIncident,
        response: { 201: contract.IncidentView },
      },
    },
    async (request, reply) => {
      const raised = await incidents.raise(system, whoIs(request), request.params.id, request.body);
      return reply.code(201).header('location', `/api/v1/incidents/${raised.incident.id}`).send(view(raised));
    },
  );

  routes.get(
    '/incidents/:id',
    { schema: { tags, summary: 'One incident', params, response: { 200: contract.IncidentView } } },
    async (request) => view(await incidents.load(system, whoIs(request), request.params.id)),
  );

  routes.patch(
    '/incidents/:id',
    {
      schema: {
        tags,
        summary: 'Say by which facts it is contained, or resolved',
        params,
        body: contract.SettleIncident,
        response: { 200: contract.IncidentView },
      },
    },
    async (request) => view(await incidents.settle(system, whoIs(request), request.params.id, request.body)),
  );

  routes.post(
    '/incidents/:id/audience',
    {
      schema: {
        tags,
        summary: 'Let another party of the file know of it',
        params,
        body: contract.AdmitToIncident,
        response: { 200: contract.IncidentView },
      },
    },
    async (request) =>
      view(await incidents.admit(system, whoIs(request), request.params.id, request.body.organisation)),
  );

  routes.get(
    '/incidents/:id/messages',
    {
      schema: {
        tags,
        summary: 'What was written about it, oldest first',
        params,
        querystring: contract.MessagesQuery,
        response: { 200: contract.Messages },
      },
    },
    async (request) => {
      const { after, limit } = request.query;
      const from = after === undefined ? 0 : keyOf(after, 1)?.[0];
      if (typeof from !== 'number') throw new Refusal('invalid_request');
      const found = await incidents.messages(system, whoIs(request), request.params.id, { after: from, limit });
      const last = found.length === limit ? found.at(-1) : undefined;
      const items = found.map(({ organisation, organisationName, ...message }) => ({
        ...message,
        organisation: { id: organisation, name: organisationName },
      }));
      return { items, ...(last && { next: cursorOf([last.id]) }) };
    },
  );

  routes.post(
    '/incidents/:id/messages',
    { schema: { tags, summary: 'Write about it', params, body: contract.WriteMessage } },
    async (request, reply) => {
      await incidents.write(system, whoIs(request), request.params.id, request.body.text);
      return reply.code(204).send();
    },
  );
}
