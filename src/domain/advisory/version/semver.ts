import { digitsEnd, END, isDigit, number, numbers, text } from './key.ts';

/**
 * SemVer 2.0.0 section 11, read leniently: a leading `v`, fewer or more than three numbers (missing ones are zero, more
 * count on), leading zeros. What follows the numbers without a hyphen is taken for a pre-release. Build metadata says
 * nothing. A text without numbers sorts as a pre-release of zero.
 */
export function key(version: string): string {
  return readKey(version, false);
}

/** NuGet: SemVer with a fourth number and labels compared without regard to case. */
export function nugetKey(version: string): string {
  return readKey(version.toLowerCase(), false);
}

/** Pub (Dart): as SemVer, but build metadata counts: none before some, identifier by identifier. */
export function pubKey(version: string): string {
  return readKey(version, true);
}

function readKey(version: string, hasBuild: boolean): string {
  const first = version.charCodeAt(0);
  let at = first === 118 || first === 86 ? 1 : 0;
  const parts: string[] = [];
  while (isDigit(version.charCodeAt(at))) {
    const end = digitsEnd(version, at);
    parts.push(version.slice(at, end));
    at = end;
    if (version.charCodeAt(at) !== 46 || !isDigit(version.charCodeAt(at + 1))) break;
    at++;
  }
  const plus = version.indexOf('+', at);
  const end = plus < 0 ? version.length : plus;
  if (version.charCodeAt(at) === 45) at++;
  const release = numbers(parts, true);
  const build = hasBuild && plus >= 0 ? identifiers(version, plus + 1, version.length) : '';
  if (at >= end) return release + END + build;
  // A space ends the pre-release: it sorts before one more identifier.
  return `${release}$${identifiers(version, at, end)}${build === '' ? '' : ` ${build}`}`;
}

/** Dot-separated identifiers: numbers before words, fewer before more (SemVer section 11.4). */
function identifiers(version: string, from: number, to: number): string {
  let key = '';
  let start = from;
  while (start <= to) {
    let end = version.indexOf('.', start);
    if (end < 0 || end > to) end = to;
    const part = version.slice(start, end);
    key += part !== '' && digitsEnd(part, 0) === part.length ? number(part) : `}${text(part)}`;
    start = end + 1;
  }
  return key;
}

const valid =
  /^v?(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-(0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*)(\.(0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*))*)?(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$/;

/** SemVer 2.0.0 sections 2, 9 and 10, and the leading `v` that Go and Git tags carry. */
export function isValid(version: string): boolean {
  return valid.test(version);
}

/** NuGet takes one to four numbers. */
export function isNugetValid(version: string): boolean {
  return /^\d+(\.\d+){0,3}(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$/.test(version);
}
