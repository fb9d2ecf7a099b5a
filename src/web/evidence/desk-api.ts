import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import type { z } from 'zod';
import type { People } from '../../api/contract/directory.ts';
import type { DeskItems, DeskItemView, DeskSummary, Observation as Seen } from '../../api/contract/readings.ts';
import type { CheatingKind, DeskState, ReturnReason } from '../../domain/evidence/reading.ts';
import { ask, query } from '../api.ts';

export type DeskItem = z.infer<typeof DeskItemView>;
export type Observation = z.infer<typeof Seen>;

export const stateWords: Record<DeskState, string> = {
  wanting: 'Wants a reader',
  reading: 'Being read',
  differing: 'Readers differ',
  agreed: 'Readers agree',
  settled: 'Settled by a third',
};

export const cheatingWords: Record<CheatingKind, { label: string; hint: string }> = {
  none: { label: 'No', hint: 'The task was done as it was meant.' },
  contamination: { label: 'Answer was found', hint: 'On the web, in the files, or by heart; not worked out.' },
  grader_gaming: { label: 'Scorer was gamed', hint: 'The scorer was satisfied without the task being done.' },
  other: { label: 'In another way', hint: 'Say how in the note.' },
};

export const returnWords: Record<ReturnReason, string> = {
  conflict_of_interest: 'I have a conflict of interest',
  not_able: 'I cannot judge this one',
  no_time: 'I have no time',
};

export function useDesk(filter: { state?: DeskState; mine?: boolean; run?: string; after?: string }) {
  return useQuery({
    queryKey: ['desk', filter],
    queryFn: () => ask<z.infer<typeof DeskItems>>(`/api/v1/desk${query({ ...filter, limit: 50 })}`),
    placeholderData: keepPreviousData,
  });
}

export function useDeskItem(id: string) {
  return useQuery({
    queryKey: ['desk-item', id],
    queryFn: () => ask<DeskItem>(`/api/v1/desk/${encodeURIComponent(id)}`),
  });
}

export function useDeskSummary(run: string) {
  return useQuery({
    queryKey: ['desk-summary', run],
    queryFn: () => ask<z.infer<typeof DeskSummary>>(`/api/v1/runs/${encodeURIComponent(run)}/readings`),
  });
}

/** People of the own organisation: who may read, and what readers are called. */
export function useColleagues() {
  return useQuery({
    queryKey: ['people'],
    queryFn: () => ask<z.infer<typeof People>>('/api/v1/people?limit=200'),
    staleTime: 300_000,
  });
}

/** To call with the answer of an act on an item: it is shown at once, and the lists are read again. */
export function useKeepDeskItem(): (item: DeskItem) => Promise<unknown> {
  const client = useQueryClient();
  return (item) => {
    client.setQueryData(['desk-item', item.id], item);
    return Promise.all([
      client.invalidateQueries({ queryKey: ['desk'] }),
      client.invalidateQueries({ queryKey: ['desk-summary', item.run] }),
      client.invalidateQueries({ queryKey: ['run', item.run, 'statistics'] }),
    ]);
  };
}
