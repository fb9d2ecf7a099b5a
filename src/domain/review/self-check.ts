/**
 * Ten plain questions for a small lab: what a file about its model would take, and what to think about first. Pure, so that the browser
 * answers by itself. It scores nothing and says nothing about whether a model is covered: nobody outside can know (I4).
 */
import { type Content, type Part, type Parts, readPart } from './submission.ts';
import { type PartNumber, partRule } from './submission-parts.ts';

interface Answer {
  key: string;
  label: string;
  /** What to think about after this answer. */
  thought?: string;
  /** Parts that are quickly said after this answer, and parts that take longer. */
  quick?: readonly PartNumber[];
  longer?: readonly PartNumber[];
  /** What a file could say at once. */
  says?: { number: PartNumber; field: string; value: string };
}

interface Question {
  key: string;
  ask: string;
  hint?: string;
  /** Whether several answers may be chosen. */
  isSeveral: boolean;
  answers: readonly Answer[];
}

export const questions: readonly Question[] = [
  {
    key: 'maker',
    ask: 'Do you make the weights of this model?',
    isSeveral: false,
    answers: [
      { key: 'trained', label: 'Yes, we train it ourselves', longer: [2] },
      {
        key: 'changed',
        label: "We tune or change somebody else's model",
        thought:
          'Say which model yours is made from and what you changed. The developer of that one speaks for it, you for your change.',
        longer: [2],
      },
      {
        key: 'neither',
        label: 'No, we only use it',
        thought:
          'Early access is between the developer of a model and an authority. If you only use a model, there is nothing here for you to file.',
      },
    ],
  },
  {
    key: 'weights',
    ask: 'Do you publish the weights?',
    isSeveral: false,
    answers: [
      {
        key: 'open',
        label: 'Yes, openly',
        thought:
          'The order says that nothing in it is a permit for publication or release. How open weights are treated in practice is not published; press reports of 2026 say that they are left out for now.',
      },
      { key: 'closed', label: 'No' },
      {
        key: 'later',
        label: 'Not at first, or not decided',
        thought:
          'Once weights are public, access can no longer be ended. If you want early access to mean something, it comes before.',
      },
    ],
  },
  {
    key: 'wish',
    ask: 'Is there something you would want from an authority?',
    hint: 'Choose all that fit. You decide what is asked, and asking nothing is a fine answer.',
    isSeveral: true,
    answers: [
      {
        key: 'covered',
        label: 'To ask whether the model is a covered frontier model',
        thought:
          'Only the authority decides that, by a classified process, and an answer may not come. No answer means nothing either way.',
        quick: [3],
        says: { number: 3, field: 'asks', value: 'covered' },
      },
      {
        key: 'early_access',
        label: 'To let them look before release',
        thought: 'You may give access for up to thirty days and end it at any moment, without a reason.',
        quick: [3],
        says: { number: 3, field: 'asks', value: 'early_access' },
      },
      {
        key: 'partners',
        label: 'Help in choosing trusted partners',
        quick: [3],
        longer: [15],
        says: { number: 3, field: 'asks', value: 'partners' },
      },
      { key: 'nothing', label: 'Nothing', thought: 'Then nothing needs to be done. You can release as you planned.' },
    ],
  },
  {
    key: 'identity',
    ask: 'Can you say exactly which files are the model?',
    hint: 'A digest (SHA-256) of the weights tells two versions apart for ever.',
    isSeveral: false,
    answers: [
      { key: 'digest', label: 'Yes, with digests', quick: [1] },
      {
        key: 'files',
        label: 'Yes, but without digests',
        quick: [1],
        thought: 'Make a digest of the weights now: sha256sum does it in minutes.',
      },
      {
        key: 'no',
        label: 'Not exactly',
        longer: [1],
        thought: 'Fix which build you talk about first. Everything else hangs on it.',
      },
    ],
  },
  {
    key: 'description',
    ask: 'Is there a description, such as a model card?',
    isSeveral: false,
    answers: [
      {
        key: 'published',
        label: 'Yes, published',
        quick: [2],
        thought: 'A published card can be pointed to; you need not write it again.',
      },
      { key: 'internal', label: 'Yes, for ourselves', quick: [2] },
      { key: 'no', label: 'No', longer: [2] },
    ],
  },
  {
    key: 'results',
    ask: 'Have you measured what it can do in security tasks?',
    hint: 'Such as finding or using flaws in software.',
    isSeveral: false,
    answers: [
      { key: 'logs', label: 'Yes, and we kept the raw outputs', quick: [4, 5, 6] },
      {
        key: 'scores',
        label: 'Yes, but only scores are left',
        quick: [4],
        longer: [5, 6],
        thought: 'Keep raw outputs from now on: a score without samples cannot be checked by anybody.',
      },
      {
        key: 'no',
        label: 'No',
        longer: [4, 5, 6],
        thought: 'Open task suites exist that run in a day. What you measure yourself says what you saw, and no more.',
      },
    ],
  },
  {
    key: 'safeguards',
    ask: 'Has somebody tried to get round its safeguards?',
    isSeveral: false,
    answers: [
      { key: 'outside', label: 'Yes, somebody outside', quick: [7, 11] },
      { key: 'inside', label: 'Yes, ourselves', quick: [7] },
      { key: 'no', label: 'No', longer: [7] },
      { key: 'none', label: 'It has no safeguards of its own', quick: [7] },
    ],
  },
  {
    key: 'access',
    ask: 'How could somebody outside use it today?',
    hint: 'Choose all that fit.',
    isSeveral: true,
    answers: [
      {
        key: 'endpoint',
        label: 'An OpenAI-compatible endpoint',
        quick: [9],
        says: { number: 9, field: 'methods', value: 'endpoint' },
      },
      {
        key: 'vendor_api',
        label: 'An API of our own',
        quick: [9],
        says: { number: 9, field: 'methods', value: 'vendor_api' },
      },
      {
        key: 'enclave',
        label: 'A closed machine that we run',
        quick: [9],
        says: { number: 9, field: 'methods', value: 'enclave' },
      },
      {
        key: 'on_site',
        label: 'Only at our place',
        longer: [9],
        says: { number: 9, field: 'methods', value: 'on_site' },
      },
      {
        key: 'none',
        label: 'Not yet',
        longer: [9],
        thought:
          'An endpoint with a key that you can take back is enough. Weights need not leave your hands, and never enter here.',
      },
    ],
  },
  {
    key: 'terms',
    ask: 'Do you have terms or a nondisclosure agreement that you use?',
    isSeveral: false,
    answers: [
      { key: 'yes', label: 'Yes', quick: [10] },
      {
        key: 'no',
        label: 'No',
        longer: [10],
        thought:
          'Terms need not be long: what may be done with access, who may see results, what happens to copies at the end.',
      },
    ],
  },
  {
    key: 'dates',
    ask: 'Is there a release date that competitors must not learn?',
    isSeveral: false,
    answers: [
      {
        key: 'yes',
        label: 'Yes',
        thought:
          'Keep it out of descriptions. A file here holds dates apart: nobody else reads them until you show them.',
      },
      { key: 'no', label: 'No' },
    ],
  },
];

