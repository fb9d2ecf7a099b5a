import type { Listing } from '../listing.ts';
import { add, type Kind, lines } from './kind.ts';

/** Paragraphs of `key: value` lines; continuation lines are left out. */
function* paragraphs(text: string, separator: RegExp): Generator<{ fields: Map<string, string>; line: number }> {
  let fields = new Map<string, string>();
  let start = 1;
  for (const [line, number] of lines(text)) {
    if (line === '') {
      if (fields.size > 0) yield { fields, line: start };
      fields = new Map();
      continue;
    }
    const parts = separator.exec(line);
    if (parts === null) continue;
    if (fields.size === 0) start = number;
    fields.set(parts[1] as string, parts[2] as string);
  }
  if (fields.size > 0) yield { fields, line: start };
}

const withoutRelease = (listing: Listing, distribution: string) =>
  listing.doubt(
    '',
    `This file does not say which release of ${distribution} it comes from. Advisories of distributions are kept per release; an SBOM that names it gives fuller results.`,
  );

/** /var/lib/dpkg/status (deb-version(7), dpkg-query(1)). Only what is installed counts. */
export const dpkgStatus: Kind = {
  format: 'dpkg status',
  names: /^status$/,
  syntax: 'text',
  looksLike: (head) => /^Package: /m.test(head) && /^Status: .*\b(installed|deinstall|config-files)\b/m.test(head),
  read(text, listing) {
    let distribution = 'Debian';
    for (const { fields, line } of paragraphs(text, /^([A-Za-z][\w-]*): ?(.*)$/)) {
      const name = fields.get('Package');
      const path = `line ${line}`;
      if (name === undefined) {
        listing.doubt(path, 'This paragraph names no package; it is left out.');
        continue;
      }
      if (
        !/ (installed|triggers-pending|triggers-awaited|half-configured|unpacked)$/.test(
          fields.get('Status') ?? ' installed',
        )
      )
        continue;
      const isUbuntu = /ubuntu/i.test(`${fields.get('Maintainer') ?? ''} ${fields.get('Version') ?? ''}`);
      if (isUbuntu) distribution = 'Ubuntu';
      // `Source: name (version)` where the source package's version differs.
      const [, source, sourceVersion] = /^(\S+)(?: \(([^)]+)\))?/.exec(fields.get('Source') ?? '') ?? [];
      add(listing, {
        type: 'deb',
        namespace: isUbuntu ? 'ubuntu' : 'debian',
        name,
        version: fields.get('Version') ?? '',
        path,
        qualifiers: {
          ...(fields.get('Architecture') ? { arch: fields.get('Architecture') as string } : {}),
          ...(source === undefined
            ? {}
            : { upstream: sourceVersion === undefined ? source : `${source}@${sourceVersion}` }),
        },
      });
    }
    withoutRelease(listing, distribution);
  },
};

/** /lib/apk/db/installed (apk-package-index format): P name, V version, A architecture, o origin. */
export const apkInstalled: Kind = {
  format: 'apk installed',
  names: /^installed$/,
  syntax: 'text',
  looksLike: (head) => /^P:\S/m.test(head) && /^V:\S/m.test(head) && /^[CA]:\S/m.test(head),
  read(text, listing) {
    for (const { fields, line } of paragraphs(text, /^([CPVAo]):(.*)$/)) {
      const origin = fields.get('o');
      const architecture = fields.get('A');
      add(listing, {
        type: 'apk',
        namespace: 'alpine',
        name: fields.get('P') ?? '',
        version: fields.get('V') ?? '',
        path: `line ${line}`,
        qualifiers: {
          ...(architecture ? { arch: architecture } : {}),
          ...(origin && origin !== fields.get('P') ? { upstream: origin } : {}),
        },
      });
    }
    withoutRelease(listing, 'Alpine');
  },
};
