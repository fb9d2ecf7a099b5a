/**
 * Priority policies: which known facts lead to which decision, due by when. A policy is data (see policy-document.ts); this
 * is the one evaluator. Same policy version, inputs and day give the same decision for ever (invariant I11).
 */
import type { Day } from '../../instant.ts';
import { advance, type Due, dueOf, type Past } from './clock.ts';

/**
 * Everything a policy may ask about, with its values from least to most urgent. Numbers are put into bands by the policy.
 * The words are those of the SSVC decision points of the same name (CERT/CC), `poc` as in CISA's Vulnrichment.
 */
export const vocabulary = {
  inKev: { label: 'In KEV', values: ['no', 'yes'] },
  exposed: { label: 'Publicly exposed', values: ['no', 'yes'] },
  systemExposure: { label: 'System exposure', values: ['small', 'controlled', 'open'] },
  automatable: { label: 'Automatable', values: ['no', 'yes'] },
  technicalImpact: { label: 'Technical impact', values: ['partial', 'total'] },
  exploitation: { label: 'Exploitation', values: ['none', 'poc', 'active'] },
  missionImpact: { label: 'Mission and well-being impact', values: ['low', 'medium', 'high'] },
  humanImpact: { label: 'Human impact', values: ['low', 'medium', 'high', 'very high'] },
  cvss: { label: 'CVSS score', from: 0, to: 10 },
  epss: { label: 'EPSS probability', from: 0, to: 1 },
} as const;

export type InputName = keyof typeof vocabulary;

/** What is known about one vulnerability on one asset. Left out means unknown. */
export interface Inputs {
  inKev?: 'yes' | 'no' | 'unknown';
  exposed?: 'yes' | 'no' | 'unknown';
  systemExposure?: 'small' | 'controlled' | 'open' | 'unknown';
  automatable?: 'yes' | 'no' | 'unknown';
  technicalImpact?: 'partial' | 'total' | 'unknown';
  exploitation?: 'none' | 'poc' | 'active' | 'unknown';
  missionImpact?: 'low' | 'medium' | 'high' | 'unknown';
  humanImpact?: 'low' | 'medium' | 'high' | 'very high' | 'unknown';
  /** 0.0-10.0 */
  cvss?: number | 'unknown';
  /** 0-1 */
  epss?: number | 'unknown';
}

/** A whole policy, as its file holds it. */
export interface Policy {
  format: 'assay-policy/1';
  name: string;
  /** Semantic version; a released version is never edited. */
  version: string;
  title: string;
  summary: string;
  /** What the rules rest on, by the short name that rules refer to. */
  sources: Record<string, Source>;
  inputs: PolicyInput[];
  /** From most to least urgent. */
  outcomes: Outcome[];
  /** The first rule that holds decides. */
  rules: Rule[];
}

export interface Source {
  title: string;
  publisher: string;
  date: Day;
  url?: string;
}

export interface PolicyInput {
  name: InputName;
  /** For numbers: named bands from least to most urgent, each from its bound up to the next one's. The first starts at the least value. */
  bands?: Band[];
  /** Another input that tells enough when this one is unknown. */
  orElse?: { input: InputName; values: Record<string, string>; because: string };
  whenUnknown: UnknownRule;
}

export interface Band {
  name: string;
  from: number;
}

/** What to do when an input is unknown; the choice and its reason are stated with every decision it touches. */
export type UnknownRule =
  | { rule: 'assume'; value: string; because: string }
  /** Decide as for the value that is most urgent. */
  | { rule: 'worst'; because: string }
  /** Do not decide until somebody answers. */
  | { rule: 'ask'; because: string };

export interface Outcome {
  name: string;
  /** UTC calendar days from the day that clock.ts says; absent when there is no due date. */
  days?: number;
  isForensicCheckDue?: true;
}

export interface Rule {
  id: string;
  /** Inputs that are left out may have any value. */
  when: Partial<Record<InputName, string>>;
  outcome: string;
  source: string;
  date: Day;
}

export interface Decision {
  /** The outcome's name, or `needs an answer`. */
  decision: string;
  /** 0 is the most urgent. */
  rank: number;
  due?: Day;
  isForensicCheckDue: boolean;
  /** Readable sentences: the rule, the date, what was unknown and how the policy took it. */
  reasons: string[];
  /** Labels of the inputs that were unknown. */
  unknowns: string[];
  policy: { name: string; version: string };
}

/** The decision of a policy that asks about an unknown input. */
export const needsAnswer = 'needs an answer';

/** Values of an input in this policy, from least to most urgent. */
export function valuesOf(input: PolicyInput): readonly string[] {
  const entry = vocabulary[input.name];
  return 'values' in entry ? entry.values : (input.bands ?? []).map((band) => band.name);
}

/** Combinations of values, each as one number per input; the last input counts fastest. */
interface Table {
  sizes: number[];
  /** Per combination the number of the rule that decides it. */
  ruleOf: Int16Array;
  rankOf: Map<string, number>;
}

