/** The terms of participation: versioned text as data (I22). A version that was accepted is known by its digest. */
import { sha256 } from '@noble/hashes/sha2.js';
import { canonicalJson } from '../canonical-json.ts';
import terms1 from './policies/terms-1.json' with { type: 'json' };

export interface Terms {
  version: string;
  date: string;
  source: string;
  title: string;
  summary: string;
  sections: { id: string; title: string; says: string[] }[];
}

/** Every version that anybody may have read or accepted, the one in use last. */
const versions: readonly Terms[] = [terms1];

export const currentTerms = versions.at(-1) as Terms;

/** `sha256:` and the digest over the canonical JSON (RFC 8785) of a version, in hexadecimal. */
export function digestOf(terms: Terms): string {
  const bytes = sha256(new TextEncoder().encode(canonicalJson(terms)));
  return `sha256:${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

/** An acceptance that was recorded. */
export interface Acceptance {
  version: string;
  digest: string;
}

/** Whether an organisation with these acceptances is still asked about `terms`: another word in them is another version. */
export function isAsked(acceptances: readonly Acceptance[], terms: Terms = currentTerms): boolean {
  const digest = digestOf(terms);
  return !acceptances.some((one) => one.version === terms.version && one.digest === digest);
}
