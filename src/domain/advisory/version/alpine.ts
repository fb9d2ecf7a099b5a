import { digitsEnd, END, isDigit, number, text } from './key.ts';

const before = ['alpha', 'beta', 'pre', 'rc'];
const after = ['cvs', 'svn', 'git', 'hg', 'p'];

/**
 * Alpine, apk-package(5): `number{.number}...{letter}{_suffix{number}}...{~hash}{-r#}`. A number after a dot that
 * starts with 0 is compared as text. Commit hashes say nothing. A text that leaves this grammar sorts, from there on,
 * before a version that ends; what follows a hyphen then says nothing (as `apk version -t` has it).
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
  while (version.charCodeAt(at) === 95) {
    const suffix = /_(alpha|beta|pre|rc|cvs|svn|git|hg|p)(\d*)/y;
    suffix.lastIndex = at;
    const match = suffix.exec(version);
    if (match === null) break;
    const rank = before.indexOf(match[1]!);
    key += rank >= 0 ? `!${rank}` : `'${after.indexOf(match[1]!)}`;
    if (match[2] !== '') key += number(match[2]!);
    at += match[0].length;
  }
  if (version.charCodeAt(at) === 126) {
    do at++;
    while (isHex(version.charCodeAt(at)));
  }
  let revision = '';
  if (version.startsWith('-r', at)) {
    const end = digitsEnd(version, at + 2);
    revision = number(version, at + 2, end);
    at = end;
    if (at < version.length) return key + (revision === nothing ? '$' : `&${revision}$`);
    return `${key}&${revision}${END}`;
  }
  if (at === version.length) return key + END;
  return version.charCodeAt(at) === 45 ? `${key}$` : `${key}$${text(version.slice(at))}`;
}

const nothing = number('');

function fraction(digits: string): string {
  return digits.length > 1 && digits.charCodeAt(0) === 48 ? `${nothing}}${text(digits.slice(1))}` : number(digits);
}

function isHex(code: number): boolean {
  return isDigit(code) || (code >= 97 && code <= 102);
}

/** apk-package(5), the grammar above. */
export function isValid(version: string): boolean {
  return /^\d+(\.\d+)*[a-z]?(_(alpha|beta|pre|rc|cvs|svn|git|hg|p)\d*)*(~[0-9a-f]+)?(-r\d+)?$/.test(version);
}
