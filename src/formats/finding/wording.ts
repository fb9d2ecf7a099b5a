import { textOf } from './draft.ts';

/** Texts under one another, without the empty ones. */
export const described = (texts: readonly unknown[]) =>
  texts
    .map(textOf)
    .filter((text) => text !== undefined)
    .join('\n\n') || undefined;

/** Descriptions are paragraphs; the first sentence names the flaw. The whole where no sentence ends early enough for a title. */
export function firstSentence(value: unknown): string | undefined {
  const text = textOf(value)?.slice(0, 1000).replace(/\s+/g, ' ');
  return text === undefined ? undefined : (/^.{20,280}?[.!?](?= |$)/.exec(text)?.[0] ?? text);
}

const listedMax = 50;

/** Names in a sentence, the first fifty of many. */
export function listed(names: readonly string[]): string {
  const more = names.length - listedMax;
  return names.slice(0, listedMax).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
