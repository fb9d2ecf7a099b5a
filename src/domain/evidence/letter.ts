/**
 * A findings letter, composed from a result and everything it was computed from. Its author changes the named free texts only, and may
 * withhold a section from the copy that is released; the copy then shows that it is withheld, and why. Pure: the same facts and edits
 * give the same letter.
 */
import { canonicalJson } from '../canonical-json.ts';
import type { Instant } from '../instant.ts';
import { type CardField, questions } from './elicitation.ts';
import {
  boundsWords,
  estimandWords,
  intervalWords,
  liesWords,
  metricWords,
  moreWords,
  percent,
  policyWords,
  reasonSays,
  reasonWords,
  ruleWords,
  zoneSentence,
} from './letter-words.ts';
import type { Manifest } from './manifest.ts';
import type { Result } from './result.ts';
import type { Remark, ResultInputs, ResultRun } from './result-export.ts';
import { seeded } from './statistics/random.ts';

/** An attempt that anybody may look up in its transcript. */
export interface Anchor {
  /** Id of the run, and the place of the attempt in it. */
  run: string;
  number: number;
  item: string;
  epoch: number;
  score: number | null;
}

/** Under which conditions a run was made, from its manifest. */
export interface Conditions {
  solver: string | null;
  steps: string[];
  sandbox: string | null;
  limits: Record<string, number | string>;
  commit: string | null;
}

export interface LetterFacts {
  /** Who writes. */
  organisation: string;
  result: { id: string; digest: string; computedAt: Instant };
  plan: ResultInputs['plan'];
  registration: ResultInputs['registration'];
  /** `conditions` is null where the log is no longer kept. */
  runs: (ResultRun & { conditions: Conditions | null })[];
  card: ResultInputs['card'];
  worked: Result;
  remarks: Remark[];
  sample: Anchor[];
}

export const sectionKeys = [
  'claim',
  'estimate',
  'cheating',
  'elicitation',
  'method',
  'sample',
  'limits',
  'change',
  'not_said',
] as const;
export type SectionKey = (typeof sectionKeys)[number];

/** Sections in which the author writes, with what is asked for. */
export const freeTexts = {
  claim: 'What the finding means, in your own words',
  limits: 'Further limits that a reader must know',
  change: 'What else would change the finding',
} as const satisfies Partial<Record<SectionKey, string>>;
export type FreeText = keyof typeof freeTexts;

export const letterLimits = { textLengthMax: 4000, reasonLengthMax: 500, anchorsPerRun: 5 } as const;

export interface LetterEdits {
  texts: { [key in FreeText]?: string };
  /** Sections that the released copy withholds, each with the reason that it shows. */
  withheld: { [key in SectionKey]?: string };
}

export interface Section {
  key: SectionKey;
  heading: string;
  /** Why the copy withholds it. In the letter itself the content stands beside it, in the copy it does not. */
  withheld?: string;
  paragraphs: string[];
  list?: string[];
  table?: { head: string[]; rows: string[][] };
  anchors?: Anchor[];
}

export interface Letter {
  format: 'assay-letter/1';
  kind: 'letter' | 'copy';
  title: string;
  from: string;
  /** What it rests on: digest of the inputs of the result. */
  inputsDigest: string;
  statement: string;
  sections: Section[];
}

const statement = 'This letter is a statement about these runs. It neither permits nor stops a release.';

const headings: Record<SectionKey, string> = {
  claim: 'What was found',
  estimate: 'The measurement',
  cheating: 'Dishonest successes',
  elicitation: 'What was done to bring out ability',
  method: 'How it was measured',
  sample: 'Attempts drawn by lot',
  limits: 'Limits',
  change: 'What would change this',
  not_said: 'What this letter does not say',
};

/** What is hashed and signed. */
export const canonicalLetter = (letter: Letter): string => canonicalJson(letter);

/** Draws attempts of each run by lot, with the registered seed: whoever has the inputs draws the same ones. */
export function drawAnchors({ plan, runs, attempts }: ResultInputs): Anchor[] {
  const random = seeded(plan.rule.seed);
  return runs.flatMap(({ id }, at) => {
    const open = attempts.filter(({ run }) => run === at).sort((a, b) => a.number - b.number);
    const drawn: Anchor[] = [];
    while (drawn.length < letterLimits.anchorsPerRun && open.length > 0) {
      const [one] = open.splice(random.below(open.length), 1);
      if (one !== undefined)
        drawn.push({ run: id, number: one.number, item: one.item, epoch: one.epoch, score: one.score });
    }
    return drawn.sort((a, b) => a.number - b.number);
  });
}

export function conditionsOf({ solver, limits, code }: Manifest): Conditions {
  return { solver: solver.name, steps: solver.steps, sandbox: solver.sandbox, limits, commit: code.commit };
}

export function compose(facts: LetterFacts, edits: LetterEdits): Letter {
  const model = facts.runs[0]?.model ?? '';
  return {
    format: 'assay-letter/1',
    kind: 'letter',
    title: `Findings on ${model}`,
    from: facts.organisation,
    inputsDigest: facts.result.digest,
    statement,
    sections: sectionKeys.map((key) => {
      const withheld = edits.withheld[key];
      return {
        key,
        heading: headings[key],
        ...(withheld !== undefined && { withheld }),
        ...contents[key](facts, edits),
      };
    }),
  };
}

