import { keepPreviousData, type QueryClient, useQuery } from '@tanstack/react-query';
import type { z } from 'zod';
import type * as batches from '../../api/contract/batches.ts';
import type * as findings from '../../api/contract/findings.ts';
import type { BatchState } from '../../domain/intake/batch.ts';
import type { FindingState, Report } from '../../domain/intake/report.ts';
import { ask, query } from '../api.ts';
import { sendFile } from '../send-file.ts';

export type Receipt = z.infer<typeof findings.Receipt>;
export type FindingRow = z.infer<typeof findings.FindingRow>;
export type FindingView = z.infer<typeof findings.FindingView>;
export type FollowedReport = z.infer<typeof findings.FollowedReport>;
export type FindingMessage = z.infer<typeof findings.FindingMessage>;
export type Batch = z.infer<typeof batches.BatchView>;
export type KeptMapping = z.infer<typeof batches.KeptMapping>;

/** What a state means to the one who reported; `tone` is the colour of its label. */
export const stateWords: Record<FindingState, { name: string; says: string; tone: string }> = {
  received: { name: 'Received', says: 'It is with the coordinators.', tone: '' },
  triaged: { name: 'Taken up', says: 'A coordinator has read it and it is being worked on.', tone: 'tag-later' },
  info_needed: {
    name: 'Question for you',
    says: 'A coordinator asks something; it rests until you answer.',
    tone: 'tag-soon',
  },
  validated: { name: 'Reproduced', says: 'Somebody else has reproduced it.', tone: 'tag-pine' },
  not_reproduced: { name: 'Not reproduced', says: 'It was tried as described and did not show.', tone: '' },
  out_of_scope: { name: 'Out of scope', says: 'It is not something that is coordinated here.', tone: '' },
  withdrawn: { name: 'Withdrawn', says: 'You withdrew it. Nobody works on it any more.', tone: '' },
};

export const batchWords: Record<BatchState, { name: string; tone: string }> = {
  receiving: { name: 'Receiving rows', tone: 'tag-later' },
  reading: { name: 'Being read', tone: 'tag-later' },
  paused: { name: 'Paused', tone: 'tag-soon' },
  slowed: { name: 'Waiting for room', tone: 'tag-soon' },
  done: { name: 'Read to its end', tone: 'tag-pine' },
  refused: { name: 'Not read', tone: 'tag-now' },
  cancelled: { name: 'Cancelled', tone: '' },
};

/** The command line names a batch after its file and a digest of content and options: to people the file says which it is. */
export function titleOf({ name, fileName }: Batch): { title: string; digest?: string } {
  const rest = fileName !== null && name.startsWith(`${fileName} `) ? name.slice(fileName.length + 1) : '';
  return fileName !== null && /^[0-9a-f]{16}$/.test(rest) ? { title: fileName, digest: rest } : { title: name };
}

const findingPath = (id: string): string => `/api/v1/findings/${encodeURIComponent(id)}`;
export const batchPath = (id: string): string => `/api/v1/batches/${encodeURIComponent(id)}`;

interface Filter {
  state?: FindingState | undefined;
  batch?: string | undefined;
  q?: string | undefined;
  asked?: boolean | undefined;
  after?: string | undefined;
}

export function useFindings(filter: Filter, isSignedIn: boolean) {
  return useQuery({
    queryKey: ['findings', filter],
    queryFn: () => ask<z.infer<typeof findings.Findings>>(`/api/v1/findings${query({ ...filter, limit: 50 })}`),
    placeholderData: keepPreviousData,
    enabled: isSignedIn,
  });
}

export function useFinding(id: string) {
  return useQuery({ queryKey: ['finding', id], queryFn: () => ask<FindingView>(findingPath(id)) });
}

export const readReproduction = (id: string) =>
  ask<z.infer<typeof findings.ReproductionView>>(`${findingPath(id)}/reproduction`);
export const answer = (id: string, text: string) =>
  ask<FindingView>(`${findingPath(id)}/answers`, { method: 'POST', body: { text } });
