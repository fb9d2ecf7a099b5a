/** The one place where HTTP learns of a refusal: RFC 9457 problem details. */
import { STATUS_CODES } from 'node:http';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Refusal, type RefusalCode, refusalCodes, sentenceOf } from '../domain/refusal.ts';
import type { Problem } from './contract/problem.ts';

type Status = 400 | 401 | 403 | 404 | 405 | 409 | 412 | 413 | 414 | 415 | 422 | 429 | 431 | 500 | 503 | 504;

/** A code without a status does not compile. */
const statusOf: Record<RefusalCode, Status> = {
  not_found: 404,
  method_not_allowed: 405,
  invalid_request: 422,
  malformed_body: 400,
  unsupported_media_type: 415,
  encoded_body: 415,
  body_too_large: 413,
  nested_too_deep: 413,
  address_too_long: 414,
  headers_too_large: 431,
  too_many_requests: 429,
  foreign_origin: 403,
  idempotency_key_reused: 422,
  idempotency_key_busy: 409,
  precondition_failed: 412,
  not_signed_in: 401,
  not_permitted: 403,
  sign_in_link_not_valid: 422,
  passkey_not_valid: 422,
  token_not_valid: 401,
  agent_token_wanted: 401,
  has_signed_in: 409,
  email_taken: 409,
  last_administrator: 409,
  passkey_known: 409,
  too_many_passkeys: 409,
  expiry_too_late: 422,
  budget_spent: 429,
  application_not_now: 409,
  application_link_not_valid: 422,
  applications_full: 429,
  terms_outdated: 409,
  second_confirmer_wanted: 403,
  organisation_suspended: 403,
  participation_not_now: 409,
  host_stays: 409,
  intake_paused: 409,
  report_not_read: 422,
  finding_key_reused: 409,
  finding_withdrawn: 409,
  finding_not_asked: 409,
  finding_not_held: 409,
  intake_full: 429,
  anonymous_full: 429,
  batch_not_now: 409,
  batch_gap: 409,
  batches_full: 409,
  batch_sent_anew: 409,
  batches_many: 429,
  batch_too_large: 413,
  mapping_not_valid: 422,
  mapping_not_found: 422,
  inventory_not_read: 422,
  inventory_too_large: 413,
  policy_not_found: 404,
  log_not_read: 422,
  log_too_large: 413,
  run_not_ready: 409,
  scorer_not_shared: 422,
  import_gap: 409,
  import_broken: 422,
  window_act_of_other: 403,
  window_not_now: 409,
  window_ended: 409,
  window_pause_reason: 422,
  window_limit: 422,
  window_anchor_past: 422,
  window_time_backwards: 409,
  window_policy_unknown: 422,
  pack_not_read: 422,
  pack_opaque: 409,
  opening_not_of_pack: 422,
  plan_not_read: 422,
  registration_withdrawn: 409,
  run_twice: 422,
  run_not_as_registered: 422,
  runs_of_several_models: 422,
  scores_not_rates: 422,
  result_too_large: 413,
  letter_changed: 409,
  letter_not_signed: 409,
  letter_released: 409,
  desk_full: 409,
  not_a_reader: 422,
  reader_has_it: 409,
  two_readers_have_it: 409,
  reading_ended: 409,
  nothing_to_settle: 409,
  third_person_wanted: 403,
  readings_open: 409,
  second_person_wanted: 403,
  grant_ends_too_early: 422,
  grant_ended: 409,
  grant_already_accepted: 409,
  grant_not_accepted: 409,
  grant_not_active: 403,
  window_not_running: 403,
  not_named: 403,
  outside_purpose: 403,
  other_model: 403,
  over_rate: 429,
  grantee_not_party: 422,
  too_many_grants: 409,
  grant_not_through_here: 409,
  endpoint_missing: 409,
  endpoint_not_valid: 422,
  endpoint_failed: 503,
  endpoint_busy: 429,
  endpoint_refused: 422,
  report_not_valid: 422,
  incident_not_now: 409,
  text_marked: 422,
  determination_not_now: 409,
  determination_digest_missing: 409,
  determination_stale: 409,
  determination_authority: 422,
  determination_day: 422,
  partner_not_now: 409,
  partner_no_word: 409,
  partner_organisation: 422,
  partner_too_many: 409,
  partner_reviewed: 409,
  part_not_kept: 422,
  file_changed: 412,
  file_too_large: 413,
  later_version_handed_over: 409,
  preview_outdated: 412,
  scope_not_read: 422,
  claim_authority: 422,
  claim_authority_ended: 409,
  claim_days: 422,
  claim_ended: 409,
  claim_not_longer: 409,
  claim_quota: 429,
  claim_query_rate: 429,
  claim_query_outside: 422,
  claim_no_conflict: 409,
  introduction_over: 409,
  intake_policies_full: 409,
  intake_policy_settled: 409,
  finding_moved: 409,
  finding_not_compared: 409,
  finding_not_refused: 409,
  finding_settled: 409,
  entry_taken: 409,
  case_full: 409,
  case_merge_self: 422,
  case_empty: 409,
  case_split_all: 422,
  case_act_undone: 409,
  case_act_in_the_way: 409,
  not_a_pair: 422,
  judge_not_configured: 409,
  judge_held: 409,
  judge_failed: 503,
  validation_for_finder: 409,
  validation_held: 409,
  validation_organisation: 422,
  validation_end: 422,
  validations_full: 409,
  evidence_not_read: 422,
  evidence_not_signed: 422,
  evidence_of_other: 422,
  outcome_without_evidence: 409,
  validator_key_known: 409,
  unavailable: 503,
  timed_out: 504,
  internal: 500,
};

