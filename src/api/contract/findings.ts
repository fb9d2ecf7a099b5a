import { z } from 'zod';
import { findingStates } from '../../domain/intake/report.ts';
import { PageQuery, pageOf } from './page.ts';
import { Report, ShownReport } from './reports.ts';

/** One statement is short: reports carry the detail. */
export const textLengthMax = 16_000;

export const FindingParams = z.object({ id: z.string().min(1).max(100) });

/** The same for everybody, whether or not others reported it. */
export const Receipt = z.object({
  id: z.string(),
  key: z.string().describe('Your own name of it, or the digest of the report; sent again it gives the same receipt'),
  digest: z.string().describe('SHA-256 of the report as canonical JSON without its key (RFC 8785)'),
  receivedAt: z.string(),
});

export const FindingsQuery = PageQuery.extend({
  state: z.enum(findingStates).optional(),
  batch: z.string().max(100).optional().describe('Only those of this batch'),
  q: z.string().min(1).max(200).optional().describe('Words of the title'),
  asked: z.stringbool().optional().describe('Only those with a question that nobody has answered'),
});

export const FindingRow = z.object({
  id: z.string(),
  key: z.string(),
  title: z.string(),
  purl: z.string().nullable(),
  ecosystem: z.string().nullable(),
  package: z.string().nullable(),
  severity: z.string().nullable().describe('As the reporter states it'),
  tool: z.string().nullable(),
  state: z.enum(findingStates),
  isAsked: z.boolean().describe('A coordinator has asked something that nobody has answered'),
  batch: z.string().nullable(),
  row: z.number().nullable().describe('Its row in the batch, from 1'),
  receivedAt: z.string(),
});

export const Findings = pageOf(FindingRow);

export const FindingMessage = z.object({
  id: z.string(),
  kind: z
    .enum(['question', 'answer', 'decision'])
    .describe('"decision": why a coordinator refused it, in words for the reporter'),
  text: z.string(),
  at: z.string(),
});

export const FindingView = FindingRow.extend({
  digest: z.string(),
  report: ShownReport.describe('Without "reproduction", which has an address of its own'),
  hasReproduction: z.boolean(),
  hasOriginal: z.boolean().describe('The row or result it was read from is kept'),
  states: z.array(z.object({ state: z.enum(findingStates), at: z.string() })).describe('Oldest first'),
  messages: z.array(FindingMessage).describe('Questions and answers, oldest first'),
});

export const ReproductionView = z.object({ reproduction: z.string().nullable(), original: z.string().nullable() });

export const AnswerFinding = z.strictObject({ text: z.string().trim().min(1).max(textLengthMax) });

/** Findings whose text a rule of screening marked, for coordinators. */
export const HeldQuery = PageQuery.extend({
  kept: z
    .stringbool()
    .default(false)
    .describe('Those that a coordinator keeps held, instead of those nobody has looked at'),
});

export const Mark = z.object({
  kind: z.enum(['injection', 'secret', 'personal_data']),
  rule: z.string(),
  field: z.string(),
  start: z.number(),
  end: z.number(),
  why: z.string(),
});

export const HeldFinding = z.object({
  id: z.string(),
  title: z.string(),
  source: z.object({ id: z.string(), name: z.string() }).nullable().describe('Null where it came without an account'),
  receivedAt: z.string(),
  marks: z.array(Mark),
  decision: z
    .object({ kind: z.enum(['released', 'kept']), reason: z.string(), by: z.string(), at: z.string() })
    .nullable(),
});

export const HeldFindings = pageOf(HeldFinding);

export const DecideHeld = z.strictObject({
  decision: z.enum(['release', 'keep']),
  reason: z.string().trim().min(1).max(2000),
});

/** Without an account. */
export const HandIn = z.strictObject({
  report: Report,
  contact: z
    .email()
    .max(320)
    .optional()
    .describe('Shown to coordinators only; questions are announced there, without their text'),
});

export const HandedIn = Receipt.extend({
  token: z.string().describe('Shown this once. With it, and only with it, the report can be followed'),
});

export const TokenBody = z.strictObject({ token: z.string().min(1).max(200) });

export const AnswerByToken = TokenBody.extend({ text: z.string().trim().min(1).max(textLengthMax) });

export const FollowedReport = z.object({
  id: z.string(),
  key: z.string(),
  digest: z.string(),
  title: z.string(),
  state: z.enum(findingStates),
  isAsked: z.boolean().describe('A coordinator has asked something that nobody has answered'),
  receivedAt: z.string(),
  states: z.array(z.object({ state: z.enum(findingStates), at: z.string() })),
  messages: z.array(FindingMessage),
});
