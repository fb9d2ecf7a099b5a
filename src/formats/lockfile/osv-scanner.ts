import { arrayOf, isObject, type JsonObject, stringOf } from '../json.ts';
import type { Listing } from '../listing.ts';
import { quoted } from '../text.ts';
import { add, type Kind } from './kind.ts';

/** OSV ecosystem (without release) to the purl type of its packages. */
const typeOf: ReadonlyMap<string, string> = new Map([
  ['npm', 'npm'],
  ['PyPI', 'pypi'],
  ['Maven', 'maven'],
  ['Go', 'golang'],
  ['crates.io', 'cargo'],
  ['RubyGems', 'gem'],
  ['Packagist', 'composer'],
  ['NuGet', 'nuget'],
  ['Pub', 'pub'],
  ['Hex', 'hex'],
  ['CRAN', 'cran'],
  ['Hackage', 'hackage'],
  ['ConanCenter', 'conan'],
  ['SwiftURL', 'swift'],
  ['Debian', 'deb'],
  ['Ubuntu', 'deb'],
  ['Alpine', 'apk'],
]);

/** osv-scanner.json: the hand-written list of packages that osv-scanner reads (`results[].packages[].package`). */
export const osvScanner: Kind = {
  format: 'osv-scanner.json',
  names: /^osv-scanner.*\.json$/,
  syntax: 'json',
  looksLike: (value) => {
    const [result] = arrayOf(value['results']);
    return isObject(result) && Array.isArray(result['packages']) && ('source' in result || 'packageSource' in result);
  },
  read(value, listing) {
    arrayOf(value['results']).forEach((result, index) => {
      arrayOf(isObject(result) ? result['packages'] : undefined).forEach((entry, place) => {
        const path = `results[${index}].packages[${place}].package`;
        const found = isObject(entry) ? entry['package'] : undefined;
        if (isObject(found)) readOne(found, path, listing);
        else listing.doubt(path, 'This entry holds no package; it is left out.');
      });
    });
  },
};

function readOne(found: JsonObject, path: string, listing: Listing): void {
  const name = stringOf(found['name']) ?? '';
  const version = stringOf(found['version']) ?? '';
  const commit = stringOf(found['commit']);
  const [ecosystem = '', release] = (stringOf(found['ecosystem']) ?? '').split(':');
  const type = typeOf.get(ecosystem);
  if (type !== undefined) {
    const namespace = type === 'deb' || type === 'apk' ? ecosystem.toLowerCase() : undefined;
    add(listing, {
      type,
      name,
      version,
      path,
      commit,
      ...(namespace === undefined ? {} : { namespace }),
      ...(namespace === undefined || release === undefined
        ? {}
        : { qualifiers: { distro: `${namespace}-${release}` } }),
    });
  } else if (name !== '' && (commit !== undefined || ecosystem === 'GIT')) {
    listing.add({ name, version, path, ...(commit === undefined ? {} : { commit }) });
  } else {
    listing.doubt(
      path,
      `${quoted(name)} is of the ecosystem ${quoted(ecosystem)}, which is not known here; it is left out.`,
    );
  }
}
