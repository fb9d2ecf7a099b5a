import { digitsEnd, END, number, text } from './key.ts';

/**
 * CRAN and Bioconductor (R `package_version`): numbers between dots or hyphens, of equal weight; a longer version comes
 * after its beginning. A part that is no number comes before any number.
 */
export function rKey(version: string): string {
  return partsKey(version.replaceAll('-', '.'));
}

/** Hackage (Haskell PVP): numbers between dots, compared as lists. */
export function hackageKey(version: string): string {
  return partsKey(version);
}

function partsKey(version: string): string {
  let key = '';
  for (const part of version.split('.')) {
    key += part !== '' && digitsEnd(part, 0) === part.length ? number(part) : `!${text(part)}`;
  }
  return key + END;
}

/** R Extensions section 1.1.1: at least two numbers. */
export function isRValid(version: string): boolean {
  return /^\d+([.-]\d+)+$/.test(version);
}

export function isHackageValid(version: string): boolean {
  return /^\d+(\.\d+)*$/.test(version);
}
