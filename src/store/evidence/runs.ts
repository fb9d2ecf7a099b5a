import { type SqlBool, sql } from 'kysely';
import type { OrganisationId } from '../../domain/directory/actor.ts';
import type { EvalLog, SampleSummary } from '../../domain/evidence/eval-log.ts';
import type { LogReport } from '../../domain/evidence/log-check.ts';
import type { Manifest } from '../../domain/evidence/manifest.ts';
import type { RunState, SampleFlags } from '../../domain/evidence/run.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Problem } from '../../domain/problem.ts';
import type { Tx } from '../database.ts';
import type { RunSamplesTable } from './run-tables.ts';

export interface KeptRun {
  id: string;
  audience: string;
  organisation: OrganisationId;
  digest: string;
  fileName: string;
  sizeBytes: number;
  state: RunState;
  problems: Problem[];
  samples: number;
  events: number;
  format: string | null;
  task: string | null;
  model: string | null;
  status: string | null;
  manifestDigest: string | null;
  importedBy: string;
  createdAt: Instant;
  updatedAt: Instant;
}

/** A run as its own tables name it. */
export interface NumberedRun extends KeptRun {
  number: number;
}

const rows = (tx: Tx) =>
  tx
    .selectFrom('runs')
    .select([
      'runs.number',
      'runs.id',
      'runs.audience_id as audience',
      'runs.organisation_id as organisation',
      'digest',
      'file_name as fileName',
      'size_bytes as sizeBytes',
      'state',
      'problems',
      'samples',
      'events',
      'format',
      'task',
      'model',
      'status',
      'manifest_digest as manifestDigest',
      'imported_by as importedBy',
      'runs.created_at as createdAt',
      'runs.updated_at as updatedAt',
    ]);

/** The run, if this transaction's actor may know of it. */
export function find(tx: Tx, id: string): Promise<NumberedRun | undefined> {
  return rows(tx).where('runs.id', '=', id).executeTakeFirst();
}

/** As `find`, and nobody else changes it until the transaction ends. */
export function lock(tx: Tx, id: string): Promise<NumberedRun | undefined> {
  return rows(tx).where('runs.id', '=', id).forUpdate().executeTakeFirst();
}

/** The run that an organisation made of the file with this digest. */
export function ofFile(tx: Tx, organisation: OrganisationId, digest: string): Promise<NumberedRun | undefined> {
  return rows(tx)
    .where('runs.organisation_id', '=', organisation)
    .where('digest', '=', digest)
    .forUpdate()
    .executeTakeFirst();
}

export interface ListPage {
  /** Only runs that are shared with the parties of this submission. */
  submission?: string | undefined;
  /** Only runs of this model, by the name in the log. */
  model?: string | undefined;
  after?: { createdAt: Instant; id: string } | undefined;
  limit: number;
}

/** The runs this transaction's actor may know of, newest first. */
export function list(tx: Tx, { submission, model, after, limit }: ListPage): Promise<NumberedRun[]> {
  let query = rows(tx).orderBy('runs.created_at', 'desc').orderBy('runs.id', 'desc').limit(limit);
  if (submission !== undefined) {
    query = query.where('runs.number', 'in', (shared) =>
      shared.selectFrom('run_shares').select('run').where('submission_id', '=', submission),
    );
  }
  if (model !== undefined) query = query.where('model', '=', model);
  if (after !== undefined) {
    query = query.where(({ eb, refTuple, tuple }) =>
      eb(refTuple('runs.created_at', 'runs.id'), '<', tuple(after.createdAt, after.id)),
    );
  }
  return query.execute();
}

type NewRun = Pick<
  KeptRun,
  'id' | 'audience' | 'organisation' | 'digest' | 'fileName' | 'sizeBytes' | 'importedBy' | 'createdAt'
>;

/** Begins a run. False where the organisation has one of this file already: another request was quicker. */
export async function insert(tx: Tx, run: NewRun): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto('runs')
    .values({
      id: run.id,
      audience_id: run.audience,
      organisation_id: run.organisation,
      digest: run.digest,
      file_name: run.fileName,
      size_bytes: run.sizeBytes,
      state: 'importing',
      problems: '[]',
      samples: 0,
      events: 0,
      imported_by: run.importedBy,
      created_at: run.createdAt,
      updated_at: run.createdAt,
    })
    .onConflict((conflict) => conflict.columns(['organisation_id', 'digest']).doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}

/** Says how far the reading of a run has come. */
export async function progress(
  tx: Tx,
  id: string,
  read: { samples: number; events: number },
  at: Instant,
): Promise<void> {
  await tx
    .updateTable('runs')
    .set({ ...read, updated_at: at })
    .where('id', '=', id)
    .where('state', '=', 'importing')
    .execute();
}

