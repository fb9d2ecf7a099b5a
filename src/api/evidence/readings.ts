import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as readings from '../../app/evidence/readings.ts';
import type { System } from '../../app/system.ts';
import type { PersonId } from '../../domain/directory/actor.ts';
import { Refusal } from '../../domain/refusal.ts';
import { cursorOf, keyOf } from '../contract/page.ts';
import * as contract from '../contract/readings.ts';
import { whoIs } from '../directory/who.ts';

const tags = ['desk'];

export function routes(server: FastifyInstance, system: System): void {
  const routes = server.withTypeProvider<ZodTypeProvider>();

  routes.get(
    '/desk',
    {
      schema: {
        tags,
        summary: 'Attempts on the desk of your organisation, what was put there first at the head',
        querystring: contract.DeskQuery,
        response: { 200: contract.DeskItems },
      },
    },
    async (request) => {
      const { after, limit, run, state, mine } = request.query;
      const [putAt, id] = after === undefined ? [] : (keyOf(after, 2) ?? []);
      if (after !== undefined && (typeof putAt !== 'string' || typeof id !== 'string'))
        throw new Refusal('invalid_request');
      const actor = whoIs(request);
      const items = await readings.list(system, actor, {
        run,
        state,
        limit,
        ...(mine && { reader: actor.id as PersonId }),
        ...(after !== undefined && { after: { putAt: putAt as string, id: id as string } }),
      });
      const last = items.length === limit ? items.at(-1) : undefined;
      return { items, ...(last && { next: cursorOf([last.putAt, last.id]) }) };
    },
  );

  routes.get(
    '/desk/:id',
    {
      schema: {
        tags,
        summary: 'One attempt on the desk, as you may see it',
        params: contract.ItemParams,
        response: { 200: contract.DeskItemView },
      },
    },
    (request) => readings.load(system, whoIs(request), request.params.id),
  );

  routes.post(
    '/desk/:id/readings',
    {
      schema: {
        tags,
        summary: 'Take an attempt to read it, or give it to a reader',
        params: contract.ItemParams,
        body: contract.Assign,
        response: { 200: contract.DeskItemView },
      },
    },
    (request) => readings.assign(system, whoIs(request), request.params.id, request.body.reader),
  );

  routes.post(
    '/desk/:id/settlement',
    {
      schema: {
        tags,
        summary: 'Settle between two readers who differ, as a third person',
        params: contract.ItemParams,
        body: contract.Observation,
        response: { 200: contract.DeskItemView },
      },
    },
    (request) => readings.settle(system, whoIs(request), request.params.id, request.body),
  );

  routes.post(
    '/readings/:id/observation',
    {
      schema: {
        tags,
        summary: 'Hand in what you observed; nobody sees it before the other reader has handed in too',
        params: contract.ReadingParams,
        body: contract.Observation,
        response: { 200: contract.DeskItemView },
      },
    },
    (request) => readings.handIn(system, whoIs(request), request.params.id, request.body),
  );

  routes.post(
    '/readings/:id/return',
    {
      schema: {
        tags,
        summary: 'Give a reading back',
        params: contract.ReadingParams,
        body: contract.GiveBack,
        response: { 200: contract.DeskItemView },
      },
    },
    (request) => readings.giveBack(system, whoIs(request), request.params.id, request.body.reason),
  );

  routes.post(
    '/runs/:id/readings',
    {
      schema: {
        tags,
        summary: 'Put attempts of a run on the desk: named ones, or some drawn by lot',
        params: contract.RunParams,
        body: contract.PutOnDesk,
        response: { 200: contract.Added },
      },
    },
    (request) => readings.put(system, whoIs(request), request.params.id, request.body),
  );

  routes.get(
    '/runs/:id/readings',
    {
      schema: {
        tags,
        summary: 'How the reading of a run stands: counts, agreement, what was found, who signed',
        params: contract.RunParams,
        response: { 200: contract.DeskSummary },
      },
    },
    (request) => readings.summary(system, whoIs(request), request.params.id),
  );

  routes.post(
    '/runs/:id/sign-offs',
    {
      schema: { tags, summary: 'Sign for the outcomes of a run’s readings as they stand', params: contract.RunParams },
    },
    async (request, reply) => {
      await readings.signOff(system, whoIs(request), request.params.id);
      return reply.code(204).send();
    },
  );
}
