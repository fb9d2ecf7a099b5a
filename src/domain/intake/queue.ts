/**
 * The order of the coordinator's queue: points for what is known of an entry, each with its reason. The same facts under the same policy
 * give the same order for ever (I11): no clock is read, and among equals the one received first stands first, so that waiting only
 * ever moves an entry forward. No reporter's name or standing gives or takes points.
 */
import { score } from '../advisory/cvss/score.ts';
import type { Features } from './duplicate/features.ts';
import type { FindingState, Report } from './report.ts';

/**
 * `undecided`: no coordinator has said what it is. `joining`: a case, to which further findings are proposed. `waiting`: the reporter was
 * asked something. `in_case`: all of it is in a case. `closed`: refused or withdrawn.
 */
export const entryStates = ['undecided', 'joining', 'waiting', 'in_case', 'closed'] as const;
export type EntryState = (typeof entryStates)[number];

export const evidenceKinds = ['reproduction', 'stack', 'patch', 'place'] as const;
export type EvidenceKind = (typeof evidenceKinds)[number];

export type SeverityLevel = 'critical' | 'high' | 'medium' | 'low' | 'none';
export const severityLevels: SeverityLevel[] = ['critical', 'high', 'medium', 'low', 'none'];

/** What one finding gives to the rank of its entry, kept in the clear: the texts stay sealed. */
export interface Traits {
  severity: SeverityLevel | null;
  evidence: EvidenceKind[];
  aliases: string[];
  /** As `Features.packages`. */
  packages: string[];
}

export function traitsOf(report: Report, { aliases, packages }: Features): Traits {
  const hasPlace = (report.places ?? []).some(({ path, symbol }) => path !== undefined || symbol !== undefined);
  const has: Record<EvidenceKind, boolean> = {
    reproduction: isText(report.reproduction),
    stack: isText(report.stack),
    patch: isText(report.patch),
    place: hasPlace,
  };
  return { severity: severityOf(report), evidence: evidenceKinds.filter((kind) => has[kind]), aliases, packages };
}

const isText = (text: string | undefined) => text !== undefined && text.trim() !== '';

/** The higher of the reporter's word and the scores of the vectors (CVSS qualitative rating scale). */
function severityOf({ severity = [], severityLevel }: Report): SeverityLevel | null {
  const stated = severity.flatMap((vector) => {
    const scores = score(vector);
    return 'error' in scores ? [] : [scores.severity.toLowerCase() as SeverityLevel];
  });
  return highest([...stated, ...(severityLevel === undefined ? [] : [severityLevel])]);
}

/** The highest of several; null of none. */
export const highest = (levels: SeverityLevel[]): SeverityLevel | null =>
  severityLevels.find((level) => levels.includes(level)) ?? null;

/** All that the rank of an entry is computed from, kept with it. */
export interface EntryFacts {
  /** The highest that a reporter states; null where none says. */
  severity: SeverityLevel | null;
  /** Found in any report of the entry. */
  evidence: EvidenceKind[];
  /** Names under which the flaw is listed as exploited. */
  exploited: string[];
  /** Whether another flaw of the package is listed as exploited. */
  isPackageExploited: boolean;
  /** How many sources reported it. */
  sources: number;
  isValidated: boolean;
  isHeld: boolean;
}

export interface RankReason {
  fact: 'exploited' | 'package_exploited' | 'severity' | 'sources' | 'validated' | 'held' | EvidenceKind;
  text: string;
  points: number;
}

/** Versioned, as every policy (I22): a change of any number is a new version. */
export const queuePolicy = {
  name: 'queue',
  version: '1',
  exploited: 1000,
  packageExploited: 40,
  severity: { critical: 400, high: 300, medium: 200, low: 100, none: 0 } satisfies Record<SeverityLevel, number>,
  /** Between medium and low: silence says nothing. */
  severityUnknown: 150,
  evidence: { reproduction: 60, stack: 40, patch: 20, place: 20 } satisfies Record<EvidenceKind, number>,
  validated: 80,
  /** For each source beyond the first, up to `sourcesMax`. */
  source: 40,
  sourcesMax: 5,
  held: -50,
} as const;

/** Why an entry stands where it stands, the weightiest first; the points add up to its rank. */
export function reasonsOf(facts: EntryFacts): RankReason[] {
  const policy = queuePolicy;
  const reasons: RankReason[] = [];
  const say = (fact: RankReason['fact'], points: number, text: string) => reasons.push({ fact, text, points });
  if (facts.exploited.length > 0) {
    say('exploited', policy.exploited, `Listed as exploited: ${facts.exploited.slice(0, 3).join(', ')}.`);
  } else if (facts.isPackageExploited) {
    say('package_exploited', policy.packageExploited, 'Another flaw of this package is listed as exploited.');
  }
  if (facts.severity === null) say('severity', policy.severityUnknown, 'No reporter states a severity.');
  else say('severity', policy.severity[facts.severity], `A reporter states the severity ${facts.severity}.`);
  for (const kind of evidenceKinds) {
    if (facts.evidence.includes(kind)) say(kind, policy.evidence[kind], evidenceTexts[kind]);
  }
  if (facts.isValidated) say('validated', policy.validated, 'Somebody else reproduced it.');
  const further = Math.min(facts.sources, policy.sourcesMax) - 1;
  if (further > 0) {
    say('sources', further * policy.source, `${facts.sources} sources seem to report it, each by itself.`);
  }
  if (facts.isHeld) say('held', policy.held, 'Screening holds back part of it: look at that first.');
  return reasons.sort((a, b) => b.points - a.points);
}

const evidenceTexts: Record<EvidenceKind, string> = {
  reproduction: 'A report says how to reproduce it.',
  stack: 'A report carries a stack trace.',
  patch: 'A report proposes a change.',
  place: 'A report names the place in the source.',
};

/** Higher comes first; among equals the one received first. */
export const rankOf = (facts: EntryFacts): number => reasonsOf(facts).reduce((sum, { points }) => sum + points, 0);

/** The state of an entry whose findings stand in these states, some of them in a case. */
export function stateOf(members: { state: FindingState; isInCase: boolean }[]): EntryState {
  const open = members.filter(({ state }) => !isSettled(state));
  const loose = open.filter(({ isInCase }) => !isInCase);
  if (members.some(({ isInCase }) => isInCase)) return loose.length > 0 ? 'joining' : 'in_case';
  if (open.length === 0) return 'closed';
  return open.every(({ state }) => state === 'info_needed') ? 'waiting' : 'undecided';
}

/** Nothing more is decided about a finding that was refused or withdrawn. */
export const isSettled = (state: FindingState): boolean =>
  state === 'not_reproduced' || state === 'out_of_scope' || state === 'withdrawn';