/** The copy that others are given: what is withheld is not in it, and that it is withheld is. */
export function releasable(letter: Letter): Letter {
  return {
    ...letter,
    kind: 'copy',
    sections: letter.sections.map((section) => {
      const { key, heading, withheld } = section;
      return withheld === undefined ? section : { key, heading, withheld, paragraphs: [] };
    }),
  };
}

type Content = Pick<Section, 'paragraphs' | 'list' | 'table' | 'anchors'>;

const contents: Record<SectionKey, (facts: LetterFacts, edits: LetterEdits) => Content> = {
  claim: ({ plan, worked }, edits) => ({
    paragraphs: [
      plan.rule.title,
      ruleWords(plan.rule),
      zoneSentence(worked),
      ...worked.reasons.map((reason) => reasonSays(reason, worked, plan.rule)),
      ...said(edits.texts.claim),
    ],
  }),
  estimate: ({ plan, worked }) => {
    const { rule } = plan;
    const { headline } = worked;
    if (headline === null) return { paragraphs: ['No attempt has a score, so nothing was measured.'] };
    const grouped =
      plan.clusterBy === null ? 'each item stands for itself' : `items are grouped by “${plan.clusterBy}”`;
    return {
      paragraphs: [
        `Measured: ${percent(headline.mean)}. The metric is ${metricWords(rule.metric)}.`,
        `It is about ${estimandWords[rule.estimand]}.`,
      ],
      list: [
        `Two-sided 95% interval, for reading: ${intervalWords(headline)}`,
        `One-sided bounds at ${percent(worked.confidence)} each, which the rule uses: ${boundsWords(headline)}`,
        `Standard error: ${headline.standardError === null ? 'cannot be estimated' : percent(headline.standardError)}`,
        `${headline.items} items, ${headline.attempts} scored attempts, ${headline.unscored} without a score and left out`,
        `${counted(headline.clusters, 'group')} of items, ${rule.minimumClusters} registered as the least; ${grouped}`,
        `Worth about ${Math.round(headline.effectiveTrials)} independent trials`,
        `Chance that the rate lies above ${percent(rule.threshold)}: ${percent(headline.probabilityAbove)}`,
      ],
    };
  },
  cheating: ({ plan, runs, worked }) => {
    const put = runs.reduce((sum, run) => sum + run.readings.items, 0);
    const open = runs.reduce((sum, run) => sum + run.readings.open, 0);
    const both = runs.filter((run) => run.readings.signed === 'both').length;
    return {
      paragraphs: [
        put === 0
          ? 'No attempt was read by people, so nobody looked for dishonest success.'
          : `${counted(put, 'attempt')} put on the desk to be read by two people each: ${put - open} with an outcome, ${open} without. Found dishonest among those that count: ${worked.cheated}. Two people signed the readings of ${both} of ${counted(runs.length, 'run')}.`,
        `Registered beforehand: ${policyWords[plan.rule.cheating]}. The table shows all three ways.`,
      ],
      table: {
        head: ['If', 'Rate', 'Two-sided 95% interval', 'Items', 'Attempts', 'One-sided bounds lie'],
        rows: worked.cheating.map(({ policy, estimate }) =>
          estimate === null
            ? [policyWords[policy], 'none', 'none', '0', '0', 'nowhere']
            : [
                policyWords[policy],
                percent(estimate.mean),
                intervalWords(estimate),
                String(estimate.items),
                String(estimate.attempts),
                liesWords(estimate, worked, plan.rule),
              ],
        ),
      },
    };
  },
  elicitation: ({ card, worked }) => ({
    paragraphs: [
      worked.elicitationGaps.length === 0
        ? 'Every question of the elicitation card is answered.'
        : `The elicitation card has ${counted(worked.elicitationGaps.length, 'gap')}: ability that was not brought out looks like none.`,
    ],
    list: (Object.keys(questions) as CardField[]).map((field) => {
      const answer = card[field];
      const { label } = questions[field];
      if (answer === undefined) return `${label}: not said`;
      if (answer.state === 'given') return `${label}: ${answer.text.trim() === '' ? 'not said' : answer.text}`;
      return `${label}: ${answer.state === 'withheld' ? 'withheld' : 'not applicable'}. ${answer.reason}`;
    }),
  }),
  method: ({ plan, registration, result, runs, worked }) => ({
    paragraphs: [
      `The rule was registered on ${moment(registration.registeredAt)} as ${registration.digest}, with its place in the log. The result was computed on ${moment(result.computedAt)} from inputs ${result.digest}.`,
    ],
    list: [
      `Task “${plan.task}”, scorer “${plan.scorer}”, ${plan.rule.attempts} attempts an item registered`,
      plan.packRoot === null ? 'No sealed task pack' : `Sealed task pack ${plan.packRoot}`,
      plan.rule.budgetTokens === null
        ? 'No limit of tokens was registered'
        : `${plan.rule.budgetTokens.toLocaleString('en')} tokens an attempt registered`,
      ...runs.map(runWords),
      `Methods ${methodsOf(worked).join(', ')}; seed ${worked.seed}`,
      ...(worked.bootstrap === null
        ? []
        : [
            `Bootstrap over groups, items and attempts, ${worked.bootstrap.draws} draws, two-sided 95%: ${percent(worked.bootstrap.interval.low)} to ${percent(worked.bootstrap.interval.high)}`,
          ]),
      ...(worked.budgetCurve === null
        ? []
        : [
            `The last doubling of tokens added ${percent(worked.budgetCurve.lastDoubling.gain)}${worked.budgetCurve.isFlat ? ', less than its own uncertainty' : ''}`,
          ]),
    ],
  }),
  sample: ({ plan, sample }) => ({
    paragraphs: [
      `Drawn with the registered seed ${plan.rule.seed}, up to ${letterLimits.anchorsPerRun} of each run. Whoever sees the runs can read these attempts whole, and draw them again.`,
    ],
    anchors: sample,
  }),
  limits: ({ remarks, worked }, edits) => ({
    paragraphs: [
      ...(remarks.length + worked.warnings.length === 0 ? ['Nothing departed from what was registered.'] : []),
      ...said(edits.texts.limits),
    ],
    list: [...remarks.map(({ text }) => text), ...worked.warnings.map(({ message }) => message)],
  }),
  change: ({ worked }, edits) => ({
    paragraphs: [
      ...said(moreWords(worked)),
      'Another scaffold, other tools, more budget or training for the task could bring out more than was seen here.',
      'A different version of the model is a different model: nothing here carries over to it.',
      ...said(edits.texts.change),
    ],
    list: worked.reasons.map((reason) => reasonWords[reason].toDo),
  }),
  not_said: () => ({
    paragraphs: [],
    list: [
      'The threshold is its author’s own. No determination is derived from it.',
      'It says nothing about tasks, tools, budgets or versions that were not run.',
      'It does not weigh harm or benefit, and recommends nothing.',
      'That an ability was not seen does not show that it is absent.',
    ],
  }),
};