export const problemContentType = 'application/problem+json';
/** After trouble of the instance; `limits.ts` says it of too many requests. */
const retryAfterSeconds = 30;

/** The problem document of a refusal. `errors` names each field at fault. */
export function problemOf(code: RefusalCode, requestId: string, rest: Partial<Problem> = {}): Problem {
  const status = statusOf[code];
  return {
    type: `/api/problems#${code}`,
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail: sentenceOf(code),
    code,
    requestId,
    ...rest,
  };
}

/** Every code with its status and sentence, as served at `/api/problems`. */
export const catalogue = () => refusalCodes.map((code) => ({ code, status: statusOf[code], detail: sentenceOf(code) }));

function answer(request: FastifyRequest, reply: FastifyReply, code: RefusalCode, rest?: Partial<Problem>) {
  const body = problemOf(code, request.id, rest);
  reply.code(body.status).header('cache-control', 'no-store');
  if (body.status === 503) reply.header('retry-after', retryAfterSeconds);
  const resumesAt = body.details?.['resumesAt'];
  if (body.status === 429 && typeof resumesAt === 'string')
    reply.header('retry-after', new Date(resumesAt).toUTCString());
  // A serializer of the route would not know this shape.
  return reply
    .type(problemContentType)
    .serializer((value: unknown) => JSON.stringify(value))
    .send(body);
}

/** Fastify's own errors, by its code. */
const frameworkCodes: Record<string, RefusalCode> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'malformed_body',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'malformed_body',
  FST_ERR_CTP_INVALID_JSON_BODY: 'malformed_body',
  FST_ERR_BAD_URL: 'not_found',
  FST_ERR_MAX_PARAM_LENGTH: 'address_too_long',
};

/** PostgreSQL's errors that are not a bug of ours, by SQLSTATE class or code. */
function databaseCode(code: string): RefusalCode | undefined {
  if (code === '57014') return 'timed_out';
  // A value of the request that no column can hold: a NUL in a text, a day before the calendar, half a number.
  if (/^22(003|007|008|021|P02|P05)$/.test(code)) return 'invalid_request';
  if (/^(08|53|57P|40)/.test(code) || /^(ECONNREFUSED|ECONNRESET|ENOENT|ETIMEDOUT)$/.test(code)) return 'unavailable';
  return undefined;
}

/** Which refusal an error stands for; `internal` for a bug. */
export function codeOf(thrown: unknown): RefusalCode {
  if (thrown instanceof Refusal) return thrown.code;
  const error = thrown as FastifyError;
  if (error.validation !== undefined) return 'invalid_request';
  const framework = frameworkCodes[error.code];
  if (framework !== undefined) return framework;
  if (error.statusCode === 429) return 'too_many_requests';
  // Of serving files: an address that leads out of their folder.
  if (error.statusCode === 403) return 'not_found';
  if (error instanceof SyntaxError && error.statusCode === 400) return 'malformed_body';
  // The pool has no connection to give; its error has no code.
  if (error.message === 'timeout exceeded when trying to connect') return 'unavailable';
  return (typeof error.code === 'string' ? databaseCode(error.code) : undefined) ?? 'internal';
}

const fieldErrors = (error: FastifyError): Problem['errors'] =>
  error.validation?.slice(0, 50).map((fault) => ({
    path: `${error.validationContext ?? 'request'}${fault.instancePath.replace(/\/(\d+)(?=\/|$)/g, '[$1]').replaceAll('/', '.')}`,
    message: fault.message ?? 'is not as described',
  }));

/** Makes every failed request a problem document. */
export function register(server: FastifyInstance): void {
  server.setErrorHandler((error: FastifyError, request, reply) => {
    if (error instanceof Refusal) {
      return answer(request, reply, error.code, error.details === undefined ? {} : { details: error.details });
    }
    const code = codeOf(error);
    if (statusOf[code] >= 500) request.log.error({ err: error }, 'request failed');
    const errors = fieldErrors(error);
    return answer(request, reply, code, errors === undefined ? {} : { errors });
  });
}

/** The answer for an address that does not exist; the same as for one that the caller may not know of. */
export const notFound = (request: FastifyRequest, reply: FastifyReply) => answer(request, reply, 'not_found');
