/** Text that speaks to a machine which reads it: the phrases of `phrases.ts`, found in words. */
import { type Words, wordsOf } from './fold.ts';
import type { Hit } from './hidden.ts';
import { type Phrase, phrasesFrom, squeezed, unspacedPhrases } from './phrases.ts';

/** The length of the shortest of `squeezed`. */
const squeezedMin = 11;

const leet: Record<string, string> = { 0: 'o', 1: 'i', 3: 'e', 4: 'a', 5: 's', 7: 't' };

/** `1gn0re` as `ignore`: digits that pass for letters, in words that have both. */
const readable = (word: string) =>
  word.length >= 3 && /[a-z]/.test(word) && /[013457]/.test(word)
    ? word.replace(/[013457]/g, (digit) => leet[digit]!)
    : word;

/** Each phrase found, as its first to its last word. Linear: a phrase looks at no more than a few words behind its first. */
export function* addressed(text: string): Generator<Hit> {
  const found = wordsOf(text);
  const words = found.words.map(readable);
  yield* phrasesIn({ ...found, words });
  yield* inOne(found, words);
  const joined = joinLetters(found, words);
  if (joined !== undefined) {
    yield* inOne(joined, joined.words);
    yield* phrasesIn(joined);
  }
  if (found.origin !== undefined) {
    const { origin, folded } = found;
    for (const { rule, why, pattern } of unspacedPhrases) {
      for (const match of folded.matchAll(pattern)) {
        yield { rule, start: origin[match.index]!, end: origin[match.index + match[0].length]!, why };
      }
    }
  }
}

type Placed = Pick<Words, 'words' | 'starts' | 'ends'>;

function* phrasesIn({ words, starts, ends }: Placed): Generator<Hit> {
  for (let at = 0; at < words.length; at++) {
    for (const phrase of phrasesFrom(words[at]!) ?? []) {
      const last = endOf(phrase, words, at);
      if (last === undefined) continue;
      yield { rule: phrase.rule, start: starts[at]!, end: ends[last]!, why: phrase.why };
      break;
    }
  }
}

function endOf(phrase: Phrase, words: readonly string[], first: number): number | undefined {
  let at = first;
  for (const { words: slot, gap } of phrase.rest) {
    let next = at + 1;
    const last = Math.min(words.length - 1, next + gap);
    while (next <= last && !slot.has(words[next]!)) next++;
    if (next > last) return undefined;
    at = next;
  }
  return at;
}

/** `IgnorePreviousInstructions`. */
function* inOne({ starts, ends }: Placed, words: readonly string[]): Generator<Hit> {
  const why =
    'The words tell a machine reader to drop its instructions. They are written apart or in one, past a filter.';
  for (let at = 0; at < words.length; at++) {
    if (words[at]!.length >= squeezedMin && squeezed.some((phrase) => words[at]!.includes(phrase))) {
      yield { rule: 'override_instructions', start: starts[at]!, end: ends[at]!, why };
    }
  }
}

/** Letters that stand apart as the words they spell, `i g n o r e  all` as `ignore all`; undefined where none do. */
function joinLetters({ starts, ends }: Placed, words: readonly string[]): Placed | undefined {
  const joined: Placed = { words: [], starts: [], ends: [] };
  let isJoined = false;
  for (let at = 0; at < words.length; ) {
    let next = at;
    while (next < words.length && words[next]!.length === 1) next++;
    // Two or three letters alone are names of variables.
    if (next - at < 4) next = at + 1;
    else isJoined = true;
    joined.words.push(words.slice(at, next).join(''));
    joined.starts.push(starts[at]!);
    joined.ends.push(ends[next - 1]!);
    at = next;
  }
  return isJoined ? joined : undefined;
}
