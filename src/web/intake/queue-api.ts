import { keepPreviousData, type QueryClient, useQuery } from '@tanstack/react-query';
import type { z } from 'zod';
import type * as cases from '../../api/contract/cases.ts';
import type * as findings from '../../api/contract/findings.ts';
import type * as contract from '../../api/contract/queue.ts';
import type { LinkRelation } from '../../domain/coordination/case.ts';
import type { Relation } from '../../domain/intake/duplicate/hint.ts';
import type { EntryState } from '../../domain/intake/queue.ts';
import { ask, query } from '../api.ts';

export type Queue = z.infer<typeof contract.Queue>;
export type QueueEntry = z.infer<typeof contract.QueueEntry>;
export type QueueItem = z.infer<typeof contract.QueueItem>;
export type Hint = z.infer<typeof contract.Hint>;
export type HintReason = z.infer<typeof contract.HintReason>;
export type Opened = z.infer<typeof contract.OpenedFinding>;
export type Comparison = z.infer<typeof contract.Comparison>;
export type AcceptancePreview = z.infer<typeof contract.AcceptancePreview>;
export type CaseView = z.infer<typeof cases.CaseView>;
export type SourceRow = z.infer<typeof contract.SourceRow>;
export type HeldFinding = z.infer<typeof findings.HeldFinding>;

export const entryWords: Record<EntryState, { name: string; tone: string }> = {
  undecided: { name: 'To decide', tone: 'tag-soon' },
  joining: { name: 'More to join', tone: 'tag-soon' },
  waiting: { name: 'Waits for the reporter', tone: 'tag-later' },
  in_case: { name: 'In a case', tone: 'tag-pine' },
  closed: { name: 'Closed', tone: '' },
};

export const relationWords: Record<Relation, { name: string; says: string }> = {
  duplicate: { name: 'The same flaw', says: 'One fix would repair both.' },
  subsumed: { name: 'Part of the other', says: 'What this one reports is within what the other reports.' },
  variant: { name: 'A variant', says: 'The same mistake in another place: it needs a fix of its own.' },
  chain: { name: 'A link of a chain', says: 'One makes the other possible.' },
  regression: { name: 'Back again', says: 'A flaw that was fixed earlier shows again.' },
  distinct: { name: 'Another flaw', says: 'What the two share does not make them one.' },
};

export const layerWords: Record<HintReason['layer'], string> = {
  exact: 'Identical',
  structure: 'Structure',
  text: 'Wording',
  root_cause: 'Root cause',
};

export interface QueueFilter {
  state?: string | undefined;
  package?: string | undefined;
  source?: string | undefined;
  held?: boolean | undefined;
  hint?: boolean | undefined;
  taken?: string | undefined;
  after?: string | undefined;
}

const itemPath = (id: string): string => `/api/v1/queue/${encodeURIComponent(id)}`;
const casePath = (id: string): string => `/api/v1/cases/${encodeURIComponent(id)}`;
const post = <T>(path: string, body?: unknown) => ask<T>(path, { method: 'POST', ...(body !== undefined && { body }) });

export function useQueue(filter: QueueFilter, isCoordinator: boolean) {
  return useQuery({
    queryKey: ['queue', filter],
    queryFn: () => ask<Queue>(`/api/v1/queue${query({ ...filter, limit: 50 })}`),
    placeholderData: keepPreviousData,
    enabled: isCoordinator,
  });
}

export function useQueueItem(id: string) {
  return useQuery({ queryKey: ['queue-item', id], queryFn: () => ask<QueueItem>(itemPath(id)) });
}

export function useComparison(id: string, other: string) {
  return useQuery({
    queryKey: ['queue-item', id, 'compare', other],
    queryFn: () => ask<Comparison>(`${itemPath(id)}/comparison/${encodeURIComponent(other)}`),
  });
}

export function useCase(id: string, isWanted = true) {
  return useQuery({ queryKey: ['case', id], queryFn: () => ask<CaseView>(casePath(id)), enabled: isWanted });
}

