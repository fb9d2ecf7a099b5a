/** What passes between a reporter and the coordinators about one finding: its states, questions and answers. */
import { publicUrl } from '../../config.ts';
import { type Actor, personOf } from '../../domain/directory/actor.ts';
import type { Instant } from '../../domain/instant.ts';
import { historyOf } from '../../domain/intake/precision.ts';
import type { History } from '../../domain/intake/quota.ts';
import type { FindingState, Report } from '../../domain/intake/report.ts';
import { Refusal } from '../../domain/refusal.ts';
import type { Tx } from '../../store/database.ts';
import * as anonymousReports from '../../store/intake/anonymous-reports.ts';
import * as findings from '../../store/intake/findings.ts';
import * as sources from '../../store/intake/sources.ts';
import * as entries from '../../store/log/entries.ts';
import * as jobs from '../jobs.ts';
import * as notices from '../review/notices.ts';
import type { System } from '../system.ts';
import * as receipts from './receipts.ts';

export interface Message {
  id: string;
  /** `decision`: what a coordinator decided or recorded, in words for the reporter. */
  kind: 'question' | 'answer' | 'decision';
  text: string;
  at: Instant;
}

/** Who of an organisation hears of its findings. */
const reporterRoles = ['researcher', 'security_lead', 'maintainer'] as const;

/** Questions and answers of one finding at most. */
export const messagesMax = 200;

/** A finding opened, without its reproduction. */
export async function shown(
  system: System,
  tx: Tx,
  finding: findings.KeptFinding,
): Promise<{
  finding: findings.KeptFinding;
  report: Report;
  states: { state: FindingState; at: Instant }[];
  messages: Message[];
}> {
  const sealed = await findings.sealed(tx, finding.id);
  if (sealed === undefined) throw new Refusal('not_found');
  const later = await findings.states(tx, finding.id);
  return {
    finding,
    report: receipts.open(system, finding.id, sealed),
    states: [{ state: 'received', at: finding.receivedAt }, ...later],
    messages: await messages(system, tx, finding.id),
  };
}

/** Questions and answers about a finding, oldest first. Who of the coordinators asked stays with them. */
export async function messages(system: System, tx: Tx, id: string): Promise<Message[]> {
  return (await findings.messages(tx, id)).map((message) => ({
    id: message.id,
    kind: message.kind,
    text: receipts.unseal(system, message.text, message.id),
    at: message.at,
  }));
}

/**
 * Moves a finding to another state, with what that adds to the record of its source. In the transaction of an act that checks the right
 * and writes the log entry. A finding that was withdrawn stays so.
 */
export async function setState(system: System, tx: Tx, finding: findings.KeptFinding, to: FindingState): Promise<void> {
  if (finding.state === to) return;
  if (finding.state === 'withdrawn') throw new Refusal('finding_withdrawn');
  await findings.setState(tx, finding, to, system.now());
  // Where it stands among others is the coordinators' to know: not even this transaction reads it.
  await jobs.add(tx, 'refresh_queue', { findings: [finding.number] });
  if (finding.organisation === null) return;
  const [before, after] = [historyOf({ [finding.state]: 1 }), historyOf({ [to]: 1 })];
  const grown = (key: keyof History) => after[key] - before[key];
  const changed = { confirmed: grown('confirmed'), refuted: grown('refuted'), undecided: grown('undecided') };
  // What counts nowhere is set aside, so that the rest is what waits.
  const setAside = -changed.confirmed - changed.refuted - changed.undecided;
  if (changed.confirmed !== 0 || changed.refuted !== 0 || setAside !== 0) {
    await sources.count(tx, finding.organisation, { ...changed, setAside });
  }
}

/**
 * Mails the reporter that something was said about their finding: where, never what (I12). Who reported without an account learns it
 * at the address they left, and reads it with their token.
 */
