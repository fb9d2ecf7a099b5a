/** The sixteen parts of a model's file, as data. Nothing in them is required for anything but the conversation itself (I1). */

interface Labelled {
  key: string;
  label: string;
  /** What helps to answer; plain words. */
  hint?: string;
}

/** One answer inside a part. Every kind has its limit: see `limits` in submission.ts. */
export type Field = Labelled &
  (
    | { kind: 'line' | 'text' | 'day' }
    | { kind: 'count'; unit: string; max: number }
    | { kind: 'choice' | 'choices'; options: readonly { key: string; label: string }[] }
    | { kind: 'rows'; columns: readonly Column[] }
  );

export type Column = Labelled &
  ({ kind: 'line' } | { kind: 'choice'; options: readonly { key: string; label: string }[] });

export const partNumbers = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16] as const;
export type PartNumber = (typeof partNumbers)[number];

export interface PartRule {
  number: PartNumber;
  name: string;
  /** What belongs in it, in one sentence. */
  contains: string;
  /** Why a developer might give it. */
  why: string;
  /** Where the part comes from: a Measure or Appendix of the EU General-Purpose AI Code of Practice (July 2025), or EO 14409. */
  source: string;
  fields: readonly Field[];
}

/** A link, an id of an evaluation run kept here, or a place on site: files themselves are not attached. */
const pointer: Column = {
  key: 'pointer',
  label: 'Where it is',
  hint: 'A link, a run id or a place; files stay with you',
  kind: 'line',
};
const offered = [
  { key: 'offered', label: 'Offered' },
  { key: 'not_offered', label: 'Not offered' },
  { key: 'undecided', label: 'Not decided yet' },
] as const;

