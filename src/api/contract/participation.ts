/** How organisations come to take part, under which terms, and how they leave. */
import { z } from 'zod';
import { organisationKinds, wordsMax } from '../../domain/directory/application.ts';
import { pageOf } from './page.ts';

const Name = z.string().trim().min(1).max(200);
const Words = z.string().trim().min(1).max(wordsMax);
const Secret = z.string().min(1).max(200);
const At = z.string().describe('UTC, 2026-03-01T09:30:00.000Z');

export const ApplicationParams = z.object({ id: z.string().min(1).max(100) });
export const ParticipationParams = z.object({ id: z.string().min(1).max(100).describe('The id of the organisation') });

const domain = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+$/i;

export const NewApplication = z.object({
  name: Name.describe('Of the organisation'),
  kind: z.enum(organisationKinds),
  country: Name.describe('Where it is, in your own words'),
  purpose: Words.describe('What you want to do here'),
  contact: z.object({ name: Name, email: z.email().max(254) }).describe('Becomes its first administrator'),
  domain: z.string().trim().regex(domain, 'write a domain name: example.org').optional(),
  securityTxt: z
    .url({ protocol: /^https$/, error: 'write an https address' })
    .max(500)
    .optional()
    .describe('The address of your security.txt (RFC 9116)'),
  termsVersion: z.string().min(1).max(40).describe('The version of the terms that you read'),
});

export const ApplicationReceipt = z.object({
  receipt: z.string().describe('Shown this once. Whoever has it reads where the application stands'),
  detail: z.string(),
});

export const Proof = z.object({ token: Secret });
export const Receipt = z.object({ receipt: Secret });
export const Answer = Receipt.extend({ answer: Words });

/** The same shape for every application; who decides is not among it. */
export const ApplicationStanding = z.object({
  name: z.string(),
  state: z.enum(['address_to_prove', 'received', 'more_asked', 'admitted', 'not_admitted', 'withdrawn']),
  question: z.string().optional(),
  words: z.string().optional(),
  receivedAt: At,
  updatedAt: At,
});

const Person = z.object({ id: z.string(), name: z.string() });

export const ApplicationView = z.object({
  id: z.string(),
  state: z.enum(['received', 'asked', 'proposed', 'admitted', 'refused', 'withdrawn']),
  said: z.object({
    name: z.string(),
    kind: z.enum(organisationKinds).optional(),
    country: z.string().optional(),
    purpose: z.string(),
    contact: z.object({ name: z.string(), email: z.string() }),
    domain: z.string().optional(),
    securityTxt: z.string().optional(),
    termsVersion: z.string().optional(),
  }),
  exchanges: z.array(
    z.object({
      question: z.string(),
      by: Person,
      at: At,
      answer: z.object({ text: z.string(), at: At }).optional(),
    }),
  ),
  proposal: z.object({ reason: z.string(), by: Person, at: At }).optional(),
  admission: z
    .object({
      proposedBy: Person,
      confirmedBy: Person,
      byOne: z.boolean().describe('By one person, because nobody else could'),
      at: At,
    })
    .optional(),
  mayConfirm: z.array(Person).describe('Who may confirm the proposal now'),
  alike: z.array(z.string()).describe('Where the same name, domain or address is known here, in words'),
  receivedAt: At,
  updatedAt: At,
});
export const Applications = pageOf(ApplicationView);

export const Ask = z.object({ question: Words });
export const Propose = z.object({ reason: Words });
export const Refuse = z.object({ words: Words.describe('For the applicant, who reads them with the receipt') });

export const Suspend = z.object({ reason: Words.describe('Read by the organisation') });

const Suspension = z.object({
  reason: z.string(),
  at: At,
  endsAt: At.optional().describe('When it ends by itself unless a second person confirms it'),
});

export const ParticipationView = z.object({
  organisation: z.string(),
  name: z.string(),
  state: z.enum(['admitted', 'suspended']),
  suspension: Suspension.extend({
    by: Person,
    confirmedBy: Person.optional(),
    byOne: z.boolean().optional(),
  }).optional(),
  mayConfirm: z.array(Person).describe('Who may confirm the suspension now'),
  termsAccepted: z.object({ version: z.string(), at: At }).optional(),
});
export const Participations = pageOf(ParticipationView);
export const ParticipationsQuery = z.object({
  state: z.enum(['admitted', 'suspended']).optional(),
});

/** How the actor's own organisation stands. */
export const OwnParticipation = z.object({
  organisation: z.object({ id: z.string(), name: z.string() }),
  isHost: z.boolean(),
  state: z.enum(['admitted', 'suspended']),
  suspension: Suspension.optional(),
  acceptances: z.array(
    z.object({ version: z.string(), digest: z.string(), by: Person, at: At }).describe('Newest first'),
  ),
  isTermsAsked: z.boolean().describe('Whether the terms in use wait for acceptance by an administrator'),
  models: z
    .array(z.object({ submission: z.string(), name: z.string(), version: z.string(), isReleased: z.boolean() }))
    .describe('Own models whose release can be recorded while suspended; empty otherwise'),
});

export const LegalBasisView = z.object({
  id: z.string(),
  name: z.string(),
  where: z.string(),
  says: z.string(),
  state: z.enum(['in_force', 'lapsed', 'not_yet']),
  validFrom: z.string().nullable().describe('First day (UTC); null where it is not known'),
  validTo: z.string().nullable().describe('Last day (UTC); null where no end is known'),
  source: z.object({ title: z.string(), date: z.string(), sources: z.number() }),
  note: z.string(),
  intakePausesOnLapse: z.boolean(),
});

export const TermsView = z.object({
  version: z.string(),
  digest: z.string(),
  date: z.string(),
  source: z.string(),
  title: z.string(),
  summary: z.string(),
  sections: z.array(z.object({ id: z.string(), title: z.string(), says: z.array(z.string()) })),
  legalBases: z.array(LegalBasisView),
  legalBasesVersion: z.string(),
  asOf: At,
});
export const AcceptTerms = z.object({ version: z.string().min(1).max(40), digest: z.string().max(80) });

/** What an organisation's leaving ends, counted now. */
export const LeavingPreview = z.object({
  ends: z.array(z.object({ what: z.string(), count: z.number() })).describe('What ends at once'),
  stays: z.array(z.object({ what: z.string(), count: z.number() })).describe('What those who have it keep'),
  exportDays: z.number(),
});
export const Left = z.object({
  exportToken: z.string().describe('Shown this once. Fetches the export until exportUntil'),
  exportUntil: At,
});
export const ExportToken = z.object({ token: Secret });
