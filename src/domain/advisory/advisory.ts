import type { Instant } from '../instant.ts';

/**
 * An advisory, in the shape and with the field names of the OSV schema 1.7 (ossf.github.io/osv-schema),
 * so that nothing is translated between the file, the store and the match engine.
 * A record of another format (CSAF, CVE) is read into this shape by `formats/`.
 */
export interface Advisory {
  schema_version?: string;
  id: string;
  modified: Instant;
  published?: Instant;
  withdrawn?: Instant;
  aliases?: string[];
  upstream?: string[];
  related?: string[];
  summary?: string;
  details?: string;
  severity?: Severity[];
  affected?: Affected[];
  references?: Reference[];
  credits?: { name: string; contact?: string[]; type?: string }[];
  database_specific?: Record<string, unknown>;
}

export interface Severity {
  type: 'CVSS_V2' | 'CVSS_V3' | 'CVSS_V4' | 'Ubuntu' | (string & {});
  score: string;
}

export interface Affected {
  package?: AffectedPackage;
  severity?: Severity[];
  ranges?: Range[];
  versions?: string[];
  ecosystem_specific?: Record<string, unknown>;
  database_specific?: Record<string, unknown>;
}

export interface AffectedPackage {
  /** OSV ecosystem, with its release after a colon where there is one: `npm`, `Debian:12`. */
  ecosystem: string;
  name: string;
  purl?: string;
}

export interface Range {
  type: 'SEMVER' | 'ECOSYSTEM' | 'GIT' | (string & {});
  repo?: string;
  events: RangeEvent[];
  database_specific?: Record<string, unknown>;
}

/** Exactly one of the four is set in a valid event. */
export interface RangeEvent {
  introduced?: string;
  fixed?: string;
  last_affected?: string;
  limit?: string;
}

export interface Reference {
  type: string;
  url: string;
}
