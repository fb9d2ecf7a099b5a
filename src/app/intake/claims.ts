/**
 * Scan claims. Registering one looks at no claim of others, so that it answers the same whether or not any overlaps (I5). A question reads
 * claims, and what maintainers wish, and nothing else: cases and findings never answer it (W5).
 */
import { canonicalJson } from '../../domain/canonical-json.ts';
import { type Actor, system as itself, type OrganisationId, personOf } from '../../domain/directory/actor.ts';
import type { Instant } from '../../domain/instant.ts';
import * as claim from '../../domain/intake/claim.ts';
import { claimPolicy } from '../../domain/intake/claim-policy.ts';
import * as scopes from '../../domain/intake/scope.ts';
import * as who from '../../domain/intake/who.ts';
import { Refusal } from '../../domain/refusal.ts';
import type { Tx } from '../../store/database.ts';
import * as agentBudgets from '../../store/directory/agent-budgets.ts';
import * as agents from '../../store/directory/agents.ts';
import * as people from '../../store/directory/people.ts';
import * as introductions from '../../store/intake/claim-introductions.ts';
import * as claims from '../../store/intake/claims.ts';
import * as intakePolicies from '../../store/intake/intake-policies.ts';
import * as entries from '../../store/log/entries.ts';
import * as jobs from '../jobs.ts';
import * as notices from '../review/notices.ts';
import type { System } from '../system.ts';

export interface NewClaim {
  scope: scopes.ScopeInput;
  authority: claim.Authority;
  days?: number | undefined;
  disclosure: claim.Disclosure;
  isCounted: boolean;
  note?: string | undefined;
}

export interface Shown {
  claim: claims.KeptClaim;
  standing: claim.Standing;
  at: Instant;
}

export interface Details extends Shown {
  questions: claims.Question[];
  wasAsked: boolean;
  introduction: {
    asked: introductions.Wish | undefined;
    waiting: { id: string; at: Instant }[];
    introduced: { id: string; at: Instant; organisation: string; contact: string }[];
  };
  messages: claims.Message[];
}

const questionsShown = 50;
const dayMs = 86_400_000;

/** Registers a claim of the actor's organisation. */
export function register(system: System, actor: Actor, made: NewClaim): Promise<Shown> {
  const organisation = who.requireReporter(actor);
  const at = system.now();
  const scope = readScope(made.scope);
  const problems = claim.authorityProblems(made.authority, scope.target, at);
  if (problems.length > 0) throw new Refusal('claim_authority', { problems });
  const until = claim.leaseEnd(made.days ?? claimPolicy.defaultDays, made.authority, claimPolicy, at);
  return system.database.transaction(actor, async (tx) => {
    await claims.takeTurn(tx, organisation);
    claim.requireRoom(await claims.use(tx, organisation, at), 'register', claimPolicy);
    const id = `claim_${Buffer.from(system.randomBytes(16)).toString('hex')}`;
    const person = personOf(actor);
    await claims.insert(
      tx,
      {
        id,
        organisation,
        scope,
        keys: scopes.keysOf(scope),
        authority: made.authority,
        disclosure: made.disclosure,
        // What is left to the broker is nowhere else.
        isCounted: made.isCounted && made.disclosure === 'answer',
        note: made.note ?? null,
        policy: claimPolicy.version,
        person: person ?? null,
        personName: (person && (await people.find(tx, person))?.name) ?? null,
        agentName: actor.kind === 'agent' ? ((await agents.find(tx, actor.id))?.name ?? null) : null,
      },
      { act: 'register', at, until },
    );
    const { kind, from, url, reference } = made.authority;
    const body = { scope, authority: { kind, from, url, reference, until: made.authority.until }, until };
    await entries.append(tx, { did: 'claim_registered', object: id, by: actor, body, at });
    await remindBefore(tx, id, until, at);
    return shown(tx, id, at);
  });
}

/** Reads a scope, or refuses it with every fault. */
function readScope(input: scopes.ScopeInput): scopes.Scope {
  const read = scopes.read(input);
  if ('problems' in read) throw new Refusal('scope_not_read', { problems: read.problems });
  return read.scope;
}

/** The claims of the actor's organisation, the newest first. */
export function list(system: System, actor: Actor, page: Omit<claims.Page, 'organisation' | 'at'>): Promise<Shown[]> {
  const organisation = who.requireReporter(actor);
  const at = system.now();
  return system.database.transaction(actor, async (tx) => {
    const found = await claims.list(tx, { ...page, organisation, at });
    const events = await claims.events(
      tx,
      found.map(({ id }) => id),
    );
    return found.map((one) => ({ claim: one, standing: claim.claimAt(events.get(one.id) ?? [], at), at }));
  });
}

/** One claim of the actor's organisation with what was asked on it and who wants to be introduced; on record (I7). */
export function load(system: System, actor: Actor, id: string): Promise<Details> {
  const organisation = who.requireReporter(actor);
  const at = system.now();
  return system.database.joined(actor, async (tx) => {
    const own = await shown(tx, id, at);
    await entries.append(tx, { type: 'access', did: 'claim_read', object: id, by: actor, at });
    const isOpen = own.standing.state === 'claimed';
    const { waiting, asked } = await system.database.transaction(itself, async (all) => ({
      waiting: isOpen ? await introductions.waiting(all, id, at) : [],
      asked: isOpen && (await wasAsked(all, own, organisation)),
    }));
    const sides = await introductions.ofClaim(tx, id);
    return {
      ...own,
      questions: await claims.questions(tx, id, questionsShown),
      wasAsked: asked,
      introduction: {
        asked: await introductions.wish(tx, id),
        waiting,
        introduced: sides.flatMap(({ introduction, metAt, metOrganisation, metContact }) =>
          metAt === null || metOrganisation === null || metContact === null
            ? []
            : [{ id: introduction, at: metAt, organisation: metOrganisation, contact: metContact }],
        ),
      },
      messages: await claims.messages(tx, id),
    };
  });
}

