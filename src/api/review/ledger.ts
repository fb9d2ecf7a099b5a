import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as ledger from '../../app/review/ledger.ts';
import type { System } from '../../app/system.ts';
import { Refusal } from '../../domain/refusal.ts';
import { GrantParams as params } from '../contract/grants.ts';
import * as contract from '../contract/ledger.ts';
import { cursorOf, keyOf } from '../contract/page.ts';
import { whoIs } from '../directory/who.ts';

const tags = ['access'];

export function routes(server: FastifyInstance, system: System): void {
  const routes = server.withTypeProvider<ZodTypeProvider>();

  routes.get(
    '/submissions/:id/ledger',
    {
      schema: {
        tags,
        summary: 'Every use of the model and every read of its file that you may see, newest first',
        params,
        querystring: contract.LedgerQuery,
        response: { 200: contract.Ledger },
      },
    },
    async (request) => {
      const { after, limit, flagged, ...filter } = request.query;
      const before = after === undefined ? undefined : keyOf(after, 1)?.[0];
      if (after !== undefined && typeof before !== 'number') throw new Refusal('invalid_request');
      const page = { ...filter, limit, isFlagged: flagged, ...(typeof before === 'number' && { before }) };
      const { items, names } = await ledger.list(system, whoIs(request), request.params.id, page);
      const last = items.length === limit ? items.at(-1) : undefined;
      return { items, names, ...(last && { next: cursorOf([last.opening]) }) };
    },
  );

  routes.get(
    '/submissions/:id/ledger/totals',
    {
      schema: {
        tags,
        summary: 'Uses by day and person, and over time',
        params,
        querystring: contract.TotalsQuery,
        response: { 200: contract.Totals },
      },
    },
    (request) => ledger.totals(system, whoIs(request), request.params.id, request.query.days),
  );

  routes.get(
    '/submissions/:id/ledger/export',
    {
      schema: {
        tags,
        summary: 'The ledger as one file: with its proof in the log (ndjson), or as a table (csv)',
        params,
        querystring: contract.ExportQuery,
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const isTable = request.query.format === 'csv';
      const text = await (isTable ? ledger.exportTable : ledger.exportLog)(system, whoIs(request), id);
      return reply
        .type(isTable ? 'text/csv; charset=utf-8' : 'application/x-ndjson')
        .header('content-disposition', `attachment; filename="access-ledger.${isTable ? 'csv' : 'ndjson'}"`)
        .header('cache-control', 'no-store')
        .send(Readable.from(text, { objectMode: false }));
    },
  );
}
