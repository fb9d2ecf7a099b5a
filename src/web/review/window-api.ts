import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { z } from 'zod';
import type { NewEvent, WindowDetail, WindowPolicies } from '../../api/contract/windows.ts';
import { type WindowView, windowAt } from '../../domain/review/window.ts';
import { ask } from '../api.ts';
import { submissionPath } from './submission-api.ts';

export type Detail = z.infer<typeof WindowDetail>;
export type Asked = z.input<typeof NewEvent>;

/** The window of a submission as this person's organisation sees it. */
export function useWindow(id: string) {
  return useQuery({
    queryKey: ['submission', id, 'window'],
    queryFn: async () => ({ ...(await ask<Detail>(submissionPath(id, '/window'))), readAtMs: performance.now() }),
    refetchInterval: ({ state }) => (state.data && isPlacing(state.data) ? 4_000 : false),
  });
}

/** An entry gets its place in the log within seconds of its event. Each reading is itself on record: nobody asks for long. */
const isPlacing = ({ events, view }: Detail) =>
  events.some(({ entry, at }) => entry === undefined && Date.parse(view.at) - Date.parse(at) < 30_000);

export function useWindowPolicies(isWanted: boolean) {
  return useQuery({
    queryKey: ['window-policies'],
    queryFn: () => ask<z.infer<typeof WindowPolicies>>('/api/v1/window-policies'),
    enabled: isWanted,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** Does an act of the window, and shows what it says then. */
export function useAct(id: string): (asked: Asked, key: string) => Promise<void> {
  const client = useQueryClient();
  return async (asked, key) => {
    const path = submissionPath(id, '/window/events');
    const done = await ask<Detail>(path, { method: 'POST', body: asked, key });
    client.setQueryData(['submission', id, 'window'], { ...done, readAtMs: performance.now() });
    await client.invalidateQueries({ queryKey: ['submission', id] });
  };
}

const turnMs = 30_000;

/**
 * What the window says at this moment, by the very rule of the server and its clock: the meters go on while the page is
 * open, and nothing is asked for that.
 */
export function useViewNow(detail: (Detail & { readAtMs: number }) | undefined): WindowView | undefined {
  const [now, setNow] = useState(() => performance.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(performance.now()), turnMs);
    return () => clearInterval(timer);
  }, []);
  if (detail === undefined) return undefined;
  const passedMs = Math.max(0, now - detail.readAtMs);
  const at = new Date(Date.parse(detail.view.at) + passedMs).toISOString();
  return windowAt(detail.events as never, detail.policy as never, at);
}
