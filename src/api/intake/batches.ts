import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as batchImport from '../../app/intake/batch-import.ts';
import * as batches from '../../app/intake/batches.ts';
import * as findings from '../../app/intake/findings.ts';
import type { System } from '../../app/system.ts';
import { Refusal } from '../../domain/refusal.ts';
import * as csv from '../../formats/csv/document.ts';
import * as contract from '../contract/batches.ts';
import { cursorOf, keyOf } from '../contract/page.ts';
import { whoIs } from '../directory/who.ts';
import { idIn } from './findings.ts';

const tags = ['batches'];
/** What rows and files may be sent as; the content decides, whatever is declared. */
const bodyTypes = [
  'application/x-ndjson',
  'application/json',
  'application/sarif+json',
  'application/octet-stream',
  'application/xml',
  'text/xml',
  'text/csv',
  'text/plain',
];
/** Rows of one piece of a download. */
const pieceRows = 500;

export const view = ({
  audience: _audience,
  organisation: _organisation,
  number: _number,
  ...batch
}: Awaited<ReturnType<typeof batches.load>>) => batch;

function rowIn(after: string | undefined): number {
  if (after === undefined) return 0;
  const row = keyOf(after, 1)?.[0];
  if (typeof row !== 'number') throw new Refusal('invalid_request');
  return row;
}

