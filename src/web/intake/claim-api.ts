import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { z } from 'zod';
import type * as contract from '../../api/contract/claims.ts';
import { ask, query } from '../api.ts';
import { announce } from '../shell/announce.ts';

export type Claim = z.infer<typeof contract.ClaimView>;
export type ClaimDetails = z.infer<typeof contract.ClaimDetails>;
export type NewClaim = z.input<typeof contract.RegisterClaim>;
export type Answer = z.infer<typeof contract.ClaimAnswer>['answer'];
export type IntakePolicy = z.infer<typeof contract.IntakePolicyView>;
export type NewIntakePolicy = z.input<typeof contract.PublishIntakePolicy>;
export type Overlap = z.infer<typeof contract.Overlaps>['items'][number];
export type Coverage = z.infer<typeof contract.Coverage>;

export const claimPath = (id: string, rest = ''): string => `/api/v1/claims/${encodeURIComponent(id)}${rest}`;

export function useClaims(
  filter: { state?: 'open' | 'ended' | undefined; after?: string | undefined },
  isWanted: boolean,
) {
  return useQuery({
    queryKey: ['claims', filter],
    queryFn: () => ask<z.infer<typeof contract.Claims>>(`/api/v1/claims${query(filter)}`),
    placeholderData: keepPreviousData,
    enabled: isWanted,
  });
}

export function useClaim(id: string) {
  return useQuery({ queryKey: ['claim', id], queryFn: () => ask<ClaimDetails>(claimPath(id)) });
}

interface Act {
  path: string;
  method?: string;
  body?: unknown;
  /** What is read out when it is done. */
  said: string;
}

/** Does an act of claims or policies and reads again what may have changed. */
export function useClaimAct<Answered = unknown>() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ path, method = 'POST', body }: Act) =>
      ask<Answered>(path, { method, ...(body !== undefined && { body }) }),
    onSuccess: async (_, { said }) => {
      announce(said);
      await Promise.all(
        [['claims'], ['claim'], ['claim-overlaps'], ['intake-policies']].map((queryKey) =>
          client.invalidateQueries({ queryKey }),
        ),
      );
    },
  });
}

export function useIntakePolicies(
  filter: { purl?: string | undefined; of?: 'all' | 'own' | 'waiting' | undefined; after?: string | undefined },
  isWanted = true,
) {
  return useQuery({
    queryKey: ['intake-policies', filter],
    queryFn: () => ask<z.infer<typeof contract.IntakePolicies>>(`/api/v1/intake-policies${query(filter)}`),
    placeholderData: keepPreviousData,
    enabled: isWanted,
  });
}

export function useOverlaps(isWanted: boolean) {
  return useQuery({
    queryKey: ['claim-overlaps'],
    queryFn: () => ask<z.infer<typeof contract.Overlaps>>('/api/v1/claim-overlaps'),
    enabled: isWanted,
  });
}

export function useCoverage() {
  return useQuery({ queryKey: ['coverage'], queryFn: () => ask<Coverage>('/api/v1/coverage'), staleTime: 600_000 });
}
