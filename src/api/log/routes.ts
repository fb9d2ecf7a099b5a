import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as record from '../../app/log/record.ts';
import type { System } from '../../app/system.ts';
import { Refusal } from '../../domain/refusal.ts';
import * as base64 from '../../log/base64.ts';
import { LogFormatError } from '../../log/format-error.ts';
import * as note from '../../log/note.ts';
import * as tile from '../../log/tile.ts';
import { LogEntries, LogEntriesQuery, LogIndexParams, LogKey, LogProof } from '../contract/log.ts';
import { cursorOf, keyOf } from '../contract/page.ts';
import { whoIs } from '../directory/who.ts';

/** Cached for a year: a tile of a given width never changes. */
const immutable = 'public, max-age=31536000, immutable';

/** C2SP tlog-tiles at the fixed address `/log`: the same for everybody, signed in or not. */
export function standardRoutes(server: FastifyInstance, system: System): void {
  const routes = server.withTypeProvider<ZodTypeProvider>();

  routes.get(
    '/log/checkpoint',
    { schema: { tags: ['log'], summary: 'Signed checkpoint (C2SP tlog-checkpoint)' } },
    async (request, reply) => {
      const text = await record.checkpoint(system, whoIs(request));
      return reply.type('text/plain; charset=utf-8').header('cache-control', 'public, max-age=1').send(text);
    },
  );

  routes.get(
    '/log/tile/*',
    { schema: { tags: ['log'], summary: 'Tile of hashes or bundle of entries (C2SP tlog-tiles)' } },
    async (request, reply) => {
      const bytes = await record.readTile(system, whoIs(request), wantedTile(request.url));
      return reply.type('application/octet-stream').header('cache-control', immutable).send(Buffer.from(bytes));
    },
  );
}

/** From the address as it was written: only the one spelling of a tile is an address. */
function wantedTile(url: string): tile.Tile {
  try {
    return tile.parsePath(url.slice('/log/'.length));
  } catch (error) {
    if (error instanceof LogFormatError) throw new Refusal('not_found');
    throw error;
  }
}

/** Under `/api/v1`: the entries that the caller may read, and proofs. */
export function routes(server: FastifyInstance, system: System): void {
  const routes = server.withTypeProvider<ZodTypeProvider>();

  routes.get(
    '/log/key',
    { schema: { tags: ['log'], summary: 'The key that signs checkpoints', response: { 200: LogKey } } },
    async () => ({ origin: system.signer.key.name, key: note.formatKey(system.signer.key) }),
  );

  routes.get(
    '/log/entries',
    {
      schema: {
        tags: ['log'],
        summary: 'Entries you may read, newest first',
        querystring: LogEntriesQuery,
        response: { 200: LogEntries },
      },
    },
    async (request) => {
      const { object, after, limit } = request.query;
      const before = after === undefined ? undefined : keyOf(after, 1)?.[0];
      if (after !== undefined && typeof before !== 'number') throw new Refusal('invalid_request');
      const found = await record.list(system, whoIs(request), {
        limit,
        ...(object !== undefined && { object }),
        ...(typeof before === 'number' && { before }),
      });
      const last = found.length === limit ? found.at(-1) : undefined;
      return {
        items: found.map(({ nonce, ...entry }) => ({ ...entry, nonce: base64.encode(nonce) })),
        ...(last && { next: cursorOf([last.opening]) }),
      };
    },
  );

  routes.get(
    '/log/entries/:index/proof',
    {
      schema: {
        tags: ['log'],
        summary: 'Proof that an entry is in the log; public',
        params: LogIndexParams,
        response: { 200: LogProof },
      },
    },
    async (request) => {
      const proof = await record.prove(system, whoIs(request), request.params.index);
      return { ...proof, leaf: base64.encode(proof.leaf), path: proof.path.map(base64.encode) };
    },
  );

  routes.get(
    '/log/export',
    { schema: { tags: ['log'], summary: 'The whole log as one file that `assay log verify` checks offline' } },
    async (request, reply) => {
      const lines = record.exportLog(system, whoIs(request));
      return reply
        .type('application/x-ndjson')
        .header('content-disposition', 'attachment; filename="assay-log.ndjson"')
        .header('cache-control', 'no-store')
        .send(Readable.from(lines, { objectMode: false }));
    },
  );
}
