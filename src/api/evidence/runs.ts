import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as runCompare from '../../app/evidence/run-compare.ts';
import * as runExport from '../../app/evidence/run-export.ts';
import * as runImport from '../../app/evidence/run-import.ts';
import * as runs from '../../app/evidence/runs.ts';
import type { System } from '../../app/system.ts';
import type { Actor } from '../../domain/directory/actor.ts';
import { Refusal } from '../../domain/refusal.ts';
import { cursorOf, keyOf } from '../contract/page.ts';
import * as contract from '../contract/runs.ts';
import { whoIs } from '../directory/who.ts';

const tags = ['runs'];
/** What a log may be sent as; the content decides, whatever is declared. */
const logTypes = [
  'application/octet-stream',
  'application/zip',
  'application/json',
  'text/csv',
  'application/x-ndjson',
];

type KeptRun = Awaited<ReturnType<typeof runs.list>>[number];

const view = (actor: Actor, { organisation, audience: _, importedBy: __, ...run }: KeptRun) => ({
  ...run,
  isOwn: organisation === actor.organisation,
});

export function routes(server: FastifyInstance, system: System): void {
  const routes = server.withTypeProvider<ZodTypeProvider>();
  const { RunParams: params } = contract;

  routes.get(
    '/runs',
    {
      schema: {
        tags,
        summary: 'Evaluation logs that your organisation keeps here or others share with it, newest first',
        querystring: contract.RunsQuery,
        response: { 200: contract.Runs },
      },
    },
    async (request) => {
      const { after: cursor, ...page } = request.query;
      const [createdAt, id] = cursor === undefined ? [] : (keyOf(cursor, 2) ?? []);
      if (cursor !== undefined && (typeof createdAt !== 'string' || typeof id !== 'string'))
        throw new Refusal('invalid_request');
      const after = cursor === undefined ? undefined : { createdAt: createdAt as string, id: id as string };
      const actor = whoIs(request);
      const items = await runs.list(system, actor, { ...page, after });
      const last = items.length === page.limit ? items.at(-1) : undefined;
      return {
        items: items.map((run) => view(actor, run)),
        ...(last && { next: cursorOf([last.createdAt, last.id]) }),
      };
    },
  );

  routes.get(
    '/runs/compare',
    {
      schema: {
        tags,
        summary: 'Two runs on the items that both attempted',
        querystring: contract.CompareQuery,
        response: { 200: contract.CompareView },
      },
    },
    (request) => {
      const { a, b, ...asked } = request.query;
      return runCompare.compare(system, whoIs(request), { a, b }, asked) as never;
    },
  );

  routes.get(
    '/runs/compare/items',
    {
      schema: {
        tags,
        summary: 'Items that both runs attempted, with both outcomes',
        querystring: contract.CompareItemsQuery,
        response: { 200: contract.CompareItems },
      },
    },
    async (request) => {
      const { a, b, after: cursor, differing: isDiffering, limit, ...asked } = request.query;
      const after = cursor === undefined ? 0 : keyOf(cursor, 1)?.[0];
      if (typeof after !== 'number') throw new Refusal('invalid_request');
      const page = { ...asked, isDiffering, after, limit };
      const items = await runCompare.items(system, whoIs(request), { a, b }, page);
      const last = items.length === limit ? items.at(-1) : undefined;
      return { items, ...(last && { next: cursorOf([last.place]) }) };
    },
  );

  // The body is the file itself; it is read as it comes, after the right was checked.
  server.register(async (streaming) => {
    streaming.removeAllContentTypeParsers();
    streaming.addContentTypeParser(logTypes, { bodyLimit: Number.MAX_SAFE_INTEGER }, (_request, body, done) =>
      done(null, body),
    );
    streaming.withTypeProvider<ZodTypeProvider>().post(
      '/runs',
      {
        schema: {
          tags,
          summary: 'Import an evaluation log; the body is the file',
          description:
            'A small log is read at once (201). A large one is read by a job (202): GET the run until its state is no longer "importing". ' +
            'The same bytes again give the run that stands (200).',
          consumes: logTypes,
          querystring: contract.ImportQuery,
          response: { 200: contract.RunRow, 201: contract.RunRow, 202: contract.RunRow },
        },
      },
      async (request, reply) => {
        const actor = whoIs(request);
        const bytes = (request.body ?? Readable.from([])) as AsyncIterable<Uint8Array>;
        const { run, isNew } = await runImport.receive(system, actor, { fileName: request.query.fileName, bytes });
        const status = isNew ? (run.state === 'ready' ? 201 : 202) : 200;
        return reply.code(status).header('location', `/api/v1/runs/${run.id}`).send(view(actor, run));
      },
    );
  });

  routes.get(
    '/runs/:id',
    { schema: { tags, summary: 'One run with the header of its log', params, response: { 200: contract.RunDetail } } },
    async (request) => {
      const actor = whoIs(request);
      const { run, ...rest } = await runs.load(system, actor, request.params.id);
      return { ...view(actor, run), ...rest, header: rest.header as never, report: rest.report as never };
    },
  );

  routes.delete(
    '/runs/:id',
    { schema: { tags, summary: 'Forget a run with its samples and transcripts', params } },
    async (request, reply) => {
      await runs.remove(system, whoIs(request), request.params.id);
      return reply.code(204).send();
    },
  );

  routes.get(
    '/runs/:id/manifest',
    {
      schema: {
        tags,
        summary: 'What the run was made with',
        params,
        response: { 200: contract.ManifestView },
      },
    },
    (request) => runs.manifest(system, whoIs(request), request.params.id) as never,
  );

  routes.get(
    '/runs/:id/export',
    {
      schema: {
        tags,
        summary: 'The results in another form: Every Eval Ever (JSON), or a table of item, attempt and score (CSV)',
        params,
        querystring: contract.ExportQuery,
        produces: ['application/json', 'text/csv'],
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const { as, ...asked } = request.query;
      const actor = whoIs(request);
      const isTable = as === 'attempts';
      const text = isTable
        ? await runExport.attempts(system, actor, id, asked)
        : await runExport.everyEvalEver(system, actor, id);
      const file = isTable ? `${id}.attempts.csv` : `${id}.every-eval-ever.json`;
      return reply
        .type(isTable ? 'text/csv; charset=utf-8' : 'application/json; charset=utf-8')
        .header('content-disposition', `attachment; filename="${file}"`)
        .send(text);
    },
  );

  routes.get(
    '/runs/:id/statistics',
    {
      schema: {
        tags,
        summary: 'Success over items with its interval',
        params,
        querystring: contract.StatisticsQuery,
        response: { 200: contract.StatisticsView },
      },
    },
    (request) => runCompare.success(system, whoIs(request), request.params.id, request.query),
  );

  routes.get(
    '/runs/:id/samples',
    {
      schema: {
        tags,
        summary: 'Samples of a run: attempts at items, in the order of the log',
        params,
        querystring: contract.SamplesQuery,
        response: { 200: contract.Samples },
      },
    },
    async (request) => {
      const { after: cursor, limit, is, scorer, scoreMin, scoreMax, q } = request.query;
      const after = cursor === undefined ? undefined : keyOf(cursor, 1)?.[0];
      const isScore = scoreMin !== undefined || scoreMax !== undefined;
      if ((cursor !== undefined && !Number.isInteger(after)) || (isScore && scorer === undefined))
        throw new Refusal('invalid_request');
      const items = await runs.samples(system, whoIs(request), request.params.id, {
        filters: (is?.split(',') ?? []) as (typeof contract.filters)[number][],
        score: scorer === undefined ? undefined : { scorer, min: scoreMin, max: scoreMax },
        q,
        after: after as number | undefined,
        limit,
      });
      const last = items.length === limit ? items.at(-1) : undefined;
      return { items: items as never[], ...(last && { next: cursorOf([last.number]) }) };
    },
  );

  routes.get(
    '/runs/:id/samples/:sample',
    {
      schema: {
        tags,
        summary: 'One sample with what its transcript holds',
        params: contract.SampleParams,
        response: { 200: contract.SampleView },
      },
    },
    (request) => runs.sample(system, whoIs(request), request.params.id, request.params.sample) as never,
  );

  routes.get(
    '/runs/:id/samples/:sample/events',
    {
      schema: {
        tags,
        summary: 'Events of a transcript, each as one line; "after" is the index to start behind',
        params: contract.SampleParams,
        querystring: contract.EventsQuery,
        response: { 200: contract.Events },
      },
    },
    async (request) => {
      const { id, sample } = request.params;
      return { items: await runs.events(system, whoIs(request), id, sample, request.query) };
    },
  );

  routes.get(
    '/runs/:id/samples/:sample/events/next',
    {
      schema: {
        tags,
        summary: 'Where the next event of a kind, or with a text in it, stands',
        params: contract.SampleParams,
        querystring: contract.SeekQuery,
        response: { 200: contract.SeekView },
      },
    },
    async (request) => {
      const { id, sample } = request.params;
      const { from, back, kind, q } = request.query;
      return runs.seek(system, whoIs(request), id, sample, { from, isBackward: back, kind, q });
    },
  );

  routes.get(
    '/runs/:id/samples/:sample/events/:index',
    {
      schema: {
        tags,
        summary: 'One event with all that the log holds of it',
        params: contract.EventParams,
        response: { 200: contract.EventView },
      },
    },
    (request) => {
      const { id, sample, index } = request.params;
      return runs.event(system, whoIs(request), id, sample, index) as never;
    },
  );

  routes.get(
    '/runs/:id/shares/preview',
    {
      schema: {
        tags,
        summary: 'Who would learn of the run if it were shared with the parties of a submission',
        params,
        querystring: contract.SharePreviewQuery,
        response: { 200: contract.SharePreview },
      },
    },
    (request) => runs.sharePreview(system, whoIs(request), request.params.id, request.query.submission),
  );

  routes.post(
    '/runs/:id/shares',
    {
      schema: {
        tags,
        summary: 'Let the parties of a submission see the run; widens its audience',
        params,
        body: contract.NewShare,
        response: { 201: contract.Shares },
      },
    },
    async (request, reply) => {
      const { submission, organisations } = request.body;
      const actor = whoIs(request);
      const items = await runs.share(system, actor, request.params.id, submission, organisations);
      return reply.code(201).send({ items });
    },
  );

  routes.delete(
    '/runs/:id/shares/:submission',
    {
      schema: {
        tags,
        summary: 'Take the sharing back: from now on those parties see nothing of the run',
        params: contract.RunShareParams,
        response: { 200: contract.Shares },
      },
    },
    async (request) => {
      const { id, submission } = request.params;
      return { items: await runs.unshare(system, whoIs(request), id, submission) };
    },
  );
}
