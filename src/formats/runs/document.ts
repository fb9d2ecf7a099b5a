/**
 * Runs of models on tasks with human minutes, one JSON object a line, as METR and Lyptus publish them: `task_id`, `task_family`,
 * `alias` (or `model`, `agent`), `human_minutes`, `score_binarized` (or `score_cont`), columns of weights, and `release_date`.
 */
import { type RunRow, type WeightColumn, weightColumns } from '../../domain/evidence/model-horizon.ts';
import { isInstant } from '../../domain/instant.ts';
import type { Problem } from '../../domain/problem.ts';
import { isObject, stringOf } from '../json.ts';
import { quoted } from '../text.ts';

export interface RunFile {
  /** Rows by model, in order of first appearance. */
  readonly models: ReadonlyMap<string, readonly RunRow[]>;
  /** Lines that were refused, with number and reason; further ones are counted in the last. */
  readonly problems: readonly Problem[];
}

/** Beyond these a file is refused: it is read whole into memory. */
const limits = { lineBytes: 1024 * 1024, rows: 2_000_000, models: 10_000, problems: 200 } as const;

/** Reads the file piece by piece, UTF-8, unpacked already. A faulty line is left out and named; it never stands for a failure. */
export async function read(chunks: AsyncIterable<Uint8Array>): Promise<RunFile> {
  const models = new Map<string, RunRow[]>();
  const problems: Problem[] = [];
  let refused = 0;
  let rows = 0;
  let number = 0;
  let isOfAttempts = false;
  const refuse = (message: string) => {
    refused++;
    if (problems.length < limits.problems) problems.push({ path: `line ${number}`, message });
  };
  const take = (line: string) => {
    number++;
    if (line.trim() === '') return;
    const row = rowOf(line);
    if (row === attemptRefused) {
      isOfAttempts = true;
      return;
    }
    if (typeof row === 'string') return refuse(row);
    const ours = models.get(row.model);
    if (ours !== undefined) ours.push(row);
    else if (models.size < limits.models) models.set(row.model, [row]);
    else return refuse(`There are more than ${limits.models} models. Split the file.`);
    rows++;
  };
  const decoder = new TextDecoder();
  let rest = '';
  let isCut = false;
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop()!;
    for (const line of lines) {
      if (isCut) {
        number++;
        refuse(`The line is longer than ${limits.lineBytes} characters.`);
      } else take(line);
      isCut = false;
      if (rows > limits.rows)
        return {
          models: new Map(),
          problems: [
            { path: `line ${number}`, message: `There are more than ${limits.rows} runs. Split the file by model.` },
          ],
        };
    }
    if (rest.length > limits.lineBytes) {
      rest = '';
      isCut = true;
    }
  }
  rest += decoder.decode();
  if (isCut) {
    number++;
    refuse(`The line is longer than ${limits.lineBytes} characters.`);
  } else if (rest !== '') take(rest);
  // The same is true of every such line, so it is said once.
  if (isOfAttempts) problems.unshift({ path: '', message: attemptRefused });
  if (refused > limits.problems)
    problems.push({ path: '', message: `${refused - limits.problems} more lines were refused.` });
  return { models, problems };
}

/** `attempts.jsonl` of a run: a file that lies near at hand and is another. */
const attemptRefused =
  'These are attempts of a run ("item", "attempt", "score"): they have no human minutes, and without them there is no horizon. Give one run a line with "model", "task_id", "human_minutes" and "score_binarized".';
const isAttempt = (value: Record<string, unknown>) =>
  'item' in value && 'score' in value && !('task_id' in value) && !('human_minutes' in value);

/** The row of a line, or why there is none. */
function rowOf(line: string): RunRow | string {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return 'This is not JSON: one object a line is wanted.';
  }
  if (!isObject(value)) return 'A run is a JSON object.';
  if (isAttempt(value)) return attemptRefused;
  const model = stringOf(value['alias']) ?? stringOf(value['model']) ?? stringOf(value['agent']);
  const task = stringOf(value['task_id']);
  const minutes = value['human_minutes'];
  const score = value['score_binarized'] ?? value['score_cont'];
  if (model === undefined) return 'Name the model: "alias", "model" or "agent".';
  if (task === undefined) return 'Name the task: "task_id".';
  if (typeof minutes !== 'number' || !(minutes > 0 && minutes < 1e9))
    return `Give "human_minutes" as a number above 0, not ${shown(minutes)}.`;
  if (typeof score !== 'number' || !(score >= 0 && score <= 1))
    return `Give "score_binarized" or "score_cont" as a number from 0 to 1, not ${shown(score)}.`;
  const weights: { -readonly [column in WeightColumn]?: number } = {};
  for (const column of weightColumns) {
    const weight = value[column];
    if (weight === undefined || weight === null) continue;
    if (typeof weight !== 'number' || !(weight >= 0 && weight < 1e9))
      return `Give "${column}" as a number from 0, not ${shown(weight)}.`;
    weights[column] = weight;
  }
  const released = value['release_date'] ?? undefined;
  if (released !== undefined && !(typeof released === 'string' && isInstant(`${released.slice(0, 10)}T00:00:00.000Z`)))
    return `Give "release_date" as a day such as 2026-03-01, not ${shown(released)}.`;
  // A task without a family is a family of its own.
  const family = stringOf(value['task_family']) ?? task;
  return { model, task, family, minutes, score, weights, ...(released && { released: released.slice(0, 10) }) };
}

const shown = (value: unknown) => (value === undefined ? 'nothing' : quoted(JSON.stringify(value).slice(0, 60)));
