import { type QueryClient, useQuery } from '@tanstack/react-query';
import type { z } from 'zod';
import type * as contract from '../../api/contract/runs.ts';
import type { EvalLog, SampleSummary } from '../../domain/evidence/eval-log.ts';
import type { LogReport } from '../../domain/evidence/log-check.ts';
import { ask, query } from '../api.ts';
import { sendFile } from '../send-file.ts';

export type Run = z.infer<typeof contract.RunRow>;
export type RunPageOf = z.infer<typeof contract.Runs>;
/** Header and report stand in the answer as the readers made them. */
export type RunView = Omit<z.infer<typeof contract.RunDetail>, 'header' | 'report'> & {
  header: EvalLog | null;
  report: LogReport | null;
};
export type SampleRow = Omit<z.infer<typeof contract.SampleRow>, 'summary'> & { summary: SampleSummary };
export interface SamplePageOf {
  items: SampleRow[];
  next?: string;
}
export type SampleView = Omit<z.infer<typeof contract.SampleView>, 'summary'> & { summary: SampleSummary };
export type EventRow = z.infer<typeof contract.EventRow>;
export type EventView = z.infer<typeof contract.EventView>;
export type Statistics = z.infer<typeof contract.StatisticsView>;
export type Comparison = z.infer<typeof contract.CompareView>;
export type ComparedItems = z.infer<typeof contract.CompareItems>;
export type SharePreview = z.infer<typeof contract.SharePreview>;

export const runPath = (id: string): string => `/api/v1/runs/${encodeURIComponent(id)}`;

/** While a log is being read, how far it is matters. */
const pollMs = 1000;

export function useRuns(after: string | undefined, isSignedIn: boolean) {
  return useQuery({
    queryKey: ['runs', after ?? ''],
    queryFn: () => ask<RunPageOf>(`/api/v1/runs${query({ after, limit: 50 })}`),
    enabled: isSignedIn,
    refetchInterval: ({ state }) => (state.data?.items.some((run) => run.state === 'importing') ? pollMs : false),
  });
}

export function useRun(id: string) {
  return useQuery({
    queryKey: ['run', id],
    queryFn: () => ask<RunView>(runPath(id)),
    refetchInterval: ({ state }) => (state.data?.state === 'importing' ? pollMs : false),
  });
}

export function useSample(id: string, number: number) {
  return useQuery({
    queryKey: ['run', id, 'sample', number],
    queryFn: () => ask<SampleView>(`${runPath(id)}/samples/${number}`),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export const refreshRuns = (client: QueryClient) => client.invalidateQueries({ queryKey: ['runs'] });

/** Sends the file of a log, telling how much of it has gone (0 to 1). `isNew` is false where the same bytes were here before. */
export async function sendLog(
  file: File,
  onSent: (share: number) => void,
  signal: AbortSignal,
): Promise<{ run: Run; isNew: boolean }> {
  const { status, answer } = await sendFile<Run>(`/api/v1/runs${query({ fileName: file.name })}`, file, onSent, signal);
  return { run: answer, isNew: status !== 200 };
}
