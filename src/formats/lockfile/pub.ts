import { isObject, stringOf } from '../json.ts';
import { Refused } from '../listing.ts';
import { add, type Kind } from './kind.ts';

/** Dart's pubspec.lock. Packages of the SDK and of a path are not published ones. */
export const pubspecLock: Kind = {
  format: 'pubspec.lock',
  names: /^pubspec\.lock$/,
  syntax: 'yaml',
  looksLike: (head) => /^packages:\r?$/m.test(head) && /^ {4}dependency: /m.test(head),
  read(value, listing) {
    const packages = value['packages'];
    if (!isObject(packages)) throw new Refused('packages', 'This pubspec.lock has no "packages".');
    for (const [name, entry] of Object.entries(packages)) {
      if (!isObject(entry) || entry['source'] === 'sdk' || entry['source'] === 'path') continue;
      const description = isObject(entry['description']) ? entry['description'] : {};
      add(listing, {
        type: 'pub',
        name,
        version: stringOf(entry['version']) ?? '',
        path: `packages[${JSON.stringify(name)}]`,
        commit: stringOf(description['resolved-ref']),
        isDevelopmentOnly: entry['dependency'] === 'direct dev',
      });
    }
  },
};
