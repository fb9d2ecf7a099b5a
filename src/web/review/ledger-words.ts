import type { Item } from './access-api.ts';

/** What entries of the ledger say, in words; an act that is not here is told by its own name. */
const words: Record<string, string> = {
  access_denied: 'Tried something here and was refused',
  access_offered: 'Offered access',
  access_accepted: 'Accepted the terms of access',
  access_verified: 'Has seen access work',
  access_endpoint_set: 'Gave the endpoint of the model',
  access_grant_revoked: 'Revoked one grant',
  access_revoked: 'Revoked all access',
  access_probed: 'Probed the model',
  model_asked: 'Asked the model',
  use_refused: 'Tried to ask the model',
  use_reported: 'Reported a use of the model',
  submission_read: 'Read the file',
  submission_audience_read: 'Read who may know',
  submission_file_read: 'Read what the file says',
  submission_versions_read: 'Read the versions of the file',
  submission_exported: 'Took the file away',
  partners_read: 'Read the partners',
  pending_read: 'Read what waits',
  partner_read: 'Read one partner',
  determinations_read: 'Read the decision',
  determination_read: 'Read the decision',
  submission_dates_kept: 'Kept intended dates',
  submission_dates_shown: 'Showed the intended dates',
  submission_reading_ended: 'Ended the reading of the file',
  submission_version_handed_over: 'Handed over a version of the file',
  submission_model_changed: 'Changed what the file says of the model',
  submission_opened: 'Opened the file',
  submission_shown: 'Let an organisation know of the file',
  submission_version_saved: 'Saved a version of the file',
  window_offered: 'Offered the terms of the window',
  window_terms_accepted: 'Accepted the terms of the window',
  window_access_verified: 'Said for the window that access was seen to work',
  window_paused: 'Paused the window',
  window_resumed: 'Resumed the window',
  window_concluded: 'Concluded',
  window_extended: 'Extended the window',
  window_anchor_moved: 'Moved the planned date',
  window_withdrawn: 'Withdrew',
  window_released: 'Released the model',
  window_return_attested: 'Attested return or destruction',
  window_read: 'Read the window',
  window_exported: 'Took the window away as a file',
  grants_read: 'Read who has access',
  ledger_read: 'Read this ledger',
  ledger_exported: 'Took this ledger away as a file',
  incident_raised: 'Raised a containment incident',
  incident_read: 'Read an incident',
  incident_written: 'Wrote about an incident',
  incident_contained: 'Said that an incident is contained',
  incident_resolved: 'Said that an incident is resolved',
  incident_shown: 'Let another party know of an incident',
};

/** Access that ended with its window: nobody revoked it. */
const ends: Record<string, string> = {
  window_released: 'Access ended with the release',
  window_withdrawn: 'Access ended with the withdrawal',
  window_concluded_early: 'Access ended with the conclusion',
  window_expired: 'Access ended: time ran out',
};

export function wordsOf({ did, reason = '' }: Pick<Item, 'did' | 'reason'>): string {
  const plain = did.replaceAll('_', ' ');
  return ends[reason] ?? words[did] ?? `${plain.charAt(0).toUpperCase()}${plain.slice(1)}`;
}

/** Who it was, where their name is not to be known here. */
export const nameless = (id: string, organisation: string | undefined): string => {
  if (id === 'system') return 'This instance';
  return organisation === undefined ? 'Somebody' : `Somebody of ${organisation}`;
};

/** Why a use was refused, cut or failed, after its result. */
const reasons: Record<string, string> = {
  grant_not_active: 'access was not active',
  window_not_running: 'the window did not run',
  not_named: 'not among those who may use it',
  not_permitted: 'no longer an evaluator',
  outside_purpose: 'outside the agreed purposes',
  other_model: 'another model was asked for',
  over_rate: 'over the agreed rate',
  token_not_valid: 'the credential no longer held',
  not_found: 'no longer a party of the file',
  timed_out: 'took too long',
  unavailable: 'it could not be seen whether access still held',
  caller_left: 'the connection was closed',
  endpoint_failed: 'no answer that can be used',
  endpoint_refused: 'the endpoint does not take it',
  endpoint_busy: 'the endpoint takes no more requests',
  endpoint_error: 'the endpoint broke off with an error',
  malformed: 'the answer is not of the agreed format',
  too_large: 'the answer is too large',
};

export const reasonOf = (code: string): string => reasons[code] ?? code.replaceAll('_', ' ');
