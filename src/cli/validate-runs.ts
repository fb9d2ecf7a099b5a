/** The runs of a kit, one after the other, each in a work folder of its own, and what was measured. */
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { release, tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { canonicalJson } from '../domain/canonical-json.ts';
import {
  type Attempt,
  type Environment,
  type Evidence,
  evidenceLimits,
  type Series,
} from '../domain/intake/validation.ts';
import { type Kit, type Purpose, type Run, runsOf } from '../domain/intake/validation-kit.ts';
import { inert, isSeen } from '../domain/intake/validation-signal.ts';
import * as sandboxes from './validate-sandbox.ts';

export interface Plan {
  kit: Kit;
  /** For runs with a container image, and for those without. */
  container: sandboxes.Sandbox | undefined;
  host: sandboxes.Sandbox | undefined;
  attempts: number;
  controls: number;
  hasNetwork: boolean;
  abort: AbortSignal;
  onAttempt(purpose: Purpose, number: number, of: number, attempt: Attempt): void;
}

const patternTimeoutMs = 2_000;
/** UTF-16 units of output that all attempts together tell, so that the evidence stays within what an envelope holds. */
const excerptsLengthMax = 220_000;
/** Of the file that a signal names. */
const fileBytesMax = 1024 * 1024;

/** The digest by which evidence names its kit. */
export const kitDigestOf = (kit: Kit): string => sandboxes.digestOf(Buffer.from(canonicalJson(kit)));

/** How often each run is made: the reproducer as asked, everything else as often as a control. */
export const timesOf = (purpose: Purpose, { attempts, controls }: Pick<Plan, 'attempts' | 'controls'>): number =>
  purpose === 'reproduce' ? attempts : controls;

/** Makes all runs. Throws when the sandbox cannot be started or `abort` ends it. */
export async function measure(plan: Plan, tool: Evidence['tool']): Promise<Evidence> {
  const { kit } = plan;
  const startedAt = new Date().toISOString();
  const environment = await environmentOf(plan);
  const series: Series[] = [];
  for (const { purpose, run } of runsOf(kit)) {
    const attempts: Attempt[] = [];
    const times = timesOf(purpose, plan);
    for (let number = 1; number <= times; number++) {
      const attempt = await attemptAt(plan, run);
      attempts.push(attempt);
      plan.onAttempt(purpose, number, times, attempt);
    }
    const { command, image, version } = run;
    series.push({ purpose, command, ...(image && { image }), ...(version && { version }), attempts });
  }
  return {
    kitDigest: kitDigestOf(kit),
    signal: kit.signal,
    environment,
    environmentDigest: sandboxes.digestOf(Buffer.from(canonicalJson(environment))),
    series,
    tool,
    startedAt,
    endedAt: new Date().toISOString(),
  };
}

function sandboxFor({ container, host }: Plan, run: Pick<Run, 'image'>): sandboxes.Sandbox {
  const sandbox = run.image === undefined ? host : container;
  if (sandbox === undefined) throw new Error('There is no sandbox for this run.');
  return sandbox;
}

/** One confined run in a fresh work folder with the files of the kit, or with none. */
async function runOnce(
  plan: Plan,
  run: Run,
  { files, timeoutMs, hasNetwork }: { files: Kit['files']; timeoutMs: number; hasNetwork: boolean },
): Promise<{ outcome: sandboxes.Outcome; file: string | undefined }> {
  const folder = mkdtempSync(join(tmpdir(), 'assay-validate-'));
  const work = join(folder, 'work');
  try {
    layOut(work, files);
    // The sandbox may run as nobody, who must be able to come to the work folder and to nothing beside it.
    chmodSync(folder, 0o711);
    const scratch = mkdtempSync(join(folder, 'scratch-'));
    const { command, image } = run;
    const job = { command, image, work, timeoutMs, hasNetwork };
    const outcome = await sandboxes.execute(sandboxFor(plan, run), job, scratch, plan.abort);
    if (plan.abort.aborted) throw new Error('Stopped; nothing was signed.');
    const { signal } = plan.kit;
    return { outcome, file: signal.kind === 'file' ? fileIn(work, signal.path) : undefined };
  } finally {
    remove(folder);
  }
}

function layOut(work: string, files: Kit['files']): void {
  mkdirSync(work);
  const made = [work];
  for (const { path, content, isExecutable } of files) {
    const parts = path.split('/').slice(0, -1);
    parts.forEach((_, index) => {
      const folder = join(work, ...parts.slice(0, index + 1));
      mkdirSync(folder, { recursive: true });
      made.push(folder);
    });
    const file = join(work, path);
    writeFileSync(file, Buffer.from(content, 'base64'), { flag: 'wx', mode: isExecutable ? 0o755 : 0o644 });
    made.push(file);
  }
  if (userInfo().uid !== 0) return;
  const { user, group } = sandboxes.runsAs();
  for (const path of made) chownSync(path, user, group);
}

/** A regular file below the work folder, with no link on the way to it: the reproducer may have laid one to a file of ours. */
function fileIn(work: string, path: string): string | undefined {
  for (let at = path, isFile = true; at !== '.'; at = dirname(at), isFile = false) {
    const stat = lstatSync(join(work, at), { throwIfNoEntry: false });
    if (stat === undefined || !(isFile ? stat.isFile() : stat.isDirectory())) return undefined;
    if (isFile && stat.size > fileBytesMax) return undefined;
  }
  return readFileSync(join(work, path), 'utf8');
}

/** Removes what a stranger's program left, however deep and closed it is. */
function remove(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    spawnSync('chmod', ['-R', 'u+rwX', folder], { stdio: 'ignore' });
    spawnSync('rm', ['-rf', '--one-file-system', folder], { stdio: 'ignore' });
  }
}

