/** One plain sentence per code: what stands in the way, and what to do next. Codes are stable; sentences may improve. */
const sentences = {
  // Requests
  not_found: 'There is nothing at this address, or you may not see it.',
  method_not_allowed: 'This address does not do that. See /api/docs for what it does.',
  invalid_request: 'The request has faults. Mend the fields listed in "errors" and send it again.',
  malformed_body: 'The body could not be read. Send well-formed text of the declared content type.',
  unsupported_media_type: 'Send the body with one of the content types that /api/docs lists for this address.',
  encoded_body: 'Send the body as it is: compressed bodies are not read. Leave out Content-Encoding.',
  body_too_large: 'The body is larger than this address takes. Send less at a time.',
  nested_too_deep: 'The JSON is nested deeper than 64 levels. Flatten it and send it again.',
  address_too_long: 'The address or its query is too long. Put fewer conditions in one request.',
  headers_too_large: 'The request headers are too large. Remove cookies or headers that are not needed.',
  too_many_requests: 'Too many requests for now. Wait as long as Retry-After says.',
  foreign_origin: 'This request comes from a page of another origin. Open Assay itself and act there.',
  idempotency_key_reused: 'This Idempotency-Key was used for another request. Use a fresh one.',
  idempotency_key_busy: 'A request with this Idempotency-Key is being answered at this moment. Ask again shortly.',
  precondition_failed: 'It has changed since you read it. Read it again, then repeat your change.',
  // Who acts
  not_signed_in: 'Sign in first.',
  not_permitted: 'This is not among your roles. Ask an administrator of your organisation.',
  // Taking part
  budget_spent:
    'This agent has used up what it may do today, or asks for more than is left: see "details". Wait until "renewsAt", or let its person give it more.',
  application_not_now: 'This application is not at that point; "state" in "details" says where it stands.',
  application_link_not_valid: 'This link was used already, has expired or is not one of ours.',
  applications_full: 'As many applications wait here as are kept at a time. Try again tomorrow.',
  terms_outdated: 'There is another version of the terms now. Read it at /terms, then repeat this.',
  second_confirmer_wanted:
    'You began this. Another administrator or coordinator of the organisation that runs this instance confirms it.',
  organisation_suspended:
    'The participation of your organisation is suspended. You can read and export what is yours, record the release of a model, and leave; see /participation.',
  participation_not_now: 'This cannot be done as this organisation stands; "state" in "details" says how it does.',
  host_stays: 'The organisation that runs this instance is neither suspended nor does it leave.',
  intake_paused:
    'New findings wait here while a legal basis for sharing is not in force: that is the policy of this instance. See /terms.',
  // Findings
  report_not_read: 'This cannot be kept as a report. "problems" in "details" says where and why.',
  finding_key_reused:
    'Your organisation handed in another report under this key. Use a fresh key, or send the first report unchanged.',
  finding_withdrawn: 'This finding was withdrawn. Hand it in again if it stands after all.',
  finding_not_asked: 'Nothing is asked about this finding now. Hand in what is new as a finding of its own.',
  finding_not_held: 'This finding is not held.',
  intake_full:
    'There is no room for more findings of your organisation now. "reasons" in "details" says what was counted, and "resumesAt" when it goes on.',
  anonymous_full:
    'As many reports without an account came today as are read in a day. Try again tomorrow, or take part as an organisation: see /apply.',
  batch_not_now: 'This cannot be done with a batch in this state; "state" in "details" names it.',
  batch_gap:
    'Rows of this batch are missing. Go on where it stopped: "rowsRead" in "details" says how many rows it has.',
  batches_full:
    'Files of your organisation that wait to be read fill the room there is for them. Wait until one is read, or cancel its batch.',
  batch_sent_anew:
    'The file of this batch is being sent again, and only that is read. Send it once, or into a batch of its own.',
  batches_many:
    'Your organisation has begun as many batches as it may in 24 hours. Put more rows into one; another can be begun from "resumesAt" in "details" on.',
  batch_too_large: 'This file is larger than what is taken at once: see "details". Split it, or send its rows.',
  mapping_not_valid: 'This mapping cannot be used. "problems" in "details" says which field or column is at fault.',
  mapping_not_found: 'Your organisation has saved no mapping of this name. Save it first.',
  // Advisories
  import_gap:
    'Parts of this import are missing. Go on where it stopped: "position" in "details" says how many items it has.',
  import_broken: 'The file cannot be unpacked. See "reason" in "details", and send the file again whole.',
  // Inventories
  inventory_not_read: 'This file cannot be kept as an inventory. "problems" in "details" says where and why.',
  inventory_too_large:
    'This inventory is larger than what is kept here: see "details". A patch list can still be made of it in the browser or on the command line.',
  policy_not_found: 'There is no policy of this name here. GET /api/v1/policies lists them.',
  sign_in_link_not_valid: 'This link was used already, has expired or is not one of ours. Ask for a new one.',
  passkey_not_valid: 'This passkey was not accepted. Try again, or sign in by link.',
  agent_token_wanted:
    'This address takes the token of an agent, and nothing else: send "Authorization: Bearer" with one. A person makes it under Agents.',
  token_not_valid: 'This token was revoked, has expired or is not one of ours. Ask whom it acts for to make a new one.',
  has_signed_in:
    'They have signed in before. They ask for a link on the sign-in page themselves, or use their passkey.',
  email_taken: 'Somebody here has this address already. Use another one.',
  last_administrator: 'An organisation keeps at least one administrator. Make somebody else one first.',
  passkey_known: 'This passkey is known already. Use another device or security key.',
  too_many_passkeys: 'You have ten passkeys, the most there may be. Remove one that you no longer use.',
  expiry_too_late: 'A token lives a year at most. Choose an earlier end.',
  // The window of early access
  window_act_of_other: 'This act belongs to the other side of the window. "can" in "details" says what yours may do.',
  window_not_now: 'The window is not at a point where this can be done. "can" in "details" says what your side may do.',
  window_ended: 'The window has ended, and nothing moves an end. Access is offered anew in a new submission.',
  window_pause_reason:
    'Say why access pauses. The authority pauses for a containment incident or an outage only; "other" needs words.',
  window_limit: 'An extension names more days than now, 3650 at most. "limitDays" in "details" is what holds now.',
  window_anchor_past: 'The planned date has come or gone by. Give one that is still to come.',
  window_time_backwards: 'An event cannot be earlier than the one recorded before it.',
  window_policy_unknown: 'There is no window policy of this name and version. GET /api/v1/window-policies lists them.',
  // Evaluation logs
  log_not_read: 'This file cannot be kept as an evaluation log. "problems" in "details" says where and why.',
  log_too_large: 'This log is larger than what is kept here: see "details".',
  scorer_not_shared: 'No scorer of this name gave a number here. "scorers" in "details" lists those that did.',
  run_not_ready: 'This log is still being read, or could not be. GET /api/v1/runs/{id} says how far it is.',
  // Task packs and results
  pack_not_read: 'This is not a statement or an opening of a task pack. "problems" in "details" says where and why.',
  pack_opaque: 'This pack is opaque: its items stay where they are kept, and no opening is taken here.',
  opening_not_of_pack: 'This opening is not of this pack, or the item was changed after it was sealed.',
  plan_not_read: 'This is not a plan that can be registered. "problems" in "details" says where and why.',
  registration_withdrawn:
    'This registration was withdrawn, and nothing is computed by it. Register another plan; a new title is enough.',
  run_twice: 'The same log is named twice. Name each once.',
  run_not_as_registered: 'These runs are not what was registered: see "details". Choose runs of that task and scorer.',
  runs_of_several_models:
    'A result is of one model, and "models" in "details" lists several. Make one result for each.',
  scores_not_rates: 'A score lies outside of 0 to 1, so it is no rate of success. Register another scorer.',
  result_too_large: 'There are more attempts than one result takes: see "details". Name fewer runs.',
  letter_changed: 'The letter has changed since you read it. Read it again, then sign what stands now.',
  letter_not_signed: 'Two different people sign the letter as it stands before a copy of it is released.',
  letter_released: 'A copy of this letter is with others. Take it back first, then change the letter.',
  // The reviewer's desk
  desk_full: 'The desk holds no more attempts of one run: see "details". Take fewer, or draw them by lot.',
  not_a_reader:
    'Nobody with this id reads here. Name a person of your organisation who is evaluator, security lead or release manager.',
  reader_has_it: 'This reader has or had this attempt. A second reading is somebody else’s.',
  two_readers_have_it: 'Two people read this attempt already. A third is asked only where they differ.',
  reading_ended: 'This reading was handed in or given back. What was handed in is not changed afterwards.',
  nothing_to_settle: 'There is nothing to settle: the readers agree, or have not both handed in.',
  third_person_wanted: 'Whoever settles between two readers has read neither time. Ask a third person.',
  readings_open:
    'Not all readings have an outcome yet: "open" in "details" says how many wait. Sign off when none does.',
  second_person_wanted: 'You have signed this already. The second signature is another person’s.',
  // Access to a model
  grant_ends_too_early: 'Access must end later than now, and later than it begins. Choose a later end.',
  grant_ended: 'This access has ended, and nothing brings it back. The developer may offer it anew.',
  grant_already_accepted: 'These terms were accepted already. See the grant.',
  grant_not_accepted: 'These terms are not accepted yet. The organisation that is given access accepts them first.',
  grant_not_active: 'This access is not active now: it has not begun, has expired or was revoked. See the grant.',
  window_not_running: 'Access works only while the window runs, and it does not run now. See the window.',
  not_named: 'You are not among those who may use this access. Ask whoever accepted it in your organisation.',
  outside_purpose:
    'This access was not agreed for that purpose; the try is on record. "purposes" in "details" lists the agreed ones, for the header Assay-Purpose.',
  other_model: 'This access is to another model. "model" in "details" is the name to ask for.',
  grantee_not_party: 'Access is given to an organisation that may know of the file. Let it in first.',
  too_many_grants: 'There are as many grants of this model as are kept. "grantsMax" in "details" says how many.',
  grant_not_through_here: 'This access does not go through this instance. Use it as agreed, and report the uses here.',
  endpoint_missing: 'The address of the model is not known here. The developer gives it at the grant.',
  endpoint_not_valid: 'No request can be sent to this address. Give it as https://host/v1, with the key apart.',
  endpoint_failed:
    "The developer's endpoint gave no answer that can be used. Try again; if it stays so, tell the developer.",
  endpoint_busy: "The developer's endpoint takes no more requests at the moment. Wait a little.",
  endpoint_refused: 'The developer\'s endpoint does not take this request. "status" in "details" is what it answered.',
  report_not_valid: 'A use is reported with an end that is not before its beginning, and not before it happened.',
  incident_not_now: 'The incident is not at that point. See what was recorded of it.',
  over_rate: 'The agreed rate of requests is used up for this minute. Wait a little.',
  // Determinations and partners
  text_marked:
    'The text carries what looks like a classification or control marking, and this side is open: nothing was kept. Write it without; if classified text was typed here, follow your procedure for spillage.',
  determination_not_now: 'This cannot be done with a determination in this state; "state" in "details" names it.',
  determination_digest_missing:
    'Give the digest of this model version in its file first: a determination is about one exact version.',
  determination_stale:
    'The model has another digest since this request was sent, which is about the earlier version only. The developer may send a new one.',
  determination_authority: 'Name an authority that may know of this file; the developer lets one know of it first.',
  determination_day: 'The day of the decision cannot be in the future.',
  partner_not_now: 'This cannot be done with a partner in this state; "state" in "details" names it.',
  partner_no_word:
    'The authority has not said anything about this partner yet; an invitation needs both sides’ acts on record. A release needs nobody’s.',
  partner_organisation:
    'Name an organisation of this instance that is no party to this file, by the id that it gave you. It finds its id on its page of invitations.',
  partner_too_many:
    'There are as many as are kept: 200 partners in a file, 200 events of a partner. Ending one always works.',
  partner_reviewed: 'Another look was asked for already, and there is one. Who declined may still think again.',
  // Files of models
  part_not_kept: 'This cannot be kept as it is. "problems" in "details" says where and why.',
  file_changed:
    'Somebody else changed the same part since you read it. Read the newest version, then repeat your change; "parts" in "details" names them.',
  file_too_large:
    'This is more than a file of a model holds: see "details". Shorten texts, or point to documents instead.',
  later_version_handed_over: 'A later version was handed over already. Hand over a newer one.',
  preview_outdated: 'What would be learnt has changed since the preview. Look at it again, then repeat your act.',
  // Scan claims
  scope_not_read: 'This scope cannot be claimed as it is. "problems" in "details" says where and why.',
  claim_authority: 'The authority to scan is not complete: see "problems" in "details". A claim is never permission.',
  claim_authority_ended: 'The authority that stands beside this claim has ended. Register anew under one that holds.',
  claim_days: 'A claim or a renewal lasts between one day and "daysMax" in "details". It can be renewed again later.',
  claim_ended: 'This claim has ended, and nothing brings it back. Register a new one.',
  claim_not_longer:
    'The claim runs at least as long already: see "until" in "details". Name more days, or finish or cancel it.',
  claim_quota:
    'Your organisation has as many claims as the policy lets it have: see "details". Finish or cancel some, or wait.',
  claim_query_rate: 'Your organisation has asked as often as the policy lets it: see "details". Ask again later.',
  claim_query_outside:
    'A question is about a scope inside your own claim. Ask about less, or register what you will scan.',
  claim_no_conflict: 'An introduction follows a question of this claim that was answered with a conflict. Ask first.',
  introduction_over: 'This was answered or withdrawn already.',
  intake_policies_full:
    'Your organisation has stated as many policies as are kept. Withdraw one that is no longer needed.',
  intake_policy_settled: 'This was withdrawn or removed, and stays so. State it anew.',
  // The coordinator's queue and cases
  finding_moved:
    'Somebody else has put this finding into a case, or taken it out of one, since you read it. Read it again, then repeat your act.',
  finding_not_compared: 'This finding is still being screened and compared with others. Look again in a moment.',
  finding_not_refused: 'Only a finding that was refused is taken up again. See its state.',
  finding_settled: 'This finding was refused or withdrawn, and nothing more is decided about it.',
  entry_taken: 'Another coordinator is at work on this: see "until" in "details". Take it over if that is agreed.',
  case_full: 'A case holds no more findings: see "membersMax" in "details". Open a second one and link the two.',
  case_merge_self: 'This names the same case twice. Choose another one.',
  case_empty: 'The findings of this case are in another one since it was merged. Go on there, or undo the merge.',
  case_split_all: 'At least one finding stays in the case. To dissolve the case, undo the act that opened it.',
  case_act_undone: 'There is no such act in this case, or it was undone already.',
  case_act_in_the_way:
    'A later act builds on this one. Undo that one first: "act" in "details" is its number in the history of the case.',
  not_a_pair: 'These two findings are the same one. Name another.',
  judge_not_configured: 'No model is configured for a second opinion. The operator sets ASSAY_JUDGE_URL.',
  judge_held: 'One of the two findings is held back by screening, so its text is not sent to a model.',
  judge_failed:
    'The model gave no answer that can be used: see "reason" in "details". Decide without it, or try again.',
  // Validation
  validation_for_finder:
    'Whoever reported a finding, or another one of its case, is not the one who reproduces it. Ask somebody else.',
  validation_held: 'Screening holds this finding back. Decide on it first, then share a kit.',
  validation_organisation:
    'Name an organisation that takes part here by the id that it gave you. It finds its id on its page of validations.',
  validation_end: 'A request ends later than now and within 90 days. Choose another end.',
  validations_full: 'There is as much of this as is kept: "max" in "details" says how many.',
  evidence_not_read: 'This is not evidence that can be kept. "problems" in "details" says where and why.',
  evidence_not_signed:
    'None of your registered keys signed this. Register the key that "assay validate key" prints, then hand it in again.',
  evidence_of_other: 'This evidence is about another finding, or was made with another kit than this request has.',
  outcome_without_evidence:
    'Nothing that was handed in carries this. Recording it takes one independent piece of evidence with that verdict.',
  validator_key_known: 'This key is among yours already. A revoked key is not used again: make another one.',
  // Trouble of the instance
  unavailable: 'The instance cannot do this at the moment. Try again in a minute.',
  timed_out: 'This took too long and was stopped. Ask for less, or try again later.',
  internal: 'Something went wrong here. It has been noted; give the request id to the operator.',
} as const;

export type RefusalCode = keyof typeof sentences;

/** Codes in the order of the table, for documents and tests. */
export const refusalCodes = Object.keys(sentences) as RefusalCode[];

/** The sentence of a code. */
export const sentenceOf = (code: RefusalCode): string => sentences[code];

/** Why something is not done. `details` are facts for programs (a limit, a field), never secrets. */
export class Refusal extends Error {
  readonly code: RefusalCode;
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(code: RefusalCode, details?: Record<string, unknown>) {
    super(sentences[code]);
    this.name = 'Refusal';
    this.code = code;
    this.details = details;
  }
}

/** Why an action would be refused, found without doing it: rules are pure, so a rehearsal is free. */
export function whyNot(action: () => unknown): Refusal | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}
