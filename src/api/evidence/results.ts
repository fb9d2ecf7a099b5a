import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as results from '../../app/evidence/results.ts';
import type { System } from '../../app/system.ts';
import type { ElicitationCard } from '../../domain/evidence/elicitation.ts';
import { attemptsCurve } from '../../domain/evidence/result-export.ts';
import * as contract from '../contract/results.ts';
import { whoIs } from '../directory/who.ts';
import { afterOf, pageOf } from './result-page.ts';

const tags = ['results'];

const view = ({ audience: _, inputs, ...kept }: Awaited<ReturnType<typeof results.load>>) =>
  ({
    ...kept,
    plan: inputs.plan,
    registeredAs: inputs.registration,
    runs: inputs.runs,
    card: inputs.card,
    attempts: attemptsCurve(inputs),
  }) as never;

export function routes(server: FastifyInstance, system: System): void {
  const routes = server.withTypeProvider<ZodTypeProvider>();
  const params = contract.ResultParams;

  routes.get(
    '/results',
    {
      schema: {
        tags,
        summary: 'Results of your organisation, the newest first',
        querystring: contract.ResultQuery,
        response: { 200: contract.Results },
      },
    },
    async (request) => {
      const { after, limit, registration } = request.query;
      const page = { limit, ...afterOf(after), ...(registration !== undefined && { registration }) };
      const items = await results.list(system, whoIs(request), page);
      return pageOf(items, limit, items.at(-1), (last) => [last.computedAt, last.id]);
    },
  );

  routes.post(
    '/results',
    {
      schema: {
        tags,
        summary: 'Work out a registered rule over runs; it is kept with everything it was computed from',
        body: contract.ComputeResult,
        response: { 201: contract.ResultView },
      },
    },
    async (request, reply) => {
      const { card, ...asked } = request.body;
      const kept = await results.compute(system, whoIs(request), { ...asked, card: card as ElicitationCard });
      return reply.code(201).header('location', `/api/v1/results/${kept.id}`).send(view(kept));
    },
  );

  routes.get(
    '/results/:id',
    { schema: { tags, summary: 'One result', params, response: { 200: contract.ResultView } } },
    async (request) => view(await results.load(system, whoIs(request), request.params.id)),
  );

  routes.get(
    '/results/:id/export',
    {
      schema: {
        tags,
        summary: 'All that is needed to compute the result again: `assay evidence result` does',
        params,
        response: { 200: contract.ResultDocument },
      },
    },
    async (request, reply) =>
      reply
        .header('content-disposition', 'attachment; filename="result.json"')
        .send((await results.exported(system, whoIs(request), request.params.id)) as never),
  );
}
