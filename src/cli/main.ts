/** The command line. A command's code is loaded only when it is asked for, so that small ones start at once. */
import { Command, CommanderError } from 'commander';
import { Exit, exitCode, type Io } from './io.ts';

type Module = { register(program: Command, io: Io): void };

const instance = () => import('./start.ts');

/** First word to module. Order is that of the help. */
const commands: Record<string, () => Promise<Module>> = {
  start: instance,
  stop: instance,
  worker: () => import('./worker.ts'),
  migrate: () => import('./migrate.ts'),
  doctor: () => import('./doctor.ts'),
  backup: () => import('./backup.ts'),
  restore: () => import('./restore.ts'),
  sample: () => import('./sample.ts'),
  advisories: () => import('./advisories.ts'),
  scan: () => import('./scan.ts'),
  check: () => import('./check.ts'),
  purl: () => import('./purl.ts'),
  vers: () => import('./vers.ts'),
  version: () => import('./version.ts'),
  cvss: () => import('./cvss.ts'),
  ssvc: () => import('./ssvc.ts'),
  pack: () => import('./pack.ts'),
  run: () => import('./run.ts'),
  evidence: () => import('./evidence.ts'),
  window: () => import('./window.ts'),
  horizon: () => import('./horizon.ts'),
  duplicates: () => import('./duplicates.ts'),
  finding: () => import('./finding.ts'),
  claim: () => import('./claim.ts'),
  validate: () => import('./validate.ts'),
  log: () => import('./log.ts'),
};

/** Runs one command line (without `node` and the script) and gives its exit code. */
export async function run(args: string[], io: Io): Promise<number> {
  const program = new Command('assay')
    .description('Clearinghouse for software flaws and record of early access to AI models.')
    .exitOverride()
    .configureOutput({ writeOut: (text) => io.stdout.write(text), writeErr: (text) => io.stderr.write(text) })
    .option('-V, --version', 'print the version')
    .showSuggestionAfterError();
  if (args.length === 1 && (args[0] === '--version' || args[0] === '-V')) {
    await (await instance()).sayVersion(io);
    return exitCode.fine;
  }
  const wanted = commands[args[0] ?? ''];
  for (const load of wanted === undefined ? new Set(Object.values(commands)) : [wanted])
    (await load()).register(program, io);
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode.fine;
  } catch (error) {
    if (error instanceof Exit) return error.code;
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.fine : exitCode.usage;
    throw error;
  }
}
