/**
 * `assay window FILE`: recomputes what the clock of a window said, from its export and nothing else.
 *
 * FILE is the document of `GET /api/v1/submissions/{id}/window/export`, format `assay-window-export/1`:
 * `{format, submission: {id, model, parties}, policy, events, claims, log: {origin, key}}`. It is described in
 * `domain/review/window-export.ts`, and its JSON Schema is in /api/openapi.json of every instance.
 *
 * Exit 0: the export says what follows from its events. 1: it says something else, or cannot be read. 2: used wrongly.
 */
import { createHash, createPublicKey, verify as verifyBytes } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { type Command, Option } from 'commander';
import * as contract from '../api/contract/windows.ts';
import { canonicalJson } from '../domain/canonical-json.ts';
import { type Instant, isInstant } from '../domain/instant.ts';
import type { Problem } from '../domain/problem.ts';
import { RecordFault, type WindowEvent, type WindowView, windowAt } from '../domain/review/window.ts';
import { differences, type ExportedEvent, recordOf, type WindowExport } from '../domain/review/window-export.ts';
import {
  builtIn,
  builtInPolicies,
  read as readPolicy,
  refOf,
  type WindowPolicy,
} from '../domain/review/window-policy.ts';
import * as words from '../domain/review/window-words.ts';
import { writeWindow } from '../formats/icalendar/window.ts';
import { LogFormatError } from '../log/format-error.ts';
import * as leaf from '../log/leaf.ts';
import * as note from '../log/note.ts';
import { isSameHash } from '../log/proof.ts';
import * as tlogProof from '../log/tlog-proof.ts';
import { Exit, exitCode, type Io } from './io.ts';

const sizeMax = 64 * 1024 * 1024;

interface Options {
  asOf?: string;
  policy?: string;
  key?: string;
  ics?: string;
  format: 'text' | 'json';
}

export function register(program: Command, io: Io): void {
  program
    .command('window')
    .description('recompute what the clock of a window of early access said, from its export, offline')
    .argument('<file>', 'export of a window; - reads standard input')
    .option('--as-of <instant>', 'moment or day to ask for, UTC, as 2026-03-01T09:30:00Z (default: that of the export)')
    .option(
      '--policy <name>',
      `what the clock would say under another policy (${builtInPolicies.map(({ name }) => name).join(', ')}) or file`,
    )
    .option('--key <key>', 'verifier key of the log, or a file that holds it; from elsewhere than the export')
    .option('--ics <file>', 'write its dates as a calendar')
    .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text'))
    .action(async (file: string, options: Options) => {
      const say = (line: string) => io.stderr.write(`${line}\n`);
      const document = read(await textOf(file, io, say), file, say);
      const asOf = options.asOf === undefined ? document.claims.at : instantOf(options.asOf, say);
      const other = options.policy === undefined ? undefined : policyNamed(options.policy, say);
      const problems = other === undefined ? differences(document) : [];
      const log = await checkLog(document, keyOf(options.key, say));
      problems.push(...log.problems);
      let view: WindowView | undefined;
      const policy = other ?? document.policy;
      const events = document.events.map(recordOf).map((event) => under(event, other));
      try {
        view = windowAt(events, policy, asOf);
      } catch (error) {
        if (!(error instanceof RecordFault)) throw error;
        const problem = `${error.message} (${events[error.event - 1]?.act} at ${events[error.event - 1]?.at})`;
        if (!problems.includes(problem)) problems.push(problem);
      }
      const { problems: _, ...checked } = log;
      const report = { valid: problems.length === 0, problems, policy: refOf(policy), log: checked };
      if (options.format === 'json') io.stdout.write(`${JSON.stringify({ file, ...report, ...view })}\n`);
      else io.stdout.write(tell(document, view, report, other !== undefined));
      if (options.ics !== undefined && view !== undefined)
        writeFileSync(options.ics, writeWindow(document.submission.id, view, events.length));
      if (!report.valid) throw new Exit(exitCode.findings);
    });
}

