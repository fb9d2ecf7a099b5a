import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as inventories from '../../app/advisory/inventories.ts';
import * as lists from '../../app/advisory/inventory-lists.ts';
import type { System } from '../../app/system.ts';
import type { Asset } from '../../domain/advisory/priority/inputs.ts';
import { Refusal } from '../../domain/refusal.ts';
import * as contract from '../contract/inventories.ts';
import { cursorOf, keyOf, PageQuery } from '../contract/page.ts';
import { whoIs } from '../directory/who.ts';

const tags = ['inventories'];
/** What a document may be sent as; the content decides, whatever is declared. */
const documentTypes = [
  'application/octet-stream',
  'application/json',
  'application/vnd.cyclonedx+json',
  'application/vnd.cyclonedx+xml',
  'application/spdx+json',
  'application/xml',
  'text/xml',
  'text/plain',
  'text/spdx',
];

/** The organisation is the caller's own. */
const view = ({ organisation: _, ...inventory }: Awaited<ReturnType<typeof inventories.keep>>) => inventory;

/** Leaves out what was not said. */
const assetOf = (said: { [Key in keyof Asset]: Asset[Key] | undefined }): Asset =>
  Object.fromEntries(
    (['exposed', 'systemExposure', 'missionImpact', 'humanImpact'] as const)
      .filter((key) => said[key] !== undefined)
      .map((key) => [key, said[key]]),
  );

