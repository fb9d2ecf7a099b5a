import type { ByteSource } from './archive/zip-directory.ts';
import * as attempts from './attempts/document.ts';
import * as everyEvalEver from './every-eval-ever/document.ts';
import type { LogReader } from './inspect/log.ts';
import * as inspect from './inspect/open.ts';
import { isObject, parse } from './json.ts';
import { Refused } from './listing.ts';
import * as lmEval from './lm-eval/document.ts';
import { decode } from './text.ts';

/** Documents that sum up a run are small; larger ones are something else. */
const summarySizeMax = 32 * 1024 * 1024;
const headSize = 64 * 1024;

/**
 * Opens an evaluation log of any format that is known, told by its content: Inspect (.eval, .json), Every Eval Ever (.json), lm-eval (.json), a
 * table of attempts (.csv, .jsonl). `name` is the file's name, for what the content does not tell. Throws `Refused`, whose sentence says what is
 * wrong and what to do.
 */
export async function open(source: ByteSource, name: string): Promise<LogReader> {
  const head = new TextDecoder().decode(await source.read(0, Math.min(headSize, source.size)));
  const kind = tableKind(head, name);
  if (kind !== undefined) return attempts.open(source, kind, name);
  if (isSummary(head) && source.size <= summarySizeMax) return summed(source);
  return inspect.open(source);
}

/** A table has a header line with its columns, or a JSON object with an item on its first line. */
function tableKind(head: string, name: string): attempts.Kind | undefined {
  const first = (head.replace(/^\uFEFF/, '').split(/\r?\n/, 1)[0] ?? '').trim();
  if (first.startsWith('{')) {
    const parsed = parse(first);
    const isRow = 'value' in parsed && isObject(parsed.value) && 'item' in parsed.value;
    return isRow || /\.(jsonl|ndjson)$/i.test(name) ? 'jsonl' : undefined;
  }
  const cells = first
    .toLowerCase()
    .split(',')
    .map((cell) => cell.replace(/^"|"$/g, '').trim());
  return /\.csv$/i.test(name) || (cells.includes('item') && cells.includes('score')) ? 'csv' : undefined;
}

/** Members near the start that the two forms have which sum up a run; a log of Inspect has "eval" before its results. */
const isSummary = (head: string) =>
  /^\uFEFF?\s*\{/.test(head) &&
  /"(?:source_metadata|evaluation_results|results)"\s*:/.test(head) &&
  !/"eval"\s*:\s*\{/.test(head);

async function summed(source: ByteSource): Promise<LogReader> {
  const decoded = decode(await source.read(0, source.size));
  if ('problems' in decoded) throw refusedBy(decoded.problems);
  const parsed = parse(decoded.text);
  if ('problems' in parsed) throw refusedBy(parsed.problems);
  const answer = lmEval.isLmEval(parsed.value) ? lmEval.read(parsed.value) : everyEvalEver.read(parsed.value);
  if ('problems' in answer) throw refusedBy(answer.problems);
  const none = async function* () {};
  return { log: answer.log, summaries: none, samples: none, events: none };
}

function refusedBy(problems: { path: string; message: string }[]): Refused {
  const [first] = problems;
  const more = problems.length > 1 ? ` There are ${problems.length - 1} more faults.` : '';
  return new Refused(first?.path ?? '', `${first?.path === '' ? '' : `${first?.path}: `}${first?.message}${more}`);
}
