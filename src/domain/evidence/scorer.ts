/**
 * Scorers that need no judgement: an answer is compared with its target by rule. They take after the scorers of the same
 * names in Inspect (`match`, `includes`, `pattern`, `choice`). A score is 1 or 0; the text of an answer is data and is
 * never run or followed.
 */
import type { Problem } from '../problem.ts';
import { compile, type Pattern, search, textLengthMax } from './linear-pattern.ts';

/** Whether letter case counts, as `ignoreCase`, is true for all of them unless said. */
export type Scorer =
  /** The target stands at the end (unless said) of the answer; `numeric` compares the number that stands there. */
  | { kind: 'match'; location?: 'begin' | 'end' | 'any' | 'exact'; numeric?: boolean; ignoreCase?: boolean }
  /** The target stands anywhere in the answer. */
  | { kind: 'includes'; ignoreCase?: boolean }
  /** A group of the pattern's first match equals the target; the whole match where it has no groups. */
  | { kind: 'pattern'; pattern: string; ignoreCase?: boolean }
  /** The letters after the last `ANSWER:` are those of the target, all of them and no others. */
  | { kind: 'choice' };

export interface Score {
  value: 0 | 1;
  /** What was compared; undefined when the answer holds nothing to compare. */
  answer: string | undefined;
}

const fieldsOf: Record<Scorer['kind'], string[]> = {
  match: ['location', 'numeric', 'ignoreCase'],
  includes: ['ignoreCase'],
  pattern: ['pattern', 'ignoreCase'],
  choice: [],
};
const locations = ['begin', 'end', 'any', 'exact'];

/** Reads a scorer from parsed JSON; gives its problems when it cannot be used. */
export function read(value: unknown, path: string): { scorer: Scorer } | { problems: Problem[] } {
  const refuse = (at: string, message: string) => ({ problems: [{ path: at, message }] });
  const fields = value as Record<string, unknown> | null;
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) {
    return refuse(path, 'A scorer is an object such as {"kind": "match"}.');
  }
  const kind = fields['kind'];
  if (typeof kind !== 'string' || !Object.hasOwn(fieldsOf, kind)) {
    return refuse(`${path}.kind`, `Choose one of ${Object.keys(fieldsOf).join(', ')}.`);
  }
  const known = fieldsOf[kind as Scorer['kind']];
  for (const [name, field] of Object.entries(fields)) {
    const at = `${path}.${name}`;
    if (name === 'kind') continue;
    if (!known.includes(name)) return refuse(at, `The scorer ${kind} has no such field.`);
    if (name === 'location' && !locations.includes(field as string)) {
      return refuse(at, `Choose one of ${locations.join(', ')}.`);
    }
    if ((name === 'numeric' || name === 'ignoreCase') && typeof field !== 'boolean') {
      return refuse(at, 'Write true or false.');
    }
  }
  if (kind === 'pattern') {
    if (typeof fields['pattern'] !== 'string') return refuse(`${path}.pattern`, 'Give the pattern as text.');
    const compiled = compile(fields['pattern']);
    if ('problem' in compiled) return refuse(`${path}.pattern`, compiled.problem);
  }
  return { scorer: fields as unknown as Scorer };
}

/** Scores one answer against its targets, any of which will do; of a long answer only the end, for `pattern` the beginning, is read. */
export function score(scorer: Scorer, answer: string, targets: readonly string[]): Score {
  switch (scorer.kind) {
    case 'match':
      return matched(scorer, answer, targets);
    case 'includes': {
      const folded = folder(scorer.ignoreCase);
      const text = folded(answer);
      return { value: targets.some((target) => text.includes(folded(target))) ? 1 : 0, answer: answer.trim() };
    }
    case 'pattern':
      return extracted(scorer, answer, targets);
    case 'choice':
      return chosen(answer, targets);
  }
}

const folder = (ignoreCase: boolean | undefined) => (text: string) =>
  ignoreCase === false ? text : text.toLowerCase();

const withoutPunctuation = (text: string) => text.replace(/^[\p{P}\p{S}\s]{1,100}|[\p{P}\p{S}\s]{1,100}$/gu, '');

