import type { ColumnType, Generated } from 'kysely';
import type { ActKind, CaseId, Change, LinkRelation } from '../../domain/coordination/case.ts';
import type { Instant } from '../../domain/instant.ts';

export interface CasesTable {
  number: Generated<number>;
  id: CaseId;
  audience_id: string;
  title: string | null;
  state: Generated<'pending'>;
  opened_by: string;
  opened_at: Instant;
  changed_at: Instant;
}

export interface CaseActsTable {
  number: Generated<number>;
  audience_id: string;
  kind: ActKind;
  change: ColumnType<Pick<Change, 'moves' | 'titles' | 'links'>, string, never>;
  cases: string[];
  findings: number[];
  undoes: number | null;
  by: string;
  at: Instant;
}

export interface CaseMembersTable {
  case_id: CaseId;
  finding: number;
  audience_id: string;
  since: Instant;
  since_act: number;
  until: Instant | null;
  until_act: number | null;
}

export interface CaseLinksTable {
  case_id: CaseId;
  other_id: CaseId;
  audience_id: string;
  relation: LinkRelation;
}

export interface CaseTables {
  cases: CasesTable;
  case_acts: CaseActsTable;
  case_members: CaseMembersTable;
  case_links: CaseLinksTable;
}
