import { z } from 'zod';
import { capacities } from '../../domain/review/party.ts';
import { PageQuery, pageOf } from './page.ts';

const Id = z.string().min(1).max(100);
export const IncidentParams = z.object({ id: Id });

export const RaiseIncident = z.object({
  what: z.string().trim().min(1).max(4000).describe('What happened. Access is cut before this is told to anybody'),
  organisations: z
    .array(Id)
    .max(100)
    .optional()
    .describe('Who is to know of it, of the parties of the file; the developer and you always are. All, when left out'),
});

export const SettleIncident = z.object({
  as: z.enum(['contained', 'resolved']),
  facts: z.string().trim().min(1).max(4000),
});

export const IncidentView = z.object({
  id: z.string(),
  submission: z.string(),
  state: z.enum(['raised', 'contained', 'resolved']),
  capacity: z.enum(capacities),
  what: z.string(),
  raisedBy: z.string(),
  raisedByOrganisation: z.string(),
  raisedAt: z.string(),
  grantsCut: z.number(),
  containedAt: z.string().nullable(),
  containedFacts: z.string().nullable(),
  resolvedAt: z.string().nullable(),
  resolvedFacts: z.string().nullable(),
  organisations: z.array(z.object({ id: z.string(), name: z.string() })).describe('Who may know of it'),
  clock: z.object({ toContainMs: z.number(), toResolveMs: z.number() }),
  reminders: z
    .array(
      z.object({ name: z.string(), hours: z.number(), endsAt: z.string(), isLaw: z.boolean(), source: z.string() }),
    )
    .describe('Periods that texts elsewhere name. Whether one applies is for counsel to say'),
  at: z.string(),
});
export const Incidents = z.object({ items: z.array(IncidentView) });

export const MessagesQuery = PageQuery;
export const Message = z.object({
  id: z.number(),
  by: z.string(),
  organisation: z.object({ id: z.string(), name: z.string() }),
  text: z.string(),
  at: z.string(),
});
export const Messages = pageOf(Message);
export const WriteMessage = z.object({ text: z.string().trim().min(1).max(10_000) });
export const AdmitToIncident = z.object({ organisation: Id });
