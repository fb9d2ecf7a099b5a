import { arrayOf, isObject, stringOf } from '../json.ts';
import type { Listing } from '../listing.ts';
import { add, type Kind } from './kind.ts';

/** Conan's conan.lock: version 0.4 (graph_lock.nodes) and 0.5 (lists of references). */
export const conanLock: Kind = {
  format: 'conan.lock',
  names: /^conan\.lock$/,
  syntax: 'json',
  looksLike: (value) =>
    isObject(value['graph_lock']) || (Array.isArray(value['requires']) && Array.isArray(value['build_requires'])),
  read(value, listing) {
    const graph = value['graph_lock'];
    if (isObject(graph) && isObject(graph['nodes'])) {
      for (const [key, node] of Object.entries(graph['nodes'])) {
        if (!isObject(node)) continue;
        // The consumer itself has a path, or a reference without a version.
        const reference = stringOf(node['ref']) ?? stringOf(node['pref']);
        if (reference === undefined || node['path'] !== undefined) continue;
        readReference(reference, `graph_lock.nodes[${JSON.stringify(key)}]`, false, listing);
      }
      return;
    }
    for (const key of ['requires', 'build_requires', 'python_requires', 'config_requires']) {
      arrayOf(value[key]).forEach((entry, index) => {
        const reference = stringOf(Array.isArray(entry) ? entry[0] : entry);
        if (reference !== undefined) readReference(reference, `${key}[${index}]`, key !== 'requires', listing);
      });
    }
  },
};

/** `name/version@user/channel#revision%timestamp` (docs.conan.io, references). */
function readReference(reference: string, path: string, isDevelopmentOnly: boolean, listing: Listing): void {
  const [, name, version] = /^([^/@#]+)\/([^@#%]+)/.exec(reference) ?? [];
  if (name === undefined || version === undefined) {
    listing.doubt(path, 'This reference is not name/version; it is left out.');
    return;
  }
  add(listing, { type: 'conan', name, version, path, isDevelopmentOnly });
}
