import { type QueryClient, useQuery } from '@tanstack/react-query';
import type { z } from 'zod';
import type * as contract from '../../api/contract/validations.ts';
import type { Verdict } from '../../domain/intake/validation.ts';
import type { Kit } from '../../domain/intake/validation-kit.ts';
import { ask, query } from '../api.ts';

export type Validation = z.infer<typeof contract.ValidationView>;
export type Evidence = z.infer<typeof contract.EvidenceView>;
export type ValidatorKey = z.infer<typeof contract.ValidatorKeyView>;
export type Preview = z.infer<typeof contract.SharePreview>;
export type Envelope = z.infer<typeof contract.Envelope>;
type Outcome = z.infer<typeof contract.OutcomeView>;

export const stateWords: Record<Validation['state'], { name: string; tone: string }> = {
  asked: { name: 'Waits for evidence', tone: 'tag-soon' },
  answered: { name: 'Evidence is here', tone: 'tag-pine' },
  ended: { name: 'Ended without evidence', tone: '' },
  withdrawn: { name: 'Withdrawn', tone: '' },
};

export const verdictWords: Record<Verdict, { name: string; tone: string }> = {
  reproduced: { name: 'Reproduced', tone: 'tag-pine' },
  not_reproduced: { name: 'Not reproduced', tone: '' },
  inconclusive: { name: 'Inconclusive', tone: 'tag-soon' },
};

const pathOf = (id: string, rest = '') => `/api/v1/validations/${encodeURIComponent(id)}${rest}`;

/** What one's organisation is asked to reproduce. */
export function useValidations(after: string | undefined, isSignedIn: boolean) {
  return useQuery({
    queryKey: ['validations', { after }],
    queryFn: () => ask<z.infer<typeof contract.Validations>>(`/api/v1/validations${query({ after, limit: 50 })}`),
    enabled: isSignedIn,
  });
}

/** For coordinators: every request on one finding. */
export function useValidationsOf(finding: string) {
  return useQuery({
    queryKey: ['validations', { finding }],
    queryFn: () => ask<z.infer<typeof contract.Validations>>(`/api/v1/validations${query({ finding, limit: 200 })}`),
  });
}

export function useValidation(id: string) {
  return useQuery({ queryKey: ['validations', id], queryFn: () => ask<Validation>(pathOf(id)) });
}

export function useOutcome(finding: string) {
  return useQuery({
    queryKey: ['validations', 'outcome', finding],
    queryFn: () => ask<Outcome>(`/api/v1/findings/${encodeURIComponent(finding)}/validation-outcome`),
  });
}

export function useValidatorKeys(isSignedIn: boolean) {
  return useQuery({
    queryKey: ['validator-keys'],
    queryFn: () => ask<z.infer<typeof contract.ValidatorKeys>>('/api/v1/validator-keys'),
    enabled: isSignedIn,
  });
}

/** Opens the kit of a request; that it was opened is on record. */
export const readKit = (id: string) => ask<Kit>(pathOf(id, '/kit'));
export const readEnvelope = (id: string, evidence: string) =>
  ask<Envelope>(pathOf(id, `/evidence/${encodeURIComponent(evidence)}`));
export const handInEvidence = (id: string, envelope: Envelope) =>
  ask<Validation>(pathOf(id, '/evidence'), { method: 'POST', body: envelope });
export const withdrawValidation = (id: string) => ask<Validation>(pathOf(id), { method: 'DELETE' });
export const previewShare = (finding: string, organisation?: string) =>
  ask<Preview>(`/api/v1/validations/preview${query({ finding, organisation })}`);
export const share = (body: { finding: string; organisation: string; kit: Kit; endsAt: string }) =>
  ask<Validation>('/api/v1/validations', { method: 'POST', body });
export const recordOutcome = (finding: string, body: { state: 'validated' | 'not_reproduced'; text?: string }) =>
  ask<Outcome>(`/api/v1/findings/${encodeURIComponent(finding)}/validation-outcome`, { method: 'POST', body });
export const registerKey = (body: { publicKey: string; label: string }) =>
  ask<ValidatorKey>('/api/v1/validator-keys', { method: 'POST', body });
export const revokeKey = (id: string) =>
  ask<void>(`/api/v1/validator-keys/${encodeURIComponent(id)}`, { method: 'DELETE' });

/** Reads anew what an act on requests, evidence or keys may have changed. */
export async function refreshValidations(client: QueryClient): Promise<void> {
  await Promise.all([
    client.invalidateQueries({ queryKey: ['validations'] }),
    client.invalidateQueries({ queryKey: ['validator-keys'] }),
    client.invalidateQueries({ queryKey: ['queue-item'] }),
    client.invalidateQueries({ queryKey: ['finding'] }),
  ]);
}