function matched(
  { location = 'end', numeric = false, ignoreCase }: Scorer & { kind: 'match' },
  answer: string,
  targets: readonly string[],
): Score {
  const folded = folder(ignoreCase);
  const text = folded(answer.trim());
  const plain = withoutPunctuation(text);
  const numbers = numeric ? numbersOf(text, location) : [];
  const isMatch = targets.some((target) => {
    const wanted = folded(target.trim());
    const number = numeric ? numberOf(wanted) : undefined;
    // "25" ends in "5" and is not 5: a number is never compared as text.
    if (number !== undefined) return numbers.includes(number);
    const bare = withoutPunctuation(wanted);
    // A target that is all punctuation is compared as it is.
    const [where, what] = bare === '' ? [text, wanted] : [plain, bare];
    if (location === 'begin') return where.startsWith(what);
    if (location === 'end') return where.endsWith(what);
    return location === 'exact' ? where === what : where.includes(what);
  });
  const said = numbers.length === 1 ? String(numbers[0]) : answer.trim();
  return { value: isMatch ? 1 : 0, answer: said === '' ? undefined : said };
}

/** A decimal number with an optional sign, currency sign, separators of thousands and exponent; nothing else. */
function numberOf(token: string): number | undefined {
  const text = token
    .replace(/^[([{'"`*$€£]{1,5}/, '')
    .replace(/[)\]}'"`*.,;:!?]{1,5}$/, '')
    .replace(/^([-+]?)[$€£]/, '$1')
    .replace(/\u2212/, '-');
  if (!/^[-+]?(?:\d{1,3}(?:,\d{3}){1,8}|\d{1,40})?(?:\.\d{1,40})?(?:e[-+]?\d{1,3})?$/i.test(text) || !/\d/.test(text)) {
    return undefined;
  }
  const value = Number(text.replaceAll(',', ''));
  return Number.isFinite(value) ? value : undefined;
}

function numbersOf(text: string, location: 'begin' | 'end' | 'any' | 'exact'): number[] {
  if (location === 'exact') return [numberOf(text)].filter((one) => one !== undefined);
  const numbers = text
    .split(/\s+/)
    .map(numberOf)
    .filter((one) => one !== undefined);
  if (location === 'any') return numbers;
  return location === 'begin' ? numbers.slice(0, 1) : numbers.slice(-1);
}

/** Patterns are compiled once: a pack asks the same one for every item. */
const ready = new Map<string, Pattern>();

function extracted(
  { pattern: source, ignoreCase = true }: Scorer & { kind: 'pattern' },
  answer: string,
  targets: readonly string[],
): Score {
  const key = `${ignoreCase} ${source}`;
  let pattern = ready.get(key);
  if (pattern === undefined) {
    const compiled = compile(source, { ignoresCase: ignoreCase });
    if ('problem' in compiled) throw new RangeError(compiled.problem);
    pattern = compiled.pattern;
    if (ready.size >= 1_000) ready.clear();
    ready.set(key, pattern);
  }
  const groups = search(pattern, answer.slice(0, textLengthMax));
  if (groups === undefined) return { value: 0, answer: undefined };
  const folded = folder(ignoreCase);
  const wanted = targets.map(folded);
  const texts = (pattern.groups === 0 ? groups : groups.slice(1)).filter((text) => text !== undefined);
  const hit = texts.find((text) => wanted.includes(folded(text)));
  return { value: hit === undefined ? 0 : 1, answer: hit ?? texts[0] };
}

/** The last thousand lines hold the answer, or it is nowhere: a model thinks first and answers last. */
function chosen(answer: string, targets: readonly string[]): Score {
  const at = answer.toUpperCase().lastIndexOf('ANSWER');
  const after = at === -1 ? '' : answer.slice(at + 6, at + 206);
  const said =
    /^[*_\s]{0,5}:[*_\s$({[]{0,10}([A-Za-z](?:(?:[ ]{0,2},[ ]{0,2}|[ ]{1,2}and[ ]{1,2}|[ ])?[A-Za-z]\b){0,25})(?![A-Za-z0-9])/i.exec(
      after,
    )?.[1];
  const letters = (text: string) =>
    [
      ...new Set(
        text
          .toUpperCase()
          .replace(/\bAND\b/g, '')
          .match(/[A-Z]/g) ?? [],
      ),
    ]
      .sort()
      .join('');
  if (said === undefined) return { value: 0, answer: undefined };
  const given = letters(said);
  return { value: targets.some((target) => letters(target) === given) ? 1 : 0, answer: given };
}
