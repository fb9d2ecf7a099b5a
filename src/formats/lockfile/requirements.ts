import { quoted } from '../text.ts';
import { add, commitOf, type Kind, lines } from './kind.ts';

const requirement =
  /^([A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)\s*(?:\[[^\]]*\])?\s*(?:@\s*(\S+)|\(?([^;()]*)\)?)\s*(?:;.*)?$/;

/** The pattern above takes the square of a line's length at worst. */
const lineLengthMax = 4000;

/** pip's requirements files (PEP 508 lines). Only `==` and `===` pin a version; other lines are named without one. */
export const requirements: Kind = {
  format: 'requirements.txt',
  names: /requirements.*\.(txt|in)$/,
  syntax: 'text',
  looksLike: (head) =>
    /^[A-Za-z0-9][\w.-]*(\[[\w,.-]+\])?\s*==\s*\d[\w.+!-]*\s*(;.*|\\)?\r?$/m.test(head) && !/^[{[<(]/m.test(head),
  read(text, listing) {
    let joined = '';
    let start = 0;
    for (const [line, number] of lines(text)) {
      if (joined === '') start = number;
      if (line.endsWith('\\')) {
        joined += `${line.slice(0, -1)} `;
        continue;
      }
      const whole = `${joined}${line}`.replace(/(^|\s)#.*$/, '').trim();
      joined = '';
      const path = `line ${start}`;
      if (whole === '') continue;
      if (whole.length > lineLengthMax) {
        listing.doubt(path, 'This line is too long to be a requirement; it is left out.');
        continue;
      }
      if (/^(-r|-c|--requirement|--constraint)\b/.test(whole)) {
        listing.doubt(
          path,
          `This line includes another file, ${quoted(whole)}, which is not read. Add that file as well.`,
        );
        continue;
      }
      if (whole.startsWith('-')) {
        if (/^(-e|--editable)\b/.test(whole))
          listing.doubt(path, 'An editable install names no release; it is left out.');
        continue;
      }
      const [, name, address, specifier = ''] = requirement.exec(whole.replace(/\s--\S.*$/, '')) ?? [];
      if (name === undefined) {
        listing.doubt(path, `${quoted(whole)} is not a requirement that names a package; it is left out.`);
        continue;
      }
      const pinned = /^\s*={2,3}\s*([^\s,*]+)\s*$/.exec(specifier)?.[1];
      if (pinned === undefined && address === undefined) {
        listing.doubt(path, `${quoted(name)} is not pinned to one version, so it cannot be matched. Pin it with "==".`);
      }
      add(listing, { type: 'pypi', name, version: pinned ?? '', path, commit: commitOf(address) });
    }
  },
};
