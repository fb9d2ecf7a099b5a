import type { Component } from '../../domain/advisory/inventory.ts';
import * as instant from '../instant.ts';
import { type Answer, answer, type Listing, Refused } from '../listing.ts';
import { quoted } from '../text.ts';
import { readVersion } from './document.ts';
import { addReference, versionOf } from './package.ts';

/** Whether a text says that it is an SPDX document in tag-value form. */
export function isOne(head: string): boolean {
  return /^[ \t]*SPDXVersion:/m.test(head);
}

/** SPDX 2.2 and 2.3 tag-value to an inventory. Fields outside a package's part (files, snippets, licences) are passed over. */
export function read(text: string): Answer {
  return answer('SPDX tag-value', (listing) => {
    let component: (Component & { line: number }) | undefined;
    const end = () => {
      if (component === undefined) return;
      const { line: _, ...found } = component;
      listing.add(found);
      component = undefined;
    };
    let hasVersion = false;
    for (const { tag, value, line } of tags(text)) {
      switch (tag) {
        case 'SPDXVersion':
          readVersion(value, `line ${line}`, 'tag-value', listing);
          hasVersion = true;
          break;
        case 'DocumentName':
          listing.name = value;
          break;
        case 'DocumentNamespace':
          listing.serial = value;
          break;
        case 'Created':
          listing.created = instant.read(value);
          break;
        case 'PackageName':
          end();
          if (value === '') listing.doubt(`line ${line}`, 'This package has no name; it is left out.');
          else component = { name: value, version: '', path: `line ${line}`, line };
          break;
        case 'FileName':
        case 'SnippetSPDXID':
        case 'LicenseID':
        case 'Relationship':
          end();
          break;
        default:
          if (component !== undefined) readField(component, tag, value, listing);
      }
    }
    end();
    if (!hasVersion)
      throw new Refused('SPDXVersion', 'The document does not say which version of SPDX it is written in.');
  });
}

function readField(component: Component, tag: string, value: string, listing: Listing): void {
  if (tag === 'SPDXID') component.ref ??= value;
  else if (tag === 'PackageVersion') component.version = versionOf(value);
  else if (tag === 'ExternalRef') {
    const [, type, locator] = value.split(/\s+/);
    addReference(component, type, locator, listing);
  }
}

/** `Tag: value` lines; `<text>` spans lines (SPDX 2.3 section 6.1 and annex F of tag-value). */
function* tags(text: string): Generator<{ tag: string; value: string; line: number }> {
  let line = 0;
  for (let start = 0; start < text.length; ) {
    let end = text.indexOf('\n', start);
    if (end === -1) end = text.length;
    line++;
    const current = text.slice(start, end).trim();
    start = end + 1;
    if (current === '' || current.startsWith('#')) continue;
    const colon = current.indexOf(':');
    if (colon === -1) throw new Refused(`line ${line}`, `This line, ${quoted(current)}, is not "Tag: value".`);
    const tag = current.slice(0, colon).trim();
    let value = current.slice(colon + 1).trim();
    const first = line;
    if (value.startsWith('<text>')) {
      const open = text.lastIndexOf('<text>', end) + '<text>'.length;
      const close = text.indexOf('</text>', open);
      if (close === -1) throw new Refused(`line ${line}`, 'This <text> is not closed.');
      value = text.slice(open, close);
      for (let at = text.indexOf('\n', open); at !== -1 && at < close; at = text.indexOf('\n', at + 1)) line++;
      const rest = text.indexOf('\n', close);
      start = rest === -1 ? text.length : rest + 1;
    }
    yield { tag, value, line: first };
  }
}