/** Cases other than this one whose title holds these words, the newest first. */
export function useOtherCases(id: string, words: string) {
  return useQuery({
    queryKey: ['cases', words],
    queryFn: () => ask<z.infer<typeof cases.Cases>>(`/api/v1/cases${query({ q: words || undefined, limit: 50 })}`),
    select: ({ items }) => items.filter((one) => one.id !== id),
  });
}

export function useHeld(isKept: boolean, after: string | undefined) {
  return useQuery({
    queryKey: ['held', isKept, after ?? ''],
    queryFn: () =>
      ask<z.infer<typeof findings.HeldFindings>>(`/api/v1/held${query({ kept: isKept, after, limit: 50 })}`),
    placeholderData: keepPreviousData,
  });
}

export function useSources(after: string | undefined) {
  return useQuery({
    queryKey: ['sources', after ?? ''],
    queryFn: () => ask<z.infer<typeof contract.Sources>>(`/api/v1/sources${query({ after, limit: 100 })}`),
  });
}

export const previewAcceptance = (id: string, chosen: string[]) =>
  post<AcceptancePreview>(`${itemPath(id)}/acceptance/preview`, { findings: chosen });
export const accept = (id: string, body: z.infer<typeof contract.Accept>) =>
  post<CaseView>(`${itemPath(id)}/acceptance`, body);
export const refuse = (id: string, body: z.infer<typeof contract.Refuse>) =>
  post<QueueItem>(`${itemPath(id)}/refusal`, body);
export const reopen = (id: string, reason: string) => post<QueueItem>(`${itemPath(id)}/reopening`, { reason });
export const askReporter = (id: string, text: string) => post<QueueItem>(`${itemPath(id)}/questions`, { text });
export const take = (id: string) => ask<QueueItem>(`${itemPath(id)}/taking`, { method: 'PUT', body: {} });
export const leave = (id: string) => ask<QueueItem>(`${itemPath(id)}/taking`, { method: 'DELETE' });
export const keepApart = (id: string, other: string) =>
  ask<QueueItem>(`${itemPath(id)}/distinctions/${encodeURIComponent(other)}`, { method: 'PUT' });
export const noLongerApart = (id: string, other: string) =>
  ask<QueueItem>(`${itemPath(id)}/distinctions/${encodeURIComponent(other)}`, { method: 'DELETE' });
export const askModel = (id: string, other: string) => post<Comparison>(`${itemPath(id)}/opinions`, { other });

export const mergeInto = (id: string, what: z.input<typeof cases.MergeIntoCase>) =>
  post<CaseView>(`${casePath(id)}/merges`, what);
export const splitCase = (id: string, chosen: string[], title?: string) =>
  post<CaseView>(`${casePath(id)}/splits`, { findings: chosen, ...(title && { title }) });
export const undo = (id: string, act: number) =>
  post<z.infer<typeof cases.CaseUndone>>(`${casePath(id)}/undos`, { act });
export const renameCase = (id: string, title: string) =>
  ask<CaseView>(casePath(id), { method: 'PATCH', body: { title } });
export const linkCase = (id: string, other: string, relation: LinkRelation) =>
  ask<CaseView>(`${casePath(id)}/links/${encodeURIComponent(other)}`, { method: 'PUT', body: { relation } });

export const decideHeld = (id: string, decision: 'release' | 'keep', reason: string) =>
  ask<void>(`/api/v1/findings/${encodeURIComponent(id)}/release`, { method: 'POST', body: { decision, reason } });

/** After an act: whatever shows the queue is read again; an opened entry first, since it may have no case any more. */
export async function refreshDesk(client: QueryClient): Promise<void> {
  await client.invalidateQueries({ queryKey: ['queue-item'] });
  // The page has drawn what it learned before it asks on.
  await new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)));
  await Promise.all(['queue', 'case', 'held', 'sources'].map((key) => client.invalidateQueries({ queryKey: [key] })));
}
