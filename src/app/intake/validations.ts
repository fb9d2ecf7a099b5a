/**
 * Asking somebody else to reproduce a finding. The validator learns what the kit holds and nothing else: not who reported it, not how
 * it was found, not what else is known. Nothing of a kit is ever run here (I16).
 */
import { createHash } from 'node:crypto';
import { canonicalJson } from '../../domain/canonical-json.ts';
import { type Actor, system as itself, type OrganisationId } from '../../domain/directory/actor.ts';
import { standingAt } from '../../domain/directory/participation.ts';
import * as permission from '../../domain/directory/permission.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Report } from '../../domain/intake/report.ts';
import type { Kit, Signal } from '../../domain/intake/validation-kit.ts';
import { isCoordinator, requireCoordinator, requireValidator, validators } from '../../domain/intake/who.ts';
import { Refusal } from '../../domain/refusal.ts';
import type { Tx } from '../../store/database.ts';
import * as audiences from '../../store/directory/audiences.ts';
import * as organisations from '../../store/directory/organisations.ts';
import * as participations from '../../store/directory/participations.ts';
import * as stored from '../../store/intake/findings.ts';
import * as validations from '../../store/intake/validations.ts';
import * as entries from '../../store/log/entries.ts';
import * as notices from '../review/notices.ts';
import type { System } from '../system.ts';
import * as findings from './findings.ts';
import { fresh, open as openReport, openReproduction, seal, unseal } from './receipts.ts';

const validationsMax = 50;
const daysMax = 90;
/** Organisations that are named as those that may be asked; a kit is shared with any other by its id. */
const askableMax = 1_000;
const dayMs = 86_400_000;

export type State = 'asked' | 'answered' | 'ended' | 'withdrawn';

export interface Shown {
  validation: validations.KeptValidation;
  state: State;
  can: { withdraw: boolean; answer: boolean };
  evidence: validations.KeptEvidence[];
}

/** What a kit is named by in evidence: SHA-256 of its canonical JSON (RFC 8785). */
const kitDigestOf = (kit: Kit): string => `sha256:${createHash('sha256').update(canonicalJson(kit)).digest('hex')}`;

/** Who would learn what, and a draft of the kit from the report. Keeps nothing but that the report was read (I6, I7). */
export async function preview(
  system: System,
  actor: Actor,
  id: string,
  organisation?: string,
): Promise<{
  finding: string;
  organisations: { id: string; name: string; learns: string[] }[];
  staysHidden: string[];
  askable: { id: string; name: string }[];
  draft: Kit;
}> {
  requireCoordinator(actor);
  const asked = organisation === undefined ? undefined : await organisationOf(system, organisation);
  const takingPart = await system.database.transaction(itself, (tx) =>
    participations.withRole(tx, validators, system.now(), askableMax),
  );
  return system.database.transaction(actor, async (tx) => {
    const finding = await findings.visible(tx, actor, id);
    if (asked !== undefined) await requireOther(tx, finding, asked.id);
    if (finding.isHeld) throw new Refusal('validation_held');
    const texts = await stored.sealed(tx, id);
    if (texts === undefined) throw new Refusal('not_found');
    await findings.noteRead(tx, system, actor, finding, 'finding_read');
    if (texts.reproduction !== null) await findings.noteRead(tx, system, actor, finding, 'reproduction_read');
    const own = await organisations.find(tx, actor.organisation ?? '');
    const finders = await validations.findersOf(tx, finding.number);
    return {
      finding: id,
      organisations: [
        ...(own === undefined ? [] : [{ id: own.id, name: own.name, learns: hostLearns }]),
        ...(asked === undefined ? [] : [{ id: asked.id, name: asked.name, learns: validatorLearns }]),
      ],
      staysHidden,
      askable: takingPart.filter((one) => !finders.has(one.id)),
      draft: draftOf(finding, openReport(system, id, texts), openReproduction(system, id, texts)),
    };
  });
}

const validatorLearns = [
  'the title of the finding, the component and the claim, as they stand in the kit',
  'the reproducer: its files, its commands and the signal to look for',
  'that your organisation works on this finding',
];
const hostLearns = ['when the kit was opened and by whom', 'the evidence, with its outputs, and who signed it'];
const staysHidden = [
  'who reported the finding, and when',
  'its description, and how it was found',
  'other findings, hints and the case',
];