async function textOf(file: string, io: Io, say: (line: string) => void): Promise<string> {
  try {
    if (file === '-') return (await buffer(io.stdin)).toString('utf8');
    if (statSync(file).size > sizeMax) {
      say(`${file} was refused: it is larger than 64 MB, and no export of a window is.`);
      throw new Exit(exitCode.findings);
    }
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error) || error instanceof Exit) throw error;
    say(`${file} cannot be read: ${error.message}`);
    throw new Exit(exitCode.usage);
  }
}

function read(text: string, file: string, say: (line: string) => void): WindowExport {
  const refuse = (problems: Problem[]): never => {
    say(`${file} was refused:`);
    for (const { path, message } of problems.slice(0, 50)) say(`  ${path === '' ? '' : `${path}: `}${message}`);
    throw new Exit(exitCode.findings);
  };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return refuse([{ path: '', message: `This is not JSON: ${(error as Error).message}` }]);
  }
  const parsed = contract.WindowExport.safeParse(value);
  if (!parsed.success) {
    return refuse(parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message })));
  }
  const policy = readPolicy((value as { policy: unknown }).policy);
  if ('problems' in policy)
    return refuse(policy.problems.map((problem) => ({ ...problem, path: `policy.${problem.path}` })));
  return { ...(parsed.data as unknown as WindowExport), policy: policy.policy };
}

function instantOf(text: string, say: (line: string) => void): Instant {
  const time = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?Z)?$/.test(text) ? Date.parse(text) : Number.NaN;
  const instant = Number.isNaN(time) ? '' : new Date(time).toISOString();
  if (isInstant(instant)) return instant;
  say('Give --as-of in UTC, such as 2026-03-01T09:30:00Z or 2026-03-01.');
  throw new Exit(exitCode.usage);
}

function policyNamed(name: string, say: (line: string) => void): WindowPolicy {
  const known = builtIn(name);
  if (known !== undefined) return known;
  if (!existsSync(name)) {
    say(
      `There is no policy ${name}. Use one of ${builtInPolicies.map((policy) => policy.name).join(', ')}, or a file.`,
    );
    throw new Exit(exitCode.usage);
  }
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(name, 'utf8'));
  } catch (error) {
    say(`${name} cannot be read as JSON: ${(error as Error).message}`);
    throw new Exit(exitCode.findings);
  }
  const result = readPolicy(value);
  if ('policy' in result) return result.policy;
  say(`${name} was refused:`);
  for (const { path, message } of result.problems) say(`  ${path}: ${message}`);
  throw new Exit(exitCode.findings);
}

/** The event as it would have been under another policy: every offer is of that one. */
const under = (event: WindowEvent, policy: WindowPolicy | undefined): WindowEvent =>
  policy === undefined || event.act !== 'offer' ? event : { ...event, policy: refOf(policy) };

const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();
const verifySignature: note.VerifySignature = (publicKey, message, signature) => {
  const x = Buffer.from(publicKey).toString('base64url');
  return verifyBytes(
    null,
    message,
    createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' }),
    signature,
  );
};

function keyOf(text: string | undefined, say: (line: string) => void): note.VerifierKey | undefined {
  if (text === undefined) return undefined;
  try {
    return note.parseKey(hash, existsSync(text) ? readFileSync(text, 'utf8').trim() : text);
  } catch (error) {
    if (!(error instanceof LogFormatError)) throw error;
    say(error.message);
    throw new Exit(exitCode.usage);
  }
}

interface LogCheck {
  origin: string;
  /** Events whose entry stands in the log and says the same. */
  entries: number;
  /** Events that come without an entry: too new for a place when exported, or not from the log at all. */
  without: number;
  keyFrom: 'given' | 'source';
  problems: string[];
}

/** Whether each event stands in the log as it stands here. */
async function checkLog(document: WindowExport, given: note.VerifierKey | undefined): Promise<LogCheck> {
  const { origin } = document.log;
  const check: LogCheck = { origin, entries: 0, without: 0, keyFrom: given ? 'given' : 'source', problems: [] };
  let key: note.VerifierKey;
  try {
    key = given ?? note.parseKey(hash, document.log.key);
  } catch (error) {
    if (!(error instanceof LogFormatError)) throw error;
    return { ...check, without: document.events.length, problems: [`The key of the log: ${error.message}`] };
  }
  for (const event of document.events) {
    if (event.log === undefined) {
      check.without += 1;
      continue;
    }
    const problem = await whyNotInLog(document.submission.id, event, event.log, origin, key).catch((error) => {
      if (error instanceof LogFormatError) return error.message;
      throw error;
    });
    if (problem === undefined) check.entries += 1;
    else check.problems.push(`Event ${event.number} in the log: ${problem}`);
  }
  return check;
}

