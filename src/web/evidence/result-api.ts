import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import type { z } from 'zod';
import type * as rules from '../../api/contract/registrations.ts';
import type * as contract from '../../api/contract/results.ts';
import type { CardField, ElicitationCard } from '../../domain/evidence/elicitation.ts';
import type { EvaluationPlan } from '../../domain/evidence/evaluation-plan.ts';
import type { Letter, LetterEdits } from '../../domain/evidence/letter.ts';
import type { Result } from '../../domain/evidence/result.ts';
import { ask, query } from '../api.ts';

/** What the server made by the rules of the domain has their types. */
export type RegistrationView = Omit<z.infer<typeof rules.RegistrationView>, 'plan'> & { plan: EvaluationPlan };
export type ResultRow = z.infer<typeof contract.Results>['items'][number];
export type ResultView = Omit<z.infer<typeof contract.ResultView>, 'plan' | 'card' | 'result'> & {
  plan: EvaluationPlan;
  card: ElicitationCard;
  result: Result;
};
type LetterContract = z.infer<typeof contract.LetterView>;
export type LetterView = Omit<LetterContract, 'letter' | 'own'> & {
  letter: Letter;
  own: (Omit<NonNullable<LetterContract['own']>, 'preview' | 'edits'> & { preview: Letter; edits: LetterEdits }) | null;
};
export type LetterRow = z.infer<typeof contract.Letters>['items'][number];

/** Those who register, compute and write. */
export const measurers = ['evaluator', 'security_lead', 'release_manager'];

export const registrationPath = (id: string, rest = '') => `/api/v1/registrations/${encodeURIComponent(id)}${rest}`;
export const resultPath = (id: string, rest = '') => `/api/v1/results/${encodeURIComponent(id)}${rest}`;
export const letterPath = (id: string, rest = '') => `/api/v1/letters/${encodeURIComponent(id)}${rest}`;

export interface Page<Item> {
  items: Item[];
  next?: string;
}

export function useRegistrations(after: string | undefined) {
  return useQuery({
    queryKey: ['registrations', after ?? ''],
    queryFn: () => ask<Page<RegistrationView>>(`/api/v1/registrations${query({ after, limit: 50 })}`),
    placeholderData: keepPreviousData,
  });
}

export function useRegistration(id: string) {
  return useQuery({ queryKey: ['registration', id], queryFn: () => ask<RegistrationView>(registrationPath(id)) });
}

export function useResults(of: { after?: string | undefined; registration?: string }) {
  return useQuery({
    queryKey: ['results', of],
    queryFn: () => ask<Page<ResultRow>>(`/api/v1/results${query({ ...of, limit: 50 })}`),
    placeholderData: keepPreviousData,
  });
}

export function useResult(id: string) {
  return useQuery({ queryKey: ['result', id], queryFn: () => ask<ResultView>(resultPath(id)) });
}

export function useLetters(of: { result?: string }) {
  return useQuery({
    queryKey: ['letters', of],
    queryFn: () => ask<Page<LetterRow>>(`/api/v1/letters${query({ ...of, limit: 50 })}`),
  });
}

export function useLetter(id: string) {
  return useQuery({ queryKey: ['letter', id], queryFn: () => ask<LetterView>(letterPath(id)) });
}

/** To call after an act on one of these kinds: what is shown of them is read again. */
export function useRefresh(...kinds: ('registration' | 'result' | 'letter')[]): () => Promise<unknown> {
  const client = useQueryClient();
  return () =>
    Promise.all(
      kinds.flatMap((kind) => [
        client.invalidateQueries({ queryKey: [kind] }),
        client.invalidateQueries({ queryKey: [`${kind}s`] }),
      ]),
    );
}

/** An answer of the card while it is typed: as loose as a form is. */
export interface DraftAnswer {
  state: 'given' | 'not_applicable' | 'withheld';
  text: string;
}
export type DraftCard = { [field in CardField]?: DraftAnswer };

/** The card as it is sent; what was left empty is not said. */
export function cardOf(draft: DraftCard): ElicitationCard {
  const said = Object.entries(draft).filter(([, { text }]) => text.trim() !== '');
  return Object.fromEntries(
    said.map(([field, { state, text }]) => [field, state === 'given' ? { state, text } : { state, reason: text }]),
  );
}
