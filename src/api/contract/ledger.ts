import { z } from 'zod';
import { leafTypes } from '../../log/leaf.ts';
import { LedgerUseView } from './grants.ts';
import { PageQuery, pageOf } from './page.ts';

export const LedgerQuery = PageQuery.extend({
  kind: z.enum(['use', 'read', 'denied', 'act']).optional(),
  organisation: z.string().max(100).optional(),
  who: z.string().max(100).optional().describe('A person, also behind an agent, or an agent'),
  flagged: z.stringbool().optional().describe('Only uses that have a fact pointed out'),
  since: z.iso.datetime({ precision: 3 }).optional(),
});

export const LedgerItem = z.object({
  index: z.number().nullable().describe('Place in the log; null for the second or two until it has one'),
  type: z.enum(leafTypes),
  did: z.string(),
  object: z.string(),
  at: z.string(),
  by: z.string(),
  principal: z.string().optional().describe('The person behind an agent'),
  organisation: z.string().optional(),
  reason: z.string().optional().describe('Of access that ended with the window: its end, such as window_released'),
  use: LedgerUseView.nullable(),
});
export const Ledger = pageOf(LedgerItem).extend({ names: z.record(z.string(), z.string()) });

export const TotalsQuery = z.object({ days: z.coerce.number().int().min(1).max(120).default(30) });
export const Totals = z.object({
  days: z.array(
    z.object({
      day: z.string(),
      person: z.string(),
      organisation: z.string(),
      uses: z.number(),
      refused: z.number(),
      promptTokens: z.number(),
      completionTokens: z.number(),
    }),
  ),
  overTime: z.array(z.object({ at: z.string(), organisation: z.string(), uses: z.number(), refused: z.number() })),
  by: z.enum(['hour', 'day']),
  names: z.record(z.string(), z.string()),
});

export const ExportQuery = z.object({
  format: z.enum(['ndjson', 'csv']).default('ndjson').describe('ndjson is what `assay log verify` checks offline'),
});