export const withdraw = (id: string) => ask<FindingView>(`${findingPath(id)}/withdraw`, { method: 'POST' });

/** Hands in one report for the own organisation. The same `key` again is the same act. */
export const submit = (report: Report, key: string) =>
  ask<Receipt>('/api/v1/findings', { method: 'POST', body: report, key });
/** The same without an account: the token in the answer is shown this once. */
export const handIn = (report: Report, contact: string) =>
  ask<z.infer<typeof findings.HandedIn>>('/api/v1/reports', {
    method: 'POST',
    body: { report, ...(contact !== '' && { contact }) },
  });
const byToken = (act: string, body: object) => ask<FollowedReport>(`/api/v1/reports/${act}`, { method: 'POST', body });
export const follow = (token: string) => byToken('status', { token });
export const answerByToken = (token: string, text: string) => byToken('answers', { token, text });
export const withdrawByToken = (token: string) => byToken('withdraw', { token });

/** While a batch is being read, how far it is matters. */
const pollMs = 1000;
const isMoving = ({ state, accepted, screened }: Batch) =>
  state === 'reading' || state === 'receiving' || (state === 'done' && screened < accepted);

export function useBatches(after: string | undefined, isSignedIn: boolean) {
  return useQuery({
    queryKey: ['batches', after ?? ''],
    queryFn: () => ask<z.infer<typeof batches.Batches>>(`/api/v1/batches${query({ after, limit: 20 })}`),
    enabled: isSignedIn,
    refetchInterval: ({ state }) => (state.data?.items.some(isMoving) ? pollMs : false),
  });
}

export function useBatch(id: string) {
  return useQuery({
    queryKey: ['batch', id],
    queryFn: () => ask<Batch>(batchPath(id)),
    refetchInterval: ({ state }) => {
      if (state.data === undefined) return false;
      if (isMoving(state.data)) return pollMs;
      return state.data.state === 'slowed' ? 15_000 : false;
    },
  });
}

export function useRefused(id: string, count: number) {
  return useQuery({
    queryKey: ['batch', id, 'refused', count],
    queryFn: () => ask<z.infer<typeof batches.RefusedRows>>(`${batchPath(id)}/refused${query({ limit: 50 })}`),
    placeholderData: keepPreviousData,
    enabled: count > 0,
  });
}

export function useRoom(isSignedIn: boolean) {
  return useQuery({
    queryKey: ['intake-room'],
    queryFn: () => ask<z.infer<typeof batches.RoomView>>('/api/v1/intake-room'),
    enabled: isSignedIn,
  });
}

export function useMappings(isSignedIn: boolean) {
  return useQuery({
    queryKey: ['batch-mappings'],
    queryFn: () => ask<z.infer<typeof batches.Mappings>>('/api/v1/batch-mappings'),
    enabled: isSignedIn,
  });
}

export const saveMapping = (name: string, fields: Record<string, string>) =>
  ask<KeptMapping>(`/api/v1/batch-mappings/${encodeURIComponent(name)}`, { method: 'PUT', body: { fields } });

export const changeBatch = (id: string, to: 'paused' | 'resumed' | 'cancelled') =>
  ask<Batch>(batchPath(id), { method: 'PATCH', body: { to } });

/** Begins a batch and sends its file; the batch that stands after it. */
export async function sendBatch(
  file: File,
  begin: z.input<typeof batches.NewBatch>,
  onSent: (share: number) => void,
  signal: AbortSignal,
): Promise<Batch> {
  const { id } = await ask<Batch>('/api/v1/batches', { method: 'POST', body: begin, signal });
  try {
    const path = `${batchPath(id)}/file${query({ name: file.name })}`;
    return (await sendFile<Batch>(path, file, onSent, signal)).answer;
  } catch (error) {
    // An empty batch would stand in the list for ever, waiting for rows that nobody sends.
    await changeBatch(id, 'cancelled').catch(() => {});
    throw error;
  }
}

export const refreshIntake = (client: QueryClient) =>
  Promise.all(['findings', 'batches', 'intake-room'].map((key) => client.invalidateQueries({ queryKey: [key] })));
