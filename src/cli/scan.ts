import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { type Command, Option } from 'commander';
import type { Inventory, VexStatement } from '../domain/advisory/inventory.ts';
import { familiesOfComponents } from '../domain/advisory/package.ts';
import type { PatchItem, PatchList } from '../domain/advisory/patch-list.ts';
import * as patchList from '../domain/advisory/patch-list.ts';
import { patchColumns, patchRow } from '../domain/advisory/patch-rows.ts';
import { builtIn, builtInPolicies } from '../domain/advisory/priority/built-in.ts';
import type { Policy } from '../domain/advisory/priority/policy.ts';
import { read as readPolicy } from '../domain/advisory/priority/policy-document.ts';
import { portable } from '../domain/advisory/vex-portable.ts';
import type { Problem } from '../domain/problem.ts';
import * as csv from '../formats/csv/document.ts';
import * as icalendar from '../formats/icalendar/document.ts';
import { read as readInventory } from '../formats/inventory.ts';
import { Exit, exitCode, type Io } from './io.ts';
import { type LocalAdvisories, packsOf, read as readAdvisories } from './local-packs.ts';
import * as since from './since.ts';

interface Options {
  advisories?: string[];
  policy: string;
  asOf?: string;
  format?: Format;
  exposed?: 'yes' | 'no';
  vex?: string[];
  since?: string;
}

const formats = ['text', 'json', 'csv', 'ics'] as const;
type Format = (typeof formats)[number];

export function register(program: Command, io: Io): void {
  program
    .command('scan')
    .description('what to patch first: match inventories against advisories, offline')
    .argument('<sbom...>', 'SBOMs (CycloneDX, SPDX) and lockfiles; - reads standard input')
    .option(
      '--advisories <path...>',
      'files and folders of advisories, facts or packs (default: the sample that comes along)',
    )
    .option(
      '--policy <name>',
      `policy by name (${builtInPolicies.map(({ name }) => name).join(', ')}) or file`,
      builtInPolicies[0]!.name,
    )
    .option(
      '--as-of <date>',
      'day of the list, as 2026-03-01 (default: today, UTC); due dates count from the first listing',
    )
    .option('--since <file>', 'an earlier --format json output of the same systems: due dates count from then')
    .option('--vex <file...>', 'exploitability statements: OpenVEX, CycloneDX or CSAF')
    .addOption(
      new Option('--exposed <answer>', 'whether the system can be reached from outside').choices(['yes', 'no']),
    )
    .addOption(
      new Option('--format <format>', 'output; json gives one value a line for each SBOM')
        .choices(formats)
        .default('text'),
    )
    .addHelpText(
      'after',
      '\nExit code: 0 looked at and nothing to do; 1 something to do, input refused, or nothing that could be looked up; 2 used wrongly.',
    )
    .action(async (files: string[], options: Options) => {
      const say = (line: string) => io.stderr.write(`${line}\n`);
      const asOf = options.asOf ?? new Date().toISOString().slice(0, 10);
      if (!/^\d{4}-\d{2}-\d{2}$/.test(asOf) || Number.isNaN(Date.parse(asOf))) {
        say('Give --as-of as a day, such as 2026-03-01.');
        throw new Exit(exitCode.usage);
      }
      const policy = await policyOf(options.policy, say);
      const { inventories, isAnyRefused } = await inventoriesOf(files, io, say);
      const vex = await statementsOf(options.vex ?? [], say);
      const earlier = options.since === undefined ? undefined : await earlierOf(options.since, say);
      const clocks = inventories.map(({ file }) => {
        const found = earlier && since.clocksFor(earlier, file, files.length === 1);
        if (earlier === undefined || found !== undefined) return found ?? [];
        // Counting anew without a word would move every date.
        say(`${options.since} has no list of ${file}. It has: ${earlier.map((one) => one.file).join(', ')}.`);
        throw new Exit(exitCode.usage);
      });
      const local = await advisoriesOf(options.advisories, asOf, say);
      const families = familiesOfComponents(inventories.flatMap(({ inventory }) => inventory.components));
      const packs = packsOf(local, families, asOf);
      for (const problem of local.problems) say(problem);
      const asset = options.exposed === undefined ? {} : { exposed: options.exposed };
      let isAnyFound = false;
      let isAnyUnseen = false;
      for (const [index, { file, inventory }] of inventories.entries()) {
        const list = patchList.build({ inventory, packs, vex, policy, asOf, asset, clocks: clocks[index]! });
        if (list.items.length > 0) isAnyFound = true;
        io.stdout.write(writers[options.format ?? 'text'](list, file, io.stdout.isTTY === true));
        if (options.format === 'text' && options.exposed === undefined && list.items.length > 0)
          io.stdout.write('Whether the system can be reached from outside was not given: say --exposed yes or no.\n\n');
        // A gate must not open because nothing was looked at.
        if (list.counts.packages > 0) continue;
        isAnyUnseen = true;
        say(
          list.counts.components === 0
            ? `${file}: nothing was looked at: it names no component.`
            : `${file}: nothing was looked at: no advisory given covers any component (${list.counts.components} named).`,
        );
      }
      if (isAnyFound || isAnyRefused || isAnyUnseen) throw new Exit(exitCode.findings);
    });
}

