import { arrayOf, isObject, stringOf } from '../json.ts';
import { Refused } from '../listing.ts';
import { add, type Kind } from './kind.ts';

/** Swift Package Manager's Package.resolved, versions 1 to 3. OSV and purl name a Swift package by its address. */
export const packageResolved: Kind = {
  format: 'Package.resolved',
  names: /^package\.resolved$/,
  syntax: 'json',
  looksLike: (value) =>
    Array.isArray(value['pins']) || (isObject(value['object']) && Array.isArray(value['object']['pins'])),
  read(value, listing) {
    const holder = isObject(value['object']) ? value['object'] : value;
    if (!Array.isArray(holder['pins'])) throw new Refused('pins', 'This Package.resolved has no "pins".');
    arrayOf(holder['pins']).forEach((pin, index) => {
      const path = `pins[${index}]`;
      const state = isObject(pin) && isObject(pin['state']) ? pin['state'] : {};
      const location = isObject(pin) ? (stringOf(pin['location']) ?? stringOf(pin['repositoryURL'])) : undefined;
      const [, name] = /^(?:[a-z+]+:\/\/)?(?:[^@/]+@)?(.*?)(?:\.git)?\/?$/.exec(location ?? '') ?? [];
      if (!isObject(pin) || name === undefined || pin['kind'] === 'localSourceControl') {
        listing.doubt(path, 'This pin names no repository; it is left out.');
        return;
      }
      const version = stringOf(state['version']);
      add(listing, {
        type: 'swift',
        name: name.replace(/^([^/:]+):/, '$1/'),
        version: version ?? '',
        path,
        commit: version === undefined ? stringOf(state['revision']) : undefined,
      });
    });
  },
};
