import type { Component } from '../../domain/advisory/inventory.ts';
import * as purl from '../../domain/advisory/purl.ts';
import type { JsonObject } from '../json.ts';
import type { Listing } from '../listing.ts';
import { quoted } from '../text.ts';
import type { Element } from '../xml.ts';

/**
 * One kind of lockfile. It is told by the base name of the file (`names`, lower case), or else by its content. `looksLike` sees the
 * parsed document for JSON, the root element for XML, and the first 64 KB of text for the rest.
 */
export type Kind = { format: string; names: RegExp } & (
  | {
      syntax: 'json' | 'json with comments';
      looksLike(value: JsonObject): boolean;
      read(value: JsonObject, listing: Listing): void;
    }
  | { syntax: 'toml' | 'yaml'; looksLike(head: string): boolean; read(value: JsonObject, listing: Listing): void }
  | { syntax: 'xml'; looksLike(root: Element): boolean; read(root: Element, listing: Listing): void }
  | { syntax: 'text'; looksLike(head: string): boolean; read(text: string, listing: Listing): void }
);

/** A package as a lockfile names it. */
export interface Locked {
  /** purl type. */
  type: string;
  /** In the ecosystem's own writing: `@scope/name`, `group:artifact`, `golang.org/x/net`. */
  name: string;
  version: string;
  path: string;
  commit?: string | undefined;
  isDevelopmentOnly?: boolean | undefined;
  /** Purl namespace where the name does not hold it: the distribution. */
  namespace?: string;
  qualifiers?: Record<string, string>;
}

/** Adds a locked package with the purl that its ecosystem gives it (purl-spec, types). */
export function add(listing: Listing, locked: Locked): void {
  const { type, name, version, path } = locked;
  if (name === '') {
    listing.doubt(path, 'This entry names no package; it is left out.');
    return;
  }
  const component: Component = { name, version, path };
  const slash = type === 'maven' ? name.indexOf(':') : name.lastIndexOf('/');
  const namespace = locked.namespace ?? (slash > 0 ? name.slice(0, slash) : undefined);
  const lastName = locked.namespace === undefined && slash > 0 ? name.slice(slash + 1) : name;
  try {
    component.purl = purl.build({
      type,
      name: lastName,
      ...(namespace === undefined ? {} : { namespace }),
      ...(version === '' ? {} : { version }),
      ...(locked.qualifiers === undefined ? {} : { qualifiers: locked.qualifiers }),
    });
  } catch (error) {
    if (!(error instanceof purl.PurlError)) throw error;
    listing.doubt(path, `${quoted(name)} is not a name that ${type} packages can have: ${error.message}`);
  }
  if (locked.commit !== undefined && locked.commit !== '') component.commit = locked.commit;
  if (locked.isDevelopmentOnly) component.isDevelopmentOnly = true;
  listing.add(component);
}

/** The commit after the `#` of a git address, when it is a full hash. */
export function commitOf(address: string | undefined): string | undefined {
  return /[#@]([0-9a-f]{40}(?:[0-9a-f]{24})?)(?:$|[#&])/.exec(address ?? '')?.[1];
}

/** The lines of a text with their numbers, from 1. */
export function* lines(text: string): Generator<[line: string, number: number]> {
  let number = 0;
  for (let start = 0; start <= text.length; ) {
    let end = text.indexOf('\n', start);
    if (end === -1) end = text.length;
    yield [text.slice(start, text[end - 1] === '\r' ? end - 1 : end), ++number];
    start = end + 1;
  }
}
