/** The ledger of access to a model: every use and every read of its file, for the developer within a minute (I7). */
import type { Actor, PersonId } from '../../domain/directory/actor.ts';
import { personOf } from '../../domain/directory/actor.ts';
import * as permission from '../../domain/directory/permission.ts';
import type { Instant } from '../../domain/instant.ts';
import { Refusal } from '../../domain/refusal.ts';
import { stateAt } from '../../domain/review/grant.ts';
import { flags as allFlags, type DayTotal, flagsOf } from '../../domain/review/ledger.ts';
import type { Capacity } from '../../domain/review/party.ts';
import * as csv from '../../formats/csv/document.ts';
import * as exportFile from '../../log/export.ts';
import type { Tx } from '../../store/database.ts';
import * as checkpoints from '../../store/log/checkpoints.ts';
import * as entries from '../../store/log/entries.ts';
import * as leaves from '../../store/log/leaves.ts';
import * as grants from '../../store/review/grants.ts';
import * as ledger from '../../store/review/ledger.ts';
import * as submissions from '../../store/review/submissions.ts';
import * as uses from '../../store/review/uses.ts';
import type { System } from '../system.ts';
import { noteRead } from './ledger-reads.ts';
import { party, type Side } from './submissions.ts';
import { viewOf } from './windows.ts';

/** Leaves in one piece of an export: bounds the memory and the time of one transaction. */
const exportPieceSize = 2048;
/** Rows of one piece of a table. */
const tablePieceSize = 500;
const dayMs = 86_400_000;

/** An entry with what its body says of who did it, and names where the actor may know them. */
export interface Item extends ledger.LedgerEntry {
  by: string;
  principal: string | undefined;
  organisation: string | undefined;
  /** Why, where an act was part of another: `window_released` of access that ended with the release. */
  reason: string | undefined;
}

/** The ledger of a submission, newest first, as far as the actor may read it. `names` are by id of organisation, person or agent. */
export function list(
  system: System,
  actor: Actor,
  id: string,
  page: Parameters<typeof ledger.list>[2],
): Promise<{ items: Item[]; names: Record<string, string> }> {
  permission.requireSignedIn(actor);
  return system.database.transaction(actor, async (tx) => {
    const side = await party(tx, actor, id);
    if (page.before === undefined) await noteRead(tx, system, actor, side.submission, 'ledger_read');
    return pageOf(tx, side, page);
  });
}

async function pageOf(tx: Tx, { submission }: Side, page: Parameters<typeof ledger.list>[2]) {
  const { id, organisation: developer } = submission;
  const items = (await ledger.list(tx, { submission: id, developer }, page)).map((entry) => {
    const body = JSON.parse(entry.body) as {
      by: string;
      principal?: string;
      organisation?: string;
      reason?: string;
    };
    const reason = entry.did === 'access_revoked' ? body.reason : undefined;
    return { ...entry, by: body.by, principal: body.principal, organisation: body.organisation, reason };
  });
  // A count of refused tries is written by the instance and is about the one who tried.
  const shown = items.map((item) => (item.did === 'access_denied' ? { ...item, by: item.object } : item));
  const ids = new Set(shown.flatMap((item) => [item.by, item.principal]).filter((one) => one !== undefined));
  return { items: shown, names: await namesOf(tx, id, [...ids]) };
}

/** Names of organisations that are party, of people the actor may know, and of people under the name their organisation gave. */
async function namesOf(tx: Tx, submission: string, ids: string[]): Promise<Record<string, string>> {
  const parties = await submissions.parties(tx, submission);
  const known = await ledger.names(tx, ids);
  const shown = (await grants.list(tx, submission)).flatMap(({ people }) => people);
  return Object.fromEntries([
    ...parties.map(({ organisation, name }) => [organisation, name] as const),
    ...shown.map(({ person, shownAs }) => [person, shownAs] as const),
    ...known.map(({ id, name }) => [id, name] as const),
  ]);
}

export interface Totals {
  days: DayTotal[];
  overTime: { at: Instant; organisation: string; uses: number; refused: number }[];
  by: 'hour' | 'day';
  names: Record<string, string>;
}

/** Uses by day and person, and over time: by the hour for a week at most, by the day beyond. */
export function totals(system: System, actor: Actor, id: string, days: number): Promise<Totals> {
  permission.requireSignedIn(actor);
  return system.database.transaction(actor, async (tx) => {
    await party(tx, actor, id);
    const since = new Date(Date.parse(system.now()) - days * dayMs).toISOString();
    const by = days <= 7 ? 'hour' : 'day';
    const perDay = await uses.totals(tx, id, since);
    return {
      days: perDay,
      overTime: await uses.overTime(tx, id, { since, by }),
      by,
      names: await namesOf(tx, id, [...new Set(perDay.map(({ person }) => person))]),
    };
  });
}

export interface Report {
  grant: string;
  purpose: string;
  startedAt: Instant;
  endedAt: Instant | null;
  /** Who used it, of those that the grant names; the reporter when left out. */
  person?: string | undefined;
  uses: number;
  promptTokens: number | null;
  completionTokens: number | null;
  note: string;
}

