import type { Instant } from '../instant.ts';
import type { Problem } from '../problem.ts';

/** One thing that is installed: a component of an SBOM, a line of a lockfile. */
export interface Component {
  /** Package URL as the document gave it, or as derived from the lockfile's ecosystem; absent when neither names one. */
  purl?: string;
  /** Name as the document gave it, for showing. */
  name: string;
  /** Version as the document gave it; empty when it names none. */
  version: string;
  /** The document's own handle: CycloneDX `bom-ref`, SPDX id. */
  ref?: string;
  cpe?: string;
  /** Git commit, when the component is pinned by one. */
  commit?: string;
  /** Where in the document, such as `components[3]` or `line 12`. */
  path: string;
  /** Set when the document says that it is used for development or tests only. */
  isDevelopmentOnly?: true;
}

/** What an operator runs, read from one document. */
export interface Inventory {
  /** Such as `CycloneDX 1.6 JSON`, `SPDX 2.3 tag-value`, `package-lock.json`. */
  format: string;
  name?: string;
  /** The document's own identity: CycloneDX serial number, SPDX namespace. */
  serial?: string;
  created?: Instant;
  components: Component[];
  /** Exploitability statements carried in the same document. */
  vex: VexStatement[];
  /** What was left out or doubtful, with its place. The inventory is usable all the same. */
  problems: Problem[];
}

/** One exploitability statement, the common ground of OpenVEX, CycloneDX VEX and CSAF VEX. */
export interface VexStatement {
  /** Vulnerability identifiers; any alias of any of them is meant. */
  vulnerabilities: string[];
  /** Purls (with or without version), document refs or CPEs that it speaks of. */
  products: string[];
  /** When set, it speaks of these only where they are part of one of the products (an image, an appliance). */
  subcomponents?: string[];
  status: 'not_affected' | 'affected' | 'fixed' | 'under_investigation';
  /** OpenVEX justification label, such as `vulnerable_code_not_in_execute_path`. */
  justification?: string;
  statement?: string;
  /** Who says so, and when; the later statement of one author stands. */
  author?: string;
  at?: Instant;
}
