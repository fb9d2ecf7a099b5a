import { add, type Kind, lines } from './kind.ts';

/** Bundler's Gemfile.lock and gems.locked. Gems under PATH are the project's own. */
export const gemfileLock: Kind = {
  format: 'Gemfile.lock',
  names: /^(.*\.)?(gemfile\.lock|gems\.locked)$/,
  syntax: 'text',
  looksLike: (head) => /^(GEM|GIT|PATH)\r?\n {2}remote: /m.test(head),
  read(text, listing) {
    let section = '';
    let revision: string | undefined;
    const seen = new Set<string>();
    for (const [line, number] of lines(text)) {
      if (/^\S/.test(line)) {
        section = line.trim();
        revision = undefined;
        continue;
      }
      revision = /^ {2}revision: (\w+)$/.exec(line)?.[1] ?? revision;
      const gem = /^ {4}([^\s()]+) \(([^()\s]+)\)$/.exec(line);
      if (gem === null || !/^(GEM|GIT|PLUGIN SOURCE)$/.test(section)) continue;
      const [, name = '', stated = ''] = gem;
      // `1.18.2-x86_64-linux-gnu`: a gem's version holds no hyphen (Gem::Version), its platform follows.
      const [version = ''] = stated.split('-');
      if (seen.has(`${name} ${version}`)) continue;
      seen.add(`${name} ${version}`);
      add(listing, {
        type: 'gem',
        name,
        version,
        path: `line ${number}`,
        commit: section === 'GIT' ? revision : undefined,
      });
    }
  },
};
