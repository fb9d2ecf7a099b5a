import { z } from 'zod';
import { LogEntry } from './log.ts';
import { PageQuery, pageOf } from './page.ts';

const Flag = z.stringbool({ truthy: ['true', '1', 'yes'], falsy: ['false', '0', 'no'] });

export const AdvisoriesQuery = PageQuery.extend({
  q: z.string().max(200).optional().describe('An id or alias, or words; the last word may be unfinished'),
  ecosystem: z.string().max(100).optional().describe('With its release (Debian:12), or without: every release'),
  package: z
    .string()
    .max(500)
    .optional()
    .describe('Exact name of a package, in any spelling its ecosystem takes for the same'),
  kev: Flag.optional().describe('Only those that CISA lists as exploited'),
  scoreMin: z.coerce.number().min(0).max(10).optional().describe('Lowest CVSS score that the advisory states'),
  modifiedSince: z.iso.datetime().optional(),
});

export const AdvisoryRow = z.object({
  id: z.string(),
  modified: z.string(),
  published: z.string().nullable(),
  withdrawn: z.string().nullable(),
  summary: z.string().nullable(),
  score: z.number().nullable().describe('Highest CVSS score that the advisory states'),
  source: z.string(),
  aliases: z.array(z.string()),
  packages: z.array(z.object({ ecosystem: z.string(), name: z.string() })).describe('The first five'),
  isKev: z.boolean(),
  epss: z.number().nullable(),
});

export const Advisories = pageOf(AdvisoryRow);

export const AdvisoryParams = z.object({ id: z.string().min(1).max(200) });

const provenance = { source: z.string(), date: z.string() };

export const Facts = z.object({
  kev: z
    .object({
      kind: z.literal('kev'),
      ...provenance,
      dateAdded: z.string(),
      dueDate: z.string().optional(),
      isRansomwareUse: z.boolean(),
    })
    .optional(),
  epss: z
    .object({ kind: z.literal('epss'), ...provenance, score: z.number(), percentile: z.number().optional() })
    .optional(),
  ssvc: z
    .object({
      kind: z.literal('ssvc'),
      ...provenance,
      exploitation: z.enum(['none', 'poc', 'active']).optional(),
      automatable: z.enum(['yes', 'no']).optional(),
      technicalImpact: z.enum(['partial', 'total']).optional(),
      derivation: z.array(z.string()).optional(),
    })
    .optional(),
  cvss: z.array(
    z.object({
      kind: z.literal('cvss'),
      ...provenance,
      vector: z.string(),
      version: z.enum(['2.0', '3.0', '3.1', '4.0']),
      score: z.number(),
    }),
  ),
});

export const AdvisoryDetail = z.object({
  advisory: z.looseObject({ id: z.string(), modified: z.string() }).describe('In the OSV schema 1.7'),
  source: z.string(),
  group: z.object({
    id: z.string(),
    members: z.array(z.object({ id: z.string(), isHeld: z.boolean() })).describe('Every name of the same flaw'),
  }),
  facts: Facts,
  changes: z
    .array(
      z.object({
        kind: z.enum(['added', 'changed', 'withdrawn']),
        at: z.string(),
        modified: z.string(),
        entry: z.string(),
      }),
    )
    .describe('What changed when, newest first; `entry` is the object of its log entry'),
  entries: z.array(LogEntry).describe('Log entries of the imports that changed it'),
});

export const Pack = z.object({
  ecosystem: z.string(),
  file: z.string().describe('Fetch it at /api/v1/packs/{file}; the name changes with the content'),
  bytes: z.number(),
  advisories: z.number(),
  updatedAt: z.string(),
});

export const Packs = z.object({ packs: z.array(Pack) });

export const PackParams = z.object({ file: z.string().regex(/^[A-Za-z0-9._%-]{1,300}$/) });

export const ImportQuery = z.object({
  name: z.string().min(1).max(200).optional().describe('Shown as the source; the name of a file, or of a database'),
  key: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe('The same for every part of one import, and for its repetition after a break'),
  from: z.coerce.number().int().min(0).default(0).describe('Items before this part'),
  last: Flag.default(true).describe('False while more parts follow'),
});

export const Import = z.object({
  id: z.string(),
  key: z.string(),
  source: z.string(),
  state: z.enum(['running', 'finished', 'failed']),
  by: z.string(),
  startedAt: z.string(),
  updatedAt: z.string(),
  finishedAt: z.string().nullable(),
  position: z.number().describe('Items done; go on with the next'),
  bytes: z.number(),
  batches: z.number(),
  added: z.number(),
  changed: z.number(),
  withdrawn: z.number(),
  unchanged: z.number(),
  facts: z.number(),
  refused: z.number(),
  problems: z
    .array(z.object({ number: z.number(), path: z.string(), message: z.string(), clause: z.string().optional() }))
    .describe('The first refused items, each with its number and reason'),
});

export const Imports = pageOf(Import);

export const ImportParams = z.object({ id: z.string().min(1).max(100) });

export const Feed = z.object({
  name: z.string(),
  url: z.string(),
  checkedAt: z.string().nullable(),
  changedAt: z.string().nullable(),
  problem: z.string().nullable().describe('Why the last reading failed'),
});

export const SyncRequested = z.object({ startedAt: z.string(), names: z.array(z.string()) });

export const Feeds = z.object({ feeds: z.array(Feed) });

/** api.osv.dev v1: a commit, or a package with or without a version. */
export const OsvQuery = z.object({
  commit: z.string().max(100).optional(),
  version: z.string().max(500).optional(),
  package: z
    .object({
      ecosystem: z.string().max(200).optional(),
      name: z.string().max(2000).optional(),
      purl: z.string().max(2000).optional(),
    })
    .optional(),
  page_token: z.string().max(200).optional(),
});

export const OsvBatch = z.object({ queries: z.array(OsvQuery).max(1000) });

export const OsvAdvisory = z.looseObject({ id: z.string(), modified: z.string() }).describe('In the OSV schema 1.7');

export const OsvAnswer = z.object({ vulns: z.array(OsvAdvisory).optional() });

export const OsvBatchAnswer = z.object({
  results: z.array(z.object({ vulns: z.array(z.object({ id: z.string(), modified: z.string() })).optional() })),
});

/** Errors of api.osv.dev, which its clients read: a gRPC status code and a sentence. */
export const OsvError = z.object({ code: z.number(), message: z.string() });
