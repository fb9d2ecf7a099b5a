/** The policy of determinations and partners as versioned data, with a source for each rule (I22). */
import document from './policies/decision.json' with { type: 'json' };

interface Named {
  code: string;
  name: string;
}

/** Why somebody was declined or lost access; each list is for one act. */
export type ReasonList = 'declined_by_developer' | 'declined_by_partner' | 'revoked';

export interface DecisionPolicy {
  version: string;
  /** Days from the sending of a request after which it reads as not answered. */
  answerDays: number;
  /** Requests for another look that a declined partner's file takes. */
  reviewRequests: number;
  /** A public count below this is not shown, and larger ones are multiples of it. */
  cellMin: number;
  /** Developers that must stand behind a public count. */
  developersMin: number;
  sectors: readonly Named[];
  reasons: Readonly<Record<ReasonList, readonly Named[]>>;
}

const { rules } = document;

export const decisionPolicy: DecisionPolicy = {
  version: document.version,
  answerDays: rules['determination.answer_days'].value,
  reviewRequests: rules['partner.review_requests'].value,
  cellMin: rules['statistics.cell_min'].value,
  developersMin: rules['statistics.developers_min'].value,
  sectors: document.sectors,
  reasons: document.reasons,
};

/** The sector of a code in plain words; the code itself where a later policy no longer has it. */
export const sectorName = (code: string): string =>
  decisionPolicy.sectors.find((sector) => sector.code === code)?.name ?? code;

/** The reason of a code in plain words. */
export const reasonName = (list: ReasonList, code: string): string =>
  decisionPolicy.reasons[list].find((reason) => reason.code === code)?.name ?? code;
