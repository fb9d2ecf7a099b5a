import type { Component } from '../../domain/advisory/inventory.ts';
import { isObject, type JsonObject, stringOf } from '../json.ts';
import { Wanted } from '../json-part.ts';
import { type Listing, limits, Refused } from '../listing.ts';
import { quoted } from '../text.ts';

/** What is looked at of a component. */
export const wanted = new Wanted({
  purl: true,
  name: true,
  cpe: true,
  group: true,
  version: true,
  'bom-ref': true,
  pedigree: new Wanted({ commits: new Wanted({ uid: true }) }),
  scope: true,
  properties: new Wanted({ name: true, value: true }),
});
wanted.add('components', wanted);

/** Adds a component of CycloneDX JSON and all that are nested in it. `path` is its place in the document. */
export function add(raw: unknown, path: string, listing: Listing): void {
  addOne(raw, path, listing);
  if (isObject(raw) && raw['components'] !== undefined) addNested(raw, path, listing);
}

/** Without recursion: a document may nest as deep as its writer likes, our stack may not. */
function addNested(root: JsonObject, rootPath: string, listing: Listing): void {
  const open: { children: readonly unknown[]; path: string; next: number }[] = [];
  const enter = (parent: unknown, path: string) => {
    if (!isObject(parent) || parent['components'] === undefined) return;
    const children = parent['components'];
    if (!Array.isArray(children)) throw new Refused(`${path}.components`, '"components" is not an array.');
    if (open.length >= limits.depthMax) {
      throw new Refused(path.slice(0, 200), `Components are nested more than ${limits.depthMax} deep.`);
    }
    open.push({ children, path: `${path}.components`, next: 0 });
  };
  enter(root, rootPath);
  for (let level = open.at(-1); level !== undefined; level = open.at(-1)) {
    if (level.next === level.children.length) {
      open.pop();
      continue;
    }
    const path = `${level.path}[${level.next}]`;
    const child = level.children[level.next++];
    addOne(child, path, listing);
    enter(child, path);
  }
}

/** Adds one component without what is nested in it. */
export function addOne(raw: unknown, path: string, listing: Listing): void {
  if (!isObject(raw)) {
    listing.doubt(path, `This component is not an object but ${quoted(raw)}; it is left out.`);
    return;
  }
  const purl = stringOf(raw['purl']);
  const name = stringOf(raw['name']);
  const cpe = stringOf(raw['cpe']);
  if (name === undefined && purl === undefined && cpe === undefined) {
    listing.doubt(path, 'This component has no name, purl or CPE; it is left out.');
    return;
  }
  const group = stringOf(raw['group']);
  const shown = name === undefined ? (purl ?? cpe ?? '') : group === undefined ? name : `${group}/${name}`;
  const version = stringOf(raw['version']) ?? '';
  const ref = stringOf(raw['bom-ref']);
  // Nearly all have both; made at once they take half the memory.
  const component: Component =
    purl !== undefined && ref !== undefined
      ? { name: shown, version, path, purl, ref }
      : { name: shown, version, path };
  if (purl !== undefined) component.purl = purl;
  if (ref !== undefined) component.ref = ref;
  if (cpe !== undefined) component.cpe = cpe;
  const commit = commitOf(raw);
  if (commit !== undefined) component.commit = commit;
  if (raw['scope'] === 'excluded' || isDevelopment(raw['properties'])) component.isDevelopmentOnly = true;
  listing.add(component);
}

/** The one commit that a component is built from, by its pedigree; of several none is the pin. */
function commitOf(raw: JsonObject): string | undefined {
  const pedigree = raw['pedigree'];
  if (!isObject(pedigree)) return undefined;
  const commits = pedigree['commits'];
  const [commit] = Array.isArray(commits) && commits.length === 1 ? commits : [];
  return isObject(commit) ? stringOf(commit['uid']) : undefined;
}

/** CycloneDX property taxonomy, namespaces cdx:npm, cdx:composer, cdx:pipenv, cdx:poetry: how their generators mark it. */
function isDevelopment(properties: unknown): boolean {
  return (
    Array.isArray(properties) &&
    properties.some(
      (property) =>
        isObject(property) &&
        property['value'] === 'true' &&
        (property['name'] === 'cdx:npm:package:development' ||
          property['name'] === 'cdx:composer:package:isDevRequirement'),
    )
  );
}
