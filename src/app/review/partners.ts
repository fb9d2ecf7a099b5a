/**
 * Trusted partners of a model's early access. Every partner has a file of its own: the developer and the authority, and from its
 * invitation on the partner. No partner learns of another, and no developer of another's (I20).
 */
import { createHash } from 'node:crypto';
import type { Actor, OrganisationId, Role } from '../../domain/directory/actor.ts';
import { system as itself } from '../../domain/directory/actor.ts';
import * as permission from '../../domain/directory/permission.ts';
import type { Instant } from '../../domain/instant.ts';
import { Refusal } from '../../domain/refusal.ts';
import { decisionPolicy } from '../../domain/review/decision-policy.ts';
import { requireUnmarked } from '../../domain/review/marking.ts';
import * as partner from '../../domain/review/partner.ts';
import type { Tx } from '../../store/database.ts';
import * as audiences from '../../store/directory/audiences.ts';
import * as organisations from '../../store/directory/organisations.ts';
import * as people from '../../store/directory/people.ts';
import * as entries from '../../store/log/entries.ts';
import * as partners from '../../store/review/partners.ts';
import * as stored from '../../store/review/submissions.ts';
import type { System } from '../system.ts';
import * as notices from './notices.ts';
import { party } from './submissions.ts';

const limits = { partners: 200, events: 200 } as const;

/** A partner's file as one side reads it. */
export interface SeenPartner {
  kept: partners.KeptPartner;
  side: partner.Side;
  names: { developer: string; authority: string | null };
  events: partners.KeptEvent[];
}

const newId = (system: System, kind: string) => `${kind}_${Buffer.from(system.randomBytes(16)).toString('hex')}`;

async function newAudience(system: System, tx: Tx, actor: Actor, members: (OrganisationId | null)[]): Promise<string> {
  const id = newId(system, 'audience');
  const [first, ...rest] = members.filter((one) => one !== null).map((organisation) => ({ organisation }));
  if (first === undefined) throw new Refusal('invalid_request');
  await audiences.create(tx, { id, members: [first, ...rest], by: actor.id, at: system.now() });
  return id;
}

function sideOf(kept: partners.KeptPartner, actor: Actor): partner.Side {
  if (actor.organisation === kept.developer) return 'developer';
  return actor.organisation === kept.authority ? 'authority' : 'partner';
}

/** The partner's file, as long as the actor may know of it: an authority only while it may know of the model's file. */
async function known(
  tx: Tx,
  actor: Actor,
  looked: Promise<partners.KeptPartner | undefined>,
): Promise<partners.KeptPartner> {
  const kept = await looked;
  if (kept === undefined) throw new Refusal('not_found');
  if (sideOf(kept, actor) === 'authority') await party(tx, actor, kept.submission);
  return kept;
}

async function seen(tx: Tx, actor: Actor, all: readonly partners.KeptPartner[]): Promise<SeenPartner[]> {
  const events = await partners.events(
    tx,
    all.map(({ id }) => id),
  );
  const nameOf = async (id: OrganisationId) => (await organisations.find(tx, id))?.name ?? '';
  const made: SeenPartner[] = [];
  for (const kept of all) {
    made.push({
      kept,
      side: sideOf(kept, actor),
      names: {
        developer: await nameOf(kept.developer),
        authority: kept.authority === null ? null : await nameOf(kept.authority),
      },
      events: events.get(kept.id) ?? [],
    });
  }
  return made;
}

const onlyOne = async (tx: Tx, actor: Actor, kept: partners.KeptPartner) =>
  (await seen(tx, actor, [kept]))[0] as SeenPartner;

/** Who may do it, within the side whose act it is. A person's acts, never an agent's: they widen audiences and give consent (I16). */
const rightsOf: Record<partner.Side, readonly Role[]> = {
  developer: ['release_manager'],
  authority: ['delegate', 'evaluator'],
  partner: ['administrator', 'operator', 'security_lead'],
};
/** What the developer's security lead may do as well: set up access and cut it. */
const securityActs: readonly string[] = ['provision', 'end', 'revoke', 'seal'];

function requireRight(actor: Actor, side: partner.Side, did: string): void {
  const isSecurity = side === 'developer' && securityActs.includes(did);
  permission.requireRole(actor, ...rightsOf[side], ...(isSecurity ? (['security_lead'] as const) : []));
}