/** Reports a use that did not go through this instance; it is marked as reported, with who said so. */
export function report(system: System, actor: Actor, id: string, said: Report): Promise<{ id: string }> {
  permission.requireRole(actor, 'security_lead', 'release_manager', 'evaluator', 'delegate');
  return system.database.transaction(actor, async (tx) => {
    const { capacity } = await party(tx, actor, id);
    const grant = await grants.find(tx, said.grant);
    if (grant === undefined || grant.submission !== id) throw new Refusal('invalid_request');
    if (capacity === 'authority' && grant.to !== actor.organisation) throw new Refusal('not_permitted');
    const at = system.now();
    if (said.startedAt > at || (said.endedAt !== null && (said.endedAt < said.startedAt || said.endedAt > at)))
      throw new Refusal('report_not_valid');
    if (said.person !== undefined && !grant.people.some(({ person }) => person === said.person))
      throw new Refusal('invalid_request');
    const found = new Set(flagsOf(grant, { at: said.startedAt, purpose: said.purpose }));
    if (stateAt(grant, said.startedAt) !== 'active') found.add('after_end');
    const until = said.endedAt ?? said.startedAt;
    const isInPause = (await viewOf(tx, id, at)).intervals.some(
      ({ state, from, to = at }) => state === 'paused' && said.startedAt < to && until >= from,
    );
    if (isInPause) found.add('in_pause');
    const flags = allFlags.filter((flag) => found.has(flag));
    const use = `use_${Buffer.from(system.randomBytes(16)).toString('hex')}`;
    const { purpose, startedAt, endedAt, promptTokens, completionTokens, note } = said;
    await uses.insert(tx, {
      id: use,
      grant: grant.id,
      submission: id,
      audience: grant.useAudience,
      actor: actor.id,
      person: said.person ?? (personOf(actor) as PersonId),
      organisation: grant.to,
      purpose,
      model: grant.model,
      answeredBy: null,
      startedAt,
      endedAt,
      promptTokens,
      completionTokens,
      result: 'reported',
      reason: null,
      flags,
      tries: said.uses,
      note,
    });
    const told = { purpose, startedAt, endedAt, uses: said.uses, promptTokens, completionTokens, flags };
    await entries.append(tx, {
      type: 'access',
      did: 'use_reported',
      object: grant.id,
      by: actor,
      audience: [grant.useAudience],
      body: { submission: id, use, side: capacity satisfies Capacity, ...told },
      at,
    });
    return { id: use };
  });
}

/** Lets the developer or another party take the ledger away; that it was taken is in it. */
async function beginExport(system: System, actor: Actor, id: string): Promise<Side> {
  permission.requireSignedIn(actor);
  return system.database.transaction(actor, async (tx) => {
    const side = await party(tx, actor, id);
    const { organisation } = side.submission;
    await entries.append(tx, {
      type: 'access',
      did: 'ledger_exported',
      object: id,
      by: actor,
      audience: [organisation],
      at: system.now(),
    });
    return side;
  });
}

/**
 * The log as one file for `assay log verify`, in which the entries of this ledger are opened and all others are not: so it
 * shows that nothing of the ledger was changed, put elsewhere or taken out. Newline-delimited JSON.
 */
export async function exportLog(system: System, actor: Actor, id: string): Promise<AsyncGenerator<string>> {
  const { submission } = await beginExport(system, actor, id);
  const head = await system.database.transaction(actor, (tx) => checkpoints.latest(tx));
  if (head === undefined) throw new Refusal('unavailable');
  const subject = { submission: id, developer: submission.organisation };
  async function* lines(size: number, checkpoint: string): AsyncGenerator<string> {
    const { key } = system.signer;
    yield exportFile.formatHeader({ origin: key.name, key, checkpoint });
    for (let first = 0; first < size; first += exportPieceSize) {
      const end = Math.min(first + exportPieceSize, size);
      const [piece, openings] = await system.database.transaction(actor, async (tx) => [
        await leaves.range(tx, first, end),
        await ledger.openings(tx, subject, first, end),
      ]);
      yield piece.map((leaf, at) => exportFile.formatLeaf(leaf, openings.get(first + at))).join('');
    }
  }
  return lines(head.size, head.note);
}

/** All times are UTC. A use through here is recorded as it begins; one that is reported, when it is reported. */
const columns = [
  'place in the log',
  'recorded_at',
  'started_at',
  'ended_at',
  'what',
  'kind',
  'by',
  'by name',
  'for (person behind an agent)',
  'organisation',
  'object',
  'purpose',
  'model',
  'answered by',
  'result',
  'reason',
  'flags',
  'tries',
  'prompt tokens',
  'completion tokens',
  'note',
] as const;

/** The ledger as a table (CSV), oldest entry last; the first column is the place in the log, by which it is found in the other export. */
export async function exportTable(system: System, actor: Actor, id: string): Promise<AsyncGenerator<string>> {
  const side = await beginExport(system, actor, id);
  async function* pieces(): AsyncGenerator<string> {
    let before: number | undefined;
    for (;;) {
      const page = { limit: tablePieceSize, before };
      const { items, names } = await system.database.transaction(actor, (tx) => pageOf(tx, side, page));
      const text = csv.write(
        columns,
        items.map((item) => rowOf(item, names)),
      );
      // One head line, in the first piece.
      yield before === undefined ? text : text.slice(text.indexOf('\r\n') + 2);
      before = items.at(-1)?.opening;
      if (items.length < tablePieceSize) return;
    }
  }
  return pieces();
}

function rowOf(
  { index, at, did, type, by, principal, organisation, object, use }: Item,
  names: Record<string, string>,
) {
  return [
    index ?? '',
    at,
    use?.startedAt ?? '',
    use?.endedAt ?? '',
    did,
    use === null ? type : 'use',
    by,
    names[principal ?? by] ?? '',
    principal ?? '',
    organisation === undefined ? '' : (names[organisation] ?? organisation),
    object,
    use?.purpose ?? '',
    use?.model ?? '',
    use?.answeredBy ?? '',
    use?.result ?? '',
    use?.reason ?? '',
    use?.flags.join(' ') ?? '',
    use?.tries ?? '',
    use?.promptTokens ?? '',
    use?.completionTokens ?? '',
    use?.note ?? '',
  ];
}
