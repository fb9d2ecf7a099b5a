import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { z } from 'zod';
import type { SessionView } from '../../api/contract/directory.ts';
import { ask, query } from '../api.ts';

type Session = z.infer<typeof SessionView>;

/** The session of this browser. Without a server the page works all the same, as nobody. */
export function useSession() {
  return useQuery({ queryKey: ['session'], queryFn: () => ask<Session>('/api/v1/session'), staleTime: 300_000 });
}

export function useSignOut() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (where: 'here' | 'everywhere') =>
      ask<void>(`/api/v1/session${query({ everywhere: where === 'everywhere' })}`, { method: 'DELETE' }),
    // What one person could see is no business of the next one at this browser.
    onSuccess: () => client.resetQueries(),
  });
}