async function record(
  system: System,
  tx: Tx,
  actor: Actor,
  kept: partners.KeptPartner,
  { did, ...detail }: { did: partners.KeptEvent['did'] } & partners.KeptEvent['detail'],
): Promise<void> {
  const at = system.now();
  const by = permission.requirePerson(actor);
  const name = (await people.find(tx, by))?.name ?? '';
  const position = (await partners.lastPosition(tx, kept.id)) + 1;
  // Ending access is never refused for want of room.
  if (position > limits.events && did !== 'end' && did !== 'revoke') throw new Refusal('partner_too_many');
  const side = sideOf(kept, actor);
  await partners.addEvent(
    tx,
    { id: kept.id, audience: kept.audience, position },
    { id: newId(system, 'event'), at, side, by: { id: by, name }, did, detail },
  );
  // Entries stand for ever, so none holds words: they could then not be sealed. The digest binds acceptance to one text of terms.
  const body = {
    state: kept.current.state,
    side,
    ...(detail.reason !== undefined && { reason: detail.reason }),
    ...(detail.stance !== undefined && { stance: detail.stance }),
    ...(detail.terms !== undefined && { terms: createHash('sha256').update(detail.terms).digest('hex') }),
  };
  await entries.append(tx, { did: pastOf[did], object: kept.id, by: actor, audience: [kept.audience], body, at });
}

const pastOf: Record<partners.KeptEvent['did'], string> = {
  suggest: 'partner_suggested',
  propose: 'partner_proposed',
  comment: 'partner_commented',
  invite: 'partner_invited',
  decline: 'partner_declined',
  request_review: 'partner_review_requested',
  reopen: 'partner_reopened',
  accept: 'partner_terms_accepted',
  provision: 'partner_access_provided',
  confirm: 'partner_access_confirmed',
  end: 'partner_ended',
  revoke: 'partner_access_revoked',
};

export interface NewPartner {
  name: string;
  sector: string;
  text?: string | undefined;
}

/**
 * Either side names an organisation. What the developer names stays with the developer until it proposes it; what the authority
 * names, the developer reads at once. The organisation itself learns nothing of it.
 */
export function suggest(
  system: System,
  actor: Actor,
  submission: string,
  { name, sector, text }: NewPartner,
): Promise<SeenPartner> {
  permission.requirePerson(actor);
  permission.requireRole(actor, ...rightsOf.developer, ...rightsOf.authority);
  return system.database.transaction(actor, async (tx) => {
    const { submission: file, capacity } = await party(tx, actor, submission);
    requireRight(actor, capacity, 'suggest');
    requireUnmarked(name);
    requireUnmarked(text);
    if (!decisionPolicy.sectors.some(({ code }) => code === sector)) throw new Refusal('invalid_request');
    if ((await partners.count(tx, submission)) >= limits.partners) throw new Refusal('partner_too_many');
    const at = system.now();
    const authority = capacity === 'authority' ? (actor.organisation as OrganisationId) : null;
    const made: partners.KeptPartner = {
      id: newId(system, 'partner'),
      audience: await newAudience(system, tx, actor, [file.organisation, authority]),
      submission,
      developer: file.organisation,
      authority,
      organisation: null,
      name,
      sector,
      model: { name: file.model.name, version: file.model.version },
      policyVersion: decisionPolicy.version,
      current: partner.suggested(capacity),
      acceptedAt: null,
      createdAt: at,
      updatedAt: at,
    };
    await partners.insert(tx, made);
    await record(system, tx, actor, made, { did: 'suggest', ...(text && { text }) });
    if (authority !== null) await tellOthers(tx, made, 'authority', ['developer']);
    return onlyOne(tx, actor, made);
  });
}

export type NewEvent =
  | Exclude<partner.PartnerEvent, { did: 'propose' | 'invite' }>
  | { did: 'propose'; authority?: string | undefined }
  | (Extract<partner.PartnerEvent, { did: 'invite' }> & { organisation: string });

