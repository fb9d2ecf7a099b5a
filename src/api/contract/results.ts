import { z } from 'zod';
import { type CardField, questions } from '../../domain/evidence/elicitation.ts';
import { type FreeText, freeTexts, letterLimits, type SectionKey, sectionKeys } from '../../domain/evidence/letter.ts';
import { PageQuery, pageOf } from './page.ts';
import { Plan } from './registrations.ts';

const Id = z.string().min(1).max(100);
export const ResultParams = z.object({ id: Id });

const Text = z.string().max(4000);
const Answer = z.discriminatedUnion('state', [
  z.object({ state: z.literal('given'), text: Text }),
  z.object({ state: z.literal('not_applicable'), reason: Text }),
  z.object({ state: z.literal('withheld'), reason: Text }),
]);
const Card = z
  .partialRecord(z.enum(Object.keys(questions) as [CardField, ...CardField[]]), Answer)
  .describe('The elicitation card: what was done to bring out what the model can do');

export const ComputeResult = z.object({
  registration: Id,
  runs: z.array(Id).min(1).max(50),
  card: Card.default({}),
});

const Remark = z.object({ code: z.string(), text: z.string() });
const Interval = z.object({ low: z.number(), high: z.number() });
const Estimate = z.object({
  methods: z.record(z.string(), z.string()),
  inputsDigest: z.string(),
  items: z.number(),
  attempts: z.number(),
  unscored: z.number(),
  clusters: z.number(),
  mean: z.number(),
  standardError: z.number().nullable(),
  effectiveTrials: z.number(),
  interval: Interval.describe('Two-sided, 95%'),
  lower: z.number().describe('One-sided bound at the registered confidence'),
  upper: z.number(),
  probabilityAbove: z.number(),
  side: z.enum(['above', 'below', 'between']),
});
const Zone = z.enum(['meets', 'does_not_meet', 'undecided']);

const Worked = z.object({
  format: z.literal('assay-result/1'),
  method: z.literal('b9'),
  registrationDigest: z.string(),
  inputsDigest: z.string(),
  seed: z.number(),
  confidence: z.number(),
  zone: Zone,
  reasons: z.array(
    z.enum([
      'no_scores',
      'interval_contains_threshold',
      'validity',
      'too_few_clusters',
      'elicitation_incomplete',
      'budget_curve_rising',
      'budget_curve_unknown',
    ]),
  ),
  threshold: z.number(),
  direction: z.enum(['above', 'below']),
  headline: Estimate.nullable(),
  cheating: z.array(z.object({ policy: z.enum(['strict', 'dropped', 'counted']), estimate: Estimate.nullable() })),
  cheated: z.number(),
  bootstrap: z.object({ interval: Interval, draws: z.number(), method: z.literal('b6') }).nullable(),
  moreItems: z.number().nullable(),
  moreAttempts: z.number().nullable(),
  elicitationGaps: z.array(z.object({ field: z.string(), label: z.string(), reason: z.string() })),
  budgetCurve: z
    .object({
      points: z.array(z.object({ tokens: z.number(), success: z.number(), standardError: z.number() })),
      lastDoubling: z.object({ gain: z.number(), standardError: z.number() }),
      isFlat: z.boolean(),
    })
    .nullable(),
  warnings: z.array(z.object({ code: z.string(), message: z.string() })),
});

const ResultRow = z.object({
  id: z.string(),
  organisation: z.string(),
  registration: z.string(),
  title: z.string().describe('What was asked'),
  model: z.string(),
  zone: Zone,
  remarks: z.array(Remark).describe('What a reader must know beside it, such as runs that came before the rule'),
  computedBy: z.string(),
  computedAt: z.string(),
});
export const ResultQuery = PageQuery.extend({ registration: Id.optional() });
export const Results = pageOf(ResultRow);

const Run = z.object({
  id: z.string(),
  digest: z.string(),
  manifestDigest: z.string(),
  model: z.string(),
  importedAt: z.string(),
  beganAt: z.string().nullable(),
  status: z.string(),
  samples: z.number(),
  readings: z.object({
    items: z.number(),
    open: z.number(),
    signed: z.enum(['none', 'one', 'both']),
    cheated: z.array(z.number()).describe('Places in the run of the attempts that were found to be cheated'),
  }),
});
const RegistrationMoment = z.object({ id: z.string(), digest: z.string(), registeredAt: z.string() });

