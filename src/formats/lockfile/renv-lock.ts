import { isObject, stringOf } from '../json.ts';
import { Refused } from '../listing.ts';
import { add, type Kind } from './kind.ts';

/** R's renv.lock. */
export const renvLock: Kind = {
  format: 'renv.lock',
  names: /^renv\.lock$/,
  syntax: 'json',
  looksLike: (value) => isObject(value['R']) && isObject(value['Packages']),
  read(value, listing) {
    const packages = value['Packages'];
    if (!isObject(packages)) throw new Refused('Packages', 'This renv.lock has no "Packages".');
    for (const [key, entry] of Object.entries(packages)) {
      if (!isObject(entry)) continue;
      add(listing, {
        type: entry['Source'] === 'Bioconductor' ? 'bioconductor' : 'cran',
        name: stringOf(entry['Package']) ?? key,
        version: stringOf(entry['Version']) ?? '',
        path: `Packages[${JSON.stringify(key)}]`,
        commit: stringOf(entry['RemoteSha'])?.match(/^[0-9a-f]{40}$/)?.[0],
      });
    }
  },
};
