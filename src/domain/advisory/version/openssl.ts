import { END, numbers, text } from './key.ts';
import * as semver from './semver.ts';

const pattern = /^(\d+(?:\.\d+)*)([a-z]+)$/;

/** OpenSSL: SemVer since 3.0.0; before it, letters after the third number are fixes (`1.0.2` < `1.0.2a` < `1.0.2za`). */
export function key(version: string): string {
  const match = pattern.exec(version);
  return match === null ? semver.key(version) : `${numbers(match[1]!.split('.'), true)}&${text(match[2]!)}${END}`;
}

export function isValid(version: string): boolean {
  return semver.isValid(version) || pattern.test(version);
}
