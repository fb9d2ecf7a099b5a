import { z } from 'zod';
import { isInstant } from '../../domain/instant.ts';
import { capacities } from '../../domain/review/party.ts';
import {
  type Act,
  acts,
  eventsMax,
  noteLengthMax,
  pauseReasons,
  returnMethods,
  returnStates,
  states,
} from '../../domain/review/window.ts';
import { formatName } from '../../domain/review/window-export.ts';
import { anchors, daysMax, startEvents } from '../../domain/review/window-policy.ts';
import { LogEntry } from './log.ts';
import { ModelView } from './submissions.ts';

const Instant = z
  .string()
  .refine(isInstant, 'is a moment in UTC such as 2026-03-01T09:30:00.000Z')
  .describe('A moment in UTC, such as 2026-03-01T09:30:00.000Z');
const Note = z.string().max(noteLengthMax).optional();
const Name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/);
const Version = z.string().regex(/^\d{1,9}\.\d{1,9}\.\d{1,9}$/);
const Digest = z.string().regex(/^[0-9a-f]{64}$/);
const Party = z.enum(capacities);
const ActName = z.enum(acts as [Act, ...Act[]]);

const terms = z.string().trim().min(1).max(500).describe('Which terms are offered: their name and version, or digest');
/** What stands in an event beside its kind; what an offer names of its policy differs between asking and the record. */
const fields = {
  accept_terms: z.object({ act: z.literal('accept_terms') }),
  verify_access: z.object({ act: z.literal('verify_access') }),
  pause: z.object({ act: z.literal('pause'), reason: z.enum(pauseReasons), note: Note }),
  resume: z.object({ act: z.literal('resume') }),
  conclude: z.object({ act: z.literal('conclude') }),
  extend: z.object({ act: z.literal('extend'), limitDays: z.number().int().min(1).max(daysMax) }),
  move_anchor: z.object({ act: z.literal('move_anchor'), anchor: Instant.nullable() }),
  withdraw: z.object({ act: z.literal('withdraw') }),
  release: z.object({ act: z.literal('release') }),
  attest_return: z.object({ act: z.literal('attest_return'), method: z.enum(returnMethods), note: Note }),
};

const after = {
  after: z
    .number()
    .int()
    .min(0)
    .max(eventsMax)
    .optional()
    .describe('Number of the last event that you have seen, 0 for none. Needed for all but release and withdrawal'),
};
export const NewEvent = z.discriminatedUnion('act', [
  z.object({
    act: z.literal('offer'),
    policy: z.object({ name: Name, version: Version.optional().describe('The newest, when left out') }),
    terms,
    anchor: Instant.optional().describe('The planned date before which access ends'),
    ...after,
  }),
  fields.accept_terms.extend(after),
  fields.verify_access.extend(after),
  fields.pause.extend(after),
  fields.resume.extend(after),
  fields.conclude.extend(after),
  fields.extend.extend(after),
  fields.move_anchor.extend(after),
  fields.withdraw.extend(after),
  fields.release.extend(after),
  fields.attest_return.extend(after),
]);

const recorded = {
  number: z.number().int().min(1).max(eventsMax),
  party: Party,
  at: Instant,
  by: z.string().max(100),
  organisation: z.string().max(100),
};
const offerRecorded = z.object({
  act: z.literal('offer'),
  policy: z.object({ name: Name, version: Version, digest: Digest.describe('SHA-256 of the canonical JSON') }),
  terms,
  anchor: Instant.optional(),
});
const recordedWith = <Shape extends z.ZodRawShape>(more: Shape) =>
  z.discriminatedUnion('act', [
    offerRecorded.extend({ ...recorded, ...more }),
    fields.accept_terms.extend({ ...recorded, ...more }),
    fields.verify_access.extend({ ...recorded, ...more }),
    fields.pause.extend({ ...recorded, ...more }),
    fields.resume.extend({ ...recorded, ...more }),
    fields.conclude.extend({ ...recorded, ...more }),
    fields.extend.extend({ ...recorded, ...more }),
    fields.move_anchor.extend({ ...recorded, ...more }),
    fields.withdraw.extend({ ...recorded, ...more }),
    fields.release.extend({ ...recorded, ...more }),
    fields.attest_return.extend({ ...recorded, ...more }),
  ]);

