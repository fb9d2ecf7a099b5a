import { z } from 'zod';
import { layers, relations } from '../../domain/intake/duplicate/hint.ts';
import { entryStates } from '../../domain/intake/queue.ts';
import { findingStates } from '../../domain/intake/report.ts';
import { CaseRow, Source } from './cases.ts';
import { FindingMessage, Mark } from './findings.ts';
import { PageQuery, pageOf } from './page.ts';
import { ShownReport } from './reports.ts';

const Id = z.string().min(1).max(100);
export const QueueParams = z.object({ id: Id.describe('Any finding of the entry') });
export const PairParams = z.object({ id: Id, other: Id });

export const QueueQuery = PageQuery.extend({
  state: z
    .enum([...entryStates, 'open', 'all'])
    .default('open')
    .describe('"open" is what waits for a coordinator: "undecided" and "joining"'),
  package: z
    .string()
    .min(1)
    .max(500)
    .optional()
    .describe('The name of a package, its "ecosystem/name", or its purl, with or without a version'),
  source: Id.optional().describe('The id of an organisation; "none" for what came without an account'),
  hint: z
    .stringbool()
    .optional()
    .describe(
      'Only entries with (or without) anything to join or to look at: a proposal, or a hint that nobody has decided',
    ),
  held: z.stringbool().optional().describe('Only entries with (or without) a finding that screening holds back'),
  taken: z.enum(['me', 'others', 'nobody']).optional(),
});

/** Why an entry stands where it stands; the points of all reasons add up to its rank. */
export const RankReason = z.object({ fact: z.string(), text: z.string(), points: z.number() });

export const QueueEntry = z.object({
  id: z.string().describe('The finding of the entry that was received first'),
  state: z.enum(entryStates),
  title: z.string(),
  package: z.string().nullable(),
  purl: z.string().nullable(),
  severity: z.string().nullable().describe('The highest that a reporter states'),
  case: z.object({ id: z.string(), title: z.string() }).nullable(),
  findings: z.number().describe('Folded under this entry, itself included'),
  sources: z.number(),
  proposals: z.number().describe('Findings of it that one act would join; nothing joins by itself'),
  receivedAt: z.string(),
  rank: z.number(),
  reasons: z.array(RankReason),
  isHeld: z.boolean(),
  hasHint: z.boolean(),
  taken: z
    .object({ by: z.object({ id: z.string(), name: z.string().nullable() }), until: z.string(), isMine: z.boolean() })
    .nullable(),
});

export const QueueCounts = z.object({
  entries: z.record(z.enum(entryStates), z.number()),
  findings: z.number().describe('All that were compared so far'),
  held: z.number(),
});
export const Queue = pageOf(QueueEntry).extend({
  counts: QueueCounts.optional().describe('With the first page, whatever the filter'),
  policy: z.object({ name: z.string(), version: z.string() }).describe('By which the entries are ranked'),
});

export const QueueMember = z.object({
  finding: z.string(),
  title: z.string(),
  source: Source,
  state: z.enum(findingStates),
  isHeld: z.boolean(),
  receivedAt: z.string(),
  case: z.string().nullable(),
  confidence: z.number().nullable().describe('Of the strongest hint that folds it under this entry'),
});

/** What can be checked in both reports. `weight` speaks for the same flaw when positive and against it when negative. */
export const HintReason = z.object({
  layer: z.enum(layers),
  fact: z.string(),
  text: z.string(),
  weight: z.number(),
  shared: z.array(z.object({ field: z.string(), a: z.string(), b: z.string() })).optional(),
});

export const Opinion = z.object({
  relation: z.enum(relations),
  text: z.string().describe("A model's words: data from outside"),
  model: z.string(),
  promptDigest: z.string(),
  askedBy: z.string(),
  askedAt: z.string(),
});

export const Hint = z.object({
  finding: z.string().describe('The other one'),
  title: z.string(),
  source: Source,
  state: z.enum(findingStates),
  isHeld: z.boolean(),
  receivedAt: z.string(),
  case: z.object({ id: z.string(), title: z.string() }).nullable(),
  relation: z.enum(relations).describe('How the opened finding stands to the other one, as far as both say'),
  confidence: z.number().describe('Measured share of such pairs that are the same flaw'),
  kind: z.enum(['proposal', 'hint']).describe('One key accepts a proposal; a hint is for reading'),
  isFolded: z.boolean().describe('It stands under the same entry of the queue'),
  reasons: z.array(HintReason),
  opinion: Opinion.nullable(),
  distinct: z
    .object({ by: z.object({ id: z.string(), name: z.string().nullable() }), at: z.string() })
    .nullable()
    .describe('A coordinator has said that the two are different flaws'),
});

