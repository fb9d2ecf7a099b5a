/**
 * Blocking keys: two reports of one flaw share at least one with high probability, two others seldom do. A key depends on
 * its own report and on the frozen weights of words, never on what else is stored, so that it is made once.
 */
import type { Features } from './features.ts';
import { hash64 } from './hash.ts';
import { weightOf } from './text.ts';

export const keysMax = 40;
/** Of a key that many reports share, only so many of the newest are compared: a key that everything has tells nothing. */
export const bucketMax = 64;

/** Rows of the sketch in one band, and how many bands are made of its 64 places. */
const bandRows = 4;
const bands = 10;

/** At most 40 signed 64-bit keys, none twice. Every kind of key says its name in the hash, so that kinds do not meet. */
export function keysOf(features: Features): bigint[] {
  const { digest, aliases, packages, cores, fixed, weaknesses, paths, symbols, stack, sketch, references } = features;
  const keys = new Set<bigint>();
  const add = (kind: string, ...parts: (string | number)[]) => {
    if (keys.size < keysMax) keys.add(hash64(`${kind}\n${parts.join('\n')}`));
  };
  if (features.size > 0) add('digest', digest);
  for (const alias of aliases.slice(0, 4)) add('alias', alias);
  for (const reference of references.slice(0, 3)) add('reference', reference);
  if (stack !== undefined && stack.frames.length > 0) add('stack', ...stack.frames.slice(0, 3));
  const rare = rarestOf(features);
  const names = cores.slice(0, 3);
  for (const version of fixed.slice(0, 3)) {
    for (const core of names.slice(0, 2)) add('fixed', core, version);
  }
  for (const path of paths.slice(0, 2)) add('path', names[0] ?? '', path);
  for (const symbol of symbols.slice(0, 2)) add('symbol', names[0] ?? '', symbol);
  for (const weakness of weaknesses.slice(0, 2)) {
    for (const one of packages.slice(0, 1)) add('weakness', one, weakness);
  }
  for (const core of names.slice(0, 2)) for (const term of rare.slice(0, 5)) add('term', core, term);
  for (let band = 0; band < bands && sketch.length > 0; band++) {
    add('band', band, ...sketch.slice(band * bandRows, (band + 1) * bandRows));
  }
  for (let first = 0; first < Math.min(5, rare.length); first++) {
    for (let second = first + 1; second < Math.min(5, rare.length); second++)
      add('pair', ...[rare[first]!, rare[second]!].sort());
  }
  return [...keys];
}

/** The rarest words, the rarest first; words of one rarity in the order of the alphabet. */
function rarestOf({ terms, cores }: Features): string[] {
  return terms
    .map((term) => ({ term, weight: weightOf(term) }))
    .filter(({ term }) => !cores.includes(term))
    .sort((a, b) => b.weight - a.weight || (a.term < b.term ? -1 : 1))
    .slice(0, 8)
    .map(({ term }) => term);
}
