import { bareLog, type EvalLog, type SampleSummary, sampleKey } from '../../domain/evidence/eval-log.ts';
import type { Attempt } from '../../domain/evidence/statistics/attempt.ts';
import type { ByteSource } from '../archive/zip-directory.ts';
import * as csv from '../csv/document.ts';
import { rows } from '../csv/rows.ts';
import type { LogReader } from '../inspect/log.ts';
import { numberOfValue } from '../inspect/score.ts';
import { isObject } from '../json.ts';
import { Refused } from '../listing.ts';
import { quoted } from '../text.ts';

/**
 * A plain table of attempts, for results of tools that have no log of their own: CSV with a header line, or one JSON object a line.
 * `item` and `score` must be there; `attempt` (from 1; counted where it is left out), `cluster`, `cheated`, `tokens` and `model` may.
 */
export const columns = ['item', 'attempt', 'score', 'cluster', 'cheated', 'tokens', 'model'] as const;

export type Kind = 'csv' | 'jsonl';

const rowsMax = 2_000_000;
const lineSizeMax = 1024 * 1024;
const nameSizeMax = 2_000;
const pieceSize = 256 * 1024;

/** The rows, one by one. Throws `Refused` with the line of the first fault, for a table with a wrong row is a wrong table. */
export async function* read(chunks: AsyncIterable<Uint8Array>, kind: Kind): AsyncGenerator<Attempt> {
  const seen = new Map<string, number>();
  const counts = new Map<string, number>();
  let count = 0;
  for await (const { line, fields } of kind === 'csv' ? csvRecords(chunks) : jsonRecords(chunks)) {
    if (++count > rowsMax) throw refused(line, `the table has more than ${rowsMax} rows. Split it`);
    const attempt = attemptOf(fields, line, counts);
    const key = sampleKey({ id: `${attempt.model ?? ''}\0${attempt.item}`, epoch: attempt.attempt });
    const earlier = seen.get(key);
    if (earlier !== undefined) {
      throw refused(line, `attempt ${attempt.attempt} at ${quoted(attempt.item)} was already given in line ${earlier}`);
    }
    seen.set(key, line);
    yield attempt;
  }
}

/** The table as CSV that `read` takes back as it was. */
export function write(attempts: Iterable<Attempt>): string {
  return csv.write(columns, lines(attempts));
}

function* lines(attempts: Iterable<Attempt>): Generator<(string | number | undefined)[]> {
  for (const attempt of attempts) {
    const { item, score, cluster, cheated, tokens, model } = attempt;
    yield [
      item,
      attempt.attempt,
      score ?? '',
      cluster,
      cheated === undefined ? undefined : String(cheated),
      tokens,
      model,
    ];
  }
}

/** The table as a log of one run. Reads it whole once, for its counts. Throws `Refused`, also where it holds more than one model. */
export async function open(source: ByteSource, kind: Kind, name: string): Promise<LogReader> {
  const models = new Set<string>();
  let epochs = 1;
  let hasRows = false;
  for await (const { model, attempt } of read(piecesOf(source), kind)) {
    hasRows = true;
    if (model !== undefined) models.add(model);
    epochs = Math.max(epochs, attempt);
    if (models.size > 1) {
      throw new Refused(
        'model',
        `The table holds attempts of more than one model (${[...models].map(quoted).join(', ')}). Give one file for each.`,
      );
    }
  }
  if (!hasRows) throw new Refused('', 'The table has no rows: there is nothing to read.');
  const log = headerOf(name, [...models][0] ?? 'unknown model', epochs);
  const samples = async function* () {
    for await (const attempt of read(piecesOf(source), kind)) yield sampleOf(attempt);
  };
  return { log, summaries: samples, samples, events: async function* () {} };
}

function headerOf(name: string, model: string, epochs: number): EvalLog {
  return bareLog({
    format: 'attempts',
    task: name.replace(/^.*[/\\]/, '').replace(/\.[a-z]+$/i, ''),
    model,
    scorers: ['score'],
    epochs,
    marks: [
      {
        code: 'table_only',
        text: 'A table of attempts tells nothing of how the run was made: limits, settings and code are unknown.',
      },
    ],
  });
}

function sampleOf({ item, attempt, score, cluster, cheated, tokens }: Attempt): SampleSummary {
  return {
    id: item,
    epoch: attempt,
    uuid: null,
    input: '',
    target: '',
    scores: {
      score: {
        value: score,
        text: score === null ? 'unscored' : String(score),
        parts: null,
        answer: null,
        explanation: null,
        original: null,
        edits: [],
      },
    },
    isUnscored: score === null,
    tokens: tokens ?? null,
    usage: {},
    startedAt: null,
    completedAt: null,
    totalSeconds: null,
    workingSeconds: null,
    messages: null,
    error: null,
    limit: null,
    retries: 0,
    modelFallbacks: [],
    invalidation: null,
    metadata: { ...(cluster === undefined ? {} : { cluster }), ...(cheated === undefined ? {} : { cheated }) },
  };
}

