import { z } from 'zod';
import { PageQuery, pageOf } from './page.ts';

const Id = z.string().min(1).max(100);
export const RegistrationParams = z.object({ id: Id });

const Rule = z.object({
  format: z.literal('assay-registration/1'),
  title: z.string(),
  metric: z.object({ kind: z.enum(['success_rate', 'pass_at_k', 'pass_hat_k']), k: z.number().optional() }),
  estimand: z.enum(['generalized', 'benchmark']),
  threshold: z.number(),
  direction: z.enum(['above', 'below']),
  confidence: z.number(),
  attempts: z.number(),
  minimumClusters: z.number(),
  budgetTokens: z.number().nullable(),
  stopping: z.object({ kind: z.enum(['no_interim_look', 'fixed_looks']), looks: z.number().optional() }),
  cheating: z.enum(['strict', 'dropped', 'counted']),
  seed: z.number(),
});

export const Plan = z.object({
  format: z.literal('assay-evaluation-plan/1'),
  rule: Rule,
  task: z.string().describe('As the logs of the runs name it'),
  scorer: z.string(),
  clusterBy: z.string().nullable().describe('Metadata by which items are grouped; null where each stands alone'),
  items: z.number(),
  packRoot: z.string().nullable().describe('Root of the sealed task pack, hex'),
});

export const RegistrationView = z.object({
  id: z.string(),
  plan: Plan,
  digest: z.string().describe('SHA-256 over the canonical JSON (RFC 8785) of the plan'),
  organisation: z.string(),
  submission: z.string().nullable().describe('The submission to whose parties it is shown'),
  registeredBy: z.string(),
  registeredAt: z.string(),
  withdrawnAt: z.string().nullable(),
});
export const RegistrationQuery = PageQuery.extend({ submission: Id.optional() });
export const Registrations = pageOf(RegistrationView);

export const Register = z.object({
  plan: z.record(z.string(), z.unknown()).describe('What is registered: the rule, and what it is applied to'),
});

export const ShowRegistrationTo = z.object({
  submission: Id.nullable().describe('To the parties of this submission; null takes it back'),
});
export const ShowRegistrationQuery = z.object({ submission: Id });
export const WhoWouldLearn = z.object({
  parties: z.array(z.object({ organisation: z.string(), name: z.string(), capacity: z.string() })),
});
