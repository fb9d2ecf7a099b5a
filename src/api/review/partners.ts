import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as partners from '../../app/review/partners.ts';
import type { System } from '../../app/system.ts';
import { Refusal } from '../../domain/refusal.ts';
import { decisionPolicy } from '../../domain/review/decision-policy.ts';
import { cursorOf, keyOf, PageQuery } from '../contract/page.ts';
import * as contract from '../contract/partners.ts';
import { SubmissionParams as params } from '../contract/submissions.ts';
import { whoIs } from '../directory/who.ts';

const tags = ['partners'];

function view({ kept, side, names, events }: partners.SeenPartner) {
  const { current } = kept;
  return {
    id: kept.id,
    side,
    developer: { id: kept.developer, name: names.developer },
    authority: kept.authority === null ? null : { id: kept.authority, name: names.authority ?? '' },
    organisation: kept.organisation,
    name: kept.name,
    sector: kept.sector,
    model: kept.model,
    state: current.state,
    isReviewLeft: current.reviewRequests < decisionPolicy.reviewRequests,
    ...(side !== 'partner' && { submission: kept.submission, hasAuthorityActed: current.hasAuthorityActed }),
    ...(current.declined && { declinedBy: current.declined.by }),
    events: events.map(({ id, at, side: of, by, did, detail, sealedAt }) => ({
      id,
      at,
      side: of,
      by: by.name,
      did,
      ...detail,
      ...(sealedAt !== null && { sealedAt }),
    })),
    createdAt: kept.createdAt,
    updatedAt: kept.updatedAt,
  };
}

const done = ({ kept }: partners.SeenPartner) => ({ id: kept.id, state: kept.current.state });

/** The key of a page by a moment and an id. */
function after(cursor: string | undefined): [string, string] | undefined {
  if (cursor === undefined) return undefined;
  const [at, id] = keyOf(cursor, 2) ?? [];
  if (typeof at !== 'string' || typeof id !== 'string') throw new Refusal('invalid_request');
  return [at, id];
}

export function routes(server: FastifyInstance, system: System): void {
  const routes = server.withTypeProvider<ZodTypeProvider>();

  routes.get(
    '/submissions/:id/partners',
    {
      schema: {
        tags,
        summary: 'Partners of this model’s early access, as far as your side may know, oldest first',
        params,
        querystring: PageQuery,
        response: { 200: contract.Partners },
      },
    },
    async (request) => {
      const { limit } = request.query;
      const key = after(request.query.after);
      const page = { limit, ...(key && { after: { createdAt: key[0], id: key[1] } }) };
      const items = await partners.list(system, whoIs(request), request.params.id, page);
      const last = items.length === limit ? items.at(-1)?.kept : undefined;
      return { items: items.map(view), ...(last && { next: cursorOf([last.createdAt, last.id]) }) };
    },
  );

  routes.post(
    '/submissions/:id/partners',
    {
      schema: {
        tags,
        summary: 'Suggest a partner; the organisation itself learns nothing of it',
        params,
        body: contract.NewPartner,
        response: { 201: contract.PartnerDone },
      },
    },
    async (request, reply) => {
      const made = await partners.suggest(system, whoIs(request), request.params.id, request.body);
      return reply.code(201).header('location', `/api/v1/partners/${made.kept.id}`).send(done(made));
    },
  );

  routes.get(
    '/partners',
    {
      schema: {
        tags,
        summary: 'Invitations to your organisation, the one changed last first',
        querystring: PageQuery,
        response: { 200: contract.Partners },
      },
    },
    async (request) => {
      const { limit } = request.query;
      const key = after(request.query.after);
      const page = { limit, ...(key && { after: { updatedAt: key[0], id: key[1] } }) };
      const items = await partners.invitations(system, whoIs(request), page);
      const last = items.length === limit ? items.at(-1)?.kept : undefined;
      return { items: items.map(view), ...(last && { next: cursorOf([last.updatedAt, last.id]) }) };
    },
  );

  routes.get(
    '/partner-statistics',
    {
      schema: {
        tags,
        summary: 'Partners by sector over everybody, small counts hidden, as of the start of the quarter',
        response: { 200: contract.PartnerStatistics },
      },
    },
    () => partners.statistics(system),
  );

  routes.get(
    '/partners/:id',
    { schema: { tags, summary: 'One partner’s file', params, response: { 200: contract.PartnerView } } },
    async (request) => view(await partners.load(system, whoIs(request), request.params.id)),
  );

  routes.post(
    '/partners/:id/events',
    {
      schema: {
        tags,
        summary: 'One step of a partner’s file; each is one side’s act',
        params,
        body: contract.PartnerEvent,
        response: { 201: contract.PartnerDone },
      },
    },
    async (request, reply) =>
      reply.code(201).send(done(await partners.act(system, whoIs(request), request.params.id, request.body))),
  );

  routes.post(
    '/partners/:id/seals',
    {
      schema: {
        tags,
        summary: 'Put the words of one event out of everybody’s sight',
        params,
        body: contract.NewSeal,
        response: { 201: contract.PartnerDone },
      },
    },
    async (request, reply) =>
      reply.code(201).send(done(await partners.seal(system, whoIs(request), request.params.id, request.body.event))),
  );
}
