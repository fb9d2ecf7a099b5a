import type { HorizonChoices, ModelHorizon } from '../../domain/evidence/model-horizon.ts';
import * as csv from '../../formats/csv/document.ts';
import type { Progress } from './horizon-work.ts';

/** A length of human work: `40 s`, `12 min`, `3.1 h`, `96 h`. Days are not used: they may mean 8 hours or 24. */
export function lengthWords(minutes: number): string {
  if (minutes === 0) return '0';
  if (minutes < 1) return `${short(minutes * 60)} s`;
  if (minutes < 120) return `${short(minutes)} min`;
  return `${short(minutes / 60)} h`;
}

function short(value: number): string {
  if (value >= 100_000) return value.toExponential(1);
  return new Intl.NumberFormat('en', { maximumFractionDigits: value < 10 ? 1 : 0 }).format(value);
}

/** Both ends of an interval; an end that the data do not name is said to be open. */
export function intervalWords(low: number | null, high: number | null): string {
  return `${low === null ? 'open' : lengthWords(low)} to ${high === null ? 'open' : lengthWords(high)}`;
}

/** Quoted for a POSIX shell where it needs to be; a name that looks like an option is told apart from one. */
function quotedForShell(name: string): string {
  const path = name.startsWith('-') ? `./${name}` : name;
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

/** The command that gives the same numbers. */
export function commandOf(fileName: string, { weights, lambda, bootstrap, seed }: HorizonChoices): string {
  return `assay horizon ${quotedForShell(fileName)} --weights ${weights} --lambda ${lambda} --bootstrap ${bootstrap} --seed ${seed} --format json`;
}

/** As `assay horizon --format json` prints them, one object a line. */
export const jsonLines = (horizons: readonly ModelHorizon[]): string =>
  horizons.map((one) => `${JSON.stringify(one)}\n`).join('');

const columns = [
  'model',
  'p50Minutes',
  'low',
  'high',
  'p80Minutes',
  'p80Low',
  'p80High',
  'slope',
  'intercept',
  'runs',
  'tasks',
  'families',
  'shortestMinutes',
  'longestMinutes',
  'weights',
  'lambda',
  'bootstrap',
  'seed',
  'released',
] as const satisfies (keyof ModelHorizon)[];

/** The same as a table; an open end is an empty cell. */
export const csvTable = (horizons: readonly ModelHorizon[]): string =>
  csv.write(
    columns,
    horizons.map((one) => columns.map((column) => one[column] ?? undefined)),
  );

/** What is being done, and how much of it is done (0 to 1). */
export function progressWords(progress: Progress | undefined): { text: string; value: number } {
  if (progress === undefined) return { text: '', value: 0 };
  if (progress.phase === 'reading') return { text: 'Reading the runs in this browser…', value: 0.2 * progress.share };
  const { done, all, model } = progress;
  return { text: `Fitting model ${done + 1} of ${all}: ${model}`, value: 0.2 + (0.8 * done) / all };
}