/** Applies one event: the only way a partner's file changes. */
export async function act(system: System, actor: Actor, id: string, event: NewEvent): Promise<SeenPartner> {
  permission.requirePerson(actor);
  const { invited, hasAuthorityLeft } = await circumstances(system, id, event);
  return system.database.transaction(actor, async (tx) => {
    const kept = await known(tx, actor, partners.lock(tx, id));
    const side = sideOf(kept, actor);
    requireRight(actor, side, event.did);
    const at = system.now();
    const next: partners.KeptPartner = {
      ...kept,
      current: partner.apply(kept.current, event, side),
      updatedAt: at,
    };
    if (event.did === 'propose') await show(system, tx, actor, next, event.authority);
    if (event.did === 'invite') await admit(system, tx, actor, next, invited);
    if (hasAuthorityLeft) await leaveOut(system, tx, actor, next);
    if (event.did === 'accept') next.acceptedAt = at;
    await partners.save(tx, next);
    await record(system, tx, actor, next, detailOf(event));
    const told = others[event.did].filter((one) => one !== 'authority' || !hasAuthorityLeft);
    await tellOthers(tx, next, side, told);
    return onlyOne(tx, actor, next);
  });
}

/**
 * What the instance itself looks up for an act. The organisation that is invited: an id is too long to guess, so whoever has it was
 * given it by the organisation. And whether the authority may still know of the model's file, which a partner cannot see. As much is
 * asked where there is no such partner (I5).
 */
function circumstances(system: System, id: string, event: NewEvent) {
  return system.database.transaction(itself, async (tx) => {
    const kept = await partners.find(tx, id);
    const capacity = await stored.capacityOf(tx, kept?.submission ?? id, kept?.authority ?? 'organisation_');
    return {
      invited: event.did === 'invite' ? await organisations.find(tx, event.organisation) : undefined,
      hasAuthorityLeft: kept !== undefined && kept.authority !== null && capacity === undefined,
    };
  });
}

/** Whom the developer no longer lets know of the model's file learns nothing more of its partners; what it knew, it knew. */
async function leaveOut(system: System, tx: Tx, actor: Actor, next: partners.KeptPartner): Promise<void> {
  const members = await audiences.organisations(tx, next.audience);
  if (!members.some((one) => one.id === next.authority)) return;
  next.audience = await newAudience(system, tx, actor, [next.developer, next.organisation]);
}

/** Lets the authority know of a partner that the developer proposes: the named act that widens the audience (I6). */
async function show(
  system: System,
  tx: Tx,
  actor: Actor,
  next: partners.KeptPartner,
  wanted: string | undefined,
): Promise<void> {
  if (next.authority !== null) return;
  const asked = (await stored.parties(tx, next.submission)).filter(({ capacity }) => capacity === 'authority');
  const one = wanted === undefined && asked.length === 1 ? asked[0] : asked.find((a) => a.organisation === wanted);
  if (one === undefined) throw new Refusal('determination_authority');
  next.authority = one.organisation;
  next.audience = await newAudience(system, tx, actor, [next.developer, next.authority]);
}

/** Lets the partner itself know. A fresh audience: it reads none of what the two sides said before. */
async function admit(
  system: System,
  tx: Tx,
  actor: Actor,
  next: partners.KeptPartner,
  organisation: { id: OrganisationId; name: string } | undefined,
): Promise<void> {
  const parties = await stored.parties(tx, next.submission);
  if (organisation === undefined || parties.some((one) => one.organisation === organisation.id)) {
    throw new Refusal('partner_organisation');
  }
  next.organisation = organisation.id;
  next.name = organisation.name;
  next.audience = await newAudience(system, tx, actor, [next.developer, next.authority, next.organisation]);
}

function detailOf(event: NewEvent): Parameters<typeof record>[4] {
  const { did } = event;
  const said = event as { text?: string; terms?: string; reason?: string; stance?: string };
  return {
    did,
    ...(said.text && { text: said.text }),
    ...(said.terms && { terms: said.terms }),
    ...(said.reason && { reason: said.reason }),
    ...(said.stance && { stance: said.stance }),
  };
}

/** Who hears of an event by mail, beside the side that did it. */
const others: Record<partner.PartnerEvent['did'], readonly partner.Side[]> = {
  propose: ['authority'],
  comment: ['developer'],
  invite: ['partner', 'authority'],
  decline: ['developer', 'authority'],
  request_review: ['developer', 'partner'],
  reopen: ['developer', 'partner'],
  accept: ['developer'],
  provision: ['partner'],
  confirm: ['developer'],
  end: ['developer', 'partner'],
  revoke: ['partner'],
};

async function tellOthers(
  tx: Tx,
  { submission, developer, authority, organisation }: partners.KeptPartner,
  by: partner.Side,
  told: readonly partner.Side[],
): Promise<void> {
  const organisationOf = { developer, authority, partner: organisation };
  for (const side of told) {
    const one = organisationOf[side];
    if (side === by || one === null) continue;
    const path = side === 'partner' ? '/early-access/invitations' : `/early-access/${submission}/partners`;
    await notices.tell(tx, { organisation: one, roles: [...rightsOf[side]], path });
  }
}

