import { z } from 'zod';
import { justifications, markStates } from '../../domain/advisory/mark.ts';
import { Facts } from './advisories.ts';
import { pageOf } from './page.ts';

const Name = z.string().trim().min(1).max(200);
const FileName = z
  .string()
  .min(1)
  .max(300)
  .describe('The name of the file; it tells lockfiles apart, such as package-lock.json');
const PolicyName = z
  .string()
  .regex(/^[a-z0-9-]{1,100}$/)
  .optional()
  .describe('The first of GET /policies, when left out');

/** What an operator says of the system that an inventory lists; what is left out is unknown. */
export const Asset = z.object({
  exposed: z.enum(['yes', 'no']).optional().describe('Can it be reached from the internet?'),
  systemExposure: z.enum(['small', 'controlled', 'open']).optional().describe('SSVC: System Exposure'),
  missionImpact: z.enum(['low', 'medium', 'high']).optional().describe('SSVC: Mission Impact'),
  humanImpact: z.enum(['low', 'medium', 'high', 'very high']).optional().describe('SSVC: Human Impact'),
});

export const UploadQuery = z.object({ fileName: FileName });
export const KeepQuery = Asset.extend({ name: Name, fileName: FileName });
export const DescribeInventory = z.object({ name: Name.optional(), asset: Asset.optional() });

export const InventoryParams = z.object({ id: z.string().min(1).max(100) });
export const MarkParams = InventoryParams.extend({ key: z.string().min(1).max(1000).describe('The purl of the item') });

export const KeptInventory = z.object({
  id: z.string(),
  name: z.string(),
  version: z.number().describe('Number of the newest upload'),
  asset: Asset,
  format: z.string(),
  fileName: z.string(),
  components: z.number(),
  createdAt: z.string(),
  updatedAt: z.string(),
});

export const Inventories = pageOf(KeptInventory);

const ReadProblem = z.object({ path: z.string(), message: z.string(), clause: z.string().optional() });

export const KeptMark = z.object({
  key: z.string(),
  state: z.enum(markStates as ['planned', 'done', 'not_affected']),
  reason: z.string(),
  justification: z.enum(Object.keys(justifications) as [keyof typeof justifications]).optional(),
  vulnerabilities: z.array(z.string()),
  by: z.string(),
  at: z.string(),
});

export const InventoryDetail = KeptInventory.extend({
  versions: z
    .array(
      z.object({
        version: z.number(),
        format: z.string(),
        fileName: z.string(),
        components: z.number(),
        problems: z.array(ReadProblem).describe('What was left out or doubtful'),
        keptBy: z.string(),
        keptAt: z.string(),
      }),
    )
    .describe('Uploads, newest first'),
  marks: z.array(KeptMark),
});

const marked = {
  reason: z.string().max(2000).default(''),
  vulnerabilities: z
    .array(z.string().min(1).max(200))
    .min(1)
    .max(1000)
    .describe('Ids of the advisories that you saw in the item; ones that come later make it open again'),
};
export const NewMark = z.discriminatedUnion('state', [
  z.object({ state: z.literal('planned'), ...marked }),
  z.object({ state: z.literal('done'), ...marked }),
  z.object({
    state: z.literal('not_affected'),
    ...marked,
    justification: z.enum(Object.keys(justifications) as [keyof typeof justifications]),
  }),
]);

const Clock = z.object({
  package: z.string().min(1).max(2000).describe('Family of ecosystems and name, such as npm/left-pad'),
  vulnerability: z.string().min(1).max(200),
  listed: z.iso.date().describe('The first UTC day on a list of the system'),
  decided: z
    .record(z.string().max(100), z.record(z.string().max(200), z.iso.date()))
    .refine((policies) => Object.keys(policies).length <= 20, 'At most 20 policies')
    .describe('By policy and outcome: the first UTC day on which it was decided'),
});
export const NewClocks = z.object({ clocks: z.array(Clock).max(1000) });

export const PatchListQuery = z.object({
  policy: PolicyName,
  asOf: z.iso
    .date()
    .optional()
    .describe('The UTC day of the list; today, when left out. Due dates count from the first listing'),
});
export const ChangesQuery = z.object({
  policy: PolicyName,
  since: z.iso
    .date()
    .optional()
    .describe('A UTC day; a week ago, when left out. Compared with the newest list kept by then, or else the oldest'),
});

const Decision = z.looseObject({
  decision: z.string(),
  rank: z.number(),
  due: z.string().optional(),
  isForensicCheckDue: z.boolean(),
  reasons: z.array(z.string()),
  unknowns: z.array(z.string()),
});

const PatchItem = z.looseObject({
  purl: z.string(),
  name: z.string(),
  version: z.string(),
  ecosystem: z.string(),
  upgradeTo: z.string().optional(),
  remedy: z.enum(['upgrade', 'remove', 'none']),
  advisories: z.array(
    z.looseObject({
      id: z.string(),
      records: z.array(z.string()),
      aliases: z.array(z.string()),
      summary: z.string(),
      facts: Facts,
      decision: Decision,
      firstListed: z.string().describe('The first UTC day on which a list of this inventory had it'),
      fixedIn: z.string().optional(),
    }),
  ),
  decision: z.string(),
  rank: z.number(),
  due: z.string().optional(),
  isOverdue: z.boolean(),
  reasons: z.array(z.string()),
});

export const PatchListView = z.object({
  list: z.looseObject({
    asOf: z.string(),
    policy: z.object({ name: z.string(), version: z.string() }),
    items: z.array(PatchItem).describe('In order of work'),
  }),
  marks: z
    .record(
      z.string(),
      KeptMark.extend({ isCurrent: z.boolean().describe('False when vulnerabilities came after the mark') }),
    )
    .describe('By the purl of the item'),
});

const Outcome = z.object({
  key: z.string(),
  title: z.string(),
  advisories: z.array(z.string()),
  decision: z.string(),
  due: z.string().optional(),
});

export const ChangesView = z.object({
  since: z.string().optional().describe('When the earlier list was kept; absent when there is none'),
  day: z.string().optional().describe('Its UTC day'),
  version: z.number().optional().describe('The upload that it was made from'),
  note: z.string().optional().describe('Says so when there is nothing earlier to compare with'),
  changes: z.object({
    added: z.array(Outcome),
    gone: z.array(Outcome),
    moved: z.array(z.object({ before: Outcome, after: Outcome })),
    same: z.number(),
  }),
});

export const PolicyParams = z.object({ name: z.string().min(1).max(100) });
export const PolicyRow = z.object({ name: z.string(), version: z.string(), title: z.string(), summary: z.string() });
export const Policies = z.object({ items: z.array(PolicyRow) });
export const PolicyDocument = z.looseObject({ format: z.string(), name: z.string(), version: z.string() });
