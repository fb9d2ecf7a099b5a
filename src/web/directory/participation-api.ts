import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { z } from 'zod';
import type * as contract from '../../api/contract/participation.ts';
import { ask, query } from '../api.ts';

export type Application = z.infer<typeof contract.ApplicationView>;
export type Participation = z.infer<typeof contract.ParticipationView>;
export type Own = z.infer<typeof contract.OwnParticipation>;
export type Standing = z.infer<typeof contract.ApplicationStanding>;
export type Terms = z.infer<typeof contract.TermsView>;
export type Preview = z.infer<typeof contract.LeavingPreview>;
export type Left = z.infer<typeof contract.Left>;

export const useTerms = () => useQuery({ queryKey: ['terms'], queryFn: () => ask<Terms>('/api/v1/terms') });

export const useOwn = (isEnabled = true) =>
  useQuery({ queryKey: ['participation'], queryFn: () => ask<Own>('/api/v1/participation'), enabled: isEnabled });

export const useApplications = () =>
  useQuery({
    queryKey: ['applications'],
    queryFn: () => ask<z.infer<typeof contract.Applications>>('/api/v1/applications?limit=100'),
  });

export const useParticipations = (state: 'admitted' | 'suspended', after: string | undefined) =>
  useQuery({
    queryKey: ['participations', state, after],
    queryFn: () =>
      ask<z.infer<typeof contract.Participations>>(`/api/v1/participations${query({ state, after, limit: 20 })}`),
  });

/** An act, after which everything that may have changed by it is asked for again. */
export function useAct<Input, Answer>(act: (input: Input) => Promise<Answer>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: act,
    // Not waited for: what follows the act is said also where the thing acted on is gone by then.
    onSettled: () => {
      for (const key of ['applications', 'participations', 'participation', 'session', 'organisations', 'people'])
        client.invalidateQueries({ queryKey: [key] });
    },
  });
}

/** The secret in the fragment of an address, which browsers never send. */
export const secretIn = (fragment: string, name: 'token' | 'receipt'): string | undefined =>
  new URLSearchParams(fragment).get(name) ?? undefined;