export const OpenedFinding = z.object({
  id: z.string(),
  key: z.string(),
  digest: z.string(),
  title: z.string(),
  state: z.enum(findingStates),
  isHeld: z.boolean(),
  source: Source,
  submittedBy: z.string(),
  batch: z.string().nullable(),
  row: z.number().nullable(),
  receivedAt: z.string(),
  report: ShownReport.describe('Without "reproduction", which has an address of its own'),
  hasReproduction: z.boolean(),
  hasOriginal: z.boolean(),
  marks: z.array(Mark).describe('What screening marked'),
  messages: z.array(FindingMessage),
});

export const QueueItem = z.object({
  entry: QueueEntry,
  finding: OpenedFinding,
  members: z.array(QueueMember).describe('All findings under the entry, the first received first'),
  hints: z.array(Hint).describe('The strongest first, five at most'),
  case: CaseRow.nullable(),
  can: z.object({
    accept: z.boolean(),
    refuse: z.boolean(),
    reopen: z.boolean().describe('It was refused and can be taken up again'),
    ask: z.boolean(),
    take: z.boolean(),
    askModel: z.boolean().describe('An endpoint for a second opinion is configured'),
  }),
});

/** Two findings side by side: each field of both, in one order, with what they share. */
export const Comparison = z.object({
  a: OpenedFinding,
  b: OpenedFinding,
  relation: z.enum(relations),
  confidence: z.number(),
  kind: z.enum(['proposal', 'hint', 'none']),
  reasons: z.array(HintReason),
  fields: z.array(
    z.object({
      field: z.string(),
      a: z.string().nullable(),
      b: z.string().nullable(),
      isEqual: z.boolean(),
    }),
  ),
  opinion: Opinion.nullable(),
});

export const PreviewAcceptance = z.strictObject({
  findings: z
    .array(Id)
    .min(1)
    .max(200)
    .optional()
    .describe('Those to accept as one flaw; the opened finding alone, when left out'),
});
export const AcceptancePreview = z.object({
  digest: z.string().describe('Send it with the act: when what would be joined has changed, nothing is done'),
  case: z
    .object({ id: z.string(), title: z.string() })
    .nullable()
    .describe('The case they would join; null for a new one'),
  title: z.string(),
  joined: z.array(QueueMember),
  sources: z.number(),
});
export const Accept = PreviewAcceptance.extend({
  digest: z.string().max(100).optional().describe('Of the preview; needed for more than one finding'),
  title: z.string().trim().min(1).max(300).optional(),
});

export const Refuse = z.strictObject({
  as: z.enum(['not_reproduced', 'out_of_scope']),
  reason: z.string().trim().min(1).max(4000).describe('In words, for the reporter'),
});
export const Reopen = z.strictObject({
  reason: z.string().trim().min(1).max(4000).describe('In words, for the reporter'),
});
export const Take = z.strictObject({
  isTakeOver: z.boolean().default(false).describe('Take it although another coordinator is at work on it'),
});
export const Ask = z.strictObject({ text: z.string().trim().min(1).max(4000) });
export const AskModel = z.strictObject({ other: Id });

export const SourcesQuery = PageQuery;
const Interval = z.object({ low: z.number(), high: z.number(), value: z.number() });
export const SourceRow = z.object({
  source: Source,
  counts: z.object({
    confirmed: z.number().nullable(),
    refuted: z.number().nullable(),
    undecided: z.number().nullable(),
    set_aside: z.number().nullable(),
  }),
  total: z.number().nullable(),
  precision: Interval.nullable().describe('Confirmed among confirmed and refuted, with its Wilson interval at 95%'),
  medianSecondsToDecision: z.number().nullable(),
  duplicateShare: z.number().nullable().optional(),
  room: z
    .object({ perDay: z.number(), perHour: z.number(), reasons: z.array(z.string()), policy: z.string() })
    .optional(),
});
export const Sources = pageOf(SourceRow);
