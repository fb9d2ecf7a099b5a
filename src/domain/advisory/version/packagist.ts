import { digitsEnd, END, isDigit, isLetter, number } from './key.ts';

/** Words that PHP knows, in order, found by their beginning. `RC` apart, PHP knows them in lower case only. */
const forms: [string, string][] = [
  ['dev', '!1'],
  ['a', '!2'],
  ['b', '!3'],
  ['rc', '!4'],
  ['RC', '!4'],
  ['p', '}'],
];

/**
 * Packagist: PHP's `version_compare`, without the leading `v` that Composer drops. Numbers and words in turn; an unknown
 * word < dev < alpha < beta < RC < the end < a number < pl. A `#` stands for any number to PHP; here it says nothing,
 * since no order can hold it equal to both its neighbours.
 */
export function key(version: string): string {
  const first = version.charCodeAt(0) | 32;
  let at = first === 118 ? 1 : 0;
  let key = '';
  while (at < version.length) {
    const start = at;
    const code = version.charCodeAt(at);
    if (isDigit(code)) {
      at = digitsEnd(version, at);
      key += number(version, start, at);
    } else if (isLetter(code)) {
      while (isLetter(version.charCodeAt(at))) at++;
      const word = version.slice(start, at);
      key += forms.find(([form]) => word.startsWith(form))?.[1] ?? '!0';
    } else at++;
  }
  return key + END;
}

/** What Composer takes for a version, branches (`dev-main`, `1.x-dev`) included. */
export function isValid(version: string): boolean {
  return /^(dev-.+|v?\d+(\.(\d+|x|\*))*([-._+]?(stable|dev|alpha|beta|a|b|rc|patch|pl|p)([.-]?\d+([.-]\d+)*)?)*([-+][0-9A-Za-z.+-]+)?)$/i.test(
    version,
  );
}
