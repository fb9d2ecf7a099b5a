import type { Component } from '../../domain/advisory/inventory.ts';
import * as instant from '../instant.ts';
import { arrayOf, isObject, type JsonObject, stringOf } from '../json.ts';
import { type Answer, answer, type Listing, Refused } from '../listing.ts';
import { quoted } from '../text.ts';
import * as spdxPackage from './package.ts';

/** Whether a JSON value says that it is an SPDX 2 document. */
export function isOne(value: JsonObject): boolean {
  return typeof value['spdxVersion'] === 'string' || value['SPDXID'] === 'SPDXRef-DOCUMENT';
}

/** SPDX 2.2 and 2.3 in JSON, parsed, to an inventory. Files, snippets and licences are not looked at. */
export function read(value: JsonObject): Answer {
  const outcome = answer('SPDX JSON', (listing) => {
    readHead(value, listing);
    const packages = value['packages'] ?? [];
    if (!Array.isArray(packages)) throw new Refused('packages', '"packages" is not an array.');
    for (let index = 0; index < packages.length; index++) {
      spdxPackage.add(packages[index], `packages[${index}]`, listing);
    }
  });
  if ('inventory' in outcome) markDevelopment(outcome.inventory.components, arrayOf(value['relationships']));
  return outcome;
}

/** The arrays of a document that are read element by element. */
export const elements: ReadonlyMap<string, (raw: unknown, path: string, listing: Listing) => void> = new Map([
  ['packages', spdxPackage.add],
]);

/** The other members that `readHead` looks at. */
export const headKeys: ReadonlySet<string> = new Set([
  'spdxVersion',
  'SPDXID',
  'name',
  'documentNamespace',
  'creationInfo',
]);

export function readHead(value: JsonObject, listing: Listing): void {
  readVersion(value['spdxVersion'], 'spdxVersion', 'JSON', listing);
  listing.name = stringOf(value['name']);
  listing.serial = stringOf(value['documentNamespace']);
  const creation = value['creationInfo'];
  if (isObject(creation)) listing.created = instant.read(creation['created']);
}

export function readVersion(version: unknown, path: string, form: string, listing: Listing): void {
  if (typeof version !== 'string' || !/^SPDX-2\.\d{1,3}$/.test(version)) {
    throw new Refused(path, `The SPDX version is ${quoted(version)}; SPDX-2.2 and SPDX-2.3 are read in this form.`);
  }
  if (version > 'SPDX-2.3' || version < 'SPDX-2.1') {
    listing.doubt(path, `${version} is not known here; it is read like SPDX-2.3.`);
  }
  listing.format = `SPDX ${version.slice(5)} ${form}`;
}

const developmentUse = new Set(['DEV_DEPENDENCY_OF', 'TEST_DEPENDENCY_OF', 'DEV_TOOL_OF', 'TEST_TOOL_OF']);
const otherUse = new Set([
  'DEPENDENCY_OF',
  'RUNTIME_DEPENDENCY_OF',
  'OPTIONAL_DEPENDENCY_OF',
  'PROVIDED_DEPENDENCY_OF',
]);

/** Marks what the relationships (SPDX 2.3 section 11) tie to development or tests and to nothing else. */
function markDevelopment(components: Component[], relationships: readonly unknown[]): void {
  const development = new Set<unknown>();
  const used = new Set<unknown>();
  for (const relationship of relationships) {
    if (!isObject(relationship)) continue;
    const type = relationship['relationshipType'] as string;
    if (developmentUse.has(type)) development.add(relationship['spdxElementId']);
    else if (type === 'DEPENDS_ON') used.add(relationship['relatedSpdxElement']);
    else if (otherUse.has(type)) used.add(relationship['spdxElementId']);
  }
  if (development.size === 0) return;
  for (const component of components) {
    if (development.has(component.ref) && !used.has(component.ref)) component.isDevelopmentOnly = true;
  }
}