/** Whether an owner who answers was asked about by one who answers: no more than asking back would tell. */
async function wasAsked(all: Tx, { claim: own, standing }: Shown, organisation: OrganisationId): Promise<boolean> {
  if (own.disclosure !== 'answer') return false;
  const asked = await claims.conflictsOfOthers(all, organisation, scopes.keysOf(own.scope), standing.registeredAt);
  return asked.some((scope) => scopes.overlap(scope, own.scope) === 'yes');
}

/** Goes on with a claim for so many days from now. */
export const renew = (system: System, actor: Actor, id: string, days = claimPolicy.defaultDays): Promise<Shown> =>
  change(system, actor, id, { act: 'renew', days });

/** Ends a claim: the work is done, or is not to be done. */
export const end = (system: System, actor: Actor, id: string, as: 'finished' | 'cancelled'): Promise<Shown> =>
  change(system, actor, id, { act: as === 'finished' ? 'finish' : 'cancel' });

const didOf = { renew: 'claim_renewed', finish: 'claim_finished', cancel: 'claim_cancelled', register: '' } as const;

function change(system: System, actor: Actor, id: string, command: claim.ClaimCommand): Promise<Shown> {
  const organisation = who.requireReporter(actor);
  return system.database.transaction(actor, async (tx) => {
    const kept = await claims.lock(tx, id);
    if (kept === undefined) throw new Refusal('not_found');
    const at = system.now();
    const events = (await claims.events(tx, [id])).get(id) ?? [];
    const event = claim.apply(events, command, kept.authority, claimPolicy, at);
    if (event.act === 'renew') {
      await claims.takeTurn(tx, organisation);
      claim.requireRoom(await claims.use(tx, organisation, at), 'renew', claimPolicy);
    }
    await claims.addEvent(tx, kept, event);
    const body = 'until' in event ? { until: event.until } : {};
    await entries.append(tx, { did: didOf[event.act], object: id, by: actor, body, at });
    if ('until' in event) await remindBefore(tx, id, event.until, at);
    return shown(tx, id, at);
  });
}

export interface Asked {
  claim: string;
  versions?: string | undefined;
  path?: string | undefined;
}

/** Answers whether others have claimed what lies in a scope inside the actor's own claim: one of three words and nothing else. */
export function ask(system: System, actor: Actor, { claim: id, versions, path }: Asked): Promise<claim.Answer> {
  const organisation = who.requireReporter(actor);
  return system.database.joined(actor, async (tx) => {
    const own = await claims.find(tx, id);
    if (own === undefined) throw new Refusal('not_found');
    await claims.takeTurn(tx, organisation);
    const at = system.now();
    const { state } = claim.claimAt((await claims.events(tx, [id])).get(id) ?? [], at);
    if (state !== 'claimed') throw new Refusal('claim_ended', { state });
    const { target, technique, isTechniqueBound } = own.scope;
    const scope = readScope({
      ...(target.kind === 'package' ? { purl: target.purl } : { host: target.host }),
      ...(versions === undefined ? target.kind === 'package' && { versions: own.scope.versions } : { versions }),
      path: path ?? own.scope.path,
      technique,
      isTechniqueBound,
    });
    if (!scopes.isInside(scope, own.scope)) throw new Refusal('claim_query_outside');
    const question = { target: scopes.countedAs(scope), asked: canonicalJson(scope) };
    claim.requireTurn(await claims.queryUse(tx, organisation, question, at), claimPolicy);

    const keys = scopes.keysOf(scope);
    const { others, isOptedOut } = await system.database.transaction(itself, async (all) => ({
      others: await claims.others(all, organisation, keys, at),
      isOptedOut: await intakePolicies.isOptedOut(all, keys, organisation),
    }));
    const answer = claim.answerOf(
      others.map((one) => ({ overlap: scopes.overlap(scope, one.scope), disclosure: one.disclosure })),
      isOptedOut,
    );
    await claims.insertQuery(tx, own, { ...question, scope, answer, by: actor.id, at });
    await entries.append(tx, { did: 'claim_question_asked', object: id, by: actor, body: { scope, answer }, at });
    await agentBudgets.spend(tx, actor, 'questions', 1, at);
    return answer;
  });
}

/** A day before the end of a lease its holders are told; of a lease of a day or less, nobody is. */
async function remindBefore(tx: Tx, id: string, until: Instant, at: Instant): Promise<void> {
  const runAt = new Date(Date.parse(until) - dayMs).toISOString();
  if (runAt > at) await jobs.add(tx, 'remind_of_claim', { claim: id, until }, { runAt });
}

/** Tells the holders of a claim that it ends, if it still ends then. */
export function remind(system: System, { claim: id, until }: { claim: string; until: Instant }): Promise<void> {
  return system.database.transaction(itself, async (tx) => {
    const kept = await claims.find(tx, id);
    if (kept === undefined || kept.endsAt !== until) return;
    const roles = [...who.reporters];
    await notices.tell(tx, { organisation: kept.organisation, roles, path: '/intake/claims' });
  });
}

async function shown(tx: Tx, id: string, at: Instant): Promise<Shown> {
  const kept = await claims.find(tx, id);
  if (kept === undefined) throw new Refusal('not_found');
  return { claim: kept, standing: claim.claimAt((await claims.events(tx, [id])).get(id) ?? [], at), at };
}