type Fields = Partial<Record<(typeof columns)[number], unknown>>;

async function* csvRecords(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<{ line: number; fields: Fields }> {
  let header: string[] | undefined;
  for await (const batch of rows(chunks)) {
    for (const { line, cells } of batch) {
      if (header === undefined) {
        header = cells.map((cell) => cell.trim().toLowerCase());
        for (const name of ['item', 'score']) {
          if (!header.includes(name)) {
            throw new Refused(
              `line ${line}`,
              `The first line names no column "${name}". It is to name ${columns.join(', ')}; the last four and attempt may be left out.`,
            );
          }
        }
        continue;
      }
      if (cells.length !== header.length) {
        throw refused(line, `there are ${cells.length} cells, the first line names ${header.length} columns`);
      }
      yield {
        line,
        fields: Object.fromEntries(header.map((name, at) => [name, cells[at] === '' ? undefined : cells[at]])),
      };
    }
  }
  if (header === undefined) throw new Refused('', 'The table is empty.');
}

async function* jsonRecords(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<{ line: number; fields: Fields }> {
  const decoder = new TextDecoder();
  let parts: string[] = [];
  let size = 0;
  let line = 0;
  const parsed = (text: string): Fields => {
    let value: unknown;
    try {
      // Python writes NaN for what is unscored.
      value = JSON.parse(text.replace(/("(?:score|tokens)"\s*:\s*)NaN\b/g, '$1null'));
    } catch {
      throw refused(line, 'this is not JSON');
    }
    if (!isObject(value)) throw refused(line, 'this is not an object');
    return value;
  };
  for await (const chunk of chunks) {
    const [first = '', ...more] = decoder.decode(chunk, { stream: true }).split('\n');
    parts.push(first);
    size += first.length;
    for (const next of more) {
      line++;
      const text = parts.join('');
      if (text.trim() !== '') yield { line, fields: parsed(text) };
      parts = [next];
      size = next.length;
    }
    if (size > lineSizeMax) throw refused(line + 1, `it is longer than ${lineSizeMax} characters`);
  }
  line++;
  const last = parts.join('');
  if (last.trim() !== '') yield { line, fields: parsed(last) };
}

function attemptOf(fields: Fields, line: number, counts: Map<string, number>): Attempt {
  const item = nameOf(fields.item);
  if (item === undefined) throw refused(line, 'it names no item');
  if (item.length > nameSizeMax) throw refused(line, `the item's name is longer than ${nameSizeMax} characters`);
  if (!('score' in fields)) throw refused(line, 'it has no score; leave the score empty, or null, where there is none');
  const isEmpty = fields.score === undefined || fields.score === null;
  const score = isEmpty ? null : numberOfValue(fields.score);
  if (!isEmpty && (score === null || score < 0 || score > 1)) {
    throw refused(line, `the score ${quoted(fields.score)} is no number from 0 to 1`);
  }
  const counted = (counts.get(item) ?? 0) + 1;
  counts.set(item, counted);
  const attempt = fields.attempt === undefined || fields.attempt === null ? counted : wholeOf(fields.attempt);
  if (attempt === undefined || attempt < 1)
    throw refused(line, `the attempt ${quoted(fields.attempt)} is no whole number from 1`);
  const tokens = fields.tokens === undefined || fields.tokens === null ? null : wholeOf(fields.tokens);
  if (tokens === undefined) throw refused(line, `tokens ${quoted(fields.tokens)} is no whole number from 0`);
  const cheated = fields.cheated === undefined || fields.cheated === null ? null : numberOfValue(fields.cheated);
  if (fields.cheated != null && cheated !== 0 && cheated !== 1) {
    throw refused(line, `cheated ${quoted(fields.cheated)} is neither true nor false`);
  }
  const cluster = nameOf(fields.cluster);
  const model = nameOf(fields.model);
  return {
    item,
    attempt,
    score,
    ...(cluster === undefined ? {} : { cluster }),
    ...(cheated === null ? {} : { cheated: cheated === 1 }),
    ...(tokens === null ? {} : { tokens }),
    ...(model === undefined ? {} : { model }),
  };
}

function nameOf(value: unknown): string | undefined {
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function wholeOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value.trim()) ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}

const refused = (line: number, what: string) => new Refused(`line ${line}`, `Line ${line}: ${what}.`);

async function* piecesOf(source: ByteSource): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < source.size; at += pieceSize)
    yield await source.read(at, Math.min(pieceSize, source.size - at));
}