const sanitizer = /\b(?:Address|Memory|Thread|Leak)Sanitizer: ([a-z][a-z-]{0,79}|data race)/;

/** What a coordinator starts from: the reproduction as one script, and the signal that the stack shows. */
function draftOf({ id, digest }: { id: string; digest: string }, report: Report, reproduction?: string): Kit {
  const [, reported] = sanitizer.exec(report.stack ?? '') ?? [];
  const signal: Signal = reported === undefined ? { kind: 'exit', code: 1 } : { kind: 'sanitizer', class: reported };
  const { version } = report.component;
  const content = Buffer.from(reproduction ?? '').toString('base64');
  return {
    format: 'assay-validation-kit/1',
    finding: id,
    findingDigest: digest,
    title: report.title,
    claim: (report.impact ?? '').slice(0, 16 * 1024),
    component: report.component,
    files: [{ path: 'reproduce.sh', content }],
    signal,
    reproduce: { command: ['sh', 'reproduce.sh'], ...(version !== undefined && { version: version.slice(0, 200) }) },
    timeoutSeconds: 60,
    needsNetwork: false,
    tools: [],
  };
}

/** The organisation of this id that takes part, whoever may know of it: a coordinator has its id from itself. */
async function organisationOf(system: System, id: string): Promise<{ id: OrganisationId; name: string }> {
  return system.database.transaction(itself, async (tx) => {
    const found = await organisations.find(tx, id);
    if (found === undefined) throw new Refusal('validation_organisation');
    const { state } = standingAt(await participations.standingOf(tx, found.id), system.now());
    if (!found.isHost && state !== 'admitted') throw new Refusal('validation_organisation');
    return found;
  });
}

/** Refuses who reported this finding, or another one of its case: they would reproduce what they themselves claim. */
async function requireOther(tx: Tx, { number }: { number: number }, organisation: OrganisationId): Promise<void> {
  if ((await validations.findersOf(tx, number)).has(organisation)) throw new Refusal('validation_for_finder');
}

/** Shares a kit with an organisation: a person's named act, with an end (I6). Its finding and digest are set here. */
export async function share(
  system: System,
  actor: Actor,
  {
    finding: id,
    organisation,
    kit: given,
    endsAt,
  }: { finding: string; organisation: string; kit: Kit; endsAt: Instant },
): Promise<Shown> {
  permission.requirePerson(actor);
  requireCoordinator(actor);
  const at = system.now();
  const end = new Date(endsAt).toISOString();
  if (end <= at || Date.parse(end) - Date.parse(at) > daysMax * dayMs) throw new Refusal('validation_end');
  const asked = await organisationOf(system, organisation);
  return system.database.transaction(actor, async (tx) => {
    const finding = await findings.visible(tx, actor, id);
    await requireOther(tx, finding, asked.id);
    if (finding.isHeld) throw new Refusal('validation_held');
    if (finding.state === 'withdrawn') throw new Refusal('finding_withdrawn');
    if ((await validations.count(tx, id)) >= validationsMax) {
      throw new Refusal('validations_full', { max: validationsMax });
    }
    const kit: Kit = { ...given, finding: id, findingDigest: finding.digest };
    const audience = `audience_${fresh(system)}`;
    const host = actor.organisation as OrganisationId;
    const others = asked.id === host ? [] : [{ organisation: asked.id }];
    await audiences.create(tx, { id: audience, members: [{ organisation: host }, ...others], by: actor.id, at });
    const validation = {
      id: `validation_${fresh(system)}`,
      audience,
      finding: id,
      findingDigest: finding.digest,
      organisation: asked.id,
      title: kit.title,
      kitDigest: kitDigestOf(kit),
      needsNetwork: kit.needsNetwork,
      askedAt: at,
      endsAt: end,
    };
    const sealedKit = seal(system, JSON.stringify(kit), validation.id);
    await validations.insert(tx, { ...validation, kit: sealedKit, askedBy: actor.id });
    const body = { finding: id, organisation: asked.id, kitDigest: validation.kitDigest, endsAt: end };
    await entries.append(tx, {
      did: 'validation_shared',
      object: validation.id,
      by: actor,
      audience: [audience],
      body,
      at,
    });
    const path = `/intake/validations/${validation.id}`;
    await notices.tell(tx, { organisation: asked.id, roles: [...validatorRoles], path });
    return shown(tx, system, actor, validation.id);
  });
}

