import type { z } from 'zod';
import type { Advisories, AdvisoryDetail, AdvisoryRow, Packs } from '../../api/contract/advisories.ts';

export type AdvisorySummary = z.infer<typeof AdvisoryRow>;
export type AdvisoryPageOf = z.infer<typeof Advisories>;
export type AdvisoryView = z.infer<typeof AdvisoryDetail>;
export type PackList = z.infer<typeof Packs>;
