import { digitsEnd, END, isDigit, isLetter, number, text } from './key.ts';

/**
 * RPM (`rpmvercmp`, rpm-version(7)): `[epoch:]version[-release]`; runs of digits and of letters, anything else only
 * separates; `~` sorts before the end, `^` right after it, letters before numbers. No epoch is epoch 0; no release
 * comes before any.
 */
export function key(version: string): string {
  const colon = version.indexOf(':');
  const epoch = colon < 0 ? zeroEpoch : runs(version.slice(0, colon)) + END;
  const hyphen = version.indexOf('-', colon + 1);
  const head = runs(hyphen < 0 ? version.slice(colon + 1) : version.slice(colon + 1, hyphen)) + END;
  const body = hyphen < 0 ? head : head + runs(version.slice(hyphen + 1)) + END;
  if (epoch === zeroEpoch || epoch === END) return body;
  return (epoch < zeroEpoch ? ' ' : '~') + epoch + body;
}

const zeroEpoch = number('') + END;

function runs(part: string): string {
  let key = '';
  let at = 0;
  while (at < part.length) {
    const code = part.charCodeAt(at);
    if (isDigit(code)) {
      const end = digitsEnd(part, at);
      key += number(part, at, end);
      at = end;
    } else if (isLetter(code)) {
      const start = at;
      while (isLetter(part.charCodeAt(at))) at++;
      key += `'${text(part.slice(start, at))}`;
    } else {
      if (code === 126) key += '!';
      else if (code === 94) key += '&';
      at++;
    }
  }
  return key;
}

export function isValid(version: string): boolean {
  return /^(\d+:)?[A-Za-z0-9._+~^]+(-[A-Za-z0-9._+~^]+)?$/.test(version);
}
