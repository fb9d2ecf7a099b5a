import { z } from 'zod';
import * as claim from '../../domain/intake/claim.ts';
import * as intakePolicy from '../../domain/intake/intake-policy.ts';
import { limits, techniques } from '../../domain/intake/scope.ts';
import { PageQuery, pageOf } from './page.ts';

const Id = z.string().min(1).max(100);
export const ClaimParams = z.object({ id: Id });

const Technique = z.enum(techniques);
const Versions = z
  .string()
  .max(limits.versionsLengthMax)
  .optional()
  .describe('A vers range, such as vers:npm/>=1.0|<2.0, or its part after the slash; all versions, when left out');
const Path = z
  .string()
  .max(limits.pathLengthMax)
  .optional()
  .describe('A path within the source tree; the whole, when left out');

/** `domain/intake/scope.ts` as it is sent. */
export const ScopeInput = z.strictObject({
  purl: z.string().min(1).max(limits.purlLengthMax).optional().describe('Package URL without a version'),
  versions: Versions,
  host: z.string().min(1).max(253).optional().describe('Instead of a package: the full name of a host'),
  path: Path,
  technique: Technique,
  isTechniqueBound: z
    .boolean()
    .optional()
    .describe('Only work by the same technique overlaps this, where the other side says the same'),
});

export const Scope = z.object({
  target: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('package'), purl: z.string() }),
    z.object({ kind: z.literal('host'), host: z.string() }),
  ]),
  versions: z.string(),
  path: z.string(),
  technique: Technique,
  isTechniqueBound: z.boolean(),
});

/** A claim is never permission (I15): this says from whom the authority to scan comes. */
export const Authority = z.strictObject({
  kind: z.enum(claim.authorityKinds),
  from: z.string().trim().min(1).max(300).describe('Who gives it: the owner of the software or host'),
  url: z.string().max(500).optional().describe('Address of the published policy; obligatory for one'),
  reference: z
    .string()
    .trim()
    .max(500)
    .optional()
    .describe('Which writing, of which day, kept where; obligatory for one'),
  until: z.iso.datetime({ precision: 3 }).optional().describe('Until when it holds; the claim ends no later'),
});

const Days = z.int().min(1).max(30);

export const RegisterClaim = z.strictObject({
  scope: ScopeInput,
  authority: Authority,
  days: Days.optional().describe('How long the claim lasts; 7 days, when left out'),
  disclosure: z
    .enum(claim.disclosures)
    .describe('Whether a question about an overlapping scope is answered with "conflict", or sent to the broker'),
  isCounted: z
    .boolean()
    .default(false)
    .describe(
      'Whether the coverage board may count it, late, without a name. Claims for the broker only are never counted',
    ),
  note: z.string().trim().max(500).optional().describe('For your own organisation'),
});
export const RenewClaim = z.strictObject({ days: Days.optional() });
export const EndClaim = z.strictObject({ as: z.enum(['finished', 'cancelled']) });

export const ClaimView = z.object({
  id: z.string(),
  scope: Scope,
  authority: Authority,
  disclosure: z.enum(claim.disclosures),
  isCounted: z.boolean(),
  note: z.string().nullable(),
  state: z.enum(claim.states),
  registeredAt: z.string(),
  until: z.string().describe('When it ends unless it is renewed'),
  endedAt: z.string().nullable(),
  renewals: z.number(),
  by: z.object({
    person: z.string().nullable().describe('The name of the person who acts or for whom an agent acts'),
    agent: z.string().nullable().describe('The name of the agent'),
  }),
  policy: z.string().describe('Version of the claim policy under which it was registered'),
  at: z.string(),
});
export const ClaimsQuery = PageQuery.extend({ state: z.enum(['open', 'ended']).optional() });
export const Claims = pageOf(ClaimView);

/** A question about a scope inside one's own claim. */
export const AskClaim = z.strictObject({
  claim: Id.describe('Your own claim'),
  versions: Versions.describe('A part of its versions; all of them, when left out'),
  path: Path.describe('A path within its own; its own, when left out'),
});
/** All that is ever answered. */
export const ClaimAnswer = z.object({ answer: z.enum(claim.answers) });

export const AskIntroduction = z.strictObject({
  contact: z.string().trim().min(1).max(300).describe('What the other side may write to, once both have agreed'),
});
export const AnswerIntroduction = z.discriminatedUnion('answer', [
  z.strictObject({ answer: z.literal('consent'), contact: AskIntroduction.shape.contact }),
  z.strictObject({ answer: z.literal('decline') }),
]);

