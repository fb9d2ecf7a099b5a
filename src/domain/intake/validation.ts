/**
 * What attempts to reproduce a finding say. The record is what a validator's own machine measured; the verdict is a rule over it that
 * anyone can apply again. No verdict sets a finding's state: a coordinator records that (W4).
 */
import { type Interval, wilson } from '../evidence/statistics/interval.ts';
import type { Instant } from '../instant.ts';
import document from './policies/validation.json' with { type: 'json' };
import { type Kit, type Purpose, purposes, type Signal } from './validation-kit.ts';

/** How a run ended: by itself, stopped at a limit of the sandbox, or not begun because a program was not found. */
export const endings = ['ended', 'time', 'output', 'disk', 'memory', 'not_started'] as const;
export type Ending = (typeof endings)[number];

/** One run of a command, as it was measured. */
export interface Attempt {
  isSeen: boolean;
  ending: Ending;
  /** As a shell says it: 128 and the signal's number where a signal ended it. Absent where a limit did. */
  exit?: number | undefined;
  durationMs: number;
  /** Of the whole output that was kept, standard output before standard error. */
  outputDigest: string;
  outputBytes: number;
  /** Its first and last parts, control characters written out. */
  head: string;
  tail: string;
}

/** The attempts at one run of the kit. */
export interface Series {
  purpose: Purpose;
  command: string[];
  image?: string | undefined;
  version?: string | undefined;
  attempts: Attempt[];
}

export interface Environment {
  /** What confined the runs, with its version: `bubblewrap 0.8.0`. */
  sandbox: string;
  os: string;
  arch: string;
  image?: string | undefined;
  tools: { name: string; version: string }[];
  hasNetwork: boolean;
}

/** What the statement says, beside its subject: the predicate. */
export interface Evidence {
  kitDigest: string;
  signal: Signal;
  environment: Environment;
  environmentDigest: string;
  series: Series[];
  /** Program that measured. */
  tool: { name: string; version: string };
  startedAt: Instant;
  endedAt: Instant;
}

export const evidenceLimits = {
  /** Attempts of one series. */
  attemptsMax: 30,
  /** Of `head` and of `tail`, in UTF-16 units. */
  excerptLengthMax: 4096,
} as const;

export const verdicts = ['reproduced', 'not_reproduced', 'inconclusive'] as const;
export type Verdict = (typeof verdicts)[number];

export interface ValidationPolicy {
  name: string;
  version: string;
  confidence: number;
  seenMin: number;
  reproducedLowMin: number;
  controlsMin: number;
  notReproducedHighMax: number;
}

const { rules } = document;

export const validationPolicy: ValidationPolicy = {
  name: document.name,
  version: document.version,
  confidence: rules.confidence.value,
  seenMin: rules.seen_min.value,
  reproducedLowMin: rules.reproduced_low_min.value,
  controlsMin: rules.controls_min.value,
  notReproducedHighMax: rules.not_reproduced_high_max.value,
};

/** Attempts of one series that tell something, and how many showed the signal. */
export interface Tally {
  seen: number;
  attempts: number;
}

export interface Assessment {
  verdict: Verdict;
  /** One plain sentence. */
  sentence: string;
  reasons: string[];
  policy: { name: string; version: string };
  /** Share of attempts that show the signal. */
  rate: Interval;
  tallies: Partial<Record<Purpose, Tally>> & { reproduce: Tally };
}

/** A run that did not come to its end before the signal showed tells nothing either way. */
const tells = (attempt: Attempt) => attempt.isSeen || attempt.ending === 'ended';

/** What the measured attempts say under a policy. Pure: the same record gives the same answer for ever (I11). */
export function assess(series: readonly Series[], policy: ValidationPolicy = validationPolicy): Assessment {
  const tallies = talliesOf(series);
  const { seen, attempts } = tallies.reproduce;
  const rate = wilson(attempts === 0 ? 0 : seen / attempts, attempts, policy.confidence);
  const cutOff = series
    .filter((one) => one.purpose === 'reproduce')
    .reduce((sum, one) => sum + one.attempts.filter((attempt) => !tells(attempt)).length, 0);
  const control = tallies.control;

  const { verdict, reasons } = decide({ seen, attempts, rate, control, policy });
  if (cutOff > 0) {
    reasons.push(
      `${times(cutOff)} the run did not come to its end: a limit stopped it, or a program was not found. That counts neither way.`,
    );
  }
  for (const purpose of ['baseline', 'newest'] as const) {
    const tally = tallies[purpose];
    if (tally === undefined) continue;
    const version = series.find((one) => one.purpose === purpose)?.version;
    reasons.push(versionReason(purpose, version, tally));
  }
  const { name, version } = policy;
  return { verdict, sentence: sentences[verdict], reasons, policy: { name, version }, rate, tallies };
}

const sentences: Record<Verdict, string> = {
  reproduced: 'Reproduced: the signal shows with the reproducer and stays away in the control.',
  not_reproduced: 'Not reproduced: the signal did not show in any attempt.',
  inconclusive: 'Inconclusive: these attempts do not tell whether the flaw is there.',
};

