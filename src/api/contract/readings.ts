import { z } from 'zod';
import { cheatingKinds, deskStates, limits, returnReasons } from '../../domain/evidence/reading.ts';
import { PageQuery, pageOf } from './page.ts';

const Id = z.string().min(1).max(100);
export const RunParams = z.object({ id: Id });
export const ItemParams = z.object({ id: Id });
export const ReadingParams = z.object({ id: Id });

export const Observation = z.object({
  cheating: z
    .enum(cheatingKinds)
    .describe(
      'contamination: the answer was found, not worked out; grader_gaming: the scorer was satisfied without the task being done',
    ),
  isScoreRight: z.boolean().describe('Whether the score is what the transcript shows'),
  leftItsBounds: z.boolean().describe('Whether the model reached for something outside of what it was given'),
  note: z.string().max(limits.noteLengthMax).default(''),
  anchors: z
    .array(z.object({ event: z.number().int().min(0), quote: z.string().max(limits.quoteLengthMax) }))
    .max(limits.anchorsMax)
    .default([])
    .describe('Places in the transcript, by the index of the event'),
});

const ReadingView = z.object({
  id: z.string(),
  reader: z.string(),
  assignedAt: z.string(),
  handedIn: z.object({ at: z.string(), observation: Observation }).optional(),
  returned: z.object({ at: z.string(), reason: z.enum(returnReasons) }).optional(),
});

export const DeskItemView = z.object({
  id: z.string(),
  run: z.string(),
  sample: z.number().describe('Its place in the run'),
  name: z.string(),
  epoch: z.number(),
  reason: z.string().nullable().describe('Why it lies there; a hint, so null until both readers have handed in'),
  state: z.enum(deskStates),
  putBy: z.string(),
  putAt: z.string(),
  readings: z.array(ReadingView).describe('What others observed is left out until both readers have handed in'),
  settled: z.object({ by: z.string(), at: z.string(), observation: Observation }).optional(),
});

export const DeskQuery = PageQuery.extend({
  run: Id.optional(),
  state: z.enum(deskStates).optional(),
  mine: z.stringbool().default(false).describe('Only what you have in hand'),
});
export const DeskItems = pageOf(DeskItemView);

export const PutOnDesk = z.object({
  chosen: z.union([
    z.object({ samples: z.array(z.number().int().min(1)).min(1).max(limits.itemsMax) }),
    z
      .object({ random: z.number().int().min(1).max(limits.itemsMax) })
      .describe('So many, drawn by lot; the seed goes on record'),
  ]),
  reason: z.string().trim().min(1).max(500).describe('Why these are to be read'),
});
export const Added = z.object({ added: z.number() });
export const Assign = z.object({ reader: Id.optional().describe('Yourself, when left out') });
export const GiveBack = z.object({ reason: z.enum(returnReasons) });

export const DeskSummary = z.object({
  counts: z.partialRecord(z.enum(deskStates), z.number()),
  signOffs: z.array(z.object({ by: z.string(), at: z.string(), outcomes: z.string() })),
  signed: z.enum(['none', 'one', 'both']).describe('By how many people the outcomes as they now stand are signed'),
  cheated: z.array(z.number()).describe('Places in the run of the attempts found to be cheated'),
  agreement: z
    .object({ pairs: z.number(), same: z.number(), alpha: z.number().nullable() })
    .describe('Of both readers on cheating, before anybody settled: Krippendorff’s alpha, nominal'),
});
