import type { Day, Instant } from '../instant.ts';

/** Where a fact comes from and the day its source states for it. */
export interface Provenance {
  source: string;
  date: Day | Instant;
}

/** CISA Known Exploited Vulnerabilities catalog entry. */
export interface KevFact extends Provenance {
  kind: 'kev';
  dateAdded: Day;
  dueDate?: Day;
  isRansomwareUse: boolean;
}

/** FIRST EPSS: probability of exploitation in the next 30 days (0-1) and its percentile (0-1). */
export interface EpssFact extends Provenance {
  kind: 'epss';
  score: number;
  percentile?: number;
}

/** SSVC decision points as somebody recorded them (CISA in Vulnrichment), or as derived by us. */
export interface SsvcFact extends Provenance {
  kind: 'ssvc';
  exploitation?: 'none' | 'poc' | 'active';
  automatable?: 'yes' | 'no';
  technicalImpact?: 'partial' | 'total';
  /** How each derived point was reached; absent for recorded points. */
  derivation?: string[];
}

export interface CvssFact extends Provenance {
  kind: 'cvss';
  vector: string;
  version: '2.0' | '3.0' | '3.1' | '4.0';
  /** 0.0-10.0, the most specific score of the vector. */
  score: number;
}

export type Fact = KevFact | EpssFact | SsvcFact | CvssFact;

/** All facts held about one vulnerability (an alias group), newest of each source. */
export interface Facts {
  kev?: KevFact;
  epss?: EpssFact;
  ssvc?: SsvcFact;
  cvss: CvssFact[];
}