function decide({
  seen,
  attempts,
  rate,
  control,
  policy,
}: {
  seen: number;
  attempts: number;
  rate: Interval;
  control: Tally | undefined;
  policy: ValidationPolicy;
}): { verdict: Verdict; reasons: string[] } {
  const reasons = [`The signal showed in ${seen} of ${attempts} attempts.`];
  if (control !== undefined && control.attempts > 0) {
    reasons.push(`In the control it showed in ${control.seen} of ${control.attempts}.`);
  }
  if (control !== undefined && control.seen > 0) {
    reasons.push(
      'A signal that shows in the control does not come from the claimed flaw alone. Choose another signal.',
    );
    return { verdict: 'inconclusive', reasons };
  }
  if (seen === 0) {
    if (attempts > 0 && rate.high <= policy.notReproducedHighMax) return { verdict: 'not_reproduced', reasons };
    reasons.push('That is too few to say that it does not show. Make more attempts.');
    return { verdict: 'inconclusive', reasons };
  }
  const faults = [
    (seen < policy.seenMin || rate.low < policy.reproducedLowMin) &&
      'It showed too rarely to be told from chance. Make more attempts, or a reproducer that shows it more often.',
    (control?.attempts ?? 0) < policy.controlsMin &&
      'There is no control that came to its end, so nobody knows whether the signal shows whatever is run. Run one.',
  ].filter((fault) => fault !== false);
  return { verdict: faults.length === 0 ? 'reproduced' : 'inconclusive', reasons: [...reasons, ...faults] };
}

const times = (count: number) => (count === 1 ? 'Once' : `${count} times`);

function versionReason(purpose: 'baseline' | 'newest', version: string | undefined, { seen, attempts }: Tally): string {
  const which = `${purpose === 'baseline' ? 'the older version' : 'the newest version'}${version === undefined ? '' : ` ${version}`}`;
  if (attempts === 0) return `No run of ${which} came to its end.`;
  if (seen === 0) return `In ${which} it did not show (0 of ${attempts}).`;
  return `In ${which} it showed in ${seen} of ${attempts}.`;
}

function talliesOf(series: readonly Series[]): Assessment['tallies'] {
  const tallies: Assessment['tallies'] = { reproduce: { seen: 0, attempts: 0 } };
  for (const purpose of purposes) {
    const told = series.filter((one) => one.purpose === purpose);
    if (told.length === 0) continue;
    const attempts = told.flatMap((one) => one.attempts).filter(tells);
    tallies[purpose] = { seen: attempts.filter((attempt) => attempt.isSeen).length, attempts: attempts.length };
  }
  return tallies;
}

/** What the record of accesses says of whoever signed the evidence. */
export interface Witness {
  /** Organisation of whoever reported the finding; absent where it came without an account. */
  finder?: string | undefined;
  verifier: string;
  /** The verifier opened the kit before the evidence came. */
  hasReadKit: boolean;
  /** Times the verifier, or an agent of theirs, opened the report itself. */
  reportReads: number;
}

export interface Independence {
  isIndependent: boolean;
  reasons: string[];
}

/** Whether this is somebody else's reproduction, made without the finder's reasoning; from the record, never from what they say. */
export function independenceOf({ finder, verifier, hasReadKit, reportReads }: Witness): Independence {
  const isOther = finder !== verifier;
  const isBlind = reportReads === 0;
  return {
    isIndependent: isOther && isBlind,
    reasons: [
      isOther
        ? finder === undefined
          ? 'The finding came without an account; that the validator is somebody else cannot be checked.'
          : 'The validator belongs to another organisation than the finder.'
        : 'The validator belongs to the organisation that reported it.',
      isBlind
        ? 'The validator has not opened the report itself, by the record of accesses.'
        : `The validator opened the report itself ${reportReads === 1 ? 'once' : `${reportReads} times`}, by the record of accesses.`,
      hasReadKit
        ? 'The validator opened the kit here.'
        : 'The kit was not opened here by whoever handed this in; they had it from elsewhere.',
    ],
  };
}

/** What a coordinator may record on the ground of this evidence: one independent reproduction is enough for `validated`. */
export function recordable(
  evidence: readonly { verdict: Verdict; isIndependent: boolean }[],
): Record<'validated' | 'not_reproduced', boolean> {
  const has = (verdict: Verdict) => evidence.some((one) => one.verdict === verdict && one.isIndependent);
  return { validated: has('reproduced'), not_reproduced: has('not_reproduced') };
}

/** Where what was run is not what the kit asks for, in words: a control of one's own, another image, another signal. */
export function differencesFrom(kit: Kit, { signal, series }: Pick<Evidence, 'signal' | 'series'>): string[] {
  const differences: string[] = [];
  // Read from different places, members may stand in another order and unset ones be left out.
  if (JSON.stringify(Object.entries(signal).sort()) !== JSON.stringify(definedOf(kit.signal))) {
    differences.push('Another signal was looked for than the kit names.');
  }
  for (const { purpose, command, image } of series) {
    const asked = kit[purpose];
    if (asked === undefined) differences.push(`The kit has no ${names[purpose]}; the validator ran one of their own.`);
    else if (asked.command.join('\0') !== command.join('\0')) {
      differences.push(`The command of the ${names[purpose]} is the validator’s own.`);
    } else if (asked.image !== image)
      differences.push(`The ${names[purpose]} ran in an image of the validator’s choice.`);
  }
  return differences;
}

const definedOf = (signal: Signal) =>
  Object.entries(signal)
    .filter(([, value]) => value !== undefined)
    .sort();

const names: Record<Purpose, string> = {
  reproduce: 'reproducer',
  control: 'control',
  baseline: 'run on the older version',
  newest: 'run on the newest version',
};
