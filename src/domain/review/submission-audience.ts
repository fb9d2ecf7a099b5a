/** What somebody would learn, said before it is done (I6). Pure. */
import type { Party } from './party.ts';
import { type FileContent, tally } from './submission.ts';
import { partNumbers, partRule } from './submission-parts.ts';

export interface Preview {
  /** Who would learn it, by name. */
  who: string[];
  /** What they would learn, a sentence each. */
  learn: string[];
  /** What stays with the developer. */
  sealed: string[];
  /** Who learns of them: organisations that may know of the file already and see each other's names. */
  seenBy: string[];
}

type Handed = { version: number; content: FileContent } | undefined;

/** Which parts a version says, withholds and leaves open, a sentence each. */
function partsSentences({ version, content }: NonNullable<Handed>): string[] {
  const { parts } = content;
  const names = (state: 'given' | 'withheld' | 'not_applicable' | 'open') =>
    partNumbers
      .filter((number) => (parts[number]?.state ?? 'open') === state)
      .map((number) => `${number} ${partRule(number).name}`);
  const sentences = [`Version ${version} of the file.`];
  const counts = tally(parts);
  if (counts.given > 0) sentences.push(`Given: ${names('given').join(', ')}.`);
  if (counts.withheld > 0) sentences.push(`Withheld, with your reason in its place: ${names('withheld').join(', ')}.`);
  if (counts.not_applicable > 0)
    sentences.push(`Not applicable, with your reason: ${names('not_applicable').join(', ')}.`);
  if (counts.open > 0) sentences.push(`Shown as not answered: ${names('open').join(', ')}.`);
  return sentences;
}

/**
 * What an organisation learns when it is let in: takes the model, the newest version handed over (what newcomers read; earlier ones
 * stay unread) and who is in already.
 */
export function admission(
  model: FileContent['model'],
  handed: Handed,
  parties: readonly Party[],
  newcomer: { name: string },
): Preview {
  return {
    who: [newcomer.name],
    learn: [
      `That this file exists, and that ${parties.find(({ capacity }) => capacity === 'developer')?.name ?? 'the developer'} is the developer.`,
      `The model: ${model.name} ${model.version}, ${model.digest === null ? 'without a digest yet' : `digest ${model.digest}`}.`,
      `Who else may know of it: ${parties.map(({ name }) => name).join(', ')}.`,
      ...(handed === undefined
        ? ['Nothing of the sixteen parts: no version has been handed over yet.']
        : partsSentences(handed)),
      'Every version handed over later, and what is recorded for the parties of this file: its window, access, determination.',
    ],
    sealed: [
      'Intended dates, until you show them.',
      'Drafts: versions that were not handed over.',
      ...(handed === undefined ? [] : ['Versions handed over before this one.']),
    ],
    seenBy: parties.map(({ name }) => name),
  };
}

/** What the parties learn when a version is handed over to them. */
export function handOver(version: NonNullable<Handed>, parties: readonly Party[]): Preview {
  const others = parties.filter(({ capacity }) => capacity !== 'developer').map(({ name }) => name);
  return {
    who: others,
    learn: partsSentences(version),
    sealed: ['Intended dates, until you show them.', 'Drafts: other versions that were not handed over.'],
    seenBy: parties.map(({ name }) => name),
  };
}
