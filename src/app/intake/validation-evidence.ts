/** Evidence that came back on a request, and what a coordinator records of it. */
import { createHash } from 'node:crypto';
import { canonicalJson } from '../../domain/canonical-json.ts';
import { type Actor, system as itself, type OrganisationId } from '../../domain/directory/actor.ts';
import * as permission from '../../domain/directory/permission.ts';
import { assess, differencesFrom, type Evidence, independenceOf, recordable } from '../../domain/intake/validation.ts';
import type { Kit } from '../../domain/intake/validation-kit.ts';
import { requireCoordinator, requireValidator } from '../../domain/intake/who.ts';
import type { Problem } from '../../domain/problem.ts';
import { Refusal } from '../../domain/refusal.ts';
import * as dsse from '../../formats/dsse/document.ts';
import * as statements from '../../formats/in-toto/statement.ts';
import * as statement from '../../formats/in-toto/validation.ts';
import type { Tx } from '../../store/database.ts';
import * as organisations from '../../store/directory/organisations.ts';
import * as people from '../../store/directory/people.ts';
import * as stored from '../../store/intake/findings.ts';
import * as validations from '../../store/intake/validations.ts';
import * as validatorKeys from '../../store/intake/validator-keys.ts';
import * as entries from '../../store/log/entries.ts';
import { verifySignature } from '../../store/log/key.ts';
import * as notices from '../review/notices.ts';
import type { System } from '../system.ts';
import * as findings from './findings.ts';
import { fresh, seal, unseal } from './receipts.ts';
import * as reporting from './reporting.ts';
import * as requests from './validations.ts';

const evidenceMax = 20;
/** Clocks of two machines may differ by this much. */
const clockSlackMs = 10 * 60_000;

/**
 * Takes signed evidence on a request. It is kept as it came, and judged by what it measured and by the record of accesses: what the
 * validator says of themselves counts for nothing. The same envelope again is the same evidence.
 */
export async function answer(system: System, actor: Actor, id: string, envelopeText: string): Promise<requests.Shown> {
  const organisation = requireValidator(actor);
  const person = permission.requireSignedIn(actor);
  const open = (tx: Tx) => openTo(tx, system, actor, organisation, id);
  // Asked of the instance itself between two transactions, not within one: whoever holds a connection waits for no second one.
  const { finding: asked } = await system.database.transaction(actor, open);
  const { finder, host } = await finderAndHost(system, asked);
  if (finder === organisation) throw new Refusal('validation_for_finder');
  return system.database.transaction(actor, async (tx) => {
    const validation = await open(tx);
    const { evidence, envelope } = readEvidence(envelopeText);
    const keys = (await validatorKeys.list(tx, person)).filter((key) => key.revokedAt === null);
    const [key] = await dsse.signersOf(envelope, keys, verifySignature);
    if (key === undefined) throw new Refusal('evidence_not_signed');
    const { finding, measured } = evidence;
    const isOfThis =
      finding.digest === validation.findingDigest &&
      finding.id === validation.finding &&
      measured.kitDigest === validation.kitDigest;
    if (!isOfThis) throw new Refusal('evidence_of_other');
    const at = system.now();
    if (Date.parse(measured.endedAt) > Date.parse(at) + clockSlackMs || measured.endedAt < measured.startedAt) {
      refuse([{ path: 'predicate.endedAt', message: 'It lies in the future, or before the beginning.' }]);
    }

    const text = dsse.write(envelope);
    const digest = `sha256:${createHash('sha256').update(text).digest('hex')}`;
    const held = await validations.evidence(tx, [id]);
    if (held.some((one) => one.digest === digest)) return requests.shown(tx, system, actor, id);
    if (held.length >= evidenceMax) throw new Refusal('validations_full', { max: evidenceMax });
    const sealedKit = await validations.kit(tx, id);
    if (sealedKit === undefined) throw new Refusal('not_found');
    const kit = JSON.parse(unseal(system, sealedKit, id)) as Kit;
    const independence = independenceOf({
      finder,
      verifier: organisation,
      hasReadKit: (await validations.readsBy(tx, person, id)) > 0,
      reportReads: await validations.readsBy(tx, person, validation.finding),
    });
    const assessment = assess(measured.series);
    const evidenceId = `evidence_${fresh(system)}`;
    await validations.addEvidence(tx, {
      id: evidenceId,
      validation: id,
      audience: validation.audience,
      organisation,
      person: { id: person, name: (await people.find(tx, person))?.name ?? person },
      key: key.id,
      digest,
      envelope: seal(system, text, evidenceId),
      verdict: assessment.verdict,
      isIndependent: independence.isIndependent,
      summary: {
        assessment,
        independence,
        environment: measured.environment,
        environmentDigest: measured.environmentDigest,
        differences: differencesFrom(kit, measured),
      },
      receivedAt: at,
    });
    const body = { evidence: evidenceId, digest, verdict: assessment.verdict };
    await entries.append(tx, {
      did: 'validation_evidence_received',
      object: id,
      by: actor,
      audience: [validation.audience],
      body,
      at,
    });
    if (host !== undefined) {
      await notices.tell(tx, { organisation: host, roles: ['coordinator'], path: `/intake/validations/${id}` });
    }
    return requests.shown(tx, system, actor, id);
  });
}

