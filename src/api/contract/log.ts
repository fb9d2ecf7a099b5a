import { z } from 'zod';
import { leafTypes } from '../../log/leaf.ts';
import { PageQuery, pageOf } from './page.ts';

export const LogKey = z.object({
  origin: z.string().describe('Name of the log; the first line of every checkpoint'),
  key: z.string().describe('Verifier key, C2SP signed-note: name+id+base64. Pin it when you first meet this log'),
});

export const LogEntriesQuery = PageQuery.extend({
  object: z.string().max(200).optional().describe('Only entries about the thing with this id'),
});

export const LogEntry = z.object({
  index: z.number().describe('Place in the log, from 0'),
  type: z.enum(leafTypes),
  did: z.string().describe('What happened, in the past tense'),
  object: z.string().describe('The id of what it happened to'),
  at: z.string(),
  body: z.string().describe('The JSON text that was recorded, byte for byte'),
  nonce: z.string().describe('32 random bytes, base64; SHA-256(nonce, body) is the commitment in the leaf'),
});

export const LogEntries = pageOf(LogEntry);

export const LogIndexParams = z.object({ index: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER) });

export const LogProof = z.object({
  index: z.number(),
  size: z.number(),
  leaf: z.string().describe('The public record, base64'),
  path: z.array(z.string()).describe('RFC 6962 audit path from the leaf upwards, base64'),
  checkpoint: z.string().describe('Signed checkpoint, C2SP tlog-checkpoint'),
  text: z.string().describe('All of it as one C2SP tlog-proof, to keep and verify offline'),
});
