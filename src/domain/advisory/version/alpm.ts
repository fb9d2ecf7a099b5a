import { digitsEnd, END, isDigit, isLetter, number, text } from './key.ts';

/**
 * Arch Linux, vercmp(8): `[epoch:]version[-pkgrel]`. Letters right after a number come before the number alone, letters
 * and numbers after a separator come after it. vercmp leaves a missing pkgrel out of the comparison, which is no order:
 * here it is 1, as it is for a first package.
 */
export function key(version: string): string {
  const epochEnd = digitsEnd(version, 0);
  const hasEpoch = version.charCodeAt(epochEnd) === 58;
  const epoch = hasEpoch ? number(version, 0, epochEnd) : nothing;
  const rest = hasEpoch ? version.slice(epochEnd + 1) : version;
  const hyphen = rest.lastIndexOf('-');
  const head = (epoch === nothing ? '' : `~${epoch}`) + runs(hyphen < 0 ? rest : rest.slice(0, hyphen));
  const pkgrel = hyphen < 0 ? first : runs(rest.slice(hyphen + 1)) + END;
  if (pkgrel === first) return head + END;
  return pkgrel < first ? `${head}$${pkgrel}` : head + END + pkgrel;
}

const nothing = number('');
const first = number('1') + END;

function runs(part: string): string {
  let key = '';
  let at = 0;
  while (at < part.length) {
    const separated = at;
    while (at < part.length && !isDigit(part.charCodeAt(at)) && !isLetter(part.charCodeAt(at))) at++;
    const separators = at - separated;
    const isExpected = separators === (separated === 0 ? 0 : 1);
    if (separators > 1 || (separated === 0 && separators > 0)) key += `}${number(String(separators))}`;
    const start = at;
    if (isDigit(part.charCodeAt(at))) {
      at = digitsEnd(part, at);
      key += (separators === 0 && start > 0 ? '&' : '') + number(part, start, at);
    } else if (isLetter(part.charCodeAt(at))) {
      while (isLetter(part.charCodeAt(at))) at++;
      key += (separators === 0 && start > 0 ? '!' : "'") + text(part.slice(start, at));
    } else if (isExpected) key += "'~";
  }
  return key;
}

export function isValid(version: string): boolean {
  return /^(\d+:)?[A-Za-z0-9._+]+(-\d+(\.\d+)?)?$/.test(version);
}
