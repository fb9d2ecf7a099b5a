import { arrayOf, isObject, type JsonObject, stringOf } from '../json.ts';
import { type Listing, limits, Refused } from '../listing.ts';
import { add, commitOf, type Kind } from './kind.ts';

/** npm package-lock.json, lockfileVersion 1 to 3, and npm-shrinkwrap.json. */
export const packageLock: Kind = {
  format: 'package-lock.json',
  names: /^(package-lock|npm-shrinkwrap)\.json$/,
  syntax: 'json',
  looksLike: (value) =>
    typeof value['lockfileVersion'] === 'number' && (isObject(value['packages']) || isObject(value['dependencies'])),
  read(value, listing) {
    listing.name = stringOf(value['name']);
    // Version 2 holds both forms of the same tree; `packages` is the fuller one.
    const packages = value['packages'];
    if (isObject(packages)) readPackages(packages, listing);
    else if (isObject(value['dependencies'])) readDependencies(value['dependencies'], listing);
    else if (typeof value['lockfileVersion'] !== 'number') {
      throw new Refused('', 'This is no package-lock.json: it has no "packages", "dependencies" or "lockfileVersion".');
    }
  },
};

function readPackages(packages: JsonObject, listing: Listing): void {
  for (const [key, entry] of Object.entries(packages)) {
    // The root, workspaces and links to them are the project's own.
    const inside = key.lastIndexOf('node_modules/');
    if (inside === -1 || !isObject(entry) || entry['link'] === true) continue;
    const name = stringOf(entry['name']) ?? key.slice(inside + 'node_modules/'.length);
    readOne(name, entry, `packages[${JSON.stringify(key)}]`, listing);
  }
}

function readDependencies(root: JsonObject, listing: Listing): void {
  const open: { entries: [string, unknown][]; path: string; depth: number }[] = [
    { entries: Object.entries(root), path: 'dependencies', depth: 0 },
  ];
  for (let level = open.pop(); level !== undefined; level = open.pop()) {
    if (level.depth > limits.depthMax) {
      throw new Refused(level.path.slice(0, 200), `Dependencies are nested more than ${limits.depthMax} deep.`);
    }
    for (const [name, entry] of level.entries) {
      if (!isObject(entry)) continue;
      const path = `${level.path}[${JSON.stringify(name)}]`;
      readOne(name, entry, path, listing);
      const nested = entry['dependencies'];
      if (isObject(nested)) {
        open.push({ entries: Object.entries(nested), path: `${path}.dependencies`, depth: level.depth + 1 });
      }
    }
  }
}

function readOne(key: string, entry: JsonObject, path: string, listing: Listing): void {
  const stated = stringOf(entry['version']) ?? '';
  const alias = /^npm:((?:@[^/]+\/)?[^@]+)@(.+)$/.exec(stated);
  const isAddress = alias === null && /[:/]/.test(stated);
  if (isAddress && stated.startsWith('file:')) return;
  add(listing, {
    type: 'npm',
    name: alias?.[1] ?? key,
    version: isAddress ? '' : (alias?.[2] ?? stated),
    path,
    commit: commitOf(isAddress ? stated : gitAddress(entry['resolved'])),
    isDevelopmentOnly: entry['dev'] === true || entry['devOptional'] === true,
  });
}

const gitAddress = (resolved: unknown) => {
  const address = stringOf(resolved);
  return address?.startsWith('git') ? address : undefined;
};

/** bun.lock (text): each package is an array that starts with `name@version`. */
export const bunLock: Kind = {
  format: 'bun.lock',
  names: /^bun\.lock$/,
  syntax: 'json with comments',
  looksLike: (value) => isObject(value['workspaces']) && typeof value['lockfileVersion'] === 'number',
  read(value, listing) {
    const packages = value['packages'];
    if (!isObject(packages)) throw new Refused('packages', 'This bun.lock has no "packages".');
    for (const [key, entry] of Object.entries(packages)) {
      const path = `packages[${JSON.stringify(key)}]`;
      const first = stringOf(arrayOf(entry)[0]);
      const parts = /^((?:@[^/]+\/)?[^@]+)@(.*)$/.exec(first ?? '');
      if (parts === null) {
        listing.doubt(path, 'This entry does not start with name@version; it is left out.');
        continue;
      }
      const [, name = '', version = ''] = parts;
      if (/^(workspace|file|link|root):/.test(version)) continue;
      const isAddress = /[:/]/.test(version);
      add(listing, {
        type: 'npm',
        name,
        version: isAddress ? '' : version,
        path,
        commit: isAddress ? /#([0-9a-f]{7,64})$/.exec(version)?.[1] : undefined,
      });
    }
  },
};
