import { digitsEnd, END, isDigit, number, text } from './key.ts';

/** Words that come before the release, in order; `cr` is `rc`. */
const before = ['alpha', 'beta', 'milestone', 'rc', 'snapshot'];
const releases = new Set(['', 'ga', 'final', 'release']);
const shorthands: Record<string, string> = { a: 'alpha', b: 'beta', m: 'milestone' };

/**
 * Maven, POM reference, "Version Order Specification" (`ComparableVersion`). Tokens end at dots, hyphens and changes
 * between digits and letters (a change counts as a hyphen); zeros and release words before a hyphen or the end say
 * nothing. At each place: a word before the release (after a dot, after a hyphen, after zeros and a dot) < the end <
 * `sp` and other words (after a dot, after a hyphen) < a number after a hyphen < a number after a dot.
 */
export function key(version: string): string {
  const lower = version.toLowerCase();
  let key = '';
  // Tokens that say nothing unless something follows them after a dot, and how many of them.
  let pending = '';
  let zeros = 0;
  let isHyphen = false;
  let at = 0;
  for (;;) {
    if (isHyphen) {
      pending = '';
      zeros = 0;
    }
    const start = at;
    at = digitsEnd(lower, at);
    const isWord = at === start && at < lower.length && !isSeparator(lower.charCodeAt(at));
    if (isWord) while (at < lower.length && !isSeparator(lower.charCodeAt(at))) at++;
    const token = isWord ? qualifier(lower.slice(start, at), isDigit(lower.charCodeAt(at))) : number(lower, start, at);
    if (token === nothing || (isWord && releases.has(token))) {
      pending += isWord ? END : isHyphen ? `'${nothing}` : nothing;
      zeros++;
    } else {
      const rank = isWord ? before.indexOf(token) : -1;
      if (rank >= 0) key += (isHyphen ? '#' : zeros === 0 ? '"' : `$${number(String(zeros))}`) + rank;
      else key += pending + (isWord ? word(token, isHyphen) : (isHyphen ? "'" : '') + token);
      pending = '';
      zeros = 0;
    }
    if (at >= lower.length) return key + END;
    const next = lower.charCodeAt(at);
    isHyphen = next !== 46;
    if (next === 46 || next === 45) at++;
  }
}

const nothing = number('');

function word(token: string, isHyphen: boolean): string {
  return `&${isHyphen ? '"' : '!'}${token === 'sp' ? '!' : `"${text(token)}`}`;
}

function isSeparator(code: number): boolean {
  return isDigit(code) || code === 46 || code === 45;
}

function qualifier(token: string, isBeforeDigit: boolean): string {
  if (token === 'cr') return 'rc';
  return (isBeforeDigit && Object.hasOwn(shorthands, token) && shorthands[token]) || token;
}

/** Maven takes any text that is not empty. */
export function isValid(version: string): boolean {
  return version !== '';
}
