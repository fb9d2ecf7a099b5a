import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as findings from '../../app/intake/findings.ts';
import * as screen from '../../app/intake/screen.ts';
import type { System } from '../../app/system.ts';
import { Refusal } from '../../domain/refusal.ts';
import * as contract from '../contract/findings.ts';
import { cursorOf, keyOf } from '../contract/page.ts';
import { Report } from '../contract/reports.ts';
import { whoIs } from '../directory/who.ts';

const tags = ['findings'];

/** The id of a row in a cursor. */
export function idIn(after: string | undefined): string | undefined {
  if (after === undefined) return undefined;
  const id = keyOf(after, 1)?.[0];
  if (typeof id !== 'string') throw new Refusal('invalid_request');
  return id;
}

export const view = ({ finding, ...rest }: findings.Shown) => ({ ...finding, ...rest });

export function routes(server: FastifyInstance, system: System): void {
  const routes = server.withTypeProvider<ZodTypeProvider>();
  const { FindingParams: params } = contract;

  routes.post(
    '/findings',
    {
      schema: {
        tags,
        summary: 'Hand in one report. The receipt is the same whether or not others reported it',
        body: Report,
        response: { 201: contract.Receipt },
      },
    },
    async (request, reply) =>
      reply.code(201).send(await findings.submit(system, whoIs(request), { report: request.body })),
  );

  routes.get(
    '/findings',
    {
      schema: {
        tags,
        summary: 'Findings of your organisation, newest first',
        querystring: contract.FindingsQuery,
        response: { 200: contract.Findings },
      },
    },
    async (request) => {
      const { after, limit, state, batch, q, asked } = request.query;
      const filter = { state, batch, text: q, isAsked: asked, after: idIn(after), limit };
      const items = await findings.list(system, whoIs(request), filter);
      const last = items.length === limit ? items.at(-1) : undefined;
      return { items, ...(last && { next: cursorOf([last.id]) }) };
    },
  );

  routes.get(
    '/findings/:id',
    {
      schema: {
        tags,
        summary: 'One finding with its report, states, questions and answers',
        params,
        response: { 200: contract.FindingView },
      },
    },
    async (request) => view(await findings.load(system, whoIs(request), request.params.id)),
  );

  routes.get(
    '/findings/:id/reproduction',
    {
      schema: {
        tags,
        summary: 'How it is reproduced, and what it was read from; that you asked is on record',
        params,
        response: { 200: contract.ReproductionView },
      },
    },
    (request) => findings.reproduction(system, whoIs(request), request.params.id),
  );

  routes.post(
    '/findings/:id/answers',
    {
      schema: {
        tags,
        summary: 'Answer what was asked about it',
        params,
        body: contract.AnswerFinding,
        response: { 200: contract.FindingView },
      },
    },
    async (request) => view(await findings.answer(system, whoIs(request), request.params.id, request.body.text)),
  );

  routes.post(
    '/findings/:id/withdraw',
    {
      schema: {
        tags,
        summary: 'Withdraw it: nobody works on it any more',
        params,
        response: { 200: contract.FindingView },
      },
    },
    async (request) => view(await findings.withdraw(system, whoIs(request), request.params.id)),
  );

  routes.post(
    '/findings/:id/release',
    {
      schema: {
        tags,
        summary: 'Coordinators: let a held finding go on to tools, or keep it from them',
        params,
        body: contract.DecideHeld,
      },
    },
    async (request, reply) => {
      await screen.decide(system, whoIs(request), request.params.id, request.body);
      return reply.code(204).send();
    },
  );

  routes.get(
    '/held',
    {
      schema: {
        tags,
        summary: 'Coordinators: findings that screening held, oldest first',
        querystring: contract.HeldQuery,
        response: { 200: contract.HeldFindings },
      },
    },
    async (request) => {
      const { after, limit, kept } = request.query;
      const found = await screen.held(system, whoIs(request), { isKept: kept, after: idIn(after), limit });
      const items = found.map(({ organisation, organisationName, ...one }) => ({
        ...one,
        source: organisation === null ? null : { id: organisation, name: organisationName ?? '' },
      }));
      const last = items.length === limit ? items.at(-1) : undefined;
      return { items, ...(last && { next: cursorOf([last.id]) }) };
    },
  );
}
