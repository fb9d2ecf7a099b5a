/**
 * What somebody reports: one flaw in one component, in our own shape. Every format is read into it (`formats/finding-file.ts`), the web
 * form, the API, the command line and MCP send it. A report is data of a stranger: nothing in it is markup or an instruction (I16).
 */

/** The component that the flaw is in. At least one of `purl` and `name` is set. */
export interface ReportedComponent {
  /** Package URL, with or without a version. */
  purl?: string | undefined;
  /** OSV ecosystem of `name`, such as `npm` or `Debian:12`. */
  ecosystem?: string | undefined;
  name?: string | undefined;
  /** The version that was examined. */
  version?: string | undefined;
  /** Affected versions as a vers range (`vers:npm/>=1.0|<1.4`) or, where no scheme is known, as the source writes them. */
  affected?: string | undefined;
  /** Versions that hold a fix, where one exists. */
  fixed?: string[] | undefined;
}

/** Where in the component: a path within its source, the symbol (function, method, endpoint), and lines from 1. */
export interface ReportedPlace {
  path?: string | undefined;
  symbol?: string | undefined;
  startLine?: number | undefined;
  endLine?: number | undefined;
}

/** How the finding came about. Shown beside it; never used to rank a person. */
export interface Provenance {
  /** The program that found or reported it: a scanner, an agent. */
  tool?: string | undefined;
  toolVersion?: string | undefined;
  /** The tool's own name of its check. */
  rule?: string | undefined;
  agent?: string | undefined;
  model?: string | undefined;
  harness?: string | undefined;
  /** `sha256:` and 64 hexadecimal digits of the prompt, where the reporter offers it. */
  promptDigest?: string | undefined;
}

export interface Report {
  /** The reporter's own name of it. Within one source the same name is the same report: sent again, it gives the same receipt. */
  key?: string | undefined;
  title: string;
  description?: string | undefined;
  component: ReportedComponent;
  places?: ReportedPlace[] | undefined;
  /** Names under which the flaw may be known: CVE, GHSA and others. */
  aliases?: string[] | undefined;
  /** CWE identifiers, `CWE-79`. */
  weaknesses?: string[] | undefined;
  /** CVSS vectors, as the reporter states them. */
  severity?: string[] | undefined;
  /** The reporter's own word, where there is no vector. */
  severityLevel?: 'critical' | 'high' | 'medium' | 'low' | 'none' | undefined;
  /** A stack trace or sanitizer report of the crash, as it was printed. */
  stack?: string | undefined;
  /** Steps, inputs, code: exploit detail, kept apart from the rest and shown only when asked for (I12). */
  reproduction?: string | undefined;
  /** What goes wrong for whom. */
  impact?: string | undefined;
  /** A proposed change. */
  patch?: string | undefined;
  references?: string[] | undefined;
  provenance?: Provenance | undefined;
  /** When it was found, as the reporter says. */
  foundAt?: string | undefined;
}

/** What one report may hold at most; lengths in UTF-16 units. Longer ones are refused, never cut. */
export const limits = {
  keyLengthMax: 200,
  titleLengthMax: 300,
  textLengthMax: 64 * 1024,
  stackLengthMax: 32 * 1024,
  nameLengthMax: 500,
  placesMax: 50,
  aliasesMax: 50,
  weaknessesMax: 20,
  fixedMax: 50,
  referencesMax: 50,
  referenceLengthMax: 2000,
  /** JSON text of one whole report. */
  reportLengthMax: 256 * 1024,
} as const;

/** Where a finding stands (W4). Nobody's state tells whether others reported the same: merging changes none. */
export const findingStates = [
  'received',
  'triaged',
  'info_needed',
  'validated',
  'not_reproduced',
  'out_of_scope',
  'withdrawn',
] as const;
export type FindingState = (typeof findingStates)[number];
