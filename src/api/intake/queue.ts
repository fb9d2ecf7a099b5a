import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as queue from '../../app/intake/queue.ts';
import * as sources from '../../app/intake/queue-sources.ts';
import type { System } from '../../app/system.ts';
import { Refusal } from '../../domain/refusal.ts';
import { CaseView } from '../contract/cases.ts';
import { cursorOf, keyOf } from '../contract/page.ts';
import * as contract from '../contract/queue.ts';
import { whoIs } from '../directory/who.ts';

const tags = ['queue'];

export function routes(server: FastifyInstance, system: System): void {
  const routes = server.withTypeProvider<ZodTypeProvider>();
  const { QueueParams: params, PairParams } = contract;
  const response = { 200: contract.QueueItem };

  routes.get(
    '/queue',
    {
      schema: {
        tags,
        summary: 'What waits for a coordinator: one entry for each flaw that seems distinct, in the order of work',
        querystring: contract.QueueQuery,
        response: { 200: contract.Queue },
      },
    },
    async (request) => {
      const { after, limit, state, package: name, source, hint, held, taken } = request.query;
      const page = await queue.list(system, whoIs(request), {
        states: state === 'all' ? undefined : state === 'open' ? ['undecided', 'joining'] : [state],
        package: name,
        source,
        hasHint: hint,
        isHeld: held,
        taken,
        after: after === undefined ? undefined : placeIn(after),
        limit,
      });
      const { items, next, counts, policy } = page;
      return { items, policy, ...(counts && { counts }), ...(next && { next: cursorOf([next.rank, next.lead]) }) };
    },
  );

  routes.get(
    '/queue/:id',
    { schema: { tags, summary: 'A finding opened, with its entry and its hints', params, response } },
    async (request) => queue.load(system, whoIs(request), request.params.id),
  );

  routes.get(
    '/queue/:id/comparison/:other',
    {
      schema: {
        tags,
        summary: 'Two findings side by side, field by field',
        params: PairParams,
        response: { 200: contract.Comparison },
      },
    },
    async (request) => queue.compare(system, whoIs(request), request.params.id, request.params.other),
  );

  routes.post(
    '/queue/:id/acceptance/preview',
    {
      schema: {
        tags,
        summary: 'What accepting would join; nothing is kept',
        params,
        body: contract.PreviewAcceptance,
        response: { 200: contract.AcceptancePreview },
      },
    },
    async (request) => queue.preview(system, whoIs(request), request.params.id, request.body.findings),
  );

  routes.post(
    '/queue/:id/acceptance',
    {
      schema: {
        tags,
        summary: 'Accept findings of an entry as one flaw: they open a case, or join that of the entry',
        params,
        body: contract.Accept,
        response: { 201: CaseView },
      },
    },
    async (request, reply) => {
      const made = await queue.accept(system, whoIs(request), request.params.id, request.body);
      return reply.code(201).header('location', `/api/v1/cases/${made.id}`).send(made);
    },
  );

  routes.post(
    '/queue/:id/refusal',
    {
      schema: {
        tags,
        summary: 'Refuse a finding, with the reason for its reporter',
        params,
        body: contract.Refuse,
        response,
      },
    },
    async (request) => queue.refuse(system, whoIs(request), request.params.id, request.body),
  );

  routes.post(
    '/queue/:id/reopening',
    { schema: { tags, summary: 'Take up again what was refused', params, body: contract.Reopen, response } },
    async (request) => queue.reopen(system, whoIs(request), request.params.id, request.body.reason),
  );

  routes.post(
    '/queue/:id/questions',
    { schema: { tags, summary: 'Ask the reporter of a finding', params, body: contract.Ask, response } },
    async (request) => queue.ask(system, whoIs(request), request.params.id, request.body.text),
  );

  routes.put(
    '/queue/:id/taking',
    {
      schema: {
        tags,
        summary: 'Say that you are at work on the entry, for an hour',
        params,
        body: contract.Take,
        response,
      },
    },
    async (request) => {
      const { isTakeOver } = request.body;
      return queue.take(system, whoIs(request), request.params.id, { isTaken: true, isTakeOver });
    },
  );

  routes.delete(
    '/queue/:id/taking',
    { schema: { tags, summary: 'Give the entry back', params, response } },
    async (request) => queue.take(system, whoIs(request), request.params.id, { isTaken: false }),
  );

  routes.put(
    '/queue/:id/distinctions/:other',
    { schema: { tags, summary: 'Say that two findings are different flaws', params: PairParams, response } },
    async (request) => queue.markDistinct(system, whoIs(request), request.params.id, request.params.other, true),
  );

  routes.delete(
    '/queue/:id/distinctions/:other',
    { schema: { tags, summary: 'Take back that two findings are different flaws', params: PairParams, response } },
    async (request) => queue.markDistinct(system, whoIs(request), request.params.id, request.params.other, false),
  );

  routes.post(
    '/queue/:id/opinions',
    {
      schema: {
        tags,
        summary: 'Ask the configured model whether one fix would repair both: one more reason, and nothing by itself',
        params,
        body: contract.AskModel,
        response: { 200: contract.Comparison },
      },
    },
    async (request) => queue.askModel(system, whoIs(request), request.params.id, request.body.other),
  );

  routes.get(
    '/sources',
    {
      schema: {
        tags,
        summary: 'What became of what each source handed in; for coordinators',
        querystring: contract.SourcesQuery,
        response: { 200: contract.Sources },
      },
    },
    async (request) => {
      const { after, limit } = request.query;
      const from = after === undefined ? '' : keyOf(after, 1)?.[0];
      if (typeof from !== 'string') throw new Refusal('invalid_request');
      const items = await sources.list(system, whoIs(request), { after: from, limit });
      const last = items.length === limit ? items.at(-1) : undefined;
      return { items, ...(last?.source && { next: cursorOf([last.source.id]) }) };
    },
  );

  routes.get(
    '/sources/own',
    {
      schema: {
        tags,
        summary: 'What became of what your organisation handed in',
        response: { 200: contract.SourceRow },
      },
    },
    async (request) => sources.own(system, whoIs(request)),
  );
}

function placeIn(after: string): { rank: number; lead: number } {
  const [rank, lead] = keyOf(after, 2) ?? [];
  if (typeof rank !== 'number' || typeof lead !== 'number') throw new Refusal('invalid_request');
  return { rank, lead };
}
