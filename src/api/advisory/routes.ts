import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { FastifyError, FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import * as imports from '../../app/advisory/import.ts';
import * as packs from '../../app/advisory/packs.ts';
import * as query from '../../app/advisory/query.ts';
import * as read from '../../app/advisory/read.ts';
import * as sync from '../../app/advisory/sync.ts';
import type { System } from '../../app/system.ts';
import { familyOf, nameIn } from '../../domain/advisory/package.ts';
import { Refusal, sentenceOf } from '../../domain/refusal.ts';
import * as base64 from '../../log/base64.ts';
import {
  Advisories,
  AdvisoriesQuery,
  AdvisoryDetail,
  AdvisoryParams,
  Feeds,
  Import,
  ImportParams,
  ImportQuery,
  Imports,
  OsvAdvisory,
  OsvAnswer,
  OsvBatch,
  OsvBatchAnswer,
  OsvError,
  OsvQuery,
  PackParams,
  Packs,
  SyncRequested,
} from '../contract/advisories.ts';
import { cursorOf, keyOf, PageQuery } from '../contract/page.ts';
import { whoIs } from '../directory/who.ts';
import * as limits from '../limits.ts';

const tags = ['advisories'];
const osvTags = ['OSV'];
/** What an import may be sent as; the content decides, whatever is declared. */
const importTypes = [
  'application/x-ndjson',
  'application/json',
  'text/csv',
  'application/gzip',
  'application/octet-stream',
];

/** The key of a row in a cursor. */
function keyIn(after: string | undefined): [string, string] | undefined {
  if (after === undefined) return undefined;
  const key = keyOf(after, 2);
  if (typeof key?.[0] !== 'string' || typeof key[1] !== 'string') throw new Refusal('invalid_request');
  return [key[0], key[1]];
}

export function routes(server: FastifyInstance, system: System): void {
  const routes = server.withTypeProvider<ZodTypeProvider>();

  routes.get(
    '/advisories',
    { schema: { tags, summary: 'Public advisories', querystring: AdvisoriesQuery, response: { 200: Advisories } } },
    async (request) => {
      const { q, ecosystem, package: named, kev, scoreMin, modifiedSince, after, limit } = request.query;
      const key = keyIn(after);
      const items = await read.list(system, whoIs(request), {
        limit,
        ...(q !== undefined && { text: q }),
        ...(ecosystem !== undefined && { ecosystem }),
        ...(named !== undefined && { package: ecosystem === undefined ? named : nameIn(familyOf(ecosystem), named) }),
        ...(kev !== undefined && { isKev: kev }),
        ...(scoreMin !== undefined && { scoreMin }),
        ...(modifiedSince !== undefined && { modifiedSince: new Date(modifiedSince).toISOString() }),
        ...(key !== undefined && { after: { modified: key[0], id: key[1] } }),
      });
      const last = items.length === limit ? items.at(-1) : undefined;
      return { items, ...(last && { next: cursorOf([last.modified, last.id]) }) };
    },
  );

  routes.get(
    '/advisories/:id',
    {
      schema: {
        tags,
        summary: 'One advisory with its facts and history',
        params: AdvisoryParams,
        response: { 200: AdvisoryDetail },
      },
    },
    async (request) => {
      const detail = await read.load(system, whoIs(request), request.params.id);
      return {
        ...detail,
        advisory: { ...detail.advisory },
        entries: detail.entries.map(({ nonce, ...entry }) => ({ ...entry, nonce: base64.encode(nonce) })),
      };
    },
  );

  routes.get(
    '/packs',
    { schema: { tags, summary: 'Packs: match index and facts, one file per ecosystem', response: { 200: Packs } } },
    async (request) => ({
      packs: await packs.list(system, whoIs(request)),
    }),
  );

  routes.get(
    '/packs/:file',
    {
      schema: { tags, summary: 'One pack, to be kept for ever: its name changes with its content', params: PackParams },
    },
    async (request, reply) => {
      const { file } = request.params;
      const etag = `"${file}"`;
      reply
        .header('etag', etag)
        .header('cache-control', 'public, max-age=31536000, immutable')
        .header('vary', 'accept-encoding');
      const stored = await packs.open(system, whoIs(request), file);
      if (request.headers['if-none-match']?.includes(etag)) return reply.code(304).send();
      const bytes = Readable.from(stored, { objectMode: false });
      reply.type('application/octet-stream');
      if (/\bgzip\b/.test(request.headers['accept-encoding'] ?? ''))
        return reply.header('content-encoding', 'gzip').send(bytes);
      // A broken connection ends both halves.
      return reply.send(pipeline(bytes, createGunzip(), () => {}));
    },
  );

  routes.get(
    '/imports',
    { schema: { tags, summary: 'Imports, newest first', querystring: PageQuery, response: { 200: Imports } } },
    async (request) => {
      const { after, limit } = request.query;
      const key = keyIn(after);
      const page = { limit, ...(key !== undefined && { after: { startedAt: key[0], id: key[1] } }) };
      const items = await imports.list(system, whoIs(request), page);
      const last = items.length === limit ? items.at(-1) : undefined;
      return { items, ...(last && { next: cursorOf([last.startedAt, last.id]) }) };
    },
  );

  routes.get(
    '/imports/:id',
    { schema: { tags, summary: 'How far an import is', params: ImportParams, response: { 200: Import } } },
    (request) => imports.load(system, whoIs(request), request.params.id),
  );

  routes.post(
    '/syncs',
    {
      schema: {
        tags,
        summary: 'Read what is new at the configured feeds, soon',
        body: z.object({}),
        response: { 202: SyncRequested },
      },
    },
    async (request, reply) => reply.code(202).send(await sync.request(system, whoIs(request))),
  );

  routes.get(
    '/feeds',
    { schema: { tags, summary: 'When each feed was last read, and why it failed', response: { 200: Feeds } } },
    async (request) => ({
      feeds: await sync.list(system, whoIs(request)),
    }),
  );

  // The body is a stream of any length, held one batch at a time; it is never parsed before the right is checked.
  server.register(async (streaming) => {
    streaming.removeAllContentTypeParsers();
    streaming.addContentTypeParser(importTypes, { bodyLimit: Number.MAX_SAFE_INTEGER }, (_request, body, done) =>
      done(null, body),
    );
    streaming.withTypeProvider<ZodTypeProvider>().post(
      '/imports',
      {
        schema: {
          tags,
          summary: 'Import advisories and facts: OSV, CVE, KEV, EPSS or CSAF, as JSON, JSON lines or CSV, also gzipped',
          consumes: importTypes,
          querystring: ImportQuery,
          response: { 200: Import },
        },
      },
      async (request) => {
        const { name, key, from, last } = request.query;
        const actor = whoIs(request);
        const source = { key: key ?? `request:${request.id}`, name: name ?? 'upload' };
        const body = (request.body ?? Readable.from([])) as AsyncIterable<Uint8Array>;
        return imports.run(system, actor, source, body, { from, isLast: last });
      },
    );
  });
}

/** OSV's query API at its fixed addresses (google.github.io/osv.dev/api). */
export function standardRoutes(server: FastifyInstance, system: System): void {
  const routes = server.withTypeProvider<ZodTypeProvider>();
  server.register(async (queries) => queryRoutes(queries, system));

  routes.get(
    '/v1/vulns/:id',
    {
      schema: {
        tags: osvTags,
        summary: 'One advisory in the OSV schema',
        params: AdvisoryParams,
        response: { 200: OsvAdvisory, 404: OsvError },
      },
    },
    async (request, reply) => {
      try {
        return reply.send({ ...(await query.load(system, whoIs(request), request.params.id)) });
      } catch (error) {
        if (error instanceof Refusal && error.code === 'not_found')
          return reply.code(404).send({ code: 5, message: 'Bug not found.' });
        throw error;
      }
    },
  );
}

/** Answers about packages. They change nothing, so the body is JSON whatever it is called, as at api.osv.dev. */
function queryRoutes(server: FastifyInstance, system: System): void {
  limits.readJson(server, '*');
  server.setErrorHandler((error: FastifyError, _request, reply) => {
    const message = osvFault(error);
    if (message === undefined) throw error;
    return reply.code(400).send({ code: 3, message });
  });
  const routes = server.withTypeProvider<ZodTypeProvider>();

  routes.post(
    '/v1/query',
    {
      schema: {
        tags: osvTags,
        summary: 'Advisories for a package or commit',
        body: OsvQuery,
        response: { 200: OsvAnswer, 400: OsvError },
      },
    },
    async (request, reply) => {
      const found = await query.advisoriesFor(system, whoIs(request), request.body);
      if ('problem' in found) return reply.code(400).send({ code: 3, message: found.problem });
      return reply.send(found.length === 0 ? {} : { vulns: found.map((one) => ({ ...one })) });
    },
  );

  routes.post(
    '/v1/querybatch',
    {
      schema: {
        tags: osvTags,
        summary: 'Ids of the advisories for each of up to 1,000 queries',
        body: OsvBatch,
        response: { 200: OsvBatchAnswer, 400: OsvError },
      },
    },
    async (request, reply) => {
      const answers = await query.answer(system, whoIs(request), request.body.queries);
      const faulty = answers.find((found) => 'problem' in found);
      if (faulty !== undefined)
        return reply.code(400).send({ code: 3, message: (faulty as { problem: string }).problem });
      const results = (answers as { id: string; modified: string }[][]).map((found) =>
        found.length === 0 ? {} : { vulns: found.map(({ id, modified }) => ({ id, modified })) },
      );
      return reply.send({ results });
    },
  );
}

/** What is wrong with a query, in one line; nothing for trouble of another kind. */
function osvFault(error: FastifyError): string | undefined {
  if (error instanceof Refusal) {
    return error.code === 'malformed_body' || error.code === 'nested_too_deep' ? sentenceOf(error.code) : undefined;
  }
  return error.validation
    ?.slice(0, 10)
    .map(({ instancePath, message }) => `${instancePath || 'body'}: ${message ?? 'is not as described'}`)
    .join('; ');
}
