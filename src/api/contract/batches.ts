import { z } from 'zod';
import { batchStates } from '../../domain/intake/batch.ts';
import { PageQuery, pageOf } from './page.ts';
import { Component } from './reports.ts';

export const BatchParams = z.object({ id: z.string().min(1).max(100) });

/** Which column of a CSV file is which field of a report. */
export const Mapping = z
  .record(z.string().min(1).max(100), z.string().min(1).max(300))
  .refine((mapping) => Object.keys(mapping).length <= 60, { message: 'has more than 60 fields' })
  .describe(
    'Field of a report to the name of the column it is in, such as {"title": "Summary", "component.purl": "Package"}',
  );

export const NewBatch = z.strictObject({
  name: z.string().trim().min(1).max(300).describe('Your name of it, such as that of the campaign'),
  format: z
    .string()
    .regex(/^[a-z0-9-]{1,40}$/)
    .optional()
    .describe('Of the file, where it cannot be told from the content; "reports" are rows in our own shape'),
  mapping: z.string().max(100).optional().describe('Name of a saved mapping, for CSV'),
  component: Component.optional().describe('The component that was examined, for rows that name none'),
  rowsTotal: z.int().min(0).optional().describe('Rows that are to come, where known'),
});

export const BatchView = z.object({
  id: z.string(),
  name: z.string(),
  fileName: z.string().nullable().describe('Of the file that was sent; null where rows are sent'),
  format: z.string().describe('As it was asked for; "auto" where the content tells'),
  state: z.enum(batchStates),
  rowsRead: z.number().describe('Rows that were dealt with; go on with the next'),
  rowsTotal: z.number().nullable(),
  accepted: z.number(),
  repeated: z.number().describe('Rows that stood already, with the same key and content'),
  refused: z.number(),
  screened: z.number(),
  sizeBytes: z.number(),
  digest: z.string().nullable(),
  resumesAt: z.string().nullable().describe('When it goes on by itself, while it is slowed'),
  reason: z.string().nullable().describe('Why it is slowed or refused, in words'),
  problems: z.array(z.object({ path: z.string(), message: z.string() })).describe('Why the whole file was refused'),
  by: z.string(),
  createdAt: z.string(),
  updatedAt: z.string(),
});

export const BatchesQuery = PageQuery.extend({
  name: z.string().max(300).optional().describe('Only those with exactly this name'),
});

export const Batches = pageOf(BatchView);

const Flag = z.stringbool({ truthy: ['true', '1', 'yes'], falsy: ['false', '0', 'no'] });

export const RowsQuery = z.object({
  from: z.coerce.number().int().min(0).default(0).describe('Rows before this body'),
  last: Flag.default(false).describe('True with the last part: the batch is done after it'),
});

export const RowsTaken = z.object({
  received: z.number().describe('Rows of this body that were dealt with'),
  accepted: z.number(),
  repeated: z.number(),
  refused: z.number(),
  rowsRead: z.number().describe('Rows of the batch that were dealt with; go on with the next'),
  state: z.enum(batchStates),
  resumesAt: z.string().nullable(),
  reason: z.string().nullable(),
});

export const FileQuery = z.object({
  name: z.string().min(1).max(300).describe('Of the file; its ending helps to tell the format'),
});

export const ChangeBatch = z.strictObject({ to: z.enum(['paused', 'resumed', 'cancelled']) });

/** Of a list by row: `after` is the `next` of the page before. */
export const RowsPageQuery = PageQuery.extend({ limit: z.coerce.number().int().min(1).max(1000).default(200) });

export const RefusedFileParams = BatchParams.extend({ file: z.enum(['refused.csv', 'refused.ndjson']) });

export const RefusedRow = z.object({
  row: z.number(),
  problems: z.array(z.object({ path: z.string(), message: z.string() })),
});

export const RefusedRows = pageOf(RefusedRow);

/** Receipts of the rows that were taken, as NDJSON with the row in front. */
export const RowReceipt = z.object({
  row: z.number(),
  id: z.string(),
  key: z.string(),
  digest: z.string(),
  receivedAt: z.string(),
});

export const RowReceipts = pageOf(RowReceipt);

export const MappingParams = z.object({ name: z.string().min(1).max(100) });

export const SaveMapping = z.strictObject({ fields: Mapping });

export const KeptMapping = z.object({ name: z.string(), fields: Mapping, by: z.string(), updatedAt: z.string() });

export const Mappings = z.object({ items: z.array(KeptMapping) });

/** What a source may hand in now, with the reasons. */
export const RoomView = z.object({
  perDay: z.number(),
  perHour: z.number(),
  left: z.number().describe('Findings that are taken now'),
  usedToday: z.number().describe('In the last 24 hours'),
  usedThisHour: z.number(),
  resumesAt: z.string().optional().describe('The earliest moment with room again, where none is left'),
  reasons: z.array(z.string()),
});