export const ResultView = ResultRow.extend({
  digest: z.string().describe('SHA-256 over the canonical JSON of the inputs'),
  result: Worked,
  plan: Plan,
  registeredAs: RegistrationMoment,
  runs: z.array(Run),
  card: Card,
  attempts: z
    .array(z.object({ k: z.number(), atLeastOne: z.number(), all: z.number() }))
    .describe('Success with k attempts at an item: at least one, or all of them'),
});

export const ResultDocument = z.object({
  format: z.literal('assay-result-export/1'),
  inputs: z.object({
    format: z.literal('assay-result-inputs/1'),
    plan: Plan,
    registration: RegistrationMoment,
    runs: z.array(Run),
    attempts: z.array(
      z.object({
        run: z.number(),
        number: z.number(),
        item: z.string(),
        epoch: z.number(),
        score: z.number().nullable(),
        cluster: z.string().nullable(),
        tokens: z.number().nullable(),
        model: z.string(),
      }),
    ),
    card: Card,
  }),
  digest: z.string(),
  result: Worked,
  remarks: z.array(Remark),
});

export const LetterParams = z.object({ id: Id });
export const WriteLetter = z.object({ result: Id });

const Edits = z.object({
  texts: z.partialRecord(
    z.enum(Object.keys(freeTexts) as [FreeText, ...FreeText[]]),
    z.string().max(letterLimits.textLengthMax),
  ),
  withheld: z
    .partialRecord(
      z.enum(sectionKeys as unknown as [SectionKey, ...SectionKey[]]),
      z.string().trim().min(1).max(letterLimits.reasonLengthMax),
    )
    .describe('Sections that the released copy withholds, each with the reason that it shows'),
});
const Digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);
export const ChangeLetter = z.object({ edits: Edits, digest: Digest.describe('Of the letter as it was read') });
export const SignLetter = z.object({ digest: Digest.describe('Of the letter as it was read') });

const LetterDocument = z.object({
  format: z.literal('assay-letter/1'),
  kind: z.enum(['letter', 'copy']),
  title: z.string(),
  from: z.string(),
  inputsDigest: z.string(),
  statement: z.string(),
  sections: z.array(
    z.object({
      key: z.enum(sectionKeys as unknown as [SectionKey, ...SectionKey[]]),
      heading: z.string(),
      withheld: z.string().optional(),
      paragraphs: z.array(z.string()),
      list: z.array(z.string()).optional(),
      table: z.object({ head: z.array(z.string()), rows: z.array(z.array(z.string())) }).optional(),
      anchors: z
        .array(
          z.object({
            run: z.string(),
            number: z.number(),
            item: z.string(),
            epoch: z.number(),
            score: z.number().nullable(),
          }),
        )
        .optional(),
    }),
  ),
});

export const LetterView = z.object({
  id: z.string(),
  organisation: z.string(),
  letter: LetterDocument,
  digest: z.string().describe('SHA-256 over the canonical JSON of the letter'),
  released: z
    .object({ submission: z.string(), digest: z.string(), releasedAt: z.string() })
    .nullable()
    .describe('To whose parties a copy was released'),
  own: z
    .object({
      result: z.string(),
      edits: Edits,
      preview: LetterDocument.describe('The copy that others would be given'),
      signatures: z.array(z.object({ person: z.string(), digest: z.string(), signedAt: z.string() })),
      isSigned: z.boolean().describe('Whether two different people signed it as it stands'),
      writtenBy: z.string(),
      changedAt: z.string(),
    })
    .nullable()
    .describe('For the organisation that wrote it only'),
});
export const LetterQuery = PageQuery.extend({
  result: Id.optional(),
  submission: Id.optional().describe('Only those of which a copy was released to the parties of this submission'),
});
export const Letters = pageOf(
  z.object({
    id: z.string(),
    organisation: z.string(),
    title: z.string(),
    from: z.string(),
    submission: z.string().nullable(),
    at: z.string(),
  }),
);
export const ReleaseTo = z.object({
  submission: Id.nullable().describe('To the parties of this submission; null takes it back'),
});
export const ReleaseQuery = z.object({ submission: Id });
export const LetterExportQuery = z.object({ as: z.enum(['text', 'json']).default('json') });