export function routes(server: FastifyInstance, system: System): void {
  const routes = server.withTypeProvider<ZodTypeProvider>();
  const { InventoryParams: params } = contract;

  routes.get(
    '/inventories',
    {
      schema: {
        tags,
        summary: 'Inventories that your organisation keeps here, the one changed last first',
        querystring: PageQuery,
        response: { 200: contract.Inventories },
      },
    },
    async (request) => {
      const { after, limit } = request.query;
      const [updatedAt, id] = after === undefined ? [] : (keyOf(after, 2) ?? []);
      if (after !== undefined && (typeof updatedAt !== 'string' || typeof id !== 'string'))
        throw new Refusal('invalid_request');
      const page = {
        limit,
        ...(after !== undefined && { after: { updatedAt: updatedAt as string, id: id as string } }),
      };
      const items = await inventories.list(system, whoIs(request), page);
      const last = items.length === limit ? items.at(-1) : undefined;
      return { items: items.map(view), ...(last && { next: cursorOf([last.updatedAt, last.id]) }) };
    },
  );

  // The body is the document itself, of any size; it is read as it comes, after the right was checked.
  server.register(async (streaming) => {
    streaming.removeAllContentTypeParsers();
    streaming.addContentTypeParser(documentTypes, { bodyLimit: Number.MAX_SAFE_INTEGER }, (_request, body, done) =>
      done(null, body),
    );
    const uploads = streaming.withTypeProvider<ZodTypeProvider>();
    const bytesOf = (body: unknown) => (body ?? Readable.from([])) as AsyncIterable<Uint8Array>;

    uploads.post(
      '/inventories',
      {
        schema: {
          tags,
          summary: 'Keep an SBOM or lockfile; the body is the file',
          consumes: documentTypes,
          querystring: contract.KeepQuery,
          response: { 201: contract.KeptInventory },
        },
      },
      async (request, reply) => {
        const { name, fileName, ...said } = request.query;
        const upload = { fileName, bytes: bytesOf(request.body) };
        const kept = await inventories.keep(system, whoIs(request), { name, asset: assetOf(said) }, upload);
        return reply.code(201).header('location', `/api/v1/inventories/${kept.id}`).send(view(kept));
      },
    );

    uploads.post(
      '/inventories/:id/versions',
      {
        schema: {
          tags,
          summary: 'Keep a newer document of the same inventory; the body is the file',
          consumes: documentTypes,
          params,
          querystring: contract.UploadQuery,
          response: { 201: contract.KeptInventory },
        },
      },
      async (request, reply) => {
        const upload = { fileName: request.query.fileName, bytes: bytesOf(request.body) };
        return reply.code(201).send(view(await inventories.renew(system, whoIs(request), request.params.id, upload)));
      },
    );
  });

  routes.get(
    '/inventories/:id',
    {
      schema: {
        tags,
        summary: 'One inventory with its uploads and marks',
        params,
        response: { 200: contract.InventoryDetail },
      },
    },
    async (request) => {
      const { inventory, versions, marks } = await inventories.load(system, whoIs(request), request.params.id);
      return { ...view(inventory), versions, marks };
    },
  );

  routes.patch(
    '/inventories/:id',
    {
      schema: {
        tags,
        summary: 'Change its name, or what you say of the system',
        params,
        body: contract.DescribeInventory,
        response: { 200: contract.KeptInventory },
      },
    },
    async (request) => {
      const { name, asset } = request.body;
      const change = { name, asset: asset && assetOf({ ...asset } as Asset) };
      return view(await inventories.describe(system, whoIs(request), request.params.id, change));
    },
  );

  routes.delete(
    '/inventories/:id',
    { schema: { tags, summary: 'Forget an inventory with all its uploads and marks', params } },
    async (request, reply) => {
      await inventories.remove(system, whoIs(request), request.params.id);
      return reply.code(204).send();
    },
  );

  routes.get(
    '/inventories/:id/patch-list',
    {
      schema: {
        tags,
        summary: 'What to fix first, with due dates and reasons',
        params,
        querystring: contract.PatchListQuery,
        response: { 200: contract.PatchListView },
      },
    },
    async (request) => {
      const { list: made, marks } = await lists.listOf(system, whoIs(request), request.params.id, request.query);
      const { clocks: _, ...list } = made;
      // The schema describes what it names and lets the rest through.
      return { list: { ...list } as never, marks };
    },
  );

  routes.get(
    '/inventories/:id/changes',
    {
      schema: {
        tags,
        summary: 'What is new, gone and decided otherwise since a day',
        params,
        querystring: contract.ChangesQuery,
        response: { 200: contract.ChangesView },
      },
    },
    (request) => lists.changes(system, whoIs(request), request.params.id, request.query),
  );

  routes.put(
    '/inventories/:id/marks/:key',
    {
      schema: {
        tags,
        summary: 'Mark an item as planned, done or not affected',
        params: contract.MarkParams,
        body: contract.NewMark,
        response: { 200: contract.KeptMark },
      },
    },
    (request) => inventories.mark(system, whoIs(request), request.params.id, request.params.key, request.body),
  );

  routes.post(
    '/inventories/:id/clocks',
    {
      schema: {
        tags,
        summary: 'Carry over first listings from earlier lists made elsewhere; of each day the earlier one stands',
        params,
        body: contract.NewClocks,
      },
    },
    async (request, reply) => {
      await inventories.keepClocks(system, whoIs(request), request.params.id, request.body.clocks);
      return reply.code(204).send();
    },
  );

  routes.delete(
    '/inventories/:id/marks/:key',
    { schema: { tags, summary: 'Take a mark away: the item is open again', params: contract.MarkParams } },
    async (request, reply) => {
      await inventories.unmark(system, whoIs(request), request.params.id, request.params.key);
      return reply.code(204).send();
    },
  );

  routes.get(
    '/policies',
    { schema: { tags, summary: 'Priority policies', response: { 200: contract.Policies } } },
    async () => ({
      items: lists.policies().map(({ name, version, title, summary }) => ({ name, version, title, summary })),
    }),
  );

  routes.get(
    '/policies/:name',
    {
      schema: {
        tags,
        summary: 'A policy as its document',
        params: contract.PolicyParams,
        response: { 200: contract.PolicyDocument },
      },
    },
    async (request) => ({ ...lists.policyNamed(request.params.name) }),
  );
}
