import { arrayOf, isObject, stringOf } from '../json.ts';
import { Refused } from '../listing.ts';
import { add, type Kind } from './kind.ts';

/** Composer's composer.lock. */
export const composerLock: Kind = {
  format: 'composer.lock',
  names: /^composer\.lock$/,
  syntax: 'json',
  looksLike: (value) => Array.isArray(value['packages']) && ('packages-dev' in value || 'content-hash' in value),
  read(value, listing) {
    for (const key of ['packages', 'packages-dev']) {
      const list = value[key];
      if (list !== undefined && list !== null && !Array.isArray(list))
        throw new Refused(key, `"${key}" is not an array.`);
      arrayOf(list).forEach((entry, index) => {
        const path = `${key}[${index}]`;
        const name = isObject(entry) ? stringOf(entry['name']) : undefined;
        if (!isObject(entry) || name === undefined) {
          listing.doubt(path, 'This entry names no package; it is left out.');
          return;
        }
        const version = stringOf(entry['version']) ?? '';
        const source = entry['source'];
        add(listing, {
          type: 'composer',
          name,
          version,
          path,
          // A branch is pinned by its commit only; a release is pinned by its version.
          commit: version.startsWith('dev-') && isObject(source) ? stringOf(source['reference']) : undefined,
          isDevelopmentOnly: key === 'packages-dev',
        });
      });
    }
  },
};