async function policyOf(name: string, say: (line: string) => void): Promise<Policy> {
  const known = builtIn(name);
  if (known !== undefined) return known;
  if (existsSync(name)) {
    let value: unknown;
    try {
      value = JSON.parse(await readFile(name, 'utf8'));
    } catch (error) {
      say(`${name}: this is not JSON: ${(error as Error).message}`);
      throw new Exit(exitCode.findings);
    }
    const result = readPolicy(value);
    if ('policy' in result) return result.policy;
    sayProblems(name, result.problems, say);
    throw new Exit(exitCode.findings);
  }
  say(`There is no policy ${name}. Use one of ${builtInPolicies.map((policy) => policy.name).join(', ')}, or a file.`);
  throw new Exit(exitCode.usage);
}

async function earlierOf(file: string, say: (line: string) => void): Promise<since.Earlier[]> {
  const answer = since.read(Buffer.from(await bytesOf(file, say)).toString('utf8'));
  if ('earlier' in answer) return answer.earlier;
  say(`${file} cannot be used for --since: ${answer.problem}.`);
  throw new Exit(exitCode.findings);
}

async function bytesOf(file: string, say: (line: string) => void): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (error) {
    say(`${file} cannot be read: ${(error as Error).message}`);
    throw new Exit(exitCode.usage);
  }
}

async function inventoriesOf(files: string[], io: Io, say: (line: string) => void) {
  const inventories: { file: string; inventory: Inventory }[] = [];
  let isAnyRefused = false;
  for (const file of files) {
    const answer = readInventory(file === '-' ? await buffer(io.stdin) : await bytesOf(file, say), file);
    if ('problems' in answer) {
      isAnyRefused = true;
      sayProblems(file, answer.problems, say);
    } else inventories.push({ file, inventory: answer.inventory });
  }
  return { inventories, isAnyRefused };
}

/** A statement that cannot be read must not silently be no statement: the command ends. */
async function statementsOf(files: string[], say: (line: string) => void): Promise<VexStatement[]> {
  const statements: VexStatement[] = [];
  for (const file of files) {
    const answer = readInventory(await bytesOf(file, say), file);
    if ('problems' in answer) {
      sayProblems(file, answer.problems, say);
      throw new Exit(exitCode.findings);
    }
    statements.push(...portable(answer.inventory));
  }
  return statements;
}

async function advisoriesOf(
  paths: string[] | undefined,
  asOf: string,
  say: (line: string) => void,
): Promise<LocalAdvisories> {
  try {
    if (paths !== undefined) return await readAdvisories(paths);
    const local = await readAdvisories([sampleFolder()]);
    // A few records carry a date that has yet to come; they say nothing about the age of the rest.
    const dates = local.advisories.map(({ modified }) => modified.slice(0, 10)).filter((day) => day <= asOf);
    const newest = dates.sort().at(-1) ?? 'a day unknown';
    say(
      `These are the sample advisories: a small part of what is public, changed last on ${newest}. Give --advisories for real work.`,
    );
    return local;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    say(`The advisories cannot be read: ${error.message}`);
    throw new Exit(exitCode.usage);
  }
}

/** Beside package.json, wherever the program was bundled to. */
function sampleFolder(): string {
  for (let at = dirname(fileURLToPath(import.meta.url)); ; at = dirname(at)) {
    const folder = join(at, 'sample', 'advisories');
    if (existsSync(folder) || at === dirname(at)) return folder;
  }
}

function sayProblems(file: string, problems: readonly Problem[], say: (line: string) => void): void {
  say(`${file} was refused:`);
  for (const { path, message } of problems) say(`  ${path === '' ? '' : `${path}: `}${message}`);
}

const writers: Record<Format, (list: PatchList, file: string, isTerminal: boolean) => string> = {
  json: (list, file) => `${JSON.stringify(jsonOf(list, file))}\n`,
  csv: (list, file) =>
    csv.write(
      ['file', 'order', ...patchColumns],
      list.items.map((item, index) => [file, index + 1, ...patchRow(item)]),
    ),
  ics: (list, file) =>
    icalendar.write(
      `Patch list of ${file}`,
      list.items.flatMap((item) =>
        item.due === undefined
          ? []
          : [
              {
                uid: icalendar.uidOf(file, item.purl),
                // What lies in the past is seen by nobody: it stands on the day of the list.
                day: item.isOverdue ? list.asOf : item.due,
                summary: `${item.isOverdue ? `Overdue since ${item.due}: ` : ''}${item.decision}: ${item.reasons[0]}`,
                description: item.reasons.join('\n'),
              },
            ],
      ),
      `${list.asOf}T00:00:00.000Z`,
    ),
  text: textOf,
};

