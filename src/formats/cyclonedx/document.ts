import * as instant from '../instant.ts';
import { isObject, type JsonObject, stringOf } from '../json.ts';
import { parsePart, Wanted } from '../json-part.ts';
import { type Answer, answer, type Listing, Refused } from '../listing.ts';
import { quoted } from '../text.ts';
import * as component from './component.ts';
import * as vulnerability from './vulnerability.ts';

export const versions = ['1.2', '1.3', '1.4', '1.5', '1.6', '1.7'] as const;

/** Whether a JSON value says that it is a CycloneDX document (any version). */
export function isOne(value: JsonObject): boolean {
  return (
    value['bomFormat'] === 'CycloneDX' || (typeof value['specVersion'] === 'string' && value['spdxId'] === undefined)
  );
}

/** CycloneDX 1.2 to 1.7 in JSON, parsed, to an inventory. Services, dependencies, hashes and licences are not looked at. */
export function read(value: JsonObject): Answer {
  return answer('CycloneDX JSON', (listing) => {
    readHead(value, listing);
    readElements(value, listing);
  });
}

function readElements(value: JsonObject, listing: Listing): void {
  for (const [key, addOne] of elements) {
    const list = value[key];
    if (list === undefined || list === null) continue;
    if (!Array.isArray(list)) throw new Refused(key, `"${key}" is not an array.`);
    for (let index = 0; index < list.length; index++) addOne(list[index], `${key}[${index}]`, listing);
  }
}

/**
 * The same from the document's UTF-8 and text, for a CycloneDX document as nearly all are written: its head first. Most of a document is
 * not looked at, so it is never built. Undefined for any other and for a faulty one: `read` tells what is wrong with it.
 */
export function readText(bytes: Uint8Array, text: string): Answer | undefined {
  let isRead = false;
  const result = answer('CycloneDX JSON', (listing) => {
    let isStarted = false;
    const value = parsePart(bytes, text, wanted, {
      key: 'components',
      part: component.wanted,
      take(raw, index, before) {
        if (!isStarted) readHead(before, listing);
        isStarted = true;
        component.add(raw, `components[${index}]`, listing);
      },
      mayFollow: new Set(['vulnerabilities']),
    });
    if (!isStarted || value?.['bomFormat'] !== 'CycloneDX') return;
    isRead = true;
    readElements(value, listing);
  });
  return isRead && 'inventory' in result ? result : undefined;
}

/** What `read` looks at. */
const wanted = new Wanted({
  bomFormat: true,
  specVersion: true,
  serialNumber: true,
  metadata: new Wanted({ timestamp: true, component: component.wanted }),
  components: component.wanted,
  vulnerabilities: true,
});

/** The arrays of a document that are read element by element. */
export const elements: ReadonlyMap<string, (raw: unknown, path: string, listing: Listing) => void> = new Map([
  ['components', component.add],
  ['vulnerabilities', vulnerability.add],
]);

/** The other members that `readHead` looks at. */
export const headKeys: ReadonlySet<string> = new Set(['bomFormat', 'specVersion', 'serialNumber', 'metadata']);

/** What a document says of itself, and its `metadata.component`: the thing that it describes is installed as well. */
export function readHead(value: JsonObject, listing: Listing): void {
  const version = value['specVersion'];
  if (value['bomFormat'] !== undefined && value['bomFormat'] !== 'CycloneDX') {
    throw new Refused('bomFormat', `"bomFormat" is ${quoted(value['bomFormat'])}; only "CycloneDX" is read here.`);
  }
  if (typeof version !== 'string') {
    throw new Refused('specVersion', 'The document does not say which version of CycloneDX it is written in.');
  }
  checkVersion(version, 'specVersion', listing);
  listing.format = `CycloneDX ${version.slice(0, 10)} JSON`;
  listing.serial = stringOf(value['serialNumber']);
  const metadata = value['metadata'];
  if (!isObject(metadata)) return;
  listing.created = instant.read(metadata['timestamp']);
  const described = metadata['component'];
  if (!isObject(described) || !stringOf(described['name'])) return;
  const name = stringOf(described['name']);
  const describedVersion = stringOf(described['version']);
  listing.name = describedVersion === undefined ? name : `${name} ${describedVersion}`;
  component.add(described, 'metadata.component', listing);
}

export function checkVersion(version: string, path: string, listing: Listing): void {
  if (!/^1\.[0-7]$/.test(version)) {
    listing.doubt(path, `CycloneDX ${quoted(version)} is not known here; it is read like ${versions.at(-1)}.`);
  }
}
