/** `assay run`: asks a model the items of a pack, or hands a task to Inspect. */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Command, Option } from 'commander';
import type { Progress, RunManifest } from '../evaluation.ts';
import { Exit, exitCode, type Io, plain } from './io.ts';
import { untilDone } from './setting.ts';

interface Options {
  out?: string;
  inspect?: string;
  format: 'text' | 'json';
}

const help = `
A plan, with only what is needed:
  {"format": "assay-run-plan/1", "name": "First look", "pack": "pack.jsonl", "model": "tidewater-large", "attempts": 3,
   "endpoint": {"baseUrl": "https://models.tidewater.example/v1", "keyVariable": "TIDEWATER_API_KEY"},
   "scorer": {"kind": "match"}}
The pack is a file with one item a line, as it is or as "assay pack seal" has written it (not its .root.json):
  {"id": "q1", "input": "What is 6 times 7?", "target": "42", "cluster": "sums"}
What a plan may have besides: "sampling" (temperature, topP, seed, maxTokens, reasoningEffort), "budget" (tokens, cost,
seconds), "prices" (a price book), "concurrency", "system", "turnsMax", "answersAs", "fingerprint", "tier".
Scorers: match, includes, pattern, choice. docs/run-plan.md says what each field means.

A private endpoint, such as one on this machine, is asked only where assay.toml of the folder you are in says so:
  [outbound]
  allow = ["127.0.0.1:8000"]
or the environment: ASSAY_OUTBOUND_ALLOW=127.0.0.1:8000

Exit code: 0 the plan is done; 1 it stopped before its end, or was refused; 2 used wrongly.`;

export function register(program: Command, io: Io): void {
  program
    .command('run')
    .argument('[plan...]', 'file with the plan; after --inspect TASK --, what Inspect is given')
    .option('--out <folder>', 'folder of the run, or of the logs of Inspect; a run that is there is gone on with')
    .option('--inspect <task>', 'hand this task to Inspect, where it is installed')
    .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text'))
    .description('ask a model the items of a task pack, within a budget; stop and go on at any time')
    .addHelpText('after', help)
    .action(async (given: string[], options: Options) => {
      if (options.inspect !== undefined) {
        await inspect(io, options.inspect, given, options);
        return;
      }
      const [plan, ...others] = given;
      if (plan === undefined || others.length > 0 || options.out === undefined) {
        io.stderr.write('Name one plan and a folder: assay run PLAN.json --out FOLDER\n');
        throw new Exit(exitCode.usage);
      }
      await runPlan(io, plan, options.out, options.format);
    });
}

async function runPlan(io: Io, plan: string, out: string, format: Options['format']): Promise<void> {
  const { run, RunRefused } = await import('../evaluation.ts');
  const { ConfigError } = await import('../config.ts');
  const say = (line: string) => io.stderr.write(`${plain(line)}\n`);
  try {
    const manifest = await untilDone(
      (signal) =>
        run({
          ...{ env: io.env, folder: process.cwd(), plan, out, say, signal },
          onProgress: progressOf(io),
        }),
      say,
    );
    io.stdout.write(format === 'json' ? `${JSON.stringify(manifest)}\n` : plain(textOf(manifest, out, io.env)));
    throw new Exit(manifest.attempts.notRun === 0 ? exitCode.fine : exitCode.findings);
  } catch (error) {
    if (!(error instanceof RunRefused || error instanceof ConfigError)) throw error;
    say(error.message);
    throw new Exit(error instanceof RunRefused ? exitCode.findings : exitCode.usage);
  }
}

/** A line that is written over on a terminal; nothing elsewhere. */
function progressOf(io: Io): (progress: Progress) => void {
  let last = 0;
  return ({ done, planned, account }) => {
    if (io.stderr.isTTY !== true || (performance.now() - last < 200 && done < planned)) return;
    last = performance.now();
    const tokens = account.promptTokens + account.completionTokens;
    io.stderr.write(`\r${done} of ${planned} attempts, ${tokens} tokens${done < planned ? '' : '\n'}`);
  };
}