/** The number of combinations a policy may have. */
export const combinationsMax = 20_000;

const tables = new WeakMap<Policy, Table>();

/** Lays the rules out as a full table, once per policy. -1 where no rule holds. */
export function tableOf(policy: Policy): Table {
  const known = tables.get(policy);
  if (known !== undefined) return known;
  const values = policy.inputs.map(valuesOf);
  const sizes = values.map((list) => list.length);
  const ruleOf = new Int16Array(sizes.reduce((product, size) => product * size, 1)).fill(-1);
  // Rules as one set of admitted value numbers per input, so that filling the table compares no text.
  const rules = policy.rules.map((rule) =>
    policy.inputs.map((input, index) => {
      const value = rule.when[input.name];
      return value === undefined ? -1 : values[index]!.indexOf(value);
    }),
  );
  for (let combination = 0; combination < ruleOf.length; combination++) {
    const chosen = unpack(combination, sizes);
    ruleOf[combination] = rules.findIndex((rule) =>
      rule.every((wanted, index) => wanted < 0 || wanted === chosen[index]),
    );
  }
  const table = { sizes, ruleOf, rankOf: new Map(policy.outcomes.map((outcome, rank) => [outcome.name, rank])) };
  tables.set(policy, table);
  return table;
}

/** A combination's number as one value number per input. */
export function unpack(combination: number, sizes: number[]): number[] {
  const chosen = new Array<number>(sizes.length);
  let rest = combination;
  for (let index = sizes.length - 1; index >= 0; index--) {
    chosen[index] = rest % sizes[index]!;
    rest = Math.floor(rest / sizes[index]!);
  }
  return chosen;
}

const pack = (chosen: number[], sizes: number[]) =>
  chosen.reduce((combination, value, index) => combination * sizes[index]! + value, 0);

/** The number of the value (or band) that an input has, -1 when it is unknown. A value no policy knows is a fault of the caller. */
function numberOf(input: PolicyInput, given: string | number | undefined): number {
  if (given === undefined || given === 'unknown') return -1;
  const entry = vocabulary[input.name];
  if ('values' in entry) {
    const number = (entry.values as readonly (string | number)[]).indexOf(given);
    if (number >= 0) return number;
  } else if (typeof given === 'number' && given >= entry.from && given <= entry.to) {
    return input.bands!.findLastIndex((band) => given >= band.from);
  }
  throw new RangeError(`${input.name} cannot be ${JSON.stringify(given)}`);
}

/** What one input comes to: the candidates that are tried, and what to say of it. */
interface Reading {
  candidates: number[];
  given: string | number | undefined;
  /** Set when the value was reached through `orElse`. */
  from?: string;
  isUnknown: boolean;
}

function read(input: PolicyInput, inputs: Inputs): Reading {
  const given = inputs[input.name];
  const number = numberOf(input, given);
  if (number >= 0) return { candidates: [number], given, isUnknown: false };
  const values = valuesOf(input);
  if (input.orElse) {
    const { input: other, values: translated, because } = input.orElse;
    const told = translated[String(inputs[other])];
    if (told !== undefined) {
      const from = `${vocabulary[input.name].label} is taken as ${told} since ${lower(vocabulary[other].label)} is ${inputs[other]}: ${because}`;
      return { candidates: [values.indexOf(told)], given: undefined, from, isUnknown: false };
    }
  }
  const { whenUnknown } = input;
  const candidates =
    whenUnknown.rule === 'assume' ? [values.indexOf(whenUnknown.value)] : values.map((_, index) => index);
  return { candidates, given: undefined, isUnknown: true };
}

/** Label inside a sentence; abbreviations keep their capitals. */
const lower = (label: string) => (/^[A-Z]{2}/.test(label) ? label : label[0]!.toLowerCase() + label.slice(1));

/**
 * Decides by a policy. The due date counts from `asOf` (UTC calendar days), or from the day that earlier lists of the same system say
 * (`past`). The policy must have been read by policy-document.ts, which makes sure that every combination has a rule.
 */
