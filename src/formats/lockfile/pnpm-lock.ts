import { isObject, stringOf } from '../json.ts';
import { Refused } from '../listing.ts';
import { add, commitOf, type Kind } from './kind.ts';

/** pnpm-lock.yaml, lockfileVersion 5 (`/name/1.0.0_peer`), 6 (`/name@1.0.0(peer)`) and 9 (`name@1.0.0`). */
export const pnpmLock: Kind = {
  format: 'pnpm-lock.yaml',
  names: /^pnpm-lock\.ya?ml$/,
  syntax: 'yaml',
  looksLike: (head) =>
    /^lockfileVersion:/m.test(head) && /^(importers|packages|dependencies|specifiers|settings):/m.test(head),
  read(value, listing) {
    if (value['lockfileVersion'] === undefined)
      throw new Refused('', 'This pnpm-lock.yaml names no "lockfileVersion".');
    const packages = value['packages'];
    if (!isObject(packages)) return;
    const isOldForm = Number.parseFloat(String(value['lockfileVersion'])) < 6;
    for (const [key, entry] of Object.entries(packages)) {
      const path = `packages[${JSON.stringify(key)}]`;
      const parts = (isOldForm ? /^\/?((?:@[^/]+\/)?[^/]+)\/([^/_]+)/ : /^\/?((?:@[^/]+\/)?[^@(]+)@([^(]+)/).exec(key);
      const details = isObject(entry) ? entry : {};
      const resolution = isObject(details['resolution']) ? details['resolution'] : {};
      const isAddress = /^[\w.-]+\.\w+\/|[:/]/.test(parts?.[2] ?? '') || /^[\w-]+\.[\w.-]+\//.test(key);
      const name = stringOf(details['name']) ?? (isAddress && !key.includes('@') ? undefined : parts?.[1]);
      const version = stringOf(details['version']) ?? (isAddress ? '' : parts?.[2]);
      if (/@?file:|@?link:/.test(key) || resolution['type'] === 'directory') continue;
      if (name === undefined || version === undefined) {
        listing.doubt(path, 'This key does not name a package and its version; it is left out.');
        continue;
      }
      add(listing, {
        type: 'npm',
        name,
        version,
        path,
        commit:
          stringOf(resolution['commit']) ?? commitOf(stringOf(resolution['tarball'])?.replace(/\/tar\.gz\//, '#')),
        isDevelopmentOnly: details['dev'] === true,
      });
    }
  },
};