/** Takes the words of an event out of everybody's sight, when they should not stand on this side. That it happened stands. */
export function seal(system: System, actor: Actor, id: string, event: string): Promise<SeenPartner> {
  permission.requirePerson(actor);
  return system.database.transaction(actor, async (tx) => {
    const kept = await known(tx, actor, partners.lock(tx, id));
    requireRight(actor, sideOf(kept, actor), 'seal');
    const found = (await partners.events(tx, [id])).get(id)?.find((one) => one.id === event);
    const { text, terms, ...rest } = found?.detail ?? {};
    const words = [text, terms].filter((one) => one !== undefined).join('\n');
    if (found === undefined || words === '') throw new Refusal('not_found');
    const at = system.now();
    await partners.seal(tx, { object: event, text: words, by: actor.id, at });
    await partners.sealEvent(tx, event, rest, at);
    // To all who may read it now; whoever joined later could never read the words.
    await entries.append(tx, {
      did: 'text_sealed',
      object: id,
      by: actor,
      audience: [kept.developer, ...(kept.authority === null ? [] : [kept.authority]), ...laterReader(kept, found)],
      body: { event },
      at,
    });
    return onlyOne(tx, actor, kept);
  });
}

/** The partner, where the words stood in what it reads. */
function laterReader(kept: partners.KeptPartner, { audience }: { audience: string }): OrganisationId[] {
  return kept.organisation !== null && audience === kept.audience ? [kept.organisation] : [];
}

/** The partners of a submission that the actor may know of, oldest first. */
export function list(
  system: System,
  actor: Actor,
  submission: string,
  page: Parameters<typeof partners.list>[2],
): Promise<SeenPartner[]> {
  permission.requireSignedIn(actor);
  return system.database.transaction(actor, async (tx) => {
    const { submission: file } = await party(tx, actor, submission);
    await entries.append(tx, {
      type: 'access',
      did: 'partners_read',
      object: submission,
      by: actor,
      audience: [file.organisation],
      at: system.now(),
    });
    return seen(tx, actor, await partners.list(tx, submission, page));
  });
}

/** Where the actor's own organisation is the partner. Nobody reads anybody else's here. */
export function invitations(
  system: System,
  actor: Actor,
  page: Parameters<typeof partners.invitations>[2],
): Promise<SeenPartner[]> {
  permission.requireSignedIn(actor);
  return system.database.transaction(actor, async (tx) => {
    if (actor.organisation === undefined) return [];
    const all = await partners.invitations(tx, actor.organisation, page);
    const at = system.now();
    for (const { id, audience } of all) {
      await entries.append(tx, {
        type: 'access',
        did: 'partner_read',
        object: id,
        by: actor,
        audience: [audience],
        at,
      });
    }
    return seen(tx, actor, all);
  });
}

/** One partner's file; that it was read is on record for all who may know of it (I7). */
export function load(system: System, actor: Actor, id: string): Promise<SeenPartner> {
  permission.requireSignedIn(actor);
  return system.database.transaction(actor, async (tx) => {
    const kept = await known(tx, actor, partners.find(tx, id));
    await entries.append(tx, {
      type: 'access',
      did: 'partner_read',
      object: id,
      by: actor,
      audience: [kept.audience],
      at: system.now(),
    });
    return onlyOne(tx, actor, kept);
  });
}

/**
 * For everybody: partners by sector over all developers, as of the first day of the quarter, small counts hidden and others rounded
 * down (I19). A sector that has none reads the same as one that is hidden.
 */
export function statistics(
  system: System,
): Promise<{ asOf: Instant; sectors: { sector: string; partners: number | null }[] }> {
  const now = system.now();
  const quarter = Math.floor((Number(now.slice(5, 7)) - 1) / 3) * 3 + 1;
  const asOf = `${now.slice(0, 4)}-${String(quarter).padStart(2, '0')}-01T00:00:00.000Z`;
  return system.database.transaction(itself, async (tx) => {
    const counts = new Map((await partners.bySector(tx, asOf)).map((one) => [one.sector, one]));
    const sectors = decisionPolicy.sectors.map(({ code }) => ({
      sector: code,
      partners: partner.publicCount(counts.get(code) ?? { partners: 0, developers: 0 }),
    }));
    return { asOf, sectors };
  });
}
