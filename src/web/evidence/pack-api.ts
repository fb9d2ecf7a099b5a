import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import type { z } from 'zod';
import type { Submissions } from '../../api/contract/submissions.ts';
import type { TaskPackDetail, TaskPacks, TaskPackView } from '../../api/contract/task-packs.ts';
import { ask, query } from '../api.ts';

export type TaskPack = z.infer<typeof TaskPackView>;
export type TaskPackDetails = z.infer<typeof TaskPackDetail>;

export const packPath = (id: string, rest = ''): string => `/api/v1/task-packs/${encodeURIComponent(id)}${rest}`;

export function usePacks(after: string | undefined) {
  return useQuery({
    queryKey: ['task-packs', after],
    queryFn: () => ask<z.infer<typeof TaskPacks>>(`/api/v1/task-packs${query({ after, limit: 50 })}`),
    placeholderData: keepPreviousData,
  });
}

export function usePack(id: string) {
  return useQuery({ queryKey: ['task-pack', id], queryFn: () => ask<TaskPackDetails>(packPath(id)) });
}

/** To call after an act on a pack: what is shown of packs is read again. */
export function useRefreshPacks(): () => Promise<unknown> {
  const client = useQueryClient();
  return () =>
    Promise.all([
      client.invalidateQueries({ queryKey: ['task-pack'] }),
      client.invalidateQueries({ queryKey: ['task-packs'] }),
    ]);
}

/** Models' files to whose parties evidence may be shown. */
export function useOwnFiles(isWanted: boolean) {
  return useQuery({
    queryKey: ['submissions'],
    queryFn: () => ask<z.infer<typeof Submissions>>('/api/v1/submissions?limit=200'),
    enabled: isWanted,
  });
}

const fileSizeMax = 8_000_000;

/** The JSON of a file that a person chose. Throws an Error with a sentence to show. */
export async function readJson(file: File): Promise<unknown> {
  if (file.size > fileSizeMax)
    throw new Error('This file is larger than any statement or opening. Choose another one.');
  try {
    return JSON.parse(await file.text());
  } catch {
    throw new Error('This file is not JSON. Choose the file that `assay pack` wrote.');
  }
}
