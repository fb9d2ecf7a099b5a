import { z } from 'zod';
import { pendingPages } from '../../domain/review/pending.ts';

export const PendingItem = z.object({
  what: z.string(),
  with: z.string().describe('Name of the organisation that it lies with'),
  since: z.string(),
  next: z.string().describe('The next step and whose it is, in one sentence'),
  to: z.enum(pendingPages).describe('On which page of the file something can be done about it'),
  object: z.string().describe('The id of what it is about'),
});

/** A release waits for none of it. */
export const Pending = z.object({
  items: z.array(PendingItem).describe('Incidents first, then what lies with your organisation, then the rest'),
});
