import { digitsEnd, END, isDigit, number, text } from './key.ts';

const before = ['alpha', 'beta', 'pre', 'rc'];

/**
 * Gentoo Package Manager Specification section 3.3. More numbers, then a letter, then suffixes, then the revision
 * decide; a number after a dot that starts with 0 is a fraction; no suffix number and no revision are zero. A text that
 * leaves this grammar sorts, from there on, before a version that ends.
 */
export function key(version: string): string {
  let at = digitsEnd(version, 0);
  let key = at === 0 ? '' : number(version, 0, at);
  while (at > 0 && version.charCodeAt(at) === 46 && isDigit(version.charCodeAt(at + 1))) {
    const end = digitsEnd(version, at + 1);
    key += fraction(version.slice(at + 1, end));
    at = end;
  }
  const letter = version.charCodeAt(at);
  if (letter >= 97 && letter <= 122) {
    key += `'${version[at]}`;
    at++;
  }
  const suffix = /_(alpha|beta|pre|rc|p)(\d*)/y;
  suffix.lastIndex = at;
  for (let match = suffix.exec(version); match !== null; match = suffix.exec(version)) {
    key += (match[1] === 'p' ? '&' : `!${before.indexOf(match[1]!)}`) + number(match[2]!);
    at = suffix.lastIndex;
  }
  if (at === version.length) return key + END;
  const revision = /-r(\d+)$/y;
  revision.lastIndex = at;
  const match = revision.exec(version);
  if (match === null) return `${key}$${text(version.slice(at))}`;
  const count = number(match[1]!);
  return key + END + (count === nothing ? '' : count);
}

const nothing = number('');

function fraction(digits: string): string {
  if (digits.charCodeAt(0) !== 48) return number(digits);
  let end = digits.length;
  while (end > 1 && digits.charCodeAt(end - 1) === 48) end--;
  return end === 1 ? nothing : `${nothing}}${text(digits.slice(1, end))}`;
}

export function isValid(version: string): boolean {
  return /^\d+(\.\d+)*[a-z]?(_(alpha|beta|pre|rc|p)\d*)*(-r\d+)?$/.test(version);
}