/** A request that is open to this organisation. */
async function openTo(
  tx: Tx,
  system: System,
  actor: Actor,
  organisation: OrganisationId,
  id: string,
): Promise<validations.KeptValidation> {
  const { validation, isOpen } = await requests.visible(tx, system, actor, id);
  if (!isOpen || validation.organisation !== organisation) throw new Refusal('not_permitted');
  return validation;
}

/** Who reported a finding, which the validator is not to know, and who runs this instance. */
function finderAndHost(
  system: System,
  finding: string,
): Promise<{ finder: OrganisationId | undefined; host: OrganisationId | undefined }> {
  return system.database.transaction(itself, async (tx) => ({
    finder: (await stored.find(tx, finding))?.organisation ?? undefined,
    host: (await organisations.host(tx))?.id,
  }));
}

function refuse(problems: Problem[]): never {
  throw new Refusal('evidence_not_read', { problems: problems.slice(0, 20) });
}

function readEvidence(text: string): {
  envelope: dsse.Envelope;
  evidence: { finding: { id: string; digest: string }; measured: Evidence };
} {
  const read = dsse.read(text, [statements.payloadType]);
  if ('problems' in read) return refuse(read.problems);
  const said = statements.read(read.envelope.payload);
  if ('problems' in said) return refuse(said.problems);
  const found = statement.read(said.statement);
  if ('problems' in found) return refuse(found.problems);
  const { environment, environmentDigest } = found.evidence;
  const digest = `sha256:${createHash('sha256').update(canonicalJson(environment)).digest('hex')}`;
  if (digest !== environmentDigest) {
    return refuse([{ path: 'predicate.environmentDigest', message: 'It is not that of the environment.' }]);
  }
  return { envelope: read.envelope, evidence: { finding: found.finding, measured: found.evidence } };
}

/** The envelope of a piece of evidence as it was handed in: whoever has it verifies it without us. Outputs may tell of the exploit (I12). */
export function envelope(system: System, actor: Actor, id: string, evidence: string): Promise<string> {
  requireValidator(actor);
  return system.database.transaction(actor, async (tx) => {
    const { validation } = await requests.visible(tx, system, actor, id);
    const found = await validations.envelope(tx, id, evidence);
    if (found === undefined) throw new Refusal('not_found');
    await entries.append(tx, {
      type: 'access',
      did: 'validation_evidence_read',
      object: id,
      by: actor,
      audience: [validation.audience],
      body: { evidence },
      at: system.now(),
    });
    return unseal(system, found, evidence);
  });
}

/**
 * Records that a finding was reproduced, or was not: a coordinator's act, on the ground of evidence that somebody independent handed in.
 * No evidence does this by itself. The reporter sees the state, and the text where there is one.
 */
export function record(
  system: System,
  actor: Actor,
  id: string,
  { state, text }: { state: validations.Outcome['state']; text?: string | undefined },
): Promise<validations.Outcome> {
  permission.requirePerson(actor);
  requireCoordinator(actor);
  return system.database.transaction(actor, async (tx) => {
    await findings.visible(tx, actor, id);
    const finding = await stored.lock(tx, id);
    if (finding === undefined) throw new Refusal('not_found');
    const asked = await validations.list(tx, { finding: id, limit: 200 });
    const evidence = await validations.evidence(
      tx,
      asked.map((one) => one.id),
    );
    // Since they were asked, a report of theirs may have come into the case.
    const finders = await validations.findersOf(tx, finding.number);
    const others = evidence.filter((one) => !finders.has(one.organisation));
    if (!recordable(others)[state]) throw new Refusal('outcome_without_evidence');
    const at = system.now();
    await reporting.setState(system, tx, finding, state);
    await reporting.tell(system, tx, actor, finding, text);
    const outcome = { finding: id, state, text: text ?? null, recordedAt: at };
    await validations.addOutcome(tx, finding.audience, outcome);
    const did = state === 'validated' ? 'finding_validated' : 'finding_not_reproduced';
    await entries.append(tx, { did, object: id, by: actor, audience: [finding.audience], at });
    // On what ground is for the coordinators alone: it names who was asked.
    const body = { state, evidence: others.map((one) => one.id) };
    await entries.append(tx, { did: 'validation_weighed', object: id, by: actor, body, at });
    return outcome;
  });
}

/** What was recorded of a finding last, for whoever may read it; nothing yet, for most. */
export function outcome(system: System, actor: Actor, id: string): Promise<validations.Outcome | undefined> {
  permission.requireSignedIn(actor);
  return system.database.transaction(actor, async (tx) => {
    await findings.visible(tx, actor, id);
    return validations.outcome(tx, id);
  });
}
