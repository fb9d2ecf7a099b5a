import { add, type Kind, lines } from './kind.ts';

/** Elixir's mix.lock: one tuple a line, `"name": {:hex, :package, "1.0.0", ...}` or `{:git, "address", "commit", ...}`. */
export const mixLock: Kind = {
  format: 'mix.lock',
  names: /^mix\.lock$/,
  syntax: 'text',
  looksLike: (head) => /^%\{\r?$/m.test(head) && /^ {2}"[^"]+": \{:(hex|git), /m.test(head),
  read(text, listing) {
    for (const [line, number] of lines(text)) {
      const path = `line ${number}`;
      const hex = /^\s*"([^"]+)": ?\{:hex, :"?([\w.]+)"?, "([^"]+)"/.exec(line);
      const git = /^\s*"([^"]+)": ?\{:git, "[^"]*", "([0-9a-f]+)"/.exec(line);
      if (hex !== null) add(listing, { type: 'hex', name: hex[2] ?? '', version: hex[3] ?? '', path });
      else if (git !== null) add(listing, { type: 'hex', name: git[1] ?? '', version: '', path, commit: git[2] });
      else if (/^\s*"/.test(line))
        listing.doubt(path, 'This line names no Hex package and no git commit; it is left out.');
    }
  },
};
