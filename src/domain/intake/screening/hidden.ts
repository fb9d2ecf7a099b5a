/** Characters that a person does not see and a program reads. */
import type { FieldText } from './texts.ts';

/** A rule's hit in one text; `screen` adds kind and field. */
export interface Hit {
  rule: string;
  start: number;
  end: number;
  why: string;
}

/** Bidirectional controls that change the order in which text is shown (Unicode UAX 9; CVE-2021-42574), runs of each as one hit. */
export function* bidiControls({ text }: FieldText): Generator<Hit> {
  for (const match of text.matchAll(/[\u202a-\u202e\u2066-\u2069]+/g)) {
    yield {
      rule: 'bidi_control',
      start: match.index,
      end: match.index + match[0].length,
      why: 'Control characters change the order in which this text is shown.',
    };
  }
}
