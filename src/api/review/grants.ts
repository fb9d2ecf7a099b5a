import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as accessCheck from '../../app/review/access-check.ts';
import * as grants from '../../app/review/grants.ts';
import * as ledger from '../../app/review/ledger.ts';
import * as probes from '../../app/review/probes.ts';
import type { System } from '../../app/system.ts';
import { type Actor, personOf } from '../../domain/directory/actor.ts';
import { percentile } from '../../domain/review/probe.ts';
import * as contract from '../contract/grants.ts';
import { whoIs } from '../directory/who.ts';

const tags = ['access'];

function view(actor: Actor, { to, organisationName, canaries, ...one }: grants.Listed) {
  const isOwn = actor.organisation === to;
  const isNamed = one.people.length === 0 || one.people.some(({ person }) => person === personOf(actor));
  return {
    ...one,
    to: { id: to, name: organisationName },
    hasEndpoint: one.endpointSetAt !== null,
    canUse: isOwn && isNamed && actor.roles.includes('evaluator'),
    ...(isOwn && { canaries }),
  };
}

const probeView = ({ reading, comparison, ...probe }: Awaited<ReturnType<typeof probes.probe>>) => ({
  ...probe,
  models: reading?.models ?? [],
  fingerprints: reading?.fingerprints ?? [],
  medianMs: reading === null ? null : percentile(reading.latenciesMs, 0.5),
  p95Ms: reading === null ? null : percentile(reading.latenciesMs, 0.95),
  drift: comparison?.drift ?? null,
  similarity: comparison?.similarity ?? null,
  reasons: comparison?.reasons ?? [],
});

export function routes(server: FastifyInstance, system: System): void {
  const routes = server.withTypeProvider<ZodTypeProvider>();
  const { GrantParams: params } = contract;
  const seen = async (request: FastifyRequest, one: Promise<grants.Listed>) => view(whoIs(request), await one);

  routes.get(
    '/submissions/:id/grants',
    {
      schema: {
        tags,
        summary: 'Who has access to the model, and on which terms',
        params,
        response: { 200: contract.Grants },
      },
    },
    async (request) => {
      const { capacity, items } = await grants.list(system, whoIs(request), request.params.id);
      return { capacity, items: items.map((one) => view(whoIs(request), one)) };
    },
  );

  routes.post(
    '/submissions/:id/grants',
    {
      // The body holds the key of the endpoint: neither it nor what follows from it is kept for repeats.
      config: { isSecret: true },
      schema: {
        tags,
        summary: 'Offer access to an organisation that may know of the file',
        params,
        body: contract.OfferGrant,
        response: { 201: contract.GrantView },
      },
    },
    async (request, reply) => {
      const offered = await grants.offer(system, whoIs(request), request.params.id, request.body);
      return reply.code(201).send(view(whoIs(request), offered));
    },
  );

  routes.post(
    '/submissions/:id/grants/revoke-all',
    {
      schema: {
        tags,
        summary: 'End all access to the model at once: in any state, with no reason',
        params,
        response: { 200: contract.Revoked },
      },
    },
    async (request) => ({ revoked: await grants.revokeAll(system, whoIs(request), request.params.id) }),
  );

  routes.post(
    '/grants/:id/acceptance',
    {
      schema: {
        tags,
        summary: 'Take the terms, and name who is to use the access',
        params,
        body: contract.AcceptGrant,
        response: { 200: contract.GrantView },
      },
    },
    (request) => seen(request, grants.accept(system, whoIs(request), request.params.id, request.body)),
  );

  routes.post(
    '/grants/:id/verification',
    {
      schema: {
        tags,
        summary: 'Say for your side that access was seen to work',
        params,
        response: { 200: contract.GrantView },
      },
    },
    (request) => seen(request, accessCheck.verify(system, whoIs(request), request.params.id)),
  );

  routes.post(
    '/grants/:id/revocation',
    {
      schema: { tags, summary: 'End one grant at once, with no reason', params, response: { 200: contract.GrantView } },
    },
    (request) => seen(request, grants.revoke(system, whoIs(request), request.params.id)),
  );

  routes.put(
    '/grants/:id/endpoint',
    {
      config: { isSecret: true },
      schema: {
        tags,
        summary: 'Give the address and key of the model; they are sealed and shown to nobody',
        params,
        body: contract.Endpoint,
        response: { 200: contract.GrantView },
      },
    },
    (request) => seen(request, grants.setEndpoint(system, whoIs(request), request.params.id, request.body)),
  );

  routes.post(
    '/grants/:id/probes',
    {
      config: { asksOutside: true },
      schema: { tags, summary: 'Probe the model now', params, response: { 201: contract.ProbeView } },
    },
    async (request, reply) =>
      reply.code(201).send(probeView(await probes.probe(system, whoIs(request), request.params.id))),
  );

  routes.get(
    '/submissions/:id/probes',
    {
      schema: {
        tags,
        summary: 'Probes of the model that you may see, newest first',
        params,
        response: { 200: contract.Probes },
      },
    },
    async (request) => ({ items: (await probes.list(system, whoIs(request), request.params.id)).map(probeView) }),
  );

  routes.post(
    '/submissions/:id/uses',
    {
      schema: {
        tags,
        summary: 'Report a use that did not go through this instance; it is marked as reported',
        params,
        body: contract.ReportUse,
        response: { 201: contract.ReportedUse },
      },
    },
    async (request, reply) =>
      reply.code(201).send(await ledger.report(system, whoIs(request), request.params.id, request.body)),
  );
}