const Milliseconds = z.number().int();
const endedBy = z.enum(['concluded_early', 'expired', 'withdrawn', 'released']);
const facts = {
  at: Instant.describe('The instant that is spoken of'),
  state: z.enum(states),
  returns: z.enum(returnStates).describe('What is owed after the end: return or destruction'),
  isAccessOpen: z.boolean(),
  usedMs: Milliseconds.describe('Access used, in milliseconds; a day has 86400000'),
  remainingMs: Milliseconds,
  limitMs: Milliseconds,
  calendarMs: Milliseconds.describe('From the start to the end, pauses among it'),
  startedAt: Instant.optional(),
  anchor: Instant.optional().describe('The planned date, set and moved by the developer alone'),
  endsAt: Instant.optional().describe('When it ends if nobody acts; absent while nothing binds'),
  endsBy: z.enum(['limit', 'anchor']).optional(),
  endedAt: Instant.optional(),
  endedBy: endedBy.optional(),
  withdrawnAt: Instant.optional(),
  releasedAt: Instant.optional(),
  returnDueAt: Instant.optional(),
  returnedAt: Instant.optional(),
};

const rule = <Value extends z.ZodType>(value: Value) =>
  z.object({ value, source: z.string(), date: z.string(), because: z.string() });
export const WindowPolicyDocument = z.object({
  format: z.literal('assay-window-policy/1'),
  name: Name,
  version: Version,
  title: z.string(),
  summary: z.string(),
  sources: z.record(
    z.string(),
    z.object({ title: z.string(), publisher: z.string(), date: z.string(), url: z.string().optional() }),
  ),
  rules: z.object({
    'window.max_days': rule(z.number()),
    'window.anchor': rule(z.enum(anchors)),
    'window.start_event': rule(z.enum(startEvents)),
    'window.pause_counts': rule(z.boolean()),
    'return.days': rule(z.number()),
    'retention.submission_days': rule(z.number()),
    'retention.findings_days': rule(z.number()),
  }),
});
export const WindowPolicies = z.object({ items: z.array(WindowPolicyDocument) });

export const WindowDetail = z.object({
  capacity: Party.describe('In which capacity your organisation is party to it'),
  parties: z.array(z.object({ organisation: z.string(), name: z.string(), capacity: Party })),
  policy: WindowPolicyDocument,
  events: z.array(
    recordedWith({
      entry: LogEntry.optional().describe('Its entry in the log, once that has its place'),
      byName: z.string().optional().describe('Who did it, where you may know them'),
    }),
  ),
  view: z.object({
    ...facts,
    verified: z.array(Party).describe('Who has seen access work'),
    can: z.object({ developer: z.array(ActName), authority: z.array(ActName) }),
    intervals: z.array(z.object({ state: z.enum(['running', 'paused']), from: Instant, to: Instant.optional() })),
    history: z.array(
      z.object({
        act: z.union([ActName, z.literal('expire')]),
        party: z.union([Party, z.literal('time')]),
        at: Instant,
        state: z.enum(states),
        event: z.number().optional(),
      }),
    ),
  }),
  noGrantSince: Instant.optional().describe(
    'While the clock runs: since when nobody has access through a grant, where somebody had. It moves no clock',
  ),
  can: z.array(ActName).describe('What you may do now'),
});

/**
 * The document of GET /submissions/:id/window/export, which `assay window` reads: described in domain/review/window-export.ts.
 * The policy is checked by its own reader.
 */
export const WindowExport = z.object({
  format: z.literal(formatName),
  submission: z.object({
    id: z.string().max(100),
    model: ModelView,
    parties: z.array(z.object({ organisation: z.string(), name: z.string(), capacity: Party })).max(1000),
  }),
  policy: z.looseObject({}).describe('The policy document, whole'),
  events: z
    .array(
      recordedWith({
        log: z
          .object({
            index: z.number().int().min(0),
            leaf: z.string().max(1000).describe('Base64'),
            nonce: z.string().max(100).describe('Base64'),
            body: z.string().max(100_000).describe('What the leaf commits to'),
            proof: z.string().max(20_000).describe('C2SP tlog-proof'),
          })
          .optional()
          .describe('Its entry in the log, once it has its place'),
      }),
    )
    .max(eventsMax),
  claims: z.object(facts).describe('What the instance says of the window at `at`'),
  log: z.object({ origin: z.string().max(1000), key: z.string().max(1000) }),
});
