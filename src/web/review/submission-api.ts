import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { z } from 'zod';
import type {
  AudienceView,
  FileView,
  HandOverPreview as HandOverPreviewShape,
  PartyPreview as PartyPreviewShape,
  Submissions,
  VersionView,
  SubmissionView as View,
} from '../../api/contract/submissions.ts';
import { ask } from '../api.ts';

export type Submission = z.infer<typeof View>;
export type File = z.infer<typeof FileView>;
export type FileVersion = z.infer<typeof VersionView>;
export type Audience = z.infer<typeof AudienceView>;
export type HandOverPreview = z.infer<typeof HandOverPreviewShape>;
export type PartyPreview = z.infer<typeof PartyPreviewShape>;

/** The address of a submission in the API, and of what hangs on it. */
export const submissionPath = (id: string, rest = ''): string => `/api/v1/submissions/${encodeURIComponent(id)}${rest}`;

/** One submission as this person's organisation sees it. The layout has loaded it before any page below it shows. */
export function useSubmission(id: string) {
  return useQuery({ queryKey: ['submission', id], queryFn: () => ask<Submission>(submissionPath(id)) });
}

/** The submissions of which this person's organisation may know; without a session nobody is asked. */
export function useSubmissions(isSignedIn: boolean) {
  return useQuery({
    queryKey: ['submissions'],
    queryFn: () => ask<z.infer<typeof Submissions>>('/api/v1/submissions?limit=200'),
    enabled: isSignedIn,
    placeholderData: keepPreviousData,
    // What waits and how many invitations are open changes on other pages.
    staleTime: 0,
  });
}

/** What the file says: for its developer the newest version, for others the newest that was handed over. */
export function useFile(id: string) {
  return useQuery({ queryKey: ['file', id], queryFn: () => ask<File>(submissionPath(id, '/file')) });
}
