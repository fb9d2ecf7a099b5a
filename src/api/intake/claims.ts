import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as broker from '../../app/intake/claim-broker.ts';
import * as introductions from '../../app/intake/claim-introductions.ts';
import * as claims from '../../app/intake/claims.ts';
import type { System } from '../../app/system.ts';
import { claimPolicy } from '../../domain/intake/claim-policy.ts';
import * as contract from '../contract/claims.ts';
import { cursorOf } from '../contract/page.ts';
import { whoIs } from '../directory/who.ts';
import { idIn } from './findings.ts';

const tags = ['scan claims'];

export function view({ claim, standing, at }: claims.Shown) {
  const { id, scope, authority, disclosure, isCounted, note, policy, personName, agentName } = claim;
  const { endedAt = null, ...rest } = standing;
  const by = { person: personName, agent: agentName };
  return { id, scope, authority, disclosure, isCounted, note, policy, by, ...rest, endedAt, at };
}

export function routes(server: FastifyInstance, system: System): void {
  const routes = server.withTypeProvider<ZodTypeProvider>();
  const { ClaimParams: params } = contract;

  routes.get(
    '/claim-policy',
    {
      schema: {
        tags,
        summary: 'How long claims last, and how many there may be',
        response: { 200: contract.ClaimPolicyView },
      },
    },
    async () => ({ ...claimPolicy }),
  );

  routes.get(
    '/claims',
    {
      schema: {
        tags,
        summary: 'Scan claims of your organisation, newest first',
        querystring: contract.ClaimsQuery,
        response: { 200: contract.Claims },
      },
    },
    async (request) => {
      const { after, limit, state } = request.query;
      const found = await claims.list(system, whoIs(request), { state, after: idIn(after), limit });
      const last = found.length === limit ? found.at(-1) : undefined;
      return { items: found.map(view), ...(last && { next: cursorOf([last.claim.id]) }) };
    },
  );

  routes.post(
    '/claims',
    {
      schema: {
        tags,
        summary: 'Register a scan claim: a lease on a scope, with the authority you scan by. It is no permission',
        body: contract.RegisterClaim,
        response: { 201: contract.ClaimView },
      },
    },
    async (request, reply) => {
      const made = await claims.register(system, whoIs(request), request.body);
      return reply.code(201).header('location', `/api/v1/claims/${made.claim.id}`).send(view(made));
    },
  );

  routes.get(
    '/claims/:id',
    {
      schema: {
        tags,
        summary: 'One scan claim, with what was asked on it and who wants to be introduced',
        params,
        response: { 200: contract.ClaimDetails },
      },
    },
    async (request) => {
      const { questions, wasAsked, introduction, messages, ...shown } = await claims.load(
        system,
        whoIs(request),
        request.params.id,
      );
      return {
        ...view(shown),
        questions: questions.map(({ at, answer, scope }) => ({
          at,
          answer,
          versions: scope.versions,
          path: scope.path,
        })),
        wasAsked,
        introduction: { ...introduction, asked: introduction.asked ?? null },
        messages,
      };
    },
  );

  routes.post(
    '/claims/:id/renewals',
    {
      schema: {
        tags,
        summary: 'Go on with a claim',
        params,
        body: contract.RenewClaim,
        response: { 200: contract.ClaimView },
      },
    },
    async (request) => view(await claims.renew(system, whoIs(request), request.params.id, request.body.days)),
  );

  routes.post(
    '/claims/:id/end',
    {
      schema: {
        tags,
        summary: 'Finish a claim, or cancel it',
        params,
        body: contract.EndClaim,
        response: { 200: contract.ClaimView },
      },
    },
    async (request) => view(await claims.end(system, whoIs(request), request.params.id, request.body.as)),
  );

  routes.post(
    '/claim-queries',
    {
      schema: {
        tags,
        summary: 'Ask whether others have claimed a scope inside your own claim: clear, conflict or ask_broker',
        body: contract.AskClaim,
        response: { 200: contract.ClaimAnswer },
      },
    },
    async (request) => ({ answer: await claims.ask(system, whoIs(request), request.body) }),
  );

  routes.post(
    '/claims/:id/introduction',
    {
      schema: {
        tags,
        summary: 'After a conflict: ask to be introduced. Both sides learn of each other only when both consent',
        params,
        body: contract.AskIntroduction,
      },
    },
    async (request, reply) => {
      await introductions.request(system, whoIs(request), request.params.id, request.body.contact);
      return reply.code(204).send();
    },
  );

  routes.delete(
    '/claims/:id/introduction',
    { schema: { tags, summary: 'Take the request to be introduced back', params } },
    async (request, reply) => {
      await introductions.withdraw(system, whoIs(request), request.params.id);
      return reply.code(204).send();
    },
  );

  routes.post(
    '/claim-introductions/:id/answers',
    {
      schema: {
        tags,
        summary: 'Consent to an introduction, or decline it',
        params,
        body: contract.AnswerIntroduction,
      },
    },
    async (request, reply) => {
      await introductions.answer(system, whoIs(request), request.params.id, request.body);
      return reply.code(204).send();
    },
  );

  routes.get(
    '/claim-overlaps',
    {
      schema: {
        tags,
        summary: 'For the broker: overlaps in which a holder leaves the answer to the broker',
        response: { 200: contract.Overlaps },
      },
    },
    async (request) => {
      const { items, isCut } = await broker.overlaps(system, whoIs(request));
      return {
        isCut,
        items: items.map(({ overlap, sides }) => ({
          overlap,
          sides: sides.map(({ id, organisationName, scope, disclosure, until }) => ({
            claim: id,
            organisation: organisationName,
            scope,
            disclosure,
            until,
          })),
        })),
      };
    },
  );

  routes.post(
    '/claim-overlaps/messages',
    { schema: { tags, summary: 'For the broker: write to the holder of a claim', body: contract.TellHolder } },
    async (request, reply) => {
      await broker.tell(system, whoIs(request), request.body);
      return reply.code(204).send();
    },
  );
}
