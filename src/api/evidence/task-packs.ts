import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as packs from '../../app/evidence/task-packs.ts';
import type { System } from '../../app/system.ts';
import { Refusal } from '../../domain/refusal.ts';
import { cursorOf, keyOf } from '../contract/page.ts';
import * as contract from '../contract/task-packs.ts';
import { whoIs } from '../directory/who.ts';

const tags = ['task packs'];

export function routes(server: FastifyInstance, system: System): void {
  const routes = server.withTypeProvider<ZodTypeProvider>();
  const params = contract.PackParams;

  routes.get(
    '/task-packs',
    {
      schema: {
        tags,
        summary: 'Task packs you may know of, the newest first',
        querystring: contract.TaskPackQuery,
        response: { 200: contract.TaskPacks },
      },
    },
    async (request) => {
      const { after, limit, submission } = request.query;
      const [at, id] = after === undefined ? [] : (keyOf(after, 2) ?? []);
      if (after !== undefined && (typeof at !== 'string' || typeof id !== 'string'))
        throw new Refusal('invalid_request');
      const items = await packs.list(system, whoIs(request), {
        limit,
        ...(submission !== undefined && { submission }),
        ...(after !== undefined && { after: { at: at as string, id: id as string } }),
      });
      const last = items.length === limit ? items.at(-1) : undefined;
      return { items, ...(last && { next: cursorOf([last.publishedAt, last.id]) }) };
    },
  );

  routes.post(
    '/task-packs',
    {
      schema: {
        tags,
        summary: 'Publish the statement of a sealed pack, before anybody runs it',
        body: contract.PublishPack,
        response: { 201: contract.TaskPackView },
      },
    },
    async (request, reply) => {
      const pack = await packs.publish(system, whoIs(request), request.body);
      return reply.code(201).header('location', `/api/v1/task-packs/${pack.id}`).send(pack);
    },
  );

  routes.get(
    '/task-packs/:id',
    {
      schema: {
        tags,
        summary: 'One pack: its statement, who used it, which items are known or retired',
        params,
        response: { 200: contract.TaskPackDetail },
      },
    },
    (request) => packs.load(system, whoIs(request), request.params.id),
  );

  routes.post(
    '/task-packs/:id/uses',
    {
      schema: {
        tags,
        summary: 'Note that a run of yours sent items of the pack to a model',
        params,
        body: contract.UsePack,
      },
    },
    async (request, reply) => {
      await packs.noteUse(system, whoIs(request), request.params.id, request.body.run);
      return reply.code(204).send();
    },
  );

  routes.post(
    '/task-packs/:id/openings',
    {
      schema: {
        tags,
        summary: 'Check the opening of one item against the statement; the item counts as known from then on',
        params,
        body: contract.OpenPack,
        response: { 200: contract.Opened },
      },
    },
    (request) => packs.open(system, whoIs(request), request.params.id, request.body),
  );

  routes.get(
    '/task-packs/:id/audience',
    {
      schema: {
        tags,
        summary: 'Who would learn of the pack if it were shown to the parties of a submission',
        params,
        querystring: contract.ShowPreviewQuery,
        response: { 200: contract.ShowPreview },
      },
    },
    (request) => packs.showPreview(system, whoIs(request), request.params.id, request.query.submission),
  );

  routes.put(
    '/task-packs/:id/audience',
    {
      schema: {
        tags,
        summary: 'Show the statement to the parties of a submission, or to nobody else any more',
        params,
        body: contract.ShowTo,
        response: { 200: contract.TaskPackView },
      },
    },
    (request) => packs.show(system, whoIs(request), request.params.id, request.body.submission),
  );
}
