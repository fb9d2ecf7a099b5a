import { add, type Kind, lines } from './kind.ts';

const moduleLine = /^"?([^\s"]+)"?\s+(v[^\s"]+)/;
const replaceLine = /^"?([^\s"]+)"?(?:\s+(v\S+))?\s+=>\s+"?([^\s"]+)"?(?:\s+(v\S+))?/;

/**
 * go.mod (go.dev/ref/mod). Replacements apply; a module replaced by a folder is the project's own. The `toolchain` line, or else
 * the `go` line, names the standard library's version.
 */
export const goMod: Kind = {
  format: 'go.mod',
  names: /^(.*\.)?go\.mod$|\.mod$/,
  syntax: 'text',
  looksLike: (head) => /^module\s+\S+/m.test(head) && /^(go\s+\d|require\b)/m.test(head),
  read(text, listing) {
    const required: { name: string; version: string; line: number }[] = [];
    const replaced = new Map<string, { name: string; version: string | undefined }>();
    let standard: { version: string; line: number; isExact: boolean } | undefined;
    let block = '';
    for (const [raw, number] of lines(text)) {
      const line = raw.replace(/\/\/.*$/, '').trim();
      if (line === ')') block = '';
      else if (/^\w+\s*\($/.test(line)) block = line.replace(/\s*\($/, '');
      else if (line !== '') {
        const [directive, rest] = block === '' ? splitOnce(line) : [block, line];
        if (directive === 'require') {
          const [, name, version] = moduleLine.exec(rest) ?? [];
          if (name === undefined || version === undefined)
            listing.doubt(`line ${number}`, 'This line does not name a module and its version.');
          else required.push({ name, version, line: number });
        } else if (directive === 'replace') {
          const [, name, version, newName, newVersion] = replaceLine.exec(rest) ?? [];
          if (name !== undefined && newName !== undefined) {
            replaced.set(version === undefined ? name : `${name} ${version}`, { name: newName, version: newVersion });
          }
        } else if (directive === 'toolchain') {
          const version = /^go(\d[^\s-]*)/.exec(rest)?.[1];
          if (version !== undefined) standard = { version, line: number, isExact: true };
        } else if (directive === 'go' && standard?.isExact !== true) {
          standard = { version: rest, line: number, isExact: false };
        } else if (directive === 'module') {
          listing.name = rest.replaceAll('"', '');
        }
      }
    }
    for (const { name, version, line } of required) {
      const replacement = replaced.get(`${name} ${version}`) ?? replaced.get(name);
      if (replacement !== undefined && replacement.version === undefined) continue;
      add(listing, {
        type: 'golang',
        name: replacement?.name ?? name,
        version: replacement?.version ?? version,
        path: `line ${line}`,
      });
    }
    if (standard !== undefined) {
      add(listing, { type: 'golang', name: 'stdlib', version: standard.version, path: `line ${standard.line}` });
    }
  },
};

function splitOnce(line: string): [string, string] {
  const space = line.search(/\s/);
  return space === -1 ? [line, ''] : [line.slice(0, space), line.slice(space).trim()];
}
