import { z } from 'zod';
import { loggings, methods, purposes, variants } from '../../domain/review/grant.ts';
import { flags, results } from '../../domain/review/ledger.ts';
import { capacities } from '../../domain/review/party.ts';

const Id = z.string().min(1).max(100);
const Moment = z.iso
  .datetime({ precision: 3, error: 'is a moment in UTC such as 2026-03-01T09:30:00.000Z' })
  .describe('UTC, such as 2026-03-01T09:30:00.000Z');
const Time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'is a time such as 08:30');
const Count = z.number().int().min(0).max(1e12);

export const GrantParams = z.object({ id: Id });

export const Endpoint = z.object({
  baseUrl: z.string().min(1).max(2000).describe('Without /chat/completions, such as https://models.example/v1'),
  apiKey: z
    .string()
    .regex(/^[\x21-\x7e]{1,4096}$/, 'holds characters that no header can carry')
    .optional()
    .describe('Sealed at once; shown to nobody from then on'),
});

const Hours = z.object({
  from: Time,
  to: Time.describe('Where it is not after "from", the hours run past midnight'),
  days: z.array(z.number().int().min(1).max(7)).min(1).max(7).describe('1 is Monday'),
});

export const Terms = z.object({
  method: z.enum(methods).describe('How the model is reached. None hands weights over'),
  variant: z.enum(variants),
  model: z.string().trim().min(1).max(200).describe('The name by which the endpoint knows the model'),
  purposes: z.array(z.enum(purposes)).min(1).max(purposes.length).describe('Training can be none of them'),
  ratePerMinute: z.number().int().min(1).max(100_000).nullable().default(null),
  hours: Hours.nullable().default(null).describe('In UTC. A use outside them is done and pointed out'),
  logging: z
    .enum(loggings)
    .default('counts_only')
    .describe("What the developer's own endpoint may keep of the traffic"),
  retentionDays: z.number().int().min(0).max(3650).default(30),
  notes: z.string().max(4000).default(''),
  startsAt: Moment,
  expiresAt: Moment,
});

export const OfferGrant = Terms.extend({
  to: Id.describe('An organisation that may know of the file'),
  endpoint: Endpoint.optional().describe('For openai_compatible; may be given later'),
});

export const AcceptGrant = z.object({
  people: z
    .array(z.object({ person: Id, shownAs: z.string().trim().min(1).max(200) }))
    .max(200)
    .default([])
    .describe('Who may use it, under the name that the developer sees; none means every evaluator of the organisation'),
  canaries: z
    .array(z.string().min(1).max(2000))
    .max(5)
    .default([])
    .describe('Questions for the probe beside those of every probe; the developer does not see them here'),
});

export const GrantView = Terms.extend({
  id: z.string(),
  submission: z.string(),
  to: z.object({ id: z.string(), name: z.string() }),
  state: z.enum(['offered', 'accepted', 'verified', 'active', 'expired', 'revoked']),
  people: z.array(z.object({ person: z.string(), shownAs: z.string() })),
  canaries: z.array(z.string()).optional().describe('Only for the organisation that has the grant'),
  hasEndpoint: z.boolean().describe('Whether address and key were given; they are in no answer'),
  endpointSetAt: z.string().nullable(),
  running: z.number().describe('Uses of which the answer is still coming'),
  offeredAt: z.string(),
  acceptedAt: z.string().nullable(),
  verifiedByDeveloperAt: z.string().nullable(),
  verifiedByAuthorityAt: z.string().nullable(),
  revokedAt: z.string().nullable(),
  canUse: z.boolean().describe('Whether this person is among those who may use it; the window decides besides'),
});

export const Grants = z.object({ capacity: z.enum(capacities), items: z.array(GrantView) });

export const Revoked = z.object({ revoked: z.array(z.string()).describe('The grants that this act ended') });

const Reason = z.union([
  z.object({ kind: z.enum(['model', 'fingerprint']), was: z.array(z.string()), is: z.array(z.string()) }),
  z.object({ kind: z.literal('answers'), similarity: z.number() }),
  z.object({
    kind: z.literal('latency'),
    measure: z.enum(['median', 'p95']),
    wasMs: z.number(),
    isMs: z.number(),
  }),
]);

export const ProbeView = z.object({
  id: z.string(),
  grant: z.string(),
  by: z.string(),
  at: z.string(),
  isBaseline: z.boolean().describe('The first reading, with which later ones are compared'),
  failure: z.string().nullable().describe('Why the endpoint gave no answer'),
  models: z.array(z.string()),
  fingerprints: z.array(z.string()),
  medianMs: z.number().nullable(),
  p95Ms: z.number().nullable(),
  drift: z.enum(['none', 'changed']).nullable().describe('Null for the first reading, and where there is none'),
  similarity: z.number().nullable().describe('Mean similarity of the answers with the first ones, 0 to 1'),
  reasons: z.array(Reason),
});
export const Probes = z.object({ items: z.array(ProbeView) });

export const ReportUse = z.object({
  grant: Id,
  purpose: z.string().trim().min(1).max(200).describe('One of the agreed purposes; another is kept and pointed out'),
  startedAt: Moment,
  endedAt: Moment.nullable().default(null),
  person: Id.optional().describe('Of those whom the grant names; you, when left out'),
  uses: z.number().int().min(1).max(1_000_000).default(1),
  promptTokens: Count.nullable().default(null),
  completionTokens: Count.nullable().default(null),
  note: z.string().max(2000).default(''),
});
export const ReportedUse = z.object({ id: z.string() });

export const LedgerUseView = z.object({
  id: z.string(),
  grant: z.string(),
  purpose: z.string(),
  model: z.string().nullable(),
  answeredBy: z.string().nullable(),
  startedAt: z.string(),
  endedAt: z.string().nullable(),
  promptTokens: z.number().nullable(),
  completionTokens: z.number().nullable(),
  result: z.enum(results),
  reason: z.string().nullable(),
  flags: z.array(z.enum(flags)),
  tries: z.number(),
  note: z.string().nullable(),
});

/** For clients of the chat completions API: whatever else they send is handed on. */
export const ChatRequest = z.looseObject({
  model: z.string().max(500).optional(),
  messages: z.array(z.unknown()).max(100_000),
  stream: z.boolean().nullish(),
});
export const ModelList = z.object({
  object: z.literal('list'),
  data: z.array(z.object({ id: z.string(), object: z.literal('model'), owned_by: z.string() })),
});