/** Answers by question; only keys of the table count. */
export type Answers = Record<string, readonly string[]>;

export interface Findings {
  /** What was answered, in the order of the questions. */
  answered: { ask: string; answers: string[] }[];
  /** Parts of a file that would be quickly said, and parts that would take longer. */
  quick: { number: PartNumber; name: string }[];
  longer: { number: PartNumber; name: string }[];
  thoughts: string[];
  /** What a file could begin with. */
  parts: Parts;
}

/** What the answers lead to. The same answers give the same findings; what is not known is left out. */
export function findingsOf(answers: Answers): Findings {
  const chosen = questions.map((question) => ({
    question,
    picked: question.answers
      .filter(({ key }) => answers[question.key]?.includes(key))
      .slice(0, question.isSeveral ? undefined : 1),
  }));
  const all = chosen.flatMap(({ picked }) => picked);
  const longer = new Set(all.flatMap((one) => one.longer ?? []));
  const quick = new Set(all.flatMap((one) => one.quick ?? []));
  // Where one answer says quick and another says it takes longer, something can be said at once.
  for (const number of quick) longer.delete(number);
  const named = (numbers: Set<PartNumber>) =>
    [...numbers].sort((a, b) => a - b).map((number) => ({ number, name: partRule(number).name }));
  return {
    answered: chosen
      .filter(({ picked }) => picked.length > 0)
      .map(({ question, picked }) => ({ ask: question.ask, answers: picked.map(({ label }) => label) })),
    quick: named(quick),
    longer: named(longer),
    thoughts: all.flatMap(({ thought }) => thought ?? []),
    parts: partsOf(all),
  };
}

function partsOf(picked: readonly Answer[]): Parts {
  const contents = new Map<PartNumber, Content>();
  for (const { says } of picked) {
    if (says === undefined) continue;
    const content = contents.get(says.number) ?? {};
    content[says.field] = [...((content[says.field] as string[] | undefined) ?? []), says.value];
    contents.set(says.number, content);
  }
  const parts: Parts = {};
  for (const [number, content] of contents) {
    const read = readPart(number, { state: 'given', content } satisfies Part);
    if ('part' in read) parts[number] = read.part;
  }
  return parts;
}

/** What this check cannot say, whatever the answers are. */
export const unknowns = [
  'Whether your model is a covered frontier model. The authority decides that by a classified process; no threshold and no test of it is known here, and your answers have no bearing on it.',
  'Whether anybody will ask you for anything. Early access is voluntary, and not taking part is recorded nowhere.',
] as const;

/** The findings as plain text, to keep or to send to a colleague. */
export function summaryText({ answered, quick, longer, thoughts }: Findings): string {
  const list = (heading: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : [heading, ...lines.map((line) => `  - ${line}`), ''];
  const part = ({ number, name }: { number: number; name: string }) => `${number} ${name}`;
  return [
    'Self-check for early access to a model',
    'Made in the browser; nothing was sent. Nothing here is needed to release a model.',
    '',
    ...list(
      'What you answered',
      answered.map(({ ask, answers }) => `${ask} ${answers.join('; ')}`),
    ),
    ...list('Parts of a file that would be quickly said', quick.map(part)),
    ...list('Parts that would take longer', longer.map(part)),
    ...list('To think about', thoughts),
    ...list('What this check cannot say', unknowns),
  ].join('\n');
}
