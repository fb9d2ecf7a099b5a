import { add, type Kind, lines } from './kind.ts';

/** CocoaPods' Podfile.lock: pods under PODS; a subspec (`Pod/Sub`) belongs to its pod. */
export const podfileLock: Kind = {
  format: 'Podfile.lock',
  names: /^podfile\.lock$/,
  syntax: 'text',
  looksLike: (head) => /^PODS:\r?$/m.test(head),
  read(text, listing) {
    let section = '';
    const seen = new Set<string>();
    for (const [line, number] of lines(text)) {
      if (/^\S/.test(line)) section = line;
      if (section !== 'PODS:') continue;
      const [, name = '', version = ''] = /^ {2}- "?([^/\s"]+)(?:\/[^\s"]+)? \(([^)]+)\)"?:?$/.exec(line) ?? [];
      if (name === '' || seen.has(`${name} ${version}`)) continue;
      seen.add(`${name} ${version}`);
      add(listing, { type: 'cocoapods', name, version, path: `line ${number}` });
    }
  },
};