export function decide(policy: Policy, inputs: Inputs, asOf: Day, past?: Past): Decision {
  const { sizes, ruleOf, rankOf } = tableOf(policy);
  const readings = policy.inputs.map((input) => read(input, inputs));
  const rankAt = (values: number[]) => rankOf.get(policy.rules[ruleOf[pack(values, sizes)]!]!.outcome)!;

  // Of all combinations that the unknown inputs leave open, the most urgent; at equal urgency the one of the worst values.
  const open = readings.reduce<number[][]>(
    (list, { candidates }) => list.flatMap((chosen) => candidates.map((candidate) => [...chosen, candidate])),
    [[]],
  );
  let values = open[0]!;
  let bestRank = Number.POSITIVE_INFINITY;
  let worstRank = -1;
  for (const combination of open) {
    const rank = rankAt(combination);
    worstRank = Math.max(worstRank, rank);
    if (rank > bestRank) continue;
    values = combination;
    bestRank = rank;
  }
  const rule = policy.rules[ruleOf[pack(values, sizes)]!]!;
  const outcome = policy.outcomes[bestRank]!;
  const makesDifference = worstRank !== bestRank;
  const asked =
    makesDifference &&
    readings.some((reading, index) => reading.isUnknown && policy.inputs[index]!.whenUnknown.rule === 'ask');

  const unknowns = policy.inputs
    .filter((_, index) => readings[index]!.isUnknown)
    .map((input) => vocabulary[input.name].label);
  const identity = { name: policy.name, version: policy.version };
  const about = policy.inputs.map((input, index) => describe(input, readings[index]!, values[index]!)).join(', ');
  const unknownReasons = policy.inputs.flatMap((input, index) => {
    const { isUnknown, from } = readings[index]!;
    if (from !== undefined) return [from];
    if (!isUnknown) return [];
    return [explainUnknown(input, valuesOf(input)[values[index]!]!, makesDifference)];
  });
  if (asked) {
    const range = `It ranges from "${outcome.name}" to "${policy.outcomes[worstRank]!.name}" until then.`;
    return {
      decision: needsAnswer,
      rank: bestRank,
      isForensicCheckDue: false,
      reasons: [`${policy.title} ${policy.version} does not decide before an answer. ${range}`, ...unknownReasons],
      unknowns,
      policy: identity,
    };
  }
  const source = policy.sources[rule.source]!;
  const counted = advance(policy, past, bestRank, asOf);
  const due = dueOf(policy, counted, bestRank);
  const reasons = [
    `${policy.title} ${policy.version}, rule ${rule.id}: ${about}: ${outcome.name} (${source.publisher}, ${source.title}, ${rule.date}).`,
    ...dueReasons(policy, bestRank, counted, due, asOf),
    ...(outcome.isForensicCheckDue ? ['A forensic check for signs of compromise is due with the fix.'] : []),
    ...unknownReasons,
  ];
  return {
    decision: outcome.name,
    rank: bestRank,
    ...(due === undefined ? {} : { due: due.due }),
    isForensicCheckDue: outcome.isForensicCheckDue === true,
    reasons,
    unknowns,
    policy: identity,
  };
}

/** The date in plain words: from when it counts, why, and whether it has gone by. */
function dueReasons(policy: Policy, rank: number, { listed }: Past, due: Due | undefined, asOf: Day): string[] {
  const first = listed === asOf ? [] : [`First listed here on ${listed}.`];
  if (due === undefined) return first;
  const { name, days } = policy.outcomes[due.rank]!;
  const after = `${days} calendar ${days === 1 ? 'day' : 'days'} (UTC) after ${due.since}`;
  const why =
    due.rank !== rank
      ? `Due ${after}, as "${name}" was decided here before: a more urgent decision moves no date back.`
      : due.since === listed
        ? `Due ${after}.`
        : `Due ${after}, when this or a more urgent decision was first made here.`;
  return [...first, why, ...(due.due < asOf ? [`Overdue since ${due.due}.`] : [])];
}

function describe(input: PolicyInput, reading: Reading, value: number): string {
  const label = lower(vocabulary[input.name].label);
  const word = valuesOf(input)[value]!;
  if (reading.isUnknown) return `${label} unknown (taken as ${word})`;
  return typeof reading.given === 'number' ? `${label} ${reading.given} (${word})` : `${label} ${word}`;
}

function explainUnknown(input: PolicyInput, value: string, makesDifference: boolean): string {
  const { label } = vocabulary[input.name];
  const { whenUnknown } = input;
  switch (whenUnknown.rule) {
    case 'assume':
      return `${label} is unknown; the policy assumes ${value}: ${whenUnknown.because}`;
    case 'worst':
      return makesDifference
        ? `${label} is unknown; the policy takes the worst, ${value}: ${whenUnknown.because}`
        : `${label} is unknown, which makes no difference to this decision.`;
    case 'ask':
      return makesDifference
        ? `${label} is unknown; the policy asks for it: ${whenUnknown.because}`
        : `${label} is unknown, which makes no difference to this decision.`;
  }
}

/** What the order of work looks at. */
export interface Work {
  decision: Decision;
  isInKev?: boolean;
  epss?: number;
  cvss?: number;
  id: string;
}

/** Order of work: decision, due date, then KEV, EPSS, CVSS, and the id so that no two orders are possible. */
export function compareWork(a: Work, b: Work): number {
  return (
    a.decision.rank - b.decision.rank ||
    compareText(a.decision.due ?? '9999-12-31', b.decision.due ?? '9999-12-31') ||
    Number(b.isInKev ?? false) - Number(a.isInKev ?? false) ||
    (b.epss ?? -1) - (a.epss ?? -1) ||
    (b.cvss ?? -1) - (a.cvss ?? -1) ||
    compareText(a.id, b.id)
  );
}

const compareText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
