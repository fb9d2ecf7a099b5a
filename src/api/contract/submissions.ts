import { z } from 'zod';
import { capacities } from '../../domain/review/party.ts';
import { limits } from '../../domain/review/submission.ts';
import { states } from '../../domain/review/window.ts';
import { pageOf } from './page.ts';
import { PendingItem } from './pending.ts';

export const SubmissionParams = z.object({ id: z.string().min(1).max(100) });

export const ModelView = z.object({
  name: z.string(),
  version: z.string(),
  digest: z.string().nullable().describe('sha256: and 64 hex digits, of the weights or the build; null until given'),
});

const Digest = z
  .string()
  .regex(/^sha256:[0-9a-f]{64}$/, 'is sha256: and 64 hex digits')
  .describe('Of the weights or the build');
const Name = z.string().trim().min(1).max(200);
const Version = z.string().trim().min(1).max(100);

/** One part as it is sent; the rules read it and say in full what is wrong. */
const SaidPart = z.looseObject({
  state: z.enum(['given', 'withheld', 'not_applicable']),
  content: z.record(z.string(), z.unknown()).optional().describe('For given: answers by the key of their field'),
  reason: z.string().max(10_000).optional().describe('For withheld and not_applicable; other parties read it'),
});
const SaidParts = z
  .record(z.string().max(20), SaidPart.nullable())
  .refine((parts) => Object.keys(parts).length <= 16, 'At most 16 parts');

export const OpenSubmission = z.object({
  model: z.object({ name: Name, version: Version, digest: Digest.optional() }),
  parts: z.record(z.string().max(20), SaidPart).optional().describe('What is said already, by number of the part'),
});

export const PartyView = z.object({
  organisation: z.string(),
  name: z.string(),
  capacity: z.enum(capacities),
  addedAt: z.string(),
});

export const SubmissionRow = z.object({
  id: z.string(),
  model: ModelView,
  capacity: z.enum(capacities).describe('In which capacity your organisation knows of it'),
  developer: z.object({ id: z.string(), name: z.string() }),
  createdAt: z.string(),
  updatedAt: z.string(),
});
export const ListedSubmission = SubmissionRow.extend({
  window: z
    .object({
      state: z.enum(states),
      startedAt: z.string().optional(),
      endsAt: z.string().optional().describe('When it ends if nobody acts'),
      usedMs: z.number().describe('Milliseconds of access used, of limitMs'),
      limitMs: z.number(),
      remainingMs: z.number(),
      next: z.array(z.string()).describe('What comes next and by whom, in words'),
    })
    .describe('Where its window stands now; GET /submissions/{id}/window says all of it'),
  pending: z
    .array(PendingItem)
    .optional()
    .describe('The first two of GET /submissions/{id}/pending; for the first 20 files of a page only'),
});
export const Submissions = pageOf(ListedSubmission).extend({
  invitations: z
    .number()
    .int()
    .describe('Invitations of your organisation as a partner that are open: a step is still to be done'),
});

export const SubmissionView = SubmissionRow.extend({
  parties: z.array(PartyView).describe('Every organisation that may know of it, the developer first'),
  file: z
    .object({
      version: z.number().describe('The newest that you may read'),
      savedAt: z.string(),
      handedVersion: z.number().nullable().describe('The newest handed over to the other parties'),
      counts: z.object({ given: z.number(), withheld: z.number(), not_applicable: z.number(), open: z.number() }),
    })
    .optional()
    .describe('How far the file is; absent while nothing was handed over to your organisation'),
});

/** A part as it is kept: given with content, withheld or not applicable with a reason; an open part is absent. */
const KeptPart = z.looseObject({ state: z.enum(['given', 'withheld', 'not_applicable']) });

export const VersionRow = z.object({
  version: z.number(),
  digest: z
    .string()
    .describe('SHA-256 over the canonical JSON (RFC 8785) of {format, submission, version, model, parts}'),
  note: z.string().nullable(),
  savedBy: z.string(),
  savedByName: z.string().nullable().describe('Where you may know it'),
  savedAt: z.string(),
  handedAt: z.string().nullable().describe('Null for a draft, which only the developer reads'),
  handedBy: z.string().nullable(),
  isInterim: z.boolean().nullable().describe('Whether the developer said that more will follow'),
});
export const VersionView = VersionRow.extend({
  content: z.object({ model: ModelView, parts: z.record(z.string(), KeptPart) }),
});
export const Versions = z.object({ items: z.array(VersionRow).describe('Newest first') });
export const VersionParams = SubmissionParams.extend({
  version: z.coerce.number().int().min(1).max(limits.versionsMax),
});

