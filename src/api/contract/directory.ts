import { z } from 'zod';
import { roles } from '../../domain/directory/actor.ts';
import { wordsMax } from '../../domain/directory/application.ts';
import { budgetDefault, budgetMax } from '../../domain/directory/member.ts';
import { scopes } from '../../domain/directory/permission.ts';
import { pageOf } from './page.ts';

const Id = z.string().min(1).max(100);
export const IdParams = z.object({ id: Id });
export const CredentialParams = z.object({ id: z.string().min(1).max(1400) });
const Name = z.string().trim().min(1).max(200);
const Email = z.email().max(254);

export const RequestLink = z.object({ email: z.string().trim().min(3).max(254) });
export const LinkRequested = z.object({ detail: z.string() });
export const SignIn = z.object({ token: z.string().min(1).max(200) });
export const SignOutQuery = z.object({
  everywhere: z.stringbool().default(false).describe('End all sessions of this person, on every device'),
});

export const SessionView = z.object({
  person: z.object({ id: z.string(), name: z.string(), email: z.string().optional() }).optional(),
  organisation: z
    .object({ id: z.string(), name: z.string(), isHost: z.boolean().describe('Whether it runs this instance') })
    .optional(),
  roles: z.array(z.enum(roles)),
  hasSample: z.boolean().describe('Whether the sample workspace is loaded'),
  isSuspended: z.boolean().optional().describe('Whether the participation of the organisation is suspended'),
  isTermsAsked: z.boolean().optional().describe('Whether the terms in use wait for acceptance by this administrator'),
  applicationsWaiting: z
    .number()
    .optional()
    .describe('Applications to take part that wait, for those who decide on them'),
  sendsMail: z
    .boolean()
    .describe('Whether a mail server is configured; otherwise whoever runs the instance hands links over'),
});

export const OrganisationView = z.object({
  id: z.string(),
  name: z.string(),
  isHost: z.boolean().describe('Whether it runs this instance'),
  isSample: z.boolean(),
  isShared: z.boolean().describe('Whether everybody who is signed in here may read its name and choose it'),
});
export const Organisations = pageOf(OrganisationView);
export const AdmitOrganisation = z.object({
  name: Name,
  administrator: z.object({ name: Name, email: Email }),
  reason: z
    .string()
    .trim()
    .min(1)
    .max(wordsMax)
    .default('Proposed here without an application.')
    .describe('Why it should take part; read by whoever confirms'),
});

export const ChangeOrganisation = z.object({
  name: Name.optional(),
  isShared: z.boolean().optional().describe('Let everybody who is signed in here read its name and choose it'),
});

export const PersonView = z.object({
  id: z.string(),
  organisation: z.string(),
  name: z.string(),
  email: z.string().optional().describe('Shown within the own organisation only'),
  roles: z.array(z.enum(roles)),
});
export const People = pageOf(PersonView);
export const AddPerson = z.object({ name: Name, email: Email, roles: z.array(z.enum(roles)).min(1).max(roles.length) });

export const FirstLink = z.object({
  url: z.string().describe('Shown this once. It signs in once; whoever has it is this person'),
  expiresAt: z.string(),
});

export const ChangePerson = z.object({
  name: Name.optional(),
  email: Email.optional(),
  roles: z.array(z.enum(roles)).min(1).max(roles.length).optional().describe('Given by an administrator'),
});

const perDay = z.number().int().min(0).max(budgetMax);
export const Budget = z.object({
  findings: perDay.describe('Findings that it may hand in in a day (UTC)'),
  questions: perDay.describe('Questions whether a scope is claimed that it may ask in a day (UTC)'),
});
export const ChangeAgent = z.object({ budget: Budget });

export const AgentView = z.object({
  id: z.string(),
  person: z.string().describe('The person it acts for'),
  name: z.string(),
  scopes: z.array(z.string()),
  createdAt: z.string(),
  expiresAt: z.string(),
  budget: Budget,
  spentToday: z.object({ findings: z.number(), questions: z.number() }),
});
export const Agents = pageOf(AgentView);
export const AddAgent = z.object({
  name: Name,
  scopes: z.array(z.enum(scopes)).min(1).max(scopes.length),
  expiresAt: z.iso.datetime({ precision: 3 }).describe('At most a year away: 2026-03-01T09:30:00.000Z'),
  budget: Budget.default(budgetDefault),
});
export const AgentMade = AgentView.extend({
  token: z.string().describe('Shown this once. Send it as "Authorization: Bearer ..."'),
});

export const PasskeyView = z.object({
  id: z.string(),
  name: z.string(),
  isBackedUp: z.boolean().describe('Whether the device keeps a copy elsewhere'),
  createdAt: z.string(),
  usedAt: z.string().nullable(),
});
export const Passkeys = z.object({ items: z.array(PasskeyView) });

const Base64Url = z.string().regex(/^[A-Za-z0-9_-]*$/);
const Transport = z.string().max(40);

/** The browser's answers, as WebAuthn Level 3 writes them in JSON. */
export const RegistrationResponse = z.object({
  id: Base64Url.max(1400),
  rawId: Base64Url.max(1400),
  type: z.literal('public-key'),
  clientExtensionResults: z.record(z.string(), z.unknown()).default({}),
  authenticatorAttachment: z.enum(['cross-platform', 'platform']).optional(),
  response: z.object({
    clientDataJSON: Base64Url.max(10_000),
    attestationObject: Base64Url.max(100_000),
    transports: z.array(Transport).max(10).optional(),
    authenticatorData: Base64Url.max(10_000).optional(),
    publicKeyAlgorithm: z.number().optional(),
    publicKey: Base64Url.max(10_000).optional(),
  }),
  name: z.string().trim().min(1).max(100).default('Passkey').describe('How its owner tells it from the others'),
});
export const AuthenticationResponse = z.object({
  id: Base64Url.max(1400),
  rawId: Base64Url.max(1400),
  type: z.literal('public-key'),
  clientExtensionResults: z.record(z.string(), z.unknown()).default({}),
  authenticatorAttachment: z.enum(['cross-platform', 'platform']).optional(),
  response: z.object({
    clientDataJSON: Base64Url.max(10_000),
    authenticatorData: Base64Url.max(10_000),
    signature: Base64Url.max(10_000),
    userHandle: Base64Url.max(200).optional(),
  }),
});

/** What the browser's own functions take, as WebAuthn Level 3 writes it in JSON. */
export const CeremonyOptions = z.looseObject({ challenge: z.string() });
