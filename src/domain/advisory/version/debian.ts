import { digitsEnd, END, isDigit, isLetter, number } from './key.ts';

/**
 * Debian Policy section 5.6.12, as `dpkg --compare-versions`: `[epoch:]upstream[-revision]`; runs of non-digits and
 * digits in turn; `~` before the end of a part, letters before everything else; no revision is revision 0.
 */
export function key(version: string): string {
  const colon = version.indexOf(':');
  const epoch = colon < 0 ? '' : number(version.slice(0, colon).replace(/\D/g, ''));
  const rest = colon < 0 ? version : version.slice(colon + 1);
  const hyphen = rest.lastIndexOf('-');
  const upstream = runs(hyphen < 0 ? rest : rest.slice(0, hyphen));
  const head = epoch === '' || epoch === nothing ? upstream : `~${epoch}${upstream}`;
  const revision = hyphen < 0 ? zeroRevision : runs(rest.slice(hyphen + 1)) + END;
  if (revision === zeroRevision) return head + END;
  return revision < zeroRevision ? `${head}$${revision}` : head + END + revision;
}

/** OCaml's opam compares whole versions as Debian compares an upstream version. */
export function opamKey(version: string): string {
  return runs(version) + END;
}

const nothing = number('');
const zeroRevision = nothing + END;

/** Digits and non-digits in turn. A dot before digits, by far the commonest run, is spelled by the number alone. */
function runs(part: string): string {
  let at = 0;
  let key = '';
  if (isDigit(part.charCodeAt(0)) || part === '') {
    at = digitsEnd(part, 0);
    key = number(part, 0, at);
  }
  while (at < part.length) {
    const start = at;
    while (at < part.length && !isDigit(part.charCodeAt(at))) at++;
    const end = digitsEnd(part, at);
    const isDot = at - start === 1 && part.charCodeAt(start) === 46 && start > 0;
    if (!isDot) key += lead(part.charCodeAt(start), part.charCodeAt(start + 1), start) + spelled(part, start, at);
    key += number(part, at, end);
    at = end;
  }
  return key;
}

/** Where a run of non-digits stands beside the end of the part (`%`) and beside a dot and a number. */
function lead(first: number, second: number, start: number): string {
  if (first === 126) return '!';
  if (start === 0) return '}';
  if (isLetter(first)) return '&';
  return first < 46 || (first === 46 && second === 126) ? "'" : '}';
}

function spelled(part: string, from: number, to: number): string {
  let key = '';
  let index = from;
  while (index < to) {
    const start = index;
    while (index < to && isLetter(part.charCodeAt(index))) index++;
    if (index > start) key += part.slice(start, index);
    else {
      key += part.charCodeAt(index) === 126 ? '!' : `{${part[index]}`;
      index++;
    }
  }
  return `${key}"`;
}

/** Debian Policy section 5.6.12: the characters that a version may hold, and a digit at the start. */
export function isValid(version: string): boolean {
  return /^(\d+:)?\d[A-Za-z0-9.+~:-]*$/.test(version);
}