/** Begins the reading of a run anew: what an earlier attempt said no longer counts. */
export async function restart(tx: Tx, id: string, at: Instant): Promise<void> {
  await tx
    .updateTable('runs')
    .set({ state: 'importing', problems: '[]', samples: 0, events: 0, updated_at: at })
    .where('id', '=', id)
    .execute();
}

/** A file that could not be read: nothing of it is kept but why. */
export async function refuse(tx: Tx, id: string, problems: Problem[], at: Instant): Promise<void> {
  await tx
    .updateTable('runs')
    .set({ state: 'refused', problems: JSON.stringify(problems), samples: 0, events: 0, updated_at: at })
    .where('id', '=', id)
    .execute();
}

/** The last step of an import: from now on the run is whole. */
export async function finish(
  tx: Tx,
  id: string,
  run: {
    log: EvalLog;
    report: LogReport;
    manifest: Manifest;
    manifestDigest: string;
    problems: Problem[];
    samples: number;
    events: number;
    at: Instant;
  },
): Promise<void> {
  await tx
    .updateTable('runs')
    .set({
      state: 'ready',
      problems: JSON.stringify(run.problems),
      samples: run.samples,
      events: run.events,
      format: run.log.format,
      task: shown(run.log.task),
      model: shown(run.log.model),
      status: run.log.status,
      header: JSON.stringify(run.log),
      report: JSON.stringify(run.report),
      manifest: JSON.stringify(run.manifest),
      manifest_digest: run.manifestDigest,
      updated_at: run.at,
    })
    .where('id', '=', id)
    .execute();
}

export interface Documents {
  header: EvalLog | null;
  report: LogReport | null;
  manifest: Manifest | null;
}

/** What the log says of itself and what its samples say; all null until the run is ready. */
export function documents(tx: Tx, number: number): Promise<Documents> {
  return tx
    .selectFrom('runs')
    .select(['header', 'report', 'manifest'])
    .where('number', '=', number)
    .executeTakeFirstOrThrow();
}

/** Forgets a run with its samples and events. */
export async function remove(tx: Tx, id: string): Promise<void> {
  // Millions of events take longer than a request may otherwise take.
  await sql`set local statement_timeout = '300s'`.execute(tx);
  await tx.deleteFrom('runs').where('id', '=', id).execute();
}

export interface Share {
  submission: string;
  sharedBy: string;
  sharedAt: Instant;
}

/** The submissions with whose parties a run is shared, as far as the actor may know of them. */
export function shares(tx: Tx, run: number): Promise<Share[]> {
  return tx
    .selectFrom('run_shares')
    .select(['submission_id as submission', 'shared_by as sharedBy', 'shared_at as sharedAt'])
    .where('run', '=', run)
    .orderBy('shared_at')
    .orderBy('submission_id')
    .execute();
}

export async function addShare(tx: Tx, run: number, { submission, sharedBy, sharedAt }: Share): Promise<void> {
  await tx
    .insertInto('run_shares')
    .values({ run, submission_id: submission, shared_by: sharedBy, shared_at: sharedAt })
    .onConflict((conflict) =>
      conflict.columns(['run', 'submission_id']).doUpdateSet({ shared_by: sharedBy, shared_at: sharedAt }),
    )
    .execute();
}