const stopSentences = {
  budget_tokens: 'The next request might exceed the budget of tokens. Raise it to go on.',
  budget_cost: 'The next request might exceed the budget of cost. Raise it to go on.',
  budget_time: 'The time of the budget is used. Raise it to go on.',
  another_model: 'Another model answers, and answers of two models are not mixed.',
  another_fingerprint: 'The system behind the model has changed, and the answers are not mixed.',
  over_limit: 'The endpoint does not keep to its limits, so the budget could not be kept.',
  endpoint_refuses: 'The endpoint refuses.',
  endpoint_silent: 'The endpoint gives no answers.',
  address_not_allowed: 'The request was not sent.',
  interrupted: 'It was interrupted.',
} as const;

function textOf(manifest: RunManifest, out: string, env: NodeJS.ProcessEnv): string {
  const { attempts, account, stopped, currency } = manifest;
  const { promptTokens, cachedTokens, completionTokens, reasoningTokens, lostTokens } = account;
  const cost = account.cost === null ? '' : `, ${account.cost.toFixed(6)} ${currency}`;
  const lost =
    lostTokens === 0
      ? ''
      : `Up to ${lostTokens} tokens more${account.lostCost === null ? '' : ` (${account.lostCost.toFixed(6)} ${currency})`} for answers that did not arrive.\n`;
  const detail = stopped?.detail === undefined ? '' : ` ${stopped.detail}`;
  return (
    `${attempts.scored} of ${attempts.planned} attempts have a score, ${attempts.failed} failed, ${attempts.notRun} were not run.\n` +
    `Answered by ${manifest.model ?? 'nobody'}.\n` +
    `${promptTokens} tokens in (${cachedTokens} cached), ${completionTokens} out (${reasoningTokens} reasoning)${cost}.\n` +
    lost +
    (stopped === null ? '' : `Stopped: ${stopSentences[stopped.reason]}${detail}\n`) +
    (stopped?.reason === 'address_not_allowed' ? `${whereConfig(env)}\n` : '') +
    `Attempts, log and manifest are in ${out}.\n`
  );
}

/** From where the configuration is read, as `config.ts` does it. */
const whereConfig = (env: NodeJS.ProcessEnv) =>
  env['ASSAY_CONFIG'] === undefined
    ? `assay.toml is read from the folder where you run this: ${process.cwd()}`
    : `The configuration is read from ${resolve(env['ASSAY_CONFIG'])}, as ASSAY_CONFIG says.`;

/** Inspect runs in this terminal, with what it was given and without a shell between; then its new logs are read. */
async function inspect(io: Io, task: string, given: string[], { out, format }: Options): Promise<void> {
  if (task.startsWith('-') || out === undefined) {
    io.stderr.write(
      'Name a task and a folder for its logs: assay run --inspect TASK --out FOLDER -- OPTIONS OF INSPECT\n',
    );
    throw new Exit(exitCode.usage);
  }
  const logs = () => (existsSync(out) ? readdirSync(out) : []).filter((name) => /\.(eval|json)$/.test(name));
  const before = new Set(logs());
  const code = await new Promise<number | null>((resolve, reject) => {
    // What Inspect says goes to standard error: standard output is for what is read from its logs.
    const stdio = ['inherit', 'pipe', 'inherit'] as const;
    const child = spawn('inspect', ['eval', task, '--log-dir', out, ...given], { stdio: [...stdio], env: io.env });
    child.stdout?.on('data', (chunk) => io.stderr.write(chunk));
    child.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') return reject(error);
      io.stderr.write('Inspect is not installed here: install the Python package inspect-ai, then run this again.\n');
      reject(new Exit(exitCode.findings));
    });
    child.on('close', resolve);
  });
  const made = logs().filter((name) => !before.has(name));
  if (made.length === 0) {
    io.stderr.write(`Inspect left no log in ${out}${code === 0 ? '' : `, and ended with code ${code ?? 'none'}`}.\n`);
    throw new Exit(exitCode.findings);
  }
  const evidence = await import('./evidence.ts');
  const program = new Command().exitOverride();
  evidence.register(program, io);
  const files = made.map((name) => join(out, name));
  await program.parseAsync(['evidence', 'import', '--format', format, ...files], { from: 'user' });
  if (code !== 0) throw new Exit(exitCode.findings);
}
