/** How much one source may hand in: room follows measured precision. No person or organisation has room by name. */
import { wilson } from '../evidence/statistics/interval.ts';
import { type QuotaPolicy, quotaPolicy } from './quota-policy.ts';

/** Findings of one source by what became of them. Those out of scope or withdrawn count nowhere. */
export interface History {
  confirmed: number;
  refuted: number;
  undecided: number;
}

export interface Room {
  /** Findings in any 24 hours, and in any hour. */
  perDay: number;
  perHour: number;
  /** Plain sentences for the source itself: what was counted and what it gives. */
  reasons: string[];
  /** The version of the policy that gave it. */
  policy: string;
}

/**
 * The room of a source. The lower end of Wilson's interval for confirmed / (confirmed + refuted) decides how far it stands between
 * floor and ceiling, in equal ratios. A source that is new, or refuted once or twice, has at least the stated start.
 */
export function roomOf(history: History, policy: QuotaPolicy = quotaPolicy): Room {
  const { confirmed, refuted, undecided } = history;
  const decided = confirmed + refuted;
  const low = wilson(decided === 0 ? 0 : confirmed / decided, decided, policy.confidence).low;
  const factor = Math.min(1, Math.max(0, (low - policy.noneAt) / (policy.fullAt - policy.noneAt)));
  const measured = twoFigures(policy.floorPerDay * (policy.ceilingPerDay / policy.floorPerDay) ** factor);
  const startHolds = refuted < policy.startRefutedBelow && undecided < policy.startWaitingBelow;
  const atStart = startHolds && policy.startPerDay > measured;
  const perDay = atStart ? policy.startPerDay : measured;
  const perHour = Math.max(1, Math.ceil(perDay * policy.hourShare));
  const reasons = [
    decided === 0
      ? `None of your findings is decided yet: room for ${count(perDay)} a day.`
      : `${count(confirmed)} of ${count(decided)} decided findings ${confirmed === 1 ? 'was' : 'were'} confirmed: room for ${count(perDay)} a day.`,
    `At most ${count(perHour)} of them within one hour.`,
  ];
  if (atStart) {
    reasons.push(
      `This is the start that every source has until ${count(policy.startRefutedBelow)} of its findings are refuted. A record of confirmed findings gives more.`,
    );
  } else if (undecided >= policy.startWaitingBelow && refuted < policy.startRefutedBelow) {
    reasons.push(
      `${count(undecided)} of your findings await a decision. The start of ${count(policy.startPerDay)} a day holds while fewer than ${count(policy.startWaitingBelow)} wait.`,
    );
  } else if (factor < 1) {
    reasons.push(
      `With ${percent(policy.confidence)} confidence at least ${percent(low)} of your findings are confirmed; from ${percent(policy.fullAt)} on there is room for ${count(policy.ceilingPerDay)} a day, and never less than ${count(policy.floorPerDay)}.`,
    );
  }
  return { perDay, perHour, reasons, policy: policy.version };
}

/** Rounded down to two figures: a room of 2,187 claims an exactness that the measure lacks. */
function twoFigures(value: number): number {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(value)) - 1);
  // The smallest part is for powers that end just below a whole number.
  return Math.floor(value / unit + 1e-9) * unit;
}

const count = (value: number) => value.toLocaleString('en-US');
const percent = (share: number) => `${Math.floor(share * 100 + 1e-9)}%`;
