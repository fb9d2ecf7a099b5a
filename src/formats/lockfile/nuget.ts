import { isObject, stringOf } from '../json.ts';
import { child, children } from '../xml.ts';
import { add, type Kind } from './kind.ts';

/** NuGet's packages.lock.json: per target framework; entries of type Project are the solution's own. */
export const nugetLock: Kind = {
  format: 'packages.lock.json',
  names: /^packages(\.[^.]+)?\.lock\.json$/,
  syntax: 'json',
  looksLike: (value) =>
    typeof value['version'] === 'number' &&
    isObject(value['dependencies']) &&
    Object.values(value['dependencies']).every(
      (packages) => isObject(packages) && Object.values(packages).every((entry) => isObject(entry) && 'type' in entry),
    ),
  read(value, listing) {
    const frameworks = value['dependencies'];
    const seen = new Set<string>();
    for (const [framework, packages] of Object.entries(isObject(frameworks) ? frameworks : {})) {
      for (const [name, entry] of Object.entries(isObject(packages) ? packages : {})) {
        const version = isObject(entry) ? stringOf(entry['resolved']) : undefined;
        if (version === undefined || seen.has(`${name} ${version}`)) continue;
        seen.add(`${name} ${version}`);
        const path = `dependencies[${JSON.stringify(framework)}][${JSON.stringify(name)}]`;
        add(listing, { type: 'nuget', name, version, path });
      }
    }
  },
};

/** NuGet's packages.config. */
export const packagesConfig: Kind = {
  format: 'packages.config',
  names: /^packages(\.[^.]+)?\.config$/,
  syntax: 'xml',
  looksLike: (root) => root.name === 'packages' && child(root, 'package')?.attributes.has('id') === true,
  read(root, listing) {
    for (const entry of children(root, 'package')) {
      add(listing, {
        type: 'nuget',
        name: entry.attributes.get('id') ?? '',
        version: entry.attributes.get('version') ?? '',
        path: `line ${entry.line}`,
        isDevelopmentOnly: entry.attributes.get('developmentDependency') === 'true',
      });
    }
  },
};

/** .NET's *.deps.json: libraries of type `package`; those of type `project` are the application's own. */
export const depsJson: Kind = {
  format: 'deps.json',
  names: /\.deps\.json$/,
  syntax: 'json',
  looksLike: (value) => isObject(value['runtimeTarget']) && isObject(value['libraries']),
  read(value, listing) {
    const libraries = value['libraries'];
    for (const [key, entry] of Object.entries(isObject(libraries) ? libraries : {})) {
      if (!isObject(entry) || entry['type'] !== 'package') continue;
      const [name = '', version = ''] = key.split('/');
      add(listing, { type: 'nuget', name, version, path: `libraries[${JSON.stringify(key)}]` });
    }
  },
};
