import type { Component } from '../../domain/advisory/inventory.ts';
import { arrayOf, isObject, stringOf } from '../json.ts';
import type { Listing } from '../listing.ts';
import { quoted } from '../text.ts';

/** SPDX 2.2 and 2.3 section 7: one package. Its purl and CPE stand among its external references. */
export function add(raw: unknown, path: string, listing: Listing): void {
  if (!isObject(raw)) {
    listing.doubt(path, `This package is not an object but ${quoted(raw)}; it is left out.`);
    return;
  }
  const name = stringOf(raw['name']);
  if (name === undefined) {
    listing.doubt(path, 'This package has no name; it is left out.');
    return;
  }
  const component: Component = { name, version: versionOf(raw['versionInfo']), path };
  for (const reference of arrayOf(raw['externalRefs'])) {
    if (isObject(reference))
      addReference(component, reference['referenceType'], reference['referenceLocator'], listing);
  }
  const ref = stringOf(raw['SPDXID']);
  if (ref !== undefined) component.ref = ref;
  listing.add(component);
}

/** SPDX 2.3 annex F: `purl` is a PACKAGE-MANAGER reference, `cpe23Type` and `cpe22Type` are SECURITY references. */
export function addReference(component: Component, type: unknown, locator: unknown, listing: Listing): void {
  const text = stringOf(locator);
  if (text === undefined) return;
  if (type === 'purl') {
    if (component.purl === undefined) component.purl = text;
    else if (component.purl !== text) {
      listing.doubt(component.path, `This package has a second purl, ${quoted(text)}; the first is used.`);
    }
  } else if (type === 'cpe23Type' || (type === 'cpe22Type' && component.cpe === undefined)) {
    component.cpe = text;
  }
}

export function versionOf(value: unknown): string {
  return value === 'NOASSERTION' || value === 'NONE' ? '' : (stringOf(value) ?? '');
}
