import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as participations from '../../app/directory/participations.ts';
import * as terms from '../../app/directory/terms.ts';
import type { System } from '../../app/system.ts';
import type { PersonId } from '../../domain/directory/actor.ts';
import { legalBases, legalBasisVersion, stateAt } from '../../domain/directory/legal-basis.ts';
import type { Participation } from '../../domain/directory/participation.ts';
import { currentTerms, digestOf } from '../../domain/directory/terms.ts';
import { Refusal } from '../../domain/refusal.ts';
import { cursorOf, keyOf, PageQuery } from '../contract/page.ts';
import * as contract from '../contract/participation.ts';
import { whoIs } from './who.ts';

const tags = ['participation'];

type Suspended = Extract<Participation, { state: 'suspended' }>;
const suspensionOf = ({ reason, at, endsAt }: Suspended) => ({ reason, at, ...(endsAt !== undefined && { endsAt }) });

/** Whoever has left is shown nowhere. */
const stateOf = ({ state }: Participation): 'admitted' | 'suspended' =>
  state === 'suspended' ? 'suspended' : 'admitted';

function view({ organisation, name, standing, names, mayConfirm, accepted }: participations.Shown) {
  const person = (by: PersonId) => ({ id: by, name: names.get(by) ?? by });
  return {
    organisation,
    name,
    state: stateOf(standing),
    ...(standing.state === 'suspended' && {
      suspension: {
        ...suspensionOf(standing),
        by: person(standing.by),
        ...(standing.confirmedBy !== undefined && { confirmedBy: person(standing.confirmedBy) }),
        ...(standing.byOne !== undefined && { byOne: standing.byOne }),
      },
    }),
    mayConfirm,
    ...(accepted !== undefined && { termsAccepted: { version: accepted.version, at: accepted.at } }),
  };
}

export function routes(server: FastifyInstance, system: System): void {
  const routes = server.withTypeProvider<ZodTypeProvider>();

  routes.get(
    '/terms',
    {
      schema: {
        tags,
        summary: 'The terms of participation, and which legal bases are in force today',
        response: { 200: contract.TermsView },
      },
    },
    async () => {
      const asOf = system.now();
      return {
        ...currentTerms,
        digest: digestOf(currentTerms),
        legalBases: legalBases.map((basis) => ({ ...basis, state: stateAt(basis, asOf) })),
        legalBasesVersion: legalBasisVersion.version,
        asOf,
      };
    },
  );

  routes.post(
    '/terms/acceptances',
    { schema: { tags, summary: 'Accept the terms in use for your organisation', body: contract.AcceptTerms } },
    async (request, reply) => {
      await terms.accept(system, whoIs(request), request.body);
      return reply.code(204).send();
    },
  );

  routes.get(
    '/participation',
    {
      schema: { tags, summary: 'How your organisation stands', response: { 200: contract.OwnParticipation } },
    },
    async (request) => {
      const { standing, acceptances, ...own } = await participations.own(system, whoIs(request));
      return {
        ...own,
        state: stateOf(standing),
        ...(standing.state === 'suspended' && { suspension: suspensionOf(standing) }),
        acceptances: acceptances.map(({ version, digest, person, name, at }) => ({
          version,
          digest,
          by: { id: person, name },
          at,
        })),
      };
    },
  );

  routes.get(
    '/participations',
    {
      schema: {
        tags,
        summary: 'Organisations that take part, or those that are suspended',
        querystring: contract.ParticipationsQuery.extend(PageQuery.shape),
        response: { 200: contract.Participations },
      },
    },
    async (request) => {
      const { after, limit, state } = request.query;
      const id = after === undefined ? '' : keyOf(after, 1)?.[0];
      if (typeof id !== 'string') throw new Refusal('invalid_request');
      const found = await participations.list(system, whoIs(request), { state, after: id, limit });
      const last = found.length === limit ? found.at(-1) : undefined;
      return { items: found.map(view), ...(last && { next: cursorOf([last.organisation]) }) };
    },
  );

  const params = contract.ParticipationParams;
  const response = { 200: contract.ParticipationView };

  routes.post(
    '/participations/:id/suspension',
    {
      schema: {
        tags,
        summary: 'Suspend an organisation at once; ends by itself unless a second person confirms it',
        params,
        body: contract.Suspend,
        response,
      },
    },
    async (request) =>
      view(await participations.suspend(system, whoIs(request), request.params.id, request.body.reason)),
  );

  routes.post(
    '/participations/:id/suspension/confirmation',
    { schema: { tags, summary: 'Confirm the suspension that another person began', params, response } },
    async (request) => view(await participations.confirm(system, whoIs(request), request.params.id)),
  );

  routes.delete(
    '/participations/:id/suspension',
    { schema: { tags, summary: 'End a suspension', params, response } },
    async (request) => view(await participations.endSuspension(system, whoIs(request), request.params.id)),
  );
}