export const partRules: readonly PartRule[] = [
  {
    number: 1,
    name: 'Identity',
    contains: 'Which model this is, which versions ship or are used, and how they differ.',
    why: 'Everything said later is about these exact weights. Without a digest nobody can tell two versions apart.',
    source: 'EU Code, Measure 7.1(3)',
    fields: [
      {
        key: 'build',
        label: 'What the digest is of',
        hint: 'Such as: SHA-256 of the tarball of the weights',
        kind: 'line',
      },
      {
        key: 'versions',
        label: 'Versions to be shipped or used',
        kind: 'rows',
        columns: [
          { key: 'version', label: 'Version', kind: 'line' },
          {
            key: 'use',
            label: 'For',
            kind: 'choice',
            options: [
              { key: 'release', label: 'Release' },
              { key: 'internal', label: 'Use inside' },
              { key: 'evaluation', label: 'Evaluation only' },
            ],
          },
          { key: 'digest', label: 'Digest', kind: 'line' },
          { key: 'difference', label: 'How it differs', kind: 'line' },
        ],
      },
    ],
  },
  {
    number: 2,
    name: 'Description',
    contains: 'What kind of model it is, how it was trained at a high level, what it can do and is meant for.',
    why: 'Whoever examines it knows where to look, and does not spend days finding out what you could say in a page.',
    source: 'EU Code, Measure 7.1(1), (2), (4)',
    fields: [
      { key: 'architecture', label: 'Class of architecture', kind: 'text' },
      { key: 'training', label: 'Training method and data, at a high level', kind: 'text' },
      { key: 'capabilities', label: 'Capabilities', kind: 'text' },
      { key: 'propensities', label: 'Propensities', hint: 'What it tends to do without being asked', kind: 'text' },
      { key: 'affordances', label: 'Affordances', hint: 'Tools, memory, network: what it can act with', kind: 'text' },
      { key: 'expected_use', label: 'Expected use', kind: 'text' },
      { key: 'specification', label: 'Model specification', hint: 'Principles, refusals, system prompt', kind: 'text' },
    ],
  },
  {
    number: 3,
    name: 'Question',
    contains: 'What you ask: any mix of the three questions that the order lets a developer ask.',
    why: 'An authority can only answer what is asked, and you decide what that is.',
    source: 'EO 14409, Sec. 3(b)(i)-(iii)',
    fields: [
      {
        key: 'asks',
        label: 'We ask',
        kind: 'choices',
        options: [
          { key: 'covered', label: 'whether this model is a covered frontier model' },
          { key: 'early_access', label: 'to give early access for up to thirty days' },
          { key: 'partners', label: 'for help in choosing trusted partners' },
        ],
      },
      { key: 'context', label: 'Anything to know about the question', kind: 'text' },
    ],
  },
  {
    number: 4,
    name: "Developer's own results",
    contains:
      'All relevant evaluations: method, tasks, scoring, elicitation, comparison with people and other versions.',
    why: 'What you have measured need not be measured again, and differences show up early.',
    source: 'EU Code, Measure 7.3(1)(e)',
    fields: [
      {
        key: 'evaluations',
        label: 'Evaluations',
        kind: 'rows',
        columns: [
          { key: 'name', label: 'Evaluation', kind: 'line' },
          { key: 'method', label: 'Method and scoring', kind: 'line' },
          { key: 'tasks', label: 'Tasks', kind: 'line' },
          { key: 'baseline', label: 'Human baseline', kind: 'line' },
          { key: 'result', label: 'Result', kind: 'line' },
          pointer,
        ],
      },
      { key: 'versions', label: 'Other versions and settings that were tried', kind: 'text' },
    ],
  },
  {
    number: 5,
    name: 'Raw samples',
    contains: 'At least five random pairs of input and output for each evaluation, and every trajectory that matters.',
    why: 'A score says little about why. Samples let a reader check the scoring itself.',
    source: 'EU Code, Measure 7.3(1)(f)',
    fields: [
      {
        key: 'chosen',
        label: 'How they were chosen',
        kind: 'choice',
        options: [
          { key: 'random', label: 'At random' },
          { key: 'selected', label: 'Selected' },
          { key: 'both', label: 'Some at random, some selected' },
        ],
      },
      { key: 'per_evaluation', label: 'Samples for each evaluation', kind: 'count', unit: 'samples', max: 1_000_000 },
      {
        key: 'samples',
        label: 'Where they are',
        kind: 'rows',
        columns: [{ key: 'evaluation', label: 'Evaluation', kind: 'line' }, pointer],
      },
    ],
  },
  {
    number: 6,
    name: 'Elicitation card',
    contains: 'How hard the evaluations tried to bring out what the model can do.',
    why: 'A weak result after weak elicitation says nothing; this shows which it was.',
    source: 'EU Code, Appendix 3.2',
    fields: [
      { key: 'effort', label: 'Effort: attempts, tokens, time, people', kind: 'text' },
      { key: 'tools', label: 'Tools and scaffolds', kind: 'text' },
      { key: 'actors', label: 'Which misuse actors and tools it was matched to', kind: 'text' },
      { key: 'deception', label: 'How underperformance on purpose was looked for', kind: 'text' },
    ],
  },
  {
    number: 7,
    name: 'Safeguards',
    contains:
      'Mitigations and their limits, how they were attacked, and whether a variant with fewer of them is offered.',
    why: 'It separates what the model can do from what its safeguards hold back.',
    source: 'EU Code, Measure 7.3(2), Appendix 3.3; practice of CAISI',
    fields: [
      { key: 'mitigations', label: 'Mitigations', kind: 'text' },
      { key: 'limits', label: 'Known limits', kind: 'text' },
      { key: 'attacks', label: 'Tests under attack', kind: 'text' },
      { key: 'reduced_variant', label: 'Variant with reduced safeguards', kind: 'choice', options: offered },
    ],
  },
  {
    number: 8,
    name: 'Security',
    contains: 'The security goal, and the measures for weights, insiders and access.',
    why: 'Whoever holds access beside you wants to know that the weak place is not yours.',
    source: 'EU Code, Measure 7.3(3)',
    fields: [
      { key: 'goal', label: 'Security goal', kind: 'text' },
      { key: 'weights', label: 'Measures for the weights', kind: 'text' },
      { key: 'insiders', label: 'Measures against insiders', kind: 'text' },
      { key: 'access', label: 'Measures for access', kind: 'text' },
    ],
  },
  {
    number: 9,
    name: 'Access offer',
    contains: 'How the model can be reached, what can be seen of it, how fast, when, and who helps.',
    why: 'It is what an authority needs to plan its days. Weights never enter this system.',
    source: 'EU Code, Appendix 3.4(1), 3.5',
    fields: [
      {
        key: 'methods',
        label: 'Ways of access',
        kind: 'choices',
        options: [
          { key: 'endpoint', label: 'OpenAI-compatible endpoint' },
          { key: 'vendor_api', label: 'Our own API' },
          { key: 'enclave', label: 'Enclave that we run' },
          { key: 'on_site', label: 'On site with us' },
        ],
      },
      {
        key: 'visible',
        label: 'What can be seen beside the output',
        kind: 'choices',
        options: [
          { key: 'logits', label: 'Logits' },
          { key: 'reasoning', label: 'Raw reasoning' },
          { key: 'activations', label: 'Activations' },
        ],
      },
      { key: 'rate', label: 'Rate', kind: 'count', unit: 'requests a minute', max: 100_000_000 },
      { key: 'hours', label: 'Hours', hint: 'Such as: always, or weekdays 08:00-18:00 UTC', kind: 'line' },
      { key: 'support', label: 'Support person', kind: 'line' },
      { key: 'retention', label: 'We keep what evaluators send for', kind: 'count', unit: 'days', max: 3650 },
      {
        key: 'traffic',
        label: "Do you store or analyse evaluators' traffic?",
        hint: 'Appendix 3.5: not without their permission',
        kind: 'choice',
        options: [
          { key: 'no', label: 'No' },
          { key: 'with_permission', label: 'Only with their permission' },
          { key: 'yes', label: 'Yes' },
        ],
      },
    ],
  },
  {
    number: 10,
    name: 'Terms',
    contains:
      'The terms under which access is given: confidentiality, security, insiders, property, use, nondisclosure, return.',
    why: 'The order names these terms; you write them, and access begins only under what both have accepted.',
    source: 'EO 14409, Sec. 3(b)(ii)',
    fields: [
      { key: 'confidentiality', label: 'Confidentiality', kind: 'text' },
      { key: 'cybersecurity', label: 'Cybersecurity', kind: 'text' },
      { key: 'insider_risk', label: 'Insider risk', kind: 'text' },
      { key: 'property', label: 'Intellectual property', kind: 'text' },
      {
        key: 'use',
        label: 'Permitted use',
        hint: 'Anything else, training included, is refused and noted',
        kind: 'text',
      },
      { key: 'nondisclosure', label: 'Nondisclosure', kind: 'text' },
      { key: 'return', label: 'Return and destruction', kind: 'text' },
    ],
  },
  {
    number: 11,
    name: 'Outside reports',
    contains:
      'Reports of outside evaluators and security reviewers: how chosen, under which agreement, who decides on publication.',
    why: 'An outside report counts for more when its terms are known.',
    source: 'EU Code, Measure 7.4',
    fields: [
      {
        key: 'reports',
        label: 'Reports',
        kind: 'rows',
        columns: [
          { key: 'by', label: 'By', kind: 'line' },
          { key: 'about', label: 'About', kind: 'line' },
          { key: 'chosen', label: 'How they were chosen', kind: 'line' },
          { key: 'agreement', label: 'Nondisclosure agreement', kind: 'line' },
          { key: 'publication', label: 'Who decides on publication', kind: 'line' },
          pointer,
        ],
      },
    ],
  },
  {
    number: 12,
    name: 'Reasons and margins',
    contains: 'Why you would proceed, with which margin, and when that stops being true.',
    why: 'Optional here. It puts your own judgement on record in your own words.',
    source: 'EU Code, Measure 7.2',
    fields: [
      { key: 'reasons', label: 'Why you would proceed', kind: 'text' },
      { key: 'margin', label: 'Margin', kind: 'text' },
      { key: 'until', label: 'When this stops being true', kind: 'text' },
    ],
  },
  {
    number: 13,
    name: 'What is next',
    contains: 'The outlook for six months and planned changes to the model.',
    why: 'It tells an authority whether to look now or at the next version. Leave out dates that a competitor must not learn.',
    source: 'EU Code, Measure 7.3(4)',
    fields: [
      { key: 'outlook', label: 'Outlook', kind: 'text' },
      { key: 'changes', label: 'Planned changes', kind: 'text' },
    ],
  },
  {
    number: 14,
    name: 'Changes',
    contains: 'What changed in this file and why. The list of changes is kept for you; here is room for the reasons.',
    why: 'A reader of an earlier version sees at once what to read again.',
    source: 'EU Code, Measures 7.6, 7.7',
    fields: [
      { key: 'reasons', label: 'Reasons for the changes', kind: 'text' },
      { key: 'missing', label: 'What an interim version still leaves open', kind: 'text' },
    ],
  },
  {
    number: 15,
    name: 'Partner proposals',
    contains: 'Trusted partners you think of: name, sector, use, controls.',
    why: 'If you ask for help in choosing partners, this is where to begin. Naming somebody here invites nobody.',
    source: 'EO 14409, Sec. 3(b)(iii)',
    fields: [
      {
        key: 'proposals',
        label: 'Proposals',
        kind: 'rows',
        columns: [
          { key: 'name', label: 'Organisation', kind: 'line' },
          { key: 'sector', label: 'Sector', kind: 'line' },
          { key: 'use', label: 'What for', kind: 'line' },
          { key: 'controls', label: 'Controls', kind: 'line' },
        ],
      },
    ],
  },
  {
    number: 16,
    name: 'Resources',
    contains: 'What you give evaluators to work with: time, compute, engineers for bugs and refusals.',
    why: 'At least twenty business days is usual; less time means a narrower statement.',
    source: 'EU Code, Appendix 3.4(3), (4)',
    fields: [
      { key: 'days', label: 'Time for evaluators', kind: 'count', unit: 'business days', max: 1000 },
      { key: 'compute', label: 'Compute', kind: 'text' },
      { key: 'engineering', label: 'Engineering help', kind: 'text' },
    ],
  },
];

const byNumber = new Map(partRules.map((rule) => [rule.number, rule]));

/** The rule of a part. */
export const partRule = (number: PartNumber): PartRule => byNumber.get(number) as PartRule;
