import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as intakePolicies from '../../app/intake/intake-policies.ts';
import type { System } from '../../app/system.ts';
import { Refusal } from '../../domain/refusal.ts';
import * as contract from '../contract/claims.ts';
import { cursorOf, keyOf } from '../contract/page.ts';
import { whoIs } from '../directory/who.ts';

const tags = ['intake policies'];

export const view = ({ organisationName, personName, ...rest }: intakePolicies.Shown) => ({
  ...rest,
  statedBy: { person: personName, organisation: organisationName },
});

/** The number in a cursor: where the list goes on. All statements are public, and so is how many there are. */
function numberIn(after: string | undefined): number | undefined {
  if (after === undefined) return undefined;
  const number = keyOf(after, 1)?.[0];
  if (typeof number !== 'number') throw new Refusal('invalid_request');
  return number;
}

export function routes(server: FastifyInstance, system: System): void {
  const routes = server.withTypeProvider<ZodTypeProvider>();
  const { ClaimParams: params } = contract;

  routes.get(
    '/intake-policies',
    {
      schema: {
        tags,
        summary: 'What maintainers ask of those who scan their packages, newest first',
        querystring: contract.IntakePoliciesQuery,
        response: { 200: contract.IntakePolicies },
      },
    },
    async (request) => {
      const { after, limit, purl, of } = request.query;
      const page = { purl, of, before: numberIn(after), limit };
      const found = await intakePolicies.list(system, whoIs(request), page);
      const last = found.length === limit ? found.at(-1) : undefined;
      return { items: found.map(view), ...(last && { next: cursorOf([last.number]) }) };
    },
  );

  routes.post(
    '/intake-policies',
    {
      schema: {
        tags,
        summary: 'State what you ask of those who scan your package. Public at once, under your name',
        body: contract.PublishIntakePolicy,
        response: { 201: contract.IntakePolicyView },
      },
    },
    async (request, reply) =>
      reply.code(201).send(view(await intakePolicies.publish(system, whoIs(request), request.body))),
  );

  routes.delete(
    '/intake-policies/:id',
    {
      schema: {
        tags,
        summary: 'Take your statement back',
        params,
        response: { 200: contract.IntakePolicyView },
      },
    },
    async (request) => view(await intakePolicies.withdraw(system, whoIs(request), request.params.id)),
  );

  routes.post(
    '/intake-policies/:id/decisions',
    {
      schema: {
        tags,
        summary: 'For coordinators: confirm that the proof shows a maintainer, or remove the statement',
        params,
        body: contract.DecideIntakePolicy,
        response: { 200: contract.IntakePolicyView },
      },
    },
    async (request) => view(await intakePolicies.decide(system, whoIs(request), request.params.id, request.body.as)),
  );
}
