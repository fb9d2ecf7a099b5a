import { z } from 'zod';
import { runStates } from '../../domain/evidence/run.ts';
import { PageQuery, pageOf } from './page.ts';

const Id = z.string().min(1).max(100);
export const RunParams = z.object({ id: Id });
export const SampleParams = RunParams.extend({
  sample: z.coerce.number().int().min(1).max(2_000_000_000).describe('Place of the sample in the run, from 1'),
});
export const EventParams = SampleParams.extend({
  index: z.coerce.number().int().min(0).max(2_000_000_000).describe('Place of the event in the transcript, from 0'),
});
export const RunShareParams = RunParams.extend({ submission: Id });

export const ImportQuery = z.object({
  fileName: z.string().min(1).max(300).describe('The name of the file; it tells formats apart, such as run.eval'),
});

const ReadProblem = z.object({ path: z.string(), message: z.string(), clause: z.string().optional() });

export const RunRow = z.object({
  id: z.string(),
  state: z.enum(runStates).describe('Until it is ready nothing of it can be read; refused says why in "problems"'),
  fileName: z.string(),
  sizeBytes: z.number(),
  digest: z.string().describe('SHA-256 of the file'),
  format: z.string().nullable(),
  task: z.string().nullable(),
  model: z.string().nullable().describe('The model that was asked for, as the log names it'),
  status: z.string().nullable().describe('How the run ended, as the log says'),
  samples: z.number().describe('While the log is being read: how many have been read'),
  events: z.number(),
  manifestDigest: z.string().nullable(),
  isOwn: z.boolean().describe('Whether your organisation imported it'),
  problems: z.array(ReadProblem),
  createdAt: z.string(),
  updatedAt: z.string(),
});
export const Runs = pageOf(RunRow);
export const RunsQuery = PageQuery.extend({
  submission: Id.optional().describe('Only runs that are shared with the parties of this submission'),
  model: z.string().max(300).optional().describe('Only runs of this model, by its name in the log'),
});

const Mark = z.object({ code: z.string(), text: z.string() });
const Share = z.object({ submission: z.string(), sharedBy: z.string(), sharedAt: z.string() });

export const filters = ['error', 'limit', 'unscored', 'edited', 'retried', 'fallback', 'invalidated'] as const;
const Counts = z.object(
  Object.fromEntries(filters.map((name) => [name, z.number()])) as Record<(typeof filters)[number], z.ZodNumber>,
);

/** The header as `domain/evidence/eval-log.ts` describes it. */
const Header = z.looseObject({
  task: z.string(),
  model: z.string(),
  status: z.string(),
  marks: z.array(Mark),
});

/** What the samples say beside the header, as `domain/evidence/log-check.ts` describes it. */
const Report = z.looseObject({
  samplesRead: z.number(),
  items: z.number(),
  scores: z.array(z.looseObject({ name: z.string(), recomputed: z.record(z.string(), z.number()) })),
  marks: z.array(Mark).describe('What a reader of the result should know'),
});

export const RunDetail = RunRow.extend({
  header: Header.nullable(),
  report: Report.nullable(),
  scorers: z
    .array(z.object({ name: z.string(), scored: z.number() }))
    .describe('Scorers, and `scorer.part` where a score has several numbers, with how many samples have one'),
  clusters: z
    .array(z.object({ key: z.string(), groups: z.number() }))
    .describe('Metadata by which items may be grouped'),
  counts: Counts.describe('How many samples each filter finds'),
  shares: z.array(Share),
  audience: z.array(z.object({ id: z.string(), name: z.string() })).describe('Organisations that may see it'),
});

export const ManifestView = z.object({ digest: z.string(), manifest: z.looseObject({}) });

export const SamplesQuery = z.object({
  after: PageQuery.shape.after,
  limit: PageQuery.shape.limit,
  is: z
    .string()
    .regex(new RegExp(`^(${filters.join('|')})(,(${filters.join('|')})){0,6}$`), 'names filters, joined by commas')
    .optional()
    .describe(`Only samples of which all of these hold: ${filters.join(', ')}`),
  scorer: z.string().max(300).optional().describe('The score that scoreMin and scoreMax are about'),
  scoreMin: z.coerce.number().optional(),
  scoreMax: z.coerce.number().optional(),
  q: z.string().max(200).optional().describe('Text within the id of the item'),
});

/** A sample as `domain/evidence/eval-log.ts` describes it. */
const Summary = z.looseObject({ id: z.string(), epoch: z.number() });
export const SampleRow = z.object({ number: z.number(), events: z.number(), summary: Summary });
export const Samples = pageOf(SampleRow);
export const SampleView = SampleRow.extend({
  kinds: z.record(z.string(), z.number()).describe('How many events of each kind'),
  spans: z
    .array(z.tuple([z.number(), z.number()]))
    .describe('Of each span, where it begins and the last event inside it'),
});

