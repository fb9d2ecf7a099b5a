import { digitsEnd, END, number, text } from './key.ts';

/**
 * Conan 2 versions: `items[-pre][+build]`, each a list between dots; zeros at the end say nothing; a word comes after
 * any number, a word that starts with a number right after that number (Conan compares those as text, which is no order).
 * Pre-releases come before the release, builds after it.
 */
export function key(version: string): string {
  const plus = version.lastIndexOf('+');
  const main = plus < 0 ? version : version.slice(0, plus);
  const build = plus < 0 ? '' : `"${items(version.slice(plus + 1))}`;
  const hyphen = main.indexOf('-');
  if (hyphen < 0) return items(main) + END + build;
  // `!` ends the pre-release: it sorts before one more item.
  return `${items(main.slice(0, hyphen))}$${items(main.slice(hyphen + 1))}!${build}`;
}

function items(list: string): string {
  let key = '';
  let zeros = '';
  for (const item of list.split('.')) {
    const end = digitsEnd(item, 0);
    if (end === item.length && end > 0) {
      const value = number(item);
      if (value === nothing) zeros += value;
      else {
        key += zeros + value;
        zeros = '';
      }
    } else {
      key += `${zeros}${end > 0 ? `${number(item.slice(0, end))}~` : '}'}${text(item.slice(end))}`;
      zeros = '';
    }
  }
  return key;
}

const nothing = number('');

export function isValid(version: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9_+.-]*$/.test(version);
}
