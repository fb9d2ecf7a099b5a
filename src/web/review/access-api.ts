import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { z } from 'zod';
import type { Grants as GrantsShape, GrantView, Probes as ProbesShape, ProbeView } from '../../api/contract/grants.ts';
import type {
  Incidents as IncidentsShape,
  IncidentView,
  Messages as MessagesShape,
} from '../../api/contract/incidents.ts';
import type { LedgerItem, Ledger as LedgerShape, Totals as TotalsShape } from '../../api/contract/ledger.ts';
import { ask, query } from '../api.ts';
import { announce } from '../shell/announce.ts';
import { submissionPath } from './submission-api.ts';

export type Grant = z.infer<typeof GrantView>;
export type Grants = z.infer<typeof GrantsShape>;
export type Probe = z.infer<typeof ProbeView>;
export type Incident = z.infer<typeof IncidentView>;
export type Item = z.infer<typeof LedgerItem>;
export type Ledger = z.infer<typeof LedgerShape>;
export type Totals = z.infer<typeof TotalsShape>;
export type Thread = z.infer<typeof MessagesShape>;

/** How often what may change by itself is read again. */
const liveMs = 5000;

export function useGrants(id: string) {
  return useQuery({
    queryKey: ['access', id, 'grants'],
    queryFn: () => ask<Grants>(submissionPath(id, '/grants')),
    refetchInterval: liveMs,
  });
}

export function useProbes(id: string) {
  return useQuery({
    queryKey: ['access', id, 'probes'],
    queryFn: () => ask<z.infer<typeof ProbesShape>>(submissionPath(id, '/probes')),
    refetchInterval: 12 * liveMs,
  });
}

export function useIncidents(id: string) {
  return useQuery({
    queryKey: ['access', id, 'incidents'],
    queryFn: () => ask<z.infer<typeof IncidentsShape>>(submissionPath(id, '/incidents')),
    refetchInterval: 12 * liveMs,
  });
}

export interface LedgerFilter {
  kind?: string | undefined;
  flagged?: boolean | undefined;
  after?: string | undefined;
}

export function useLedger(id: string, filter: LedgerFilter, isLive: boolean) {
  return useQuery({
    queryKey: ['access', id, 'ledger', filter],
    queryFn: () => ask<Ledger>(submissionPath(id, `/ledger${query({ ...filter, limit: 50 })}`)),
    refetchInterval: isLive ? liveMs : false,
    placeholderData: keepPreviousData,
  });
}

export function useTotals(id: string, days: number) {
  return useQuery({
    queryKey: ['access', id, 'totals', days],
    queryFn: () => ask<Totals>(submissionPath(id, `/ledger/totals${query({ days })}`)),
    refetchInterval: 2 * liveMs,
    placeholderData: keepPreviousData,
  });
}

export function useIncident(incident: string) {
  return useQuery({
    queryKey: ['incident', incident],
    queryFn: () => ask<Incident>(`/api/v1/incidents/${encodeURIComponent(incident)}`),
    refetchInterval: 2 * liveMs,
  });
}

export function useThread(incident: string) {
  return useQuery({
    queryKey: ['incident', incident, 'messages'],
    queryFn: () => ask<Thread>(`/api/v1/incidents/${encodeURIComponent(incident)}/messages?limit=200`),
    refetchInterval: liveMs,
  });
}

export interface AccessAct {
  path: string;
  method?: 'POST' | 'PUT' | 'PATCH';
  body?: object;
  /** Said to who cannot see the page change. */
  said: string;
}

/** Does an act of access; what is shown of it is read again. */
export function useAccessAct<Answer = unknown>() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ path, method = 'POST', body }: AccessAct) => ask<Answer>(path, { method, ...(body && { body }) }),
    onSuccess: async (_, { said }) => {
      announce(said);
      await Promise.all(
        [['access'], ['incident'], ['submission'], ['window']].map((queryKey) =>
          client.invalidateQueries({ queryKey }),
        ),
      );
    },
  });
}

export const grantPath = (id: string, rest = ''): string => `/api/v1/grants/${encodeURIComponent(id)}${rest}`;
export const incidentPath = (id: string, rest = ''): string => `/api/v1/incidents/${encodeURIComponent(id)}${rest}`;

/** Who ends and grants access for the developer, and who uses it for the other side. */
export const isGranter = (roles: readonly string[]): boolean =>
  roles.includes('security_lead') || roles.includes('release_manager');
export const isGranted = (roles: readonly string[]): boolean =>
  roles.includes('evaluator') || roles.includes('delegate');