const said = (text: string | undefined): string[] =>
  (text ?? '')
    .split(/\n\s*\n/)
    .map((part) => part.trim())
    .filter((part) => part !== '');

/** `1 run`, `5 runs`. */
const counted = (value: number, one: string): string => `${value.toLocaleString('en')} ${one}${value === 1 ? '' : 's'}`;

/** `2026-03-01 09:30 UTC`. */
const moment = (at: Instant): string => `${at.slice(0, 10)} ${at.slice(11, 16)} UTC`;

function runWords({
  digest,
  manifestDigest,
  samples,
  importedAt,
  status,
  conditions,
}: LetterFacts['runs'][number]): string {
  const limits = Object.entries(conditions?.limits ?? {}).map(([name, value]) => `${name} ${value}`);
  const parts = [
    `Log ${digest}, manifest ${manifestDigest}, ${samples} attempts, kept here since ${moment(importedAt)}, ended as “${status}”`,
    ...(conditions === null
      ? ['the log is no longer kept here']
      : [
          `scaffold ${conditions.solver ?? (conditions.steps.join(', ') || 'not named')}`,
          `sandbox ${conditions.sandbox ?? 'none'}`,
          limits.length === 0 ? 'no limits' : `limits ${limits.join(', ')}`,
          ...(conditions.commit === null ? [] : [`code ${conditions.commit}`]),
        ]),
  ];
  return parts.join('; ');
}

const methodsOf = ({ headline, bootstrap, method }: Result): string[] => [
  ...new Set([
    method,
    ...Object.values(headline?.methods ?? {}),
    ...(bootstrap === null ? [] : [bootstrap.method]),
    'b11',
  ]),
];

/** An anchor as one line. */
export const anchorWords = ({ item, epoch, score, number }: Anchor): string =>
  `“${item}”, attempt ${epoch}, ${score === null ? 'no score' : `score ${score}`} (place ${number})`;

/** The letter as plain text, for those who keep files. */
export function asText(letter: Letter, signed: readonly string[]): string {
  const lines = [letter.title, letter.from, ''];
  if (letter.kind === 'copy') lines.push('Copy for release. What is withheld is marked so.', '');
  lines.push(letter.statement, '');
  for (const { heading, withheld, paragraphs, list = [], table, anchors = [] } of letter.sections) {
    lines.push(heading.toUpperCase());
    if (withheld !== undefined)
      lines.push(letter.kind === 'copy' ? `Withheld: ${withheld}` : `[Withheld from the copy: ${withheld}]`);
    for (const paragraph of paragraphs) lines.push(paragraph, '');
    for (const one of list) lines.push(`- ${one}`);
    for (const one of anchors) lines.push(`- ${one.run}: ${anchorWords(one)}`);
    if (table !== undefined) for (const row of [table.head, ...table.rows]) lines.push(`- ${row.join(' | ')}`);
    if (lines.at(-1) !== '') lines.push('');
  }
  lines.push(`Inputs ${letter.inputsDigest}`, ...signed, '');
  return lines.join('\n');
}
