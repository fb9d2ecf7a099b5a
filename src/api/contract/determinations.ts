import { z } from 'zod';
import { outcomes } from '../../domain/review/determination.ts';
import { capacities } from '../../domain/review/party.ts';
import { pageOf } from './page.ts';
import { ModelView } from './submissions.ts';

const standings = ['draft', 'sent', 'with_authority', ...outcomes, 'withdrawn', 'no_answer', 'stale'] as const;

const saying = {
  outcome: z.enum(outcomes),
  decidedOn: z.iso.date().describe('The UTC day of the decision'),
  sentence: z
    .string()
    .trim()
    .max(500)
    .optional()
    .describe('What the developer may read; a text with a classification marking is refused'),
  reference: z
    .string()
    .trim()
    .regex(/^[A-Za-z0-9](?:[A-Za-z0-9 ./_-]{0,62}[A-Za-z0-9])?$/, 'is a reference number: letters, digits and . / _ -')
    .describe('Reference number of the file that stays with the authority; nobody else reads it'),
};

export const NewDetermination = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('request').describe('By the developer: a draft to send later'),
    authority: z.string().min(1).max(100).describe('The organisation that is asked'),
  }),
  z.object({
    kind: z.literal('unrequested').describe('By a delegate of the authority: nobody else knows of it until released'),
    ...saying,
  }),
]);

export const DeterminationEvent = z.discriminatedUnion('did', [
  z.object({ did: z.literal('submit').describe('Developer: send the draft') }),
  z.object({ did: z.literal('acknowledge').describe('Authority: it was received') }),
  z.object({ did: z.literal('withdraw').describe('Developer: take the request back; no reason is asked') }),
  z.object({ did: z.literal('record').describe('Delegate: what the authority has determined'), ...saying }),
  z.object({ did: z.literal('release').describe('Delegate: the developer may know of what nobody asked for') }),
  z.object({ did: z.literal('seal').describe('Either side: put the sentence out of everybody’s sight') }),
]);

export const DeterminationView = z.object({
  id: z.string(),
  submission: z.string(),
  capacity: z.enum(capacities).describe('Your side'),
  developer: z.object({ id: z.string(), name: z.string() }),
  authority: z.object({ id: z.string(), name: z.string() }),
  model: ModelView.describe('The version that it is bound to'),
  isRequested: z.boolean(),
  standing: z.enum(standings).describe('The state, or what time and the model’s versions have made of it'),
  state: z.enum(standings).describe('The state by recorded acts alone'),
  answerDay: z.string().optional().describe('From this UTC day an open request reads as not answered'),
  sentAt: z.string().optional(),
  receivedAt: z.string().optional(),
  withdrawnAt: z.string().optional(),
  recorded: z
    .object({
      outcome: z.enum(outcomes),
      decidedOn: z.string(),
      delegate: z.string().describe('Name of the person who recorded it'),
      sentence: z.string().nullable(),
      recordedAt: z.string(),
      isReleased: z.boolean(),
      sealedAt: z.string().optional(),
    })
    .optional(),
  reference: z.string().optional().describe('The authority’s own; absent for everybody else'),
  createdAt: z.string(),
});

export const Determinations = pageOf(DeterminationView);
/** What an act answers: no text, so that no kept answer holds one that is sealed later. */
export const DeterminationDone = z.object({ id: z.string(), state: z.enum(standings) });