async function attemptAt(plan: Plan, run: Run): Promise<Attempt> {
  const { kit } = plan;
  const { outcome, file } = await runOnce(plan, run, {
    files: kit.files,
    timeoutMs: kit.timeoutSeconds * 1000,
    hasNetwork: plan.hasNetwork,
  });
  const { ending, exit, durationMs, stdout, stderr } = outcome;
  const output = Buffer.concat([stdout, stderr]).toString('utf8');
  const runs = runsOf(kit).reduce((sum, { purpose }) => sum + timesOf(purpose, plan), 0);
  const excerptLengthMax = Math.min(evidenceLimits.excerptLengthMax, Math.floor(excerptsLengthMax / (2 * runs)));
  const head = inert(output, excerptLengthMax);
  return {
    isSeen: isSeen(kit.signal, { ending, exit, output, file }, matches),
    ending,
    ...(exit !== undefined && { exit }),
    durationMs,
    outputDigest: sandboxes.digestOf(stdout, stderr),
    outputBytes: stdout.length + stderr.length,
    head,
    tail: output.length > excerptLengthMax ? inert(output.slice(excerptLengthMax), excerptLengthMax, 'last') : '',
  };
}

/** The pattern comes from a stranger, and so does the text: together they could take for ever. */
function matches(pattern: string, text: string): boolean {
  try {
    return runInNewContext('new RegExp(pattern, "mu").test(text)', { pattern, text }, { timeout: patternTimeoutMs });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    throw new Error('The pattern of this kit takes longer than two seconds on the output. Ask for a simpler one.');
  }
}

async function environmentOf(plan: Plan): Promise<Environment> {
  const { kit } = plan;
  const sandbox = sandboxFor(plan, kit.reproduce);
  const tools: Environment['tools'] = [];
  for (const name of kit.tools) {
    const run = { command: [name, '--version'], image: kit.reproduce.image };
    const { outcome } = await runOnce(plan, run, { files: [], timeoutMs: 20_000, hasNetwork: false });
    const [line = ''] = Buffer.concat([outcome.stdout, outcome.stderr]).toString('utf8').split('\n');
    tools.push({ name, version: outcome.ending === 'ended' ? inert(line, 300) : 'not found' });
  }
  return {
    sandbox: sandboxes.describe(sandbox),
    os: `${kit.reproduce.image === undefined ? systemName() : 'container image'}, ${process.platform} ${release()}`.slice(
      0,
      200,
    ),
    arch: process.arch,
    ...(kit.reproduce.image && { image: kit.reproduce.image }),
    tools,
    hasNetwork: plan.hasNetwork,
  };
}

function systemName(): string {
  try {
    return /^PRETTY_NAME="?([^"\n]*)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'unknown system';
  } catch {
    return 'unknown system';
  }
}

/** Refuses a sandbox that is there and cannot confine anything, such as where user namespaces are closed; fetches images. */
export async function probe(plan: Plan): Promise<void> {
  const images = new Set(runsOf(plan.kit).map(({ run }) => run.image));
  for (const image of images) {
    if (image !== undefined) {
      sandboxes.fetchImage(sandboxFor(plan, { image }), image);
      continue;
    }
    const nothing = { files: [], timeoutMs: 20_000, hasNetwork: false };
    const { outcome } = await runOnce(plan, { command: ['/usr/bin/true'] }, nothing);
    if (outcome.exit === 0) continue;
    const why = inert(outcome.stderr.toString('utf8').trim(), 500);
    throw new Error(`The sandbox does not start here: ${why || `it ended with ${outcome.exit ?? outcome.ending}`}`);
  }
}
