import { add, commitOf, type Kind, lines } from './kind.ts';

/** yarn.lock of Yarn 1 and of Yarn 2 and later (Berry): both list a package's ranges, then its version, indented. */
export const yarnLock: Kind = {
  format: 'yarn.lock',
  names: /^yarn\.lock$/,
  syntax: 'text',
  looksLike: (head) => /^# yarn lockfile v1|^__metadata:\r?$/m.test(head),
  read(text, listing) {
    let entry: { name: string; line: number; version: string; address: string; isOwn: boolean } | undefined;
    const end = () => {
      if (entry !== undefined && !entry.isOwn) {
        const { name, version, line, address } = entry;
        const isAddress = /[:/]/.test(version);
        if (version === '') listing.doubt(`line ${line}`, 'This entry states no version.');
        add(listing, {
          type: 'npm',
          name,
          version: isAddress ? '' : version,
          path: `line ${line}`,
          commit: /git|^https:\/\/codeload\./.test(address) ? commitOf(address.replace(/\/tar\.gz\//, '#')) : undefined,
        });
      }
      entry = undefined;
    };
    for (const [line, number] of lines(text)) {
      if (line === '' || line.startsWith('#')) continue;
      if (/^\S.*:$/.test(line)) {
        end();
        const [first = ''] = line.slice(0, -1).replaceAll('"', '').split(/,\s*/);
        if (first === '__metadata') continue;
        const name = nameOf(first);
        if (name === '') {
          listing.doubt(`line ${number}`, 'This entry names no package; it is left out.');
          continue;
        }
        entry = { name, line: number, version: '', address: '', isOwn: /@(workspace|link|portal|file):/.test(first) };
      } else if (entry !== undefined) {
        const [, key, value] = /^ {2}"?(version|resolved|resolution)"?:? "?([^"]*)"?$/.exec(line) ?? [];
        if (key === 'version') entry.version = value ?? '';
        else if (key === 'resolved') entry.address = value ?? '';
        else if (key === 'resolution' && value !== undefined) {
          entry.address = value;
          // What was resolved is the truth where the range names an alias.
          entry.name = nameOf(value) || entry.name;
          if (/@workspace:/.test(value)) entry.isOwn = true;
        }
      }
    }
    end();
  },
};

/** `@scope/name@range`, `alias@npm:name@range`: the name of what is really installed. */
function nameOf(descriptor: string): string {
  const alias = /^(?:@[^/@]+\/)?[^@]+@npm:((?:@[^/@]+\/)?[^@/]+)@/.exec(descriptor);
  return alias?.[1] ?? /^((?:@[^/@]+\/)?[^@]+)@/.exec(descriptor)?.[1] ?? '';
}
