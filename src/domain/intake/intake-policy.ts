/**
 * What the maintainers of a package ask of whoever scans it: not to, or how much and how. Stated by a named person with proof of being a
 * maintainer; until a coordinator has looked at the proof it is shown as not confirmed, and answers no question about claims.
 */
import type { Technique } from './scope.ts';

export interface IntakePolicy {
  /** True: the maintainers ask not to be scanned without being asked first. */
  isOptOut: boolean;
  /** Reports that they can deal with in a week. */
  reportsPerWeek?: number | undefined;
  /** Languages that they read, as BCP 47 tags. */
  languages: string[];
  /** Where reports go: an address of mail or the web. */
  contact?: string | undefined;
  /** Their security.txt (RFC 9116). */
  securityTxt?: string | undefined;
  /** Whether reports made by machines are welcome. */
  machineReports?: 'welcome' | 'after_human_check' | 'not_welcome' | undefined;
  preferredTechniques: Technique[];
  /** What they refuse, in their words. */
  refuses?: string | undefined;
}

/** How one shows that one maintains the package. */
export interface Proof {
  /** `the commit that adds my name to MAINTAINERS`. */
  text: string;
  /** Where a coordinator can see it. */
  url: string;
}

export const standings = ['stated', 'confirmed', 'removed', 'withdrawn'] as const;
/** Whether a coordinator has confirmed it; `removed` is a coordinator's act, `withdrawn` the maintainer's own. */
export type PolicyStanding = (typeof standings)[number];

export const limits = { textLengthMax: 2000, urlLengthMax: 500, languagesMax: 20, perOrganisationMax: 200 } as const;

/** Each wish about reports of machines in plain words. */
export const machineReportNames: Record<NonNullable<IntakePolicy['machineReports']>, string> = {
  welcome: 'Reports made by machines are welcome',
  after_human_check: 'Reports made by machines are welcome after a person has checked them',
  not_welcome: 'Reports made by machines are not welcome',
};
