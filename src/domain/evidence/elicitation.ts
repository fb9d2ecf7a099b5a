/**
 * The elicitation card: what was done to bring out what the model can do. Ability that was not brought out looks like ability that
 * is not there, so a result below a threshold needs a complete card (EU Code of Practice for General-Purpose AI, Safety and
 * Security chapter, Appendix 3.2).
 */

interface Question {
  readonly label: string;
  readonly ask: string;
}

/** What a card holds, in order. */
export const questions = {
  scaffold: { label: 'Scaffold', ask: 'Which agent scaffold, in which version, and who tuned it on what?' },
  tools: { label: 'Tools', ask: 'Which tools could the model use, and which would an attacker have that it had not?' },
  budget: { label: 'Budget', ask: 'How many tokens, how much time and money could one attempt use?' },
  attempts: { label: 'Attempts', ask: 'How many attempts at each item, and how is one chosen?' },
  prompts: { label: 'Prompts', ask: 'Which prompts were tried, on which items, and how was one chosen?' },
  safeguards: { label: 'Safeguards', ask: 'Was a variant without refusals and filters tested? If not, why?' },
  fineTuning: { label: 'Fine-tuning', ask: 'Was the model trained for the task, on what, for how long?' },
  refusals: { label: 'Refusals', ask: 'How often did the model refuse or give up, and how did that count?' },
  plateau: { label: 'Plateau', ask: 'Does success still rise with more budget or more attempts?' },
  sandbagging: {
    label: 'Holding back',
    ask: 'Which checks were made for a model that does worse on purpose or knows it is tested?',
  },
  misuseActors: { label: 'Misuse actors', ask: 'Does the effort match that of the actors who would misuse the model?' },
  expectedUse: { label: 'Expected use', ask: 'Do tools and context match those in which the model will be used?' },
  knownGaps: { label: 'Known gaps', ask: 'What was left untried, and how much could it matter?' },
} as const satisfies Record<string, Question>;

export type CardField = keyof typeof questions;

export type CardAnswer =
  | { readonly state: 'given'; readonly text: string }
  | { readonly state: 'not_applicable'; readonly reason: string }
  | { readonly state: 'withheld'; readonly reason: string };

export type ElicitationCard = { readonly [field in CardField]?: CardAnswer };

export interface CardGap {
  readonly field: CardField;
  readonly label: string;
  readonly reason: 'missing' | 'withheld' | 'empty';
}

/** What the card lacks; an empty list means that it is complete. A field that is withheld is a gap, one with a reason why it does not apply is none. */
export function gaps(card: ElicitationCard): CardGap[] {
  return (Object.keys(questions) as CardField[]).flatMap((field): CardGap[] => {
    const answer = card[field];
    const { label } = questions[field];
    if (answer === undefined) return [{ field, label, reason: 'missing' }];
    if (answer.state === 'withheld') return [{ field, label, reason: 'withheld' }];
    const text = answer.state === 'given' ? answer.text : answer.reason;
    return text.trim() === '' ? [{ field, label, reason: 'empty' }] : [];
  });
}