export async function removeShare(tx: Tx, run: number, submission: string): Promise<boolean> {
  const { numDeletedRows } = await tx
    .deleteFrom('run_shares')
    .where('run', '=', run)
    .where('submission_id', '=', submission)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

/** PostgreSQL's text holds every character but one. */
const shown = (text: string): string => text.replaceAll('\0', '\ufffd');

/** As `shown`, and halves of surrogate pairs are replaced. */
const wellFormed = (text: string): string => Buffer.from(shown(text)).toString();

/** JSON of names and numbers as jsonb takes it: without U+0000, and without halves of surrogate pairs. */
const jsonb = (fields: Record<string, unknown>): string =>
  JSON.stringify(
    Object.fromEntries(
      Object.entries(fields).map(([key, value]) => [
        wellFormed(key),
        typeof value === 'string' ? wellFormed(value) : value,
      ]),
    ),
  );

/** Names of filters to the column that answers them. */
const filterColumns = {
  error: 'has_error',
  limit: 'has_limit',
  unscored: 'is_unscored',
  edited: 'is_edited',
  retried: 'is_retried',
  fallback: 'is_fallback',
  invalidated: 'is_invalidated',
} as const;
export type SampleFilter = keyof typeof filterColumns;

/** A sample before it is kept. */
export interface NewSample extends SampleFlags {
  number: number;
  summary: SampleSummary;
  scores: Record<string, number | null>;
  clusters: Record<string, string>;
}

/** Adds samples of a run; their transcripts come later. */
export async function addSamples(tx: Tx, run: number, samples: NewSample[]): Promise<void> {
  if (samples.length === 0) return;
  await tx
    .insertInto('run_samples')
    .values(
      samples.map((sample) => ({
        run,
        number: sample.number,
        id: shown(sample.summary.id),
        epoch: sample.summary.epoch,
        scores: jsonb(sample.scores),
        clusters: jsonb(sample.clusters),
        has_error: sample.hasError,
        has_limit: sample.hasLimit,
        is_unscored: sample.isUnscored,
        is_edited: sample.isEdited,
        is_retried: sample.isRetried,
        is_fallback: sample.isFallback,
        is_invalidated: sample.isInvalidated,
        tokens: sample.summary.tokens,
        events: 0,
        kinds: '{}',
        spans: '[]',
        summary: JSON.stringify(sample.summary),
      })),
    )
    .onConflict((conflict) =>
      conflict
        .columns(['run', 'number'])
        .doUpdateSet(({ ref }) => Object.fromEntries(replaced.map((column) => [column, ref(`excluded.${column}`)]))),
    )
    .execute();
}

/** What a sample that comes again replaces. */
const replaced = [
  'scores',
  'clusters',
  ...Object.values(filterColumns),
  'tokens',
  'summary',
] as const satisfies (keyof RunSamplesTable)[];

/** What the transcript of one sample holds. */
export interface Transcript {
  number: number;
  events: number;
  kinds: Record<string, number>;
  spans: [number, number][];
}

/** Tells of samples that were added what their transcripts hold. */
export async function addTranscripts(tx: Tx, run: number, transcripts: Transcript[]): Promise<void> {
  if (transcripts.length === 0) return;
  await sql`
    update run_samples s set events = t.events, kinds = t.kinds, spans = t.spans
    from unnest(
      ${transcripts.map((one) => one.number)}::int[], ${transcripts.map((one) => one.events)}::int[],
      ${transcripts.map((one) => jsonb(one.kinds))}::text[]::jsonb[], ${transcripts.map((one) => JSON.stringify(one.spans))}::text[]::json[]
    ) as t (number, events, kinds, spans)
    where s.run = ${run} and s.number = t.number`.execute(tx);
}

/** An event before it is kept. `payload` is JSON text. */
export interface NewEvent {
  sample: number;
  index: number;
  kind: string;
  at: Instant | null;
  depth: number;
  text: string;
  payload: string;
}

/** Adds events of a run, as many as one statement holds well: some hundreds. COPY does not serve tables with row security. */
export async function addEvents(tx: Tx, run: number, events: NewEvent[]): Promise<void> {
  if (events.length === 0) return;
  const column = <Key extends keyof NewEvent>(key: Key) => events.map((event) => event[key]);
  await sql`
    insert into run_events (run, sample, index, kind, at, depth, text, payload)
    select ${run}, * from unnest(
      ${column('sample')}::int[], ${column('index')}::int[], ${column('kind').map(shown)}::text[], ${column('at')}::timestamptz[],
      ${column('depth')}::smallint[], ${column('text').map(shown)}::text[], ${column('payload')}::text[]::json[]
    )`.execute(tx);
}

export interface KeptSample {
  number: number;
  events: number;
  summary: SampleSummary;
}

export interface SamplePage {
  filters: SampleFilter[];
  /** Only samples whose score by this scorer lies in these bounds. */
  score?: { scorer: string; min?: number | undefined; max?: number | undefined } | undefined;
  /** Words in the id of the item. */
  q?: string | undefined;
  after?: number | undefined;
  limit: number;
}

/** Samples of a run in order. */
export function samples(tx: Tx, run: number, page: SamplePage): Promise<KeptSample[]> {
  let query = tx
    .selectFrom('run_samples')
    .select(['number', 'events', 'summary'])
    .where('run', '=', run)
    .orderBy('number')
    .limit(page.limit);
  for (const filter of page.filters) query = query.where(filterColumns[filter], '=', true);
  const { score, q, after } = page;
  if (score !== undefined) {
    const value = sql<number>`(scores ->> ${score.scorer})::float8`;
    if (score.min !== undefined) query = query.where(value, '>=', score.min);
    if (score.max !== undefined) query = query.where(value, '<=', score.max);
  }
  if (q !== undefined) query = query.where(sql<SqlBool>`id ilike ${likeness(q)}`);
  if (after !== undefined) query = query.where('number', '>', after);
  return query.execute();
}

/** A text to be found anywhere, with the pattern's own signs taken literally. */
const likeness = (text: string): string => `%${text.replace(/[\\%_]/g, '\\$&')}%`;

export interface SampleDetail extends KeptSample {
  kinds: Record<string, number>;
  spans: [number, number][];
}

export function sample(tx: Tx, run: number, number: number): Promise<SampleDetail | undefined> {
  return tx
    .selectFrom('run_samples')
    .select(['number', 'events', 'summary', 'kinds', 'spans'])
    .where('run', '=', run)
    .where('number', '=', number)
    .executeTakeFirst();
}

export interface ScoreRow {
  number: number;
  item: string;
  epoch: number;
  score: number | null;
  cluster: string | null;
  isInvalidated: boolean;
  isFallback: boolean;
  tokens: number | null;
}

/** What statistics need of every sample, by one scorer and one key of metadata. */
export async function scores(tx: Tx, run: number, scorer: string, cluster?: string): Promise<ScoreRow[]> {
  const { rows } = await sql<ScoreRow>`
    select number, id as item, epoch, (scores ->> ${scorer})::float8 as score, clusters ->> ${cluster ?? null} as cluster,
      is_invalidated as "isInvalidated", is_fallback as "isFallback", tokens
    from run_samples where run = ${run} order by number`.execute(tx);
  return rows;
}

/** The scorers of a run with how many samples each gave a number for, and the metadata by which items may be grouped. */
export async function columns(
  tx: Tx,
  run: number,
): Promise<{ scorers: { name: string; scored: number }[]; clusters: { key: string; groups: number }[] }> {
  const scorers = await sql<{ name: string; scored: number }>`
    select key as name, count(value) filter (where value <> 'null')::int as scored
    from run_samples, jsonb_each(scores) where run = ${run} group by key order by key collate "C"`.execute(tx);
  const clusters = await sql<{ key: string; groups: number }>`
    select key, count(distinct value)::int as groups from run_samples, jsonb_each_text(clusters)
    where run = ${run} group by key order by key collate "C"`.execute(tx);
  return { scorers: scorers.rows, clusters: clusters.rows };
}

/** How many samples each filter finds. */
export async function flagCounts(tx: Tx, run: number): Promise<Record<SampleFilter, number>> {
  const { rows } = await sql<Record<SampleFilter, number>>`
    select ${sql.join(
      Object.entries(filterColumns).map(
        ([name, column]) => sql`count(*) filter (where ${sql.ref(column)})::int as ${sql.id(name)}`,
      ),
    )} from run_samples where run = ${run}`.execute(tx);
  return rows[0] as Record<SampleFilter, number>;
}

export interface KeptEvent {
  index: number;
  kind: string;
  at: Instant | null;
  depth: number;
  text: string;
}

export interface EventPage {
  /** Only events after this index, `-1` for all. */
  after: number;
  kind?: string | undefined;
  limit: number;
}

/** Events of one transcript in order, each as one line. */
export function events(tx: Tx, run: number, sample: number, page: EventPage): Promise<KeptEvent[]> {
  let query = tx
    .selectFrom('run_events')
    .select(['index', 'kind', 'at', 'depth', 'text'])
    .where('run', '=', run)
    .where('sample', '=', sample)
    .where('index', '>', page.after)
    .orderBy('index')
    .limit(page.limit);
  if (page.kind !== undefined) query = query.where('kind', '=', page.kind);
  return query.execute();
}

/** One event with its payload. */
export function event(
  tx: Tx,
  run: number,
  sample: number,
  index: number,
): Promise<(KeptEvent & { payload: Record<string, unknown> }) | undefined> {
  return tx
    .selectFrom('run_events')
    .select(['index', 'kind', 'at', 'depth', 'text', 'payload'])
    .where('run', '=', run)
    .where('sample', '=', sample)
    .where('index', '=', index)
    .executeTakeFirst();
}

export interface Sought {
  from: number;
  isBackward: boolean;
  kind?: string | undefined;
  q?: string | undefined;
}

/** A text is looked for in so many events at a time: a second or two of the database's time. */
export const soughtMax = 20_000;

/** The next event beyond an index, forward or backward, of a kind or holding a text (within `soughtMax` events); undefined where there is none. */
export async function seek(tx: Tx, run: number, sample: number, sought: Sought): Promise<number | undefined> {
  let query = tx
    .selectFrom('run_events')
    .select('index')
    .where('run', '=', run)
    .where('sample', '=', sample)
    .where('index', sought.isBackward ? '<' : '>', sought.from)
    .orderBy('index', sought.isBackward ? 'desc' : 'asc')
    .limit(1);
  if (sought.kind !== undefined) query = query.where('kind', '=', sought.kind);
  if (sought.q !== undefined) {
    const pattern = likeness(sought.q);
    const { from, isBackward } = sought;
    query = query.where('index', isBackward ? '>=' : '<=', from + (isBackward ? -soughtMax : soughtMax));
    query = query.where(sql<SqlBool>`(text ilike ${pattern} or payload::text ilike ${pattern})`);
  }
  return (await query.executeTakeFirst())?.index;
}
