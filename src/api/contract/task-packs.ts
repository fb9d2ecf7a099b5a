import { z } from 'zod';
import { PageQuery, pageOf } from './page.ts';

const Id = z.string().min(1).max(100);
export const PackParams = z.object({ id: Id });

const Statement = z.object({
  format: z.literal('assay-task-pack/1'),
  name: z.string(),
  version: z.string(),
  size: z.number().describe('How many items the pack has'),
  root: z.string().describe('Merkle root over the salted items, hex'),
});

export const TaskPackView = z.object({
  id: z.string(),
  statement: Statement,
  organisation: z.string(),
  submission: z.string().nullable().describe('The submission to whose parties it is shown'),
  isOpaque: z.boolean().describe('True where its items never come here'),
  runsMax: z.number().describe('An item sent to models in so many runs is retired'),
  publishedBy: z.string(),
  publishedAt: z.string(),
});
export const TaskPackQuery = PageQuery.extend({ submission: Id.optional() });
export const TaskPacks = pageOf(TaskPackView);

export const TaskPackDetail = z.object({
  pack: TaskPackView,
  uses: z.array(z.object({ run: z.string(), notedAt: z.string() })),
  openings: z.array(z.object({ place: z.number(), item: z.string(), notedAt: z.string() })),
  standings: z
    .array(
      z.object({
        item: z.string(),
        runs: z.number().describe('In how many runs it was sent to a model'),
        openings: z.number(),
        retired: z.enum(['runs', 'opening']).optional().describe('Why the item is no longer to be used'),
      }),
    )
    .describe('Items that were shown to a model or to anybody, the most shown first'),
});

export const PublishPack = z.object({
  statement: z.record(z.string(), z.unknown()).describe('The .root.json that `assay pack seal` writes'),
  isOpaque: z.boolean().default(false),
  runsMax: z.number().int().min(1).max(1_000_000).default(5),
});
export const UsePack = z.object({ run: Id });
export const OpenPack = z.record(z.string(), z.unknown()).describe('The opening that `assay pack open` writes');
export const Opened = z.object({ place: z.number(), item: z.string(), notedAt: z.string() });
export const ShowTo = z.object({
  submission: Id.nullable().describe('To the parties of this submission; null takes it back'),
});
export const ShowPreviewQuery = z.object({ submission: Id });
export const ShowPreview = z.object({
  parties: z.array(z.object({ organisation: z.string(), name: z.string(), capacity: z.string() })),
});