/** The documented shape; `advisories` names every record that speaks of the component, `vulnerabilities` folds aliases. */
function jsonOf(list: PatchList, file: string) {
  return {
    file,
    asOf: list.asOf,
    policy: list.policy,
    items: list.items.map((item) => ({
      purl: item.purl,
      name: item.name,
      version: item.version,
      ecosystem: item.ecosystem,
      advisories: item.advisories.flatMap(({ records }) => records).sort(),
      vulnerabilities: item.advisories.map(
        ({ id, records, aliases, fixedIn, decision, summary, matches, vex, firstListed }) => ({
          id,
          records,
          aliases,
          fixedIn: fixedIn ?? null,
          decision: decision.decision,
          due: decision.due ?? null,
          firstListed,
          summary,
          reasons: [...decision.reasons, ...matches.map(({ text }) => text)],
          ...(vex === undefined ? {} : { vex: vex.status }),
        }),
      ),
      fixedIn: item.upgradeTo ?? null,
      closes: item.closes,
      leavesOpen: item.leavesOpen,
      decision: item.decision,
      due: item.due ?? null,
      isOverdue: item.isOverdue,
      isForensicCheckDue: item.isForensicCheckDue,
      reasons: item.reasons,
      unknowns: item.unknowns,
      count: item.count,
      paths: item.components.map(({ path }) => path),
    })),
    setAside: list.setAside.map(({ standing, ...rest }) => ({
      ...rest,
      status: standing.status,
      justification: standing.statement.justification ?? null,
      statement: standing.statement.statement ?? null,
      author: standing.statement.author ?? null,
    })),
    undetermined: list.undetermined,
    notChecked: list.notChecked,
    counts: list.counts,
    sources: list.sources,
    clocks: list.clocks,
  };
}

function textOf(list: PatchList, file: string, isTerminal: boolean): string {
  const { counts } = list;
  const bold = (text: string) => (isTerminal ? `\u001b[1m${text}\u001b[22m` : text);
  const lines = [
    bold(printable(file)),
    `${numbered(counts.components, 'component')}, ${numbered(counts.packages, 'package version')} checked; ${counts.affected} with ${counts.vulnerabilities} known ${counts.vulnerabilities === 1 ? 'vulnerability' : 'vulnerabilities'}. Policy ${list.policy.name} ${list.policy.version}, as of ${list.asOf}.`,
    '',
  ];
  const rows = list.items.map((item, index) => [
    String(index + 1),
    item.isOverdue ? `overdue since ${item.due}` : (item.due ?? ''),
    item.decision,
    actionOf(item),
    namesOf(item),
  ]);
  if (rows.length === 0 && counts.packages > 0) lines.push('Nothing to do.', '');
  if (rows.length > 0)
    lines.push(
      ...table([['', 'due', 'decision', 'do', 'because of'], ...rows]).map((row, index) =>
        index === 0 ? bold(row) : row,
      ),
      '',
    );
  if (list.setAside.length > 0)
    lines.push(
      `${list.setAside.length} set aside by VEX statements:`,
      ...list.setAside.map(
        ({ purl, id, standing }) =>
          `  ${printable(purl)} ${id}: ${standing.status}${standing.statement.justification === undefined ? '' : `, ${printable(standing.statement.justification)}`}`,
      ),
      '',
    );
  if (list.undetermined.length > 0)
    lines.push(
      'Look at these yourself:',
      ...list.undetermined.map(
        ({ purl, ids, text }) =>
          `  ${printable(purl)} ${ids.slice(0, 5).join(', ')}${ids.length > 5 ? ` and ${ids.length - 5} more` : ''}: ${text}`,
      ),
      '',
    );
  const missing = new Map<string, number>();
  for (const { ecosystem } of list.notChecked)
    missing.set(ecosystem ?? 'without a package URL', (missing.get(ecosystem ?? 'without a package URL') ?? 0) + 1);
  if (missing.size > 0)
    lines.push(
      `Not checked, for want of advisories or identity: ${[...missing].map(([what, count]) => `${count} ${printable(what)}`).join(', ')}.`,
      '',
    );
  return `${lines.join('\n')}\n`;
}

const numbered = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`;

function actionOf(item: PatchItem): string {
  const what = `${printable(item.name)} ${printable(item.version)}`;
  const times = item.count > 1 ? ` (${item.count} places)` : '';
  if (item.remedy === 'remove') return `remove ${what}${times}`;
  if (item.upgradeTo === undefined) return `${what}: no fix named${times}`;
  const rest = item.leavesOpen.length === 0 ? '' : `, leaves ${item.leavesOpen.length}`;
  return `upgrade ${what} to ${printable(item.upgradeTo)}: closes ${item.closes}${rest}${times}`;
}

function namesOf(item: PatchItem): string {
  const ids = item.advisories.map(({ id }) => id);
  return ids.length <= 3 ? ids.join(', ') : `${ids.slice(0, 3).join(', ')} and ${ids.length - 3} more`;
}

/** Text of documents goes to a terminal: control characters would speak to it. */
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out.
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '\ufffd');
}

function table(rows: string[][]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
}