export const ClaimDetails = ClaimView.extend({
  questions: z.array(
    z.object({ at: z.string(), versions: z.string(), path: z.string(), answer: z.enum(claim.answers) }),
  ),
  wasAsked: z
    .boolean()
    .describe('Somebody with an overlapping claim has asked. Only between owners who both answer such questions'),
  introduction: z.object({
    asked: z
      .object({ at: z.string(), contact: z.string() })
      .nullable()
      .describe('That you asked; open until withdrawn'),
    waiting: z.array(z.object({ id: z.string(), at: z.string() })).describe('Others who ask, without their name'),
    introduced: z.array(z.object({ id: z.string(), at: z.string(), organisation: z.string(), contact: z.string() })),
  }),
  messages: z.array(z.object({ at: z.string(), text: z.string() })).describe('From the broker'),
});

/** Overlaps in which somebody leaves the answer to the broker. For coordinators of the instance. */
const OverlapSide = z.object({
  claim: z.string(),
  organisation: z.string(),
  scope: Scope,
  disclosure: z.enum(claim.disclosures),
  until: z.string(),
});
export const Overlaps = z.object({
  items: z.array(z.object({ overlap: z.enum(['yes', 'cannot_be_told']), sides: z.array(OverlapSide).length(2) })),
  isCut: z.boolean().describe('True when there are more than are shown'),
});
export const TellHolder = z.strictObject({ claim: Id, text: z.string().trim().min(1).max(2000) });

const Url = z
  .string()
  .max(intakePolicy.limits.urlLengthMax)
  .regex(/^https:\/\/[^\s]+$/, 'is an address that begins with https://');

export const PublishIntakePolicy = z.strictObject({
  purl: z.string().min(1).max(limits.purlLengthMax).describe('Package URL without a version'),
  policy: z.strictObject({
    isOptOut: z.boolean().describe('Whether the maintainers ask not to be scanned without being asked first'),
    reportsPerWeek: z.int().min(0).max(10_000).optional(),
    languages: z
      .array(z.string().regex(/^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$/, 'is a language tag such as en or pt-BR'))
      .max(intakePolicy.limits.languagesMax)
      .default([]),
    contact: z.string().trim().max(300).optional(),
    securityTxt: Url.optional(),
    machineReports: z.enum(['welcome', 'after_human_check', 'not_welcome']).optional(),
    preferredTechniques: z.array(Technique).max(techniques.length).default([]),
    refuses: z.string().trim().max(intakePolicy.limits.textLengthMax).optional(),
  }),
  proof: z.strictObject({ text: z.string().trim().min(1).max(intakePolicy.limits.textLengthMax), url: Url }),
});
export const IntakePolicyView = z.object({
  id: z.string(),
  purl: z.string(),
  policy: PublishIntakePolicy.shape.policy,
  proof: z.object({ text: z.string(), url: z.string() }),
  standing: z.enum(intakePolicy.standings),
  statedBy: z.object({ person: z.string(), organisation: z.string() }),
  statedAt: z.string(),
  decidedAt: z.string().nullable(),
});
export const IntakePoliciesQuery = PageQuery.extend({
  purl: z.string().max(limits.purlLengthMax).optional().describe('Only those that concern this package'),
  of: z.enum(['all', 'own', 'waiting']).default('all').describe('"waiting": stated and not yet looked at'),
});
export const IntakePolicies = pageOf(IntakePolicyView);
export const DecideIntakePolicy = z.strictObject({ as: z.enum(['confirmed', 'removed']) });

/** Which widely used packages nobody scans, as far as owners let their claims be counted. */
export const Coverage = z.object({
  week: z.string().describe('The Monday since which the list stands'),
  from: z.string(),
  to: z.string().describe('Claims that ran between these two are counted'),
  list: z.object({ date: z.string(), documents: z.number(), source: z.string() }),
  isShown: z.boolean().describe('False while too few organisations let their claims be counted'),
  items: z.array(
    z.object({
      purl: z.string(),
      ecosystem: z.string(),
      documents: z.number().describe('In how many inventories of the list it is'),
      isUnclaimed: z
        .boolean()
        .nullable()
        .describe('True: no claim ran that its owner lets be counted. Null: not shown'),
    }),
  ),
});

export const ClaimPolicyView = z.looseObject({
  version: z.string(),
  defaultDays: z.number(),
  maxDays: z.number(),
  openMax: z.number(),
  actsPerDay: z.number(),
  queriesPerTargetPerDay: z.number(),
  scopesPerTargetPerWeek: z.number(),
  queriesPerHour: z.number(),
});