const validatorRoles = ['researcher', 'security_lead', 'maintainer', 'evaluator'] as const;

/** Ends a request at once: for whom it asked it does not exist from now on. What they have read stays read. */
export function withdraw(system: System, actor: Actor, id: string): Promise<Shown> {
  permission.requirePerson(actor);
  requireCoordinator(actor);
  return system.database.transaction(actor, async (tx) => {
    const { validation } = await visible(tx, system, actor, id);
    if (validation.withdrawnAt !== null) return shown(tx, system, actor, id);
    const at = system.now();
    await validations.withdraw(tx, id, at);
    if (validation.organisation !== actor.organisation) {
      await entries.keepHistory(tx, validation.audience, validation.organisation);
      await audiences.end(tx, validation.audience, validation.organisation, { by: actor.id, at });
    }
    const body = { finding: validation.finding };
    await entries.append(tx, {
      did: 'validation_withdrawn',
      object: id,
      by: actor,
      audience: [validation.audience, validation.organisation],
      body,
      at,
    });
    return shown(tx, system, actor, id);
  });
}

/** What the actor's organisation is asked to reproduce; or, for a coordinator, every request on one finding. The newest first. */
export function list(
  system: System,
  actor: Actor,
  { finding, after, limit }: { finding?: string | undefined; after?: string | undefined; limit: number },
): Promise<Shown[]> {
  const organisation = requireValidator(actor);
  const now = system.now();
  return system.database.transaction(actor, async (tx) => {
    const isOfAll = finding !== undefined && isCoordinator(actor);
    const openTo = isOfAll ? undefined : { organisation, now };
    const found = await validations.list(tx, { finding, openTo, after, limit });
    const evidence = await validations.evidence(
      tx,
      found.map(({ id }) => id),
    );
    return found.map((validation) => {
      const own = evidence.filter((one) => one.validation === validation.id);
      return describe(validation, own, actor, now);
    });
  });
}

/** One request, without its kit. */
export function load(system: System, actor: Actor, id: string): Promise<Shown> {
  requireValidator(actor);
  return system.database.transaction(actor, (tx) => shown(tx, system, actor, id));
}

/** The kit of a request: exploit detail, and that it was opened is on record (I7, I12). */
export function kit(system: System, actor: Actor, id: string): Promise<Kit> {
  requireValidator(actor);
  return system.database.transaction(actor, async (tx) => {
    const { validation } = await visible(tx, system, actor, id);
    const found = await validations.kit(tx, id);
    if (found === undefined) throw new Refusal('not_found');
    await entries.append(tx, {
      type: 'access',
      did: 'validation_kit_read',
      object: id,
      by: actor,
      audience: [validation.audience],
      at: system.now(),
    });
    return JSON.parse(unseal(system, found, id)) as Kit;
  });
}

/**
 * A request that the actor may know of: as a coordinator, or as one of those who are asked, until its end. For everybody else there is
 * none.
 */
export async function visible(
  tx: Tx,
  system: System,
  actor: Actor,
  id: string,
): Promise<{ validation: validations.KeptValidation; isOpen: boolean }> {
  const validation = await validations.find(tx, id);
  const isOpen = validation !== undefined && validation.withdrawnAt === null && validation.endsAt > system.now();
  const isAsked = isOpen && validation.organisation === actor.organisation;
  if (validation === undefined || !(isAsked || isCoordinator(actor))) throw new Refusal('not_found');
  return { validation, isOpen };
}

/** A request with what came back. */
export async function shown(tx: Tx, system: System, actor: Actor, id: string): Promise<Shown> {
  const { validation } = await visible(tx, system, actor, id);
  return describe(validation, await validations.evidence(tx, [id]), actor, system.now());
}

function describe(
  validation: validations.KeptValidation,
  evidence: validations.KeptEvidence[],
  actor: Actor,
  now: Instant,
): Shown {
  const { withdrawnAt, endsAt, organisation } = validation;
  const isOpen = withdrawnAt === null && endsAt > now;
  const state: State =
    withdrawnAt !== null ? 'withdrawn' : evidence.length > 0 ? 'answered' : isOpen ? 'asked' : 'ended';
  return {
    validation,
    state,
    can: {
      withdraw: withdrawnAt === null && isCoordinator(actor),
      answer: isOpen && organisation === actor.organisation,
    },
    evidence,
  };
}