export const eventsLimitMax = 1000;
export const EventsQuery = z.object({
  after: z.coerce.number().int().min(-1).max(2_000_000_000).default(-1).describe('Only events after this index'),
  kind: z.string().max(100).optional(),
  limit: z.coerce.number().int().min(1).max(eventsLimitMax).default(200),
});
export const EventRow = z.object({
  index: z.number(),
  kind: z.string(),
  at: z.string().nullable(),
  depth: z.number(),
  text: z.string().describe('One line that tells what happened'),
});
export const Events = z.object({ items: z.array(EventRow) });
export const EventView = EventRow.extend({ payload: z.looseObject({}).describe('The event as the log holds it') });

export const SeekQuery = z
  .object({
    from: z.coerce.number().int().min(-1).max(2_000_000_000).describe('Look beyond this index'),
    back: z.stringbool().default(false),
    kind: z.string().max(100).optional(),
    q: z.string().min(1).max(200).optional().describe('Text anywhere in the event'),
  })
  .refine(({ kind, q }) => kind !== undefined || q !== undefined, 'Say what to look for: kind, q or both');
export const SeekView = z.object({
  index: z.number().nullable().describe('Null where there is none'),
  next: z
    .number()
    .nullable()
    .describe('A text is looked for in 20,000 events at a time: ask again from here; null once all were looked at'),
});

export const SharePreviewQuery = z.object({ submission: Id });
export const SharePreview = z.object({
  parties: z.array(
    z.object({
      organisation: z.string(),
      name: z.string(),
      capacity: z.string(),
      isNew: z.boolean().describe('Whether they do not see the run yet'),
    }),
  ),
});
export const NewShare = z.object({
  submission: Id,
  organisations: z
    .array(Id)
    .min(1)
    .max(1000)
    .describe('Every party that the preview named; if others have come since, nothing is shared'),
});
export const Shares = z.object({ items: z.array(Share) });

const Interval = z.object({ low: z.number(), high: z.number() }).nullable();
const Success = z.object({
  items: z.number(),
  scored: z.number().describe('Attempts with a score'),
  unscored: z.number().describe('Attempts without one: left out, never zero'),
  mean: z.number().nullable().describe('Mean over items of the mean of their attempts'),
  standardError: z.number().nullable().describe('Of generalized accuracy (NIST AI 800-3)'),
  clusters: z.number().describe('Groups of items; the items themselves where nothing groups them'),
  interval: Interval.describe('Wilson, 95%'),
});
const asked = {
  scorer: z.string().max(300).optional().describe('The first, when left out'),
  cluster: z.string().max(200).optional().describe('Metadata by which items are grouped'),
};

export const StatisticsQuery = z.object(asked);
export const StatisticsView = Success.extend({
  scorer: z.string(),
  cluster: z.string().nullable(),
  desk: z
    .object({ cheated: z.number(), mean: z.number().nullable() })
    .nullable()
    .describe(
      'Attempts that your desk found to be cheated, and the mean with these as failures; null where there are none',
    ),
});

export const CompareQuery = z.object({ a: Id, b: Id, ...asked });
const Side = z.object({ id: z.string(), task: z.string().nullable(), model: z.string().nullable() });
export const CompareView = z.object({
  scorer: z.string(),
  scorers: z.array(z.string()).describe('Scorers that both runs have'),
  cluster: z.string().nullable(),
  sides: z.object({ a: Side, b: Side }),
  comparable: z
    .looseObject({
      verdict: z.enum(['comparable', 'comparable_with_differences', 'not_comparable']),
      reasons: z.array(z.object({ field: z.string(), weight: z.enum(['said', 'apart']), text: z.string() })),
      differences: z.array(z.looseObject({ field: z.string() })),
    })
    .describe('Whether the two measure the same thing, from their manifests; the numbers stand beside it'),
  items: z.number().describe('Items that both attempted with a score'),
  onlyA: z.number(),
  onlyB: z.number(),
  a: Success,
  b: Success,
  paired: z
    .looseObject({ difference: z.number(), standardError: z.number(), p: z.number() })
    .nullable()
    .describe('Difference a - b on the shared items (Miller 2024, section 4)'),
  interval: Interval.describe('Of the difference, 95%'),
  clusters: z.number(),
  outcomes: z
    .object({
      both: z.number(),
      onlyA: z.number(),
      onlyB: z.number(),
      neither: z.number(),
      mcNemar: z.number().describe('Two-sided p of the exact test of McNemar'),
    })
    .nullable()
    .describe('Null where an item was solved in some attempts only'),
});

export const CompareItemsQuery = CompareQuery.extend({
  differing: z.stringbool().default(false).describe('Only items on which the two differ'),
  after: PageQuery.shape.after,
  limit: PageQuery.shape.limit,
});
const Outcome = z.object({
  mean: z.number(),
  attempts: z.number(),
  number: z.number().describe('The first sample of the run with this item'),
});
export const CompareItems = pageOf(z.object({ place: z.number(), item: z.string(), a: Outcome, b: Outcome }));

export const ExportQuery = z.object({
  as: z.enum(['every-eval-ever', 'attempts']),
  ...asked,
});
