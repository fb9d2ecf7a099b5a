import { z } from 'zod';
import { capacities } from '../../domain/review/party.ts';
import { pageOf } from './page.ts';

export const SubmissionParams = z.object({ id: z.string().min(1).max(100) });

export const ModelView = z.object({
  name: z.string(),
  version: z.string(),
  digest: z.string().nullable().describe('sha256: and 64 hex digits, of the weights or the build; null until given'),
});

export const OpenSubmission = z.object({
  model: z.object({
    name: z.string().trim().min(1).max(200),
    version: z.string().trim().min(1).max(100),
    digest: z
      .string()
      .regex(/^sha256:[0-9a-f]{64}$/, 'is sha256: and 64 hex digits')
      .optional()
      .describe('Of the weights or the build'),
  }),
});

export const PartyView = z.object({
  organisation: z.string(),
  name: z.string(),
  capacity: z.enum(capacities),
  addedAt: z.string(),
});

export const SubmissionRow = z.object({
  id: z.string(),
  model: ModelView,
  capacity: z.enum(capacities).describe('In which capacity your organisation knows of it'),
  developer: z.object({ id: z.string(), name: z.string() }),
  createdAt: z.string(),
  updatedAt: z.string(),
});
export const Submissions = pageOf(SubmissionRow);

export const SubmissionView = SubmissionRow.extend({
  parties: z.array(PartyView).describe('Every organisation that may know of it, the developer first'),
});