export const DatesView = z.object({
  partnerRelease: z.string().nullable(),
  publicRelease: z.string().nullable(),
  note: z.string().nullable(),
  shownTo: z.array(z.string()).describe('Organisations that read them beside the developer'),
  savedAt: z.string(),
});
export const SetDates = z.object({
  partnerRelease: z.iso.date().nullable().describe('Intended release to other trusted partners'),
  publicRelease: z.iso.date().nullable(),
  note: z.string().trim().min(1).max(2000).nullable(),
});
export const ShowDates = z.object({ organisations: z.array(z.string().min(1).max(100)).max(100) });

export const FileView = z.object({
  version: VersionView.optional().describe('Absent while nothing was handed over to your organisation'),
  gaps: z
    .array(
      z.object({
        number: z.number(),
        name: z.string(),
        fields: z.array(z.string()).describe('Labels of open fields; empty when the whole part is open'),
        why: z.string(),
        isSuggestedFirst: z.boolean(),
      }),
    )
    .optional()
    .describe('For the developer: what is not said yet. Nothing in it is required'),
  dates: DatesView.optional().describe('Intended dates, where you may read them'),
});

export const SaveVersion = z.object({
  basedOn: z.number().int().min(1).max(limits.versionsMax).describe('The version that you changed'),
  model: z.object({ name: Name, version: Version, digest: Digest.nullable() }).optional(),
  parts: SaidParts.optional().describe('Changed parts by number; null opens a part again'),
  note: z.string().trim().min(1).max(500).optional().describe('What this version is, for the list of versions'),
});

export const ChangesQuery = z.object({
  from: z.coerce.number().int().min(1).max(limits.versionsMax),
  to: z.coerce.number().int().min(1).max(limits.versionsMax),
});
export const ChangesView = z.object({
  from: z.number(),
  to: z.number(),
  changes: z.array(
    z.object({
      number: z.number().describe('0 for the model itself'),
      name: z.string(),
      says: z.string(),
      field: z.object({ label: z.string(), before: z.string(), after: z.string() }).optional(),
    }),
  ),
});

const Preview = z.object({
  who: z.array(z.string()).describe('Who would learn it'),
  learn: z.array(z.string()).describe('What they would learn, a sentence each'),
  sealed: z.array(z.string()).describe('What stays with you'),
  seenBy: z.array(z.string()).describe('Who would see them in the audience'),
});
export const PreviewParty = z.object({ organisation: z.string().min(1).max(100) });
export const PartyPreview = Preview.extend({
  handedVersion: z.number().nullable().describe('The version that a newcomer reads; send it with the act'),
});
export const AdmitParty = z.object({
  organisation: z.string().min(1).max(100),
  handedVersion: z.number().int().nullable().describe('As the preview said; another by now, and the act is refused'),
});
export const Parties = z.object({ items: z.array(PartyView) });
export const PartyParams = SubmissionParams.extend({ organisation: z.string().min(1).max(100) });

export const PreviewHandOver = z.object({ version: z.number().int().min(1).max(limits.versionsMax) });
export const HandOverPreview = Preview.extend({
  organisations: z.array(z.string()).describe('All parties; send them with the act'),
});
export const HandOver = PreviewHandOver.extend({
  isInterim: z.boolean().describe('Whether more will follow'),
  organisations: z
    .array(z.string().min(1).max(100))
    .max(1000)
    .describe('As the preview said; others by now, and it is refused'),
});

export const AudienceView = z.object({
  readers: z.array(
    PartyView.extend({
      fromVersion: z.number().describe('The first version that it reads; 0 for every one handed over'),
      endedAt: z.string().nullable(),
      seesDates: z.boolean(),
    }),
  ),
  handedVersion: z.number().nullable().describe('The newest version handed over'),
});
