import type { InventoryTables } from './advisory/inventory-tables.ts';
import type { AdvisoryTables } from './advisory/tables.ts';
import type { CaseTables } from './coordination/case-tables.ts';
import type { ParticipationTables } from './directory/participation-tables.ts';
import type { DirectoryTables } from './directory/tables.ts';
import type { ReadingTables } from './evidence/reading-tables.ts';
import type { ResultTables } from './evidence/result-tables.ts';
import type { RunTables } from './evidence/run-tables.ts';
import type { TaskPackTables } from './evidence/task-pack-tables.ts';
import type { ClaimTables } from './intake/claim-tables.ts';
import type { FindingTables } from './intake/finding-tables.ts';
import type { HintTables } from './intake/hint-tables.ts';
import type { ValidationTables } from './intake/validation-tables.ts';
import type { LogTables } from './log/tables.ts';
import type { DecisionTables } from './review/decision-tables.ts';
import type { GrantTables } from './review/grant-tables.ts';
import type { IncidentTables } from './review/incident-tables.ts';
import type { SubmissionTables } from './review/submission-tables.ts';
import type { WindowTables } from './review/window-tables.ts';
import type { PlatformTables } from './tables.ts';

/** Every table, as kysely sees it. Each area keeps its row types in `store/<area>/tables.ts` and is named here. */
export interface Schema
  extends PlatformTables,
    AdvisoryTables,
    LogTables,
    DirectoryTables,
    ParticipationTables,
    InventoryTables,
    ReadingTables,
    TaskPackTables,
    ResultTables,
    SubmissionTables,
    WindowTables,
    DecisionTables,
    RunTables,
    ClaimTables,
    CaseTables,
    FindingTables,
    HintTables,
    ValidationTables,
    GrantTables,
    IncidentTables {}