async function tellReporter(system: System, tx: Tx, { id, organisation }: findings.KeptFinding): Promise<void> {
  if (organisation !== null) {
    await notices.tell(tx, { organisation, roles: [...reporterRoles], path: `/intake/findings/${id}` });
    return;
  }
  const contact = await anonymousReports.contactOf(tx, id);
  if (contact === undefined) return;
  const to = receipts.unseal(system, contact, `${id} contact`);
  const address = new URL('/intake/follow', publicUrl(system.config)).href;
  const text = `Something was said about a report that you handed in here without an account. Read it with your token:\n\n${address}\n`;
  await jobs.add(tx, 'send_mail', { to, subject: 'Something waits for you in Assay', text });
}

/** Asks the reporter something, as a coordinator: the finding waits for an answer. In the transaction of an act that checked the right. */
export async function ask(
  system: System,
  tx: Tx,
  actor: Actor,
  finding: findings.KeptFinding,
  text: string,
): Promise<void> {
  await setState(system, tx, finding, 'info_needed');
  await say(system, tx, actor, finding, { kind: 'question', text });
  const { id, audience } = finding;
  await entries.append(tx, { did: 'finding_asked', object: id, by: actor, audience: [audience], at: system.now() });
  await tellReporter(system, tx, finding);
}

/** Refuses a finding, or takes it up again, as a coordinator: with the reason for its reporter. In the transaction of an act that checked the right. */
export async function decide(
  system: System,
  tx: Tx,
  actor: Actor,
  finding: findings.KeptFinding,
  { as, reason }: { as: 'not_reproduced' | 'out_of_scope' | 'triaged'; reason: string },
): Promise<void> {
  await setState(system, tx, finding, as);
  await say(system, tx, actor, finding, { kind: 'decision', text: reason });
  const { id, audience } = finding;
  const body = { as };
  await entries.append(tx, {
    did: 'finding_decided',
    object: id,
    by: actor,
    audience: [audience],
    body,
    at: system.now(),
  });
  await tellReporter(system, tx, finding);
}

/** Tells the reporter of what was recorded, as a coordinator: in words, where there are some. In the transaction of an act that checked the right. */
export async function tell(
  system: System,
  tx: Tx,
  actor: Actor,
  finding: findings.KeptFinding,
  text: string | undefined,
): Promise<void> {
  if (text !== undefined) await say(system, tx, actor, finding, { kind: 'decision', text });
  await tellReporter(system, tx, finding);
}

/** Keeps an answer of the reporter. The finding is with the coordinators again. */
export async function answer(
  system: System,
  tx: Tx,
  actor: Actor,
  finding: findings.KeptFinding,
  text: string,
): Promise<void> {
  if (finding.state === 'withdrawn') throw new Refusal('finding_withdrawn');
  if (!finding.isAsked) throw new Refusal('finding_not_asked');
  await say(system, tx, actor, finding, { kind: 'answer', text });
  if (finding.state === 'info_needed') await setState(system, tx, finding, 'triaged');
  const { id, audience } = finding;
  await entries.append(tx, { did: 'finding_answered', object: id, by: actor, audience: [audience], at: system.now() });
}

/** Withdraws a finding for its reporter. */
export async function withdraw(system: System, tx: Tx, actor: Actor, finding: findings.KeptFinding): Promise<void> {
  if (finding.state === 'withdrawn') return;
  await setState(system, tx, finding, 'withdrawn');
  const { id, audience } = finding;
  await entries.append(tx, { did: 'finding_withdrawn', object: id, by: actor, audience: [audience], at: system.now() });
}

async function say(
  system: System,
  tx: Tx,
  actor: Actor,
  finding: findings.KeptFinding,
  { kind, text }: { kind: Message['kind']; text: string },
): Promise<void> {
  if ((await findings.countMessages(tx, finding.id)) >= messagesMax) throw new Refusal('finding_not_asked');
  const id = `message_${receipts.fresh(system)}`;
  const by = personOf(actor) ?? actor.id;
  const sealed = receipts.seal(system, text, id);
  await findings.addMessage(tx, finding, { id, kind, by, text: sealed, at: system.now() });
}
