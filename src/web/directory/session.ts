import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { z } from 'zod';
import type { SessionView } from '../../api/contract/directory.ts';
import type { Role } from '../../domain/directory/actor.ts';
import { ask, query } from '../api.ts';

type Session = z.infer<typeof SessionView>;

export const sessionQuery = {
  queryKey: ['session'],
  queryFn: () => ask<Session>('/api/v1/session'),
  staleTime: 300_000,
};

/** Where somebody's main work is, by their roles: patch lists, unless they deal with early access and with nothing else. */
export function homeOf(roles: readonly Role[]): '/' | '/early-access' {
  if (roles.includes('operator') || roles.includes('maintainer')) return '/';
  const early: readonly Role[] = ['release_manager', 'security_lead', 'evaluator', 'delegate'];
  return roles.some((role) => early.includes(role)) ? '/early-access' : '/';
}

/** Whether somebody coordinates for the organisation that runs this instance: what several sources report is theirs to read. */
export const isAtDesk = (session: Session | undefined): boolean =>
  session?.organisation?.isHost === true && session.roles.includes('coordinator');

/** The session of this browser. Without a server the page works all the same, as nobody. */
export function useSession() {
  return useQuery(sessionQuery);
}

export function useSignOut() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (where: 'here' | 'everywhere') =>
      ask<void>(`/api/v1/session${query({ everywhere: where === 'everywhere' })}`, { method: 'DELETE' }),
    // What one person could see is no business of the next one at this browser.
    onSuccess: () => {
      sessionStorage.clear();
      return client.resetQueries();
    },
  });
}
