import { arrayOf, isObject, stringOf } from '../json.ts';
import { add, commitOf, type Kind } from './kind.ts';

/** Cargo.lock, all versions. A package without a source is a member of the workspace. */
export const cargoLock: Kind = {
  format: 'Cargo.lock',
  names: /^cargo\.lock$/,
  syntax: 'toml',
  looksLike: (head) => /^\[\[package\]\]/m.test(head) && /^source = "(registry|git|sparse)\+/m.test(head),
  read(value, listing) {
    arrayOf(value['package']).forEach((entry, index) => {
      if (!isObject(entry)) return;
      const source = stringOf(entry['source']);
      if (source === undefined) return;
      add(listing, {
        type: 'cargo',
        name: stringOf(entry['name']) ?? '',
        version: stringOf(entry['version']) ?? '',
        path: `package[${index}]`,
        commit: source.startsWith('git+') ? commitOf(source) : undefined,
      });
    });
  },
};