async function whyNotInLog(
  submission: string,
  event: ExportedEvent,
  log: NonNullable<ExportedEvent['log']>,
  origin: string,
  key: note.VerifierKey,
): Promise<string | undefined> {
  const bytes = Buffer.from(log.leaf, 'base64');
  const opening = { nonce: Buffer.from(log.nonce, 'base64'), body: log.body };
  if (!isSameHash(leaf.parse(bytes).commitment, leaf.commit(hash, opening)))
    return 'the entry says something else than what was recorded.';
  if (!(await tlogProof.verify(hash, log.proof, bytes, origin, key, verifySignature)))
    return 'the proof does not show the entry in the log.';
  if (tlogProof.parse(log.proof).index !== log.index) return 'the proof is of another place.';
  let body: Record<string, unknown> | null;
  try {
    body = JSON.parse(log.body);
  } catch {
    return 'the entry is not JSON.';
  }
  if (typeof body !== 'object' || body === null) return 'the entry is not a JSON object.';
  const said = {
    submission: body['object'],
    number: body['number'],
    by: body['by'],
    organisation: body['organisation'],
    event: body['event'],
  };
  const here = {
    submission,
    number: event.number,
    by: event.by,
    organisation: event.organisation,
    event: recordOf(event),
  };
  return canonicalJson(said) === canonicalJson(here) ? undefined : 'the entry is of another event than this one.';
}

const bar = (share: number) => {
  const full = Math.round(Math.min(1, Math.max(0, share)) * 30);
  return `${'#'.repeat(full)}${'.'.repeat(30 - full)}`;
};

function tell(
  { submission, events }: WindowExport,
  view: WindowView | undefined,
  {
    problems,
    policy,
    log,
  }: { problems: string[]; policy: { name: string; version: string }; log: Omit<LogCheck, 'problems'> },
  isOther: boolean,
): string {
  const lines: string[] = [];
  if (view !== undefined) {
    const scale = Math.max(view.limitMs, view.calendarMs);
    lines.push(
      `Window of ${submission.id}, ${words.minute(view.at)}, policy ${policy.name} ${policy.version}${isOther ? ' (not the one it is under)' : ''}`,
      '',
      `${words.stateNames[view.state]}. ${words.standing(view)}`,
      '',
      `Days of access  ${bar(view.usedMs / scale)}  ${words.days(view.usedMs)} of ${words.days(view.limitMs)} used, ${words.daysLeft(view)} left`,
      `Calendar days   ${bar(view.calendarMs / scale)}  ${words.days(view.calendarMs)} from the start, pauses among them`,
      '',
      ...words.next(view).map((line) => `Next: ${line}`),
      '',
      ...view.history.map(({ at, act, party, event }) => {
        const more = event === undefined ? undefined : words.detail(recordOf(events[event - 1] as ExportedEvent));
        return `${words.minute(at)}  ${words.actNames[act]} (${words.partyName(party).toLowerCase()})${more ? `: ${printable(more)}` : ''}`;
      }),
      '',
    );
  }
  const key =
    log.keyFrom === 'given'
      ? 'the key given'
      : 'the key in the file itself: compare it with its keeper, and give it with --key';
  lines.push(`In the log ${printable(log.origin)}: ${log.entries} of ${events.length} events, by ${key}.`);
  if (log.without > 0)
    lines.push(`${log.without} without an entry: too new for one when exported, or not from the log.`);
  if (problems.length > 0)
    lines.push('', 'This is not what follows:', ...problems.map((problem) => `  ${printable(problem)}`));
  else if (!isOther) lines.push('The export says what follows from its events.');
  return `${lines.join('\n')}\n`;
}

/** Text from outside cannot move the cursor or colour a terminal. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a terminal.
const printable = (text: string) => text.replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ');