export function routes(server: FastifyInstance, system: System): void {
  const routes = server.withTypeProvider<ZodTypeProvider>();
  const { BatchParams: params } = contract;

  routes.post(
    '/batches',
    {
      schema: {
        tags,
        summary: 'Begin a batch: then send its rows, or one file',
        body: contract.NewBatch,
        response: { 201: contract.BatchView },
      },
    },
    async (request, reply) => {
      const begun = await batches.begin(system, whoIs(request), request.body);
      return reply.code(201).header('location', `/api/v1/batches/${begun.id}`).send(view(begun));
    },
  );

  routes.get(
    '/batches',
    {
      schema: {
        tags,
        summary: 'Batches of your organisation, newest first',
        querystring: contract.BatchesQuery,
        response: { 200: contract.Batches },
      },
    },
    async (request) => {
      const { after, limit, name } = request.query;
      const items = await batches.list(system, whoIs(request), { name, after: idIn(after), limit });
      const last = items.length === limit ? items.at(-1) : undefined;
      return { items: items.map(view), ...(last && { next: cursorOf([last.id]) }) };
    },
  );

  routes.get(
    '/batches/:id',
    { schema: { tags, summary: 'How far a batch is', params, response: { 200: contract.BatchView } } },
    async (request) => view(await batches.load(system, whoIs(request), request.params.id)),
  );

  routes.patch(
    '/batches/:id',
    {
      schema: {
        tags,
        summary: 'Pause it, let it go on, or cancel it; what was taken stays',
        params,
        body: contract.ChangeBatch,
        response: { 200: contract.BatchView },
      },
    },
    async (request) => view(await batches.change(system, whoIs(request), request.params.id, request.body.to)),
  );

  routes.get(
    '/batches/:id/refused',
    {
      schema: {
        tags,
        summary: 'Rows that were refused, each by its number with the reasons',
        params,
        querystring: contract.RowsPageQuery,
        response: { 200: contract.RefusedRows },
      },
    },
    async (request) => {
      const { after, limit } = request.query;
      const page = { after: rowIn(after), limit };
      const items = await batches.refused(system, whoIs(request), request.params.id, page);
      const last = items.length === limit ? items.at(-1) : undefined;
      return { items, ...(last && { next: cursorOf([last.row]) }) };
    },
  );

  routes.get(
    '/batches/:id/refused/:file',
    {
      schema: {
        tags,
        summary: 'The same as a file: refused.csv or refused.ndjson',
        params: contract.RefusedFileParams,
      },
    },
    async (request, reply) => {
      const { id, file } = request.params;
      const isCsv = file === 'refused.csv';
      const actor = whoIs(request);
      const first = await batches.refused(system, actor, id, { after: 0, limit: pieceRows });
      const pieces = async function* () {
        if (isCsv) yield csv.write(['row', 'path', 'message'], []);
        for (let rows = first; rows.length > 0; ) {
          yield isCsv ? csvOf(rows) : rows.map((row) => `${JSON.stringify(row)}\n`).join('');
          const after = rows.at(-1)?.row ?? 0;
          rows = rows.length < pieceRows ? [] : await batches.refused(system, actor, id, { after, limit: pieceRows });
        }
      };
      return reply
        .type(isCsv ? 'text/csv; charset=utf-8' : 'application/x-ndjson')
        .header('content-disposition', `attachment; filename="${file}"`)
        .send(Readable.from(pieces()));
    },
  );

  routes.get(
    '/batches/:id/receipts',
    {
      schema: {
        tags,
        summary: 'Receipts of the rows that were new, in order',
        params,
        querystring: contract.RowsPageQuery,
        response: { 200: contract.RowReceipts },
      },
    },
    async (request) => {
      const { after, limit } = request.query;
      const page = { after: rowIn(after), limit };
      const items = await batches.receiptsOf(system, whoIs(request), request.params.id, page);
      const last = items.length === limit ? items.at(-1) : undefined;
      return { items, ...(last && { next: cursorOf([last.row]) }) };
    },
  );

  // The body is the rows or the file itself, of any length; it is read as it comes, after the right was checked.
  server.register(async (streaming) => {
    streaming.removeAllContentTypeParsers();
    streaming.addContentTypeParser(bodyTypes, { bodyLimit: Number.MAX_SAFE_INTEGER }, (_request, body, done) =>
      done(null, body),
    );
    const uploads = streaming.withTypeProvider<ZodTypeProvider>();
    const bytesOf = (body: unknown) => (body ?? Readable.from([])) as AsyncIterable<Uint8Array>;
    // What is acknowledged is durable chunk by chunk, under the number of its row: an Idempotency-Key adds nothing.
    const config = { asksOutside: true } as const;

    uploads.post(
      '/batches/:id/rows',
      {
        config,
        schema: {
          tags,
          summary: 'Send rows, one report a line; those that were dealt with are skipped by number',
          consumes: bodyTypes,
          params,
          querystring: contract.RowsQuery,
          response: { 200: contract.RowsTaken },
        },
      },
      async (request) => {
        const { from, last } = request.query;
        const part = { from, isLast: last };
        return batchImport.takeLines(system, whoIs(request), request.params.id, part, bytesOf(request.body));
      },
    );

    uploads.post(
      '/batches/:id/file',
      {
        config,
        schema: {
          tags,
          summary:
            'Send its file: SARIF, CSAF, OSV, CVE, CycloneDX, CSV or the report of a scanner; it is read by a job',
          consumes: bodyTypes,
          params,
          querystring: contract.FileQuery,
          response: { 202: contract.BatchView },
        },
      },
      async (request, reply) => {
        const { name } = request.query;
        const bytes = bytesOf(request.body);
        const taken = await batchImport.takeFile(system, whoIs(request), request.params.id, name, bytes);
        return reply.code(202).send(view(taken));
      },
    );
  });

  routes.get(
    '/batch-mappings',
    { schema: { tags, summary: 'Saved mappings for CSV files', response: { 200: contract.Mappings } } },
    async (request) => ({ items: await batches.mappings(system, whoIs(request)) }),
  );

  routes.put(
    '/batch-mappings/:name',
    {
      schema: {
        tags,
        summary: 'Save which column is which field',
        params: contract.MappingParams,
        body: contract.SaveMapping,
        response: { 200: contract.KeptMapping },
      },
    },
    (request) => batches.saveMapping(system, whoIs(request), request.params.name, request.body.fields),
  );

  routes.delete(
    '/batch-mappings/:name',
    { schema: { tags, summary: 'Forget a mapping', params: contract.MappingParams } },
    async (request, reply) => {
      await batches.forgetMapping(system, whoIs(request), request.params.name);
      return reply.code(204).send();
    },
  );

  routes.get(
    '/intake-room',
    {
      schema: {
        tags,
        summary: 'What your organisation may hand in now, and why so much',
        response: { 200: contract.RoomView },
      },
    },
    async (request) => {
      const { room, left } = await findings.room(system, whoIs(request));
      return { ...room, ...left };
    },
  );
}

function csvOf(rows: Awaited<ReturnType<typeof batches.refused>>): string {
  const text = csv.write(
    ['row', 'path', 'message'],
    rows.flatMap(({ row, problems }) => problems.map(({ path, message }) => [row, path, message])),
  );
  return text.slice(text.indexOf('\n') + 1);
}
