/** Text that speaks to a machine which reads it: the phrases of `phrases.ts`, found in words. */
import { type Words, wordsOf } from './fold.ts';
import type { Hit } from './hidden.ts';
import { type Phrase, phrasesFrom, squeezed, unspacedPhrases } from './phrases.ts';

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
  for (let at = 0; at < words.length; at++) {
    for (const phrase of phrasesFrom(words[at]!) ?? []) {
      const last = endOf(phrase, words, at);
      if (last !== undefined) {
        yield { rule: phrase.rule, start: found.starts[at]!, end: found.ends[last]!, why: phrase.why };
        break;
      }
    }
  }
  yield* writtenApart(found, words);
  if (found.origin !== undefined) {
    const { origin, folded } = found;
    for (const { rule, why, pattern } of unspacedPhrases) {
      for (const match of folded.matchAll(pattern)) {
        yield { rule, start: origin[match.index]!, end: origin[match.index + match[0].length]!, why };
      }
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

/** `i g n o r e   p r e v i o u s` and `IgnorePreviousInstructions`. */
function* writtenApart(found: Words, words: readonly string[]): Generator<Hit> {
  const why =
    'The words tell a machine reader to drop its instructions. They are written apart or in one, past a filter.';
  for (let at = 0; at < words.length; at++) {
    if (words[at]!.length >= 14) {
      if (squeezed.some((phrase) => words[at]!.includes(phrase))) {
        yield { rule: 'override_instructions', start: found.starts[at]!, end: found.ends[at]!, why };
      }
    } else if (words[at]!.length === 1) {
      let end = at;
      while (end < words.length && words[end]!.length === 1) end++;
      const joined = words.slice(at, end).join('');
      if (joined.length >= 14 && squeezed.some((phrase) => joined.includes(phrase))) {
        yield { rule: 'override_instructions', start: found.starts[at]!, end: found.ends[end - 1]!, why };
      }
      at = end - 1;
    }
  }
}
