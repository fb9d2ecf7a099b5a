import { z } from 'zod';
import { actKinds, linkRelations } from '../../domain/coordination/case.ts';
import { findingStates } from '../../domain/intake/report.ts';
import { PageQuery, pageOf } from './page.ts';

const Id = z.string().min(1).max(100);
export const CaseParams = z.object({ id: Id });
export const CaseLinkParams = z.object({ id: Id, other: Id });

/** Who handed it in; nobody, where it came without an account. */
export const Source = z.object({ id: z.string(), name: z.string() }).nullable();
const Person = z.object({ id: z.string(), name: z.string().nullable() });

export const CasesQuery = PageQuery.extend({
  q: z.string().min(1).max(200).optional().describe('Words of the title'),
});

export const CaseRow = z.object({
  id: z.string(),
  title: z.string(),
  state: z.enum(['pending']),
  package: z.string().nullable(),
  findings: z.number(),
  sources: z.number().describe('How many sources reported it; findings without an account count one each'),
  openedAt: z.string(),
  changedAt: z.string(),
});
export const Cases = pageOf(CaseRow);

export const CaseMember = z.object({
  finding: z.string(),
  title: z.string(),
  source: Source,
  state: z.enum(findingStates),
  isHeld: z.boolean(),
  receivedAt: z.string(),
  joinedAt: z.string().describe('When it was put into this case'),
});

/** For coordinators: no reporter learns of another (I13). */
export const Credit = z.object({
  source: Source,
  findings: z.array(z.string()).describe('Those of this reporter, the first received first'),
  receivedAt: z.string().describe('When the first of them was received'),
  place: z.number().describe('1 for whoever was first; the same number for those received at the same moment'),
});

export const CaseLink = z.object({
  case: z.object({ id: z.string(), title: z.string() }),
  relation: z.enum(linkRelations).describe('How this case stands to the other one'),
  isFrom: z.boolean().describe('True when it is said of this case: this one is a variant of the other'),
});

export const CaseAct = z.object({
  number: z.number(),
  kind: z.enum(actKinds),
  by: Person,
  at: z.string(),
  text: z.string().describe('What was done, in words'),
  findings: z.array(z.string()).describe('Those that it moved'),
  undoes: z.number().nullable(),
  undoneBy: z.number().nullable(),
  can: z.object({
    undo: z.boolean(),
    standsInTheWay: z.number().nullable().describe('The later act that has to be undone first'),
  }),
});

export const CaseView = CaseRow.extend({
  members: z.array(CaseMember).describe('The first received first'),
  credits: z.array(Credit),
  links: z.array(CaseLink),
  acts: z.array(CaseAct).describe('The newest first, 200 at most'),
  joinedInto: z
    .object({ id: z.string(), title: z.string() })
    .nullable()
    .describe('Where it has no findings left: the case into which they were merged'),
});

/** `from` is where the caller saw it stand: when somebody else moved it meanwhile, nothing is done and the answer says so. */
export const MergeIntoCase = z.union([
  z.strictObject({
    finding: Id,
    from: Id.nullable().default(null).describe('The case that the finding is in now; null when it is in none'),
  }),
  z.strictObject({ case: Id }),
]);

export const SplitCase = z.strictObject({
  findings: z.array(Id).min(1).max(200),
  title: z.string().trim().min(1).max(300).optional(),
});

export const UndoAct = z.strictObject({ act: z.int().min(1) });
export const RenameCase = z.strictObject({ title: z.string().trim().min(1).max(300) });
export const LinkCase = z.strictObject({ relation: z.enum(linkRelations) });
export const CaseUndone = z.object({
  case: CaseView.nullable().describe(
    'As it is now; null when the act that opened it was undone, so that there is no such case',
  ),
});
