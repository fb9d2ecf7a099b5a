import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as cases from '../../app/coordination/cases.ts';
import type { System } from '../../app/system.ts';
import { Refusal } from '../../domain/refusal.ts';
import * as contract from '../contract/cases.ts';
import { cursorOf, keyOf } from '../contract/page.ts';
import { whoIs } from '../directory/who.ts';

const tags = ['cases'];

export function routes(server: FastifyInstance, system: System): void {
  const routes = server.withTypeProvider<ZodTypeProvider>();
  const { CaseParams: params } = contract;
  const response = { 200: contract.CaseView };

  routes.get(
    '/cases',
    {
      schema: {
        tags,
        summary: 'Cases, the newest first; for coordinators',
        querystring: contract.CasesQuery,
        response: { 200: contract.Cases },
      },
    },
    async (request) => {
      const { after, limit, q } = request.query;
      const before = after === undefined ? undefined : keyOf(after, 1)?.[0];
      if (after !== undefined && typeof before !== 'number') throw new Refusal('invalid_request');
      const found = await cases.list(system, whoIs(request), { text: q, before: before as number | undefined, limit });
      const last = found.length === limit ? found.at(-1) : undefined;
      return { items: found, ...(last && { next: cursorOf([last.number]) }) };
    },
  );

  routes.get(
    '/cases/:id',
    { schema: { tags, summary: 'One case: findings, credits, links and its history', params, response } },
    async (request) => cases.load(system, whoIs(request), request.params.id),
  );

  routes.patch(
    '/cases/:id',
    { schema: { tags, summary: 'Give it another title', params, body: contract.RenameCase, response } },
    async (request) => cases.rename(system, whoIs(request), request.params.id, request.body.title),
  );

  routes.post(
    '/cases/:id/merges',
    {
      schema: {
        tags,
        summary: 'Put a finding, or all findings of another case, into this one',
        params,
        body: contract.MergeIntoCase,
        response,
      },
    },
    async (request) => cases.merge(system, whoIs(request), request.params.id, request.body),
  );

  routes.post(
    '/cases/:id/splits',
    {
      schema: {
        tags,
        summary: 'Take findings out into a case of their own',
        params,
        body: contract.SplitCase,
        response: { 201: contract.CaseView },
      },
    },
    async (request, reply) => {
      const made = await cases.split(system, whoIs(request), request.params.id, request.body);
      return reply.code(201).header('location', `/api/v1/cases/${made.id}`).send(made);
    },
  );

  routes.post(
    '/cases/:id/undos',
    {
      schema: {
        tags,
        summary: 'Undo an act: everything it touched is as before it',
        params,
        body: contract.UndoAct,
        response: { 200: contract.CaseUndone },
      },
    },
    async (request) => {
      const left = await cases.undo(system, whoIs(request), request.params.id, request.body.act);
      return { case: left ?? null };
    },
  );

  routes.put(
    '/cases/:id/links/:other',
    {
      schema: {
        tags,
        summary: 'Say how this case stands to another; they stay two',
        params: contract.CaseLinkParams,
        body: contract.LinkCase,
        response,
      },
    },
    async (request) => {
      const { id, other } = request.params;
      return cases.link(system, whoIs(request), id, other, request.body.relation);
    },
  );

  routes.delete(
    '/cases/:id/links/:other',
    { schema: { tags, summary: 'Take back how it stands to another', params: contract.CaseLinkParams, response } },
    async (request) => cases.link(system, whoIs(request), request.params.id, request.params.other, null),
  );
}
