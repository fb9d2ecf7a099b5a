/**
 * How an organisation leaves: at once, by one administrator, without a reason (I9). Everything that would reach it from then on ends;
 * those who have something of it keep what they have. What is its own it takes along, before or for some days after.
 */
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { publicUrl } from '../../config.ts';
import { type Actor, system as itself, type OrganisationId } from '../../domain/directory/actor.ts';
import * as participation from '../../domain/directory/participation.ts';
import * as permission from '../../domain/directory/permission.ts';
import { later } from '../../domain/directory/session.ts';
import type { Instant } from '../../domain/instant.ts';
import { Refusal } from '../../domain/refusal.ts';
import type { Tx } from '../../store/database.ts';
import * as leaving from '../../store/directory/leaving.ts';
import * as participations from '../../store/directory/participations.ts';
import * as people from '../../store/directory/people.ts';
import * as claims from '../../store/intake/claims.ts';
import * as sources from '../../store/intake/sources.ts';
import * as entries from '../../store/log/entries.ts';
import * as submissions from '../../store/review/submissions.ts';
import { attempt } from '../../store/savepoint.ts';
import * as receipts from '../intake/receipts.ts';
import * as jobs from '../jobs.ts';
import { recordEvent, viewOf } from '../review/windows.ts';
import type { System } from '../system.ts';
import { digest, newSecret } from './sign-in.ts';

/** An administrator of an organisation, themselves; gives the organisation. */
function requireAdministrator(actor: Actor): OrganisationId {
  permission.requireRole(actor, 'administrator');
  permission.requirePerson(actor);
  if (actor.organisation === undefined) throw new Refusal('not_permitted');
  return actor.organisation;
}

export interface Preview {
  ends: { what: string; count: number }[];
  stays: { what: string; count: number }[];
  exportDays: number;
}

/** What leaving would end now, and what others keep. Nothing is done. */
export function preview(system: System, actor: Actor): Promise<Preview> {
  const organisation = requireAdministrator(actor);
  return system.database.transaction(itself, async (tx) => {
    const now = system.now();
    const standing = await participations.lock(tx, organisation);
    if (standing?.isHost) throw new Refusal('host_stays');
    const count = await leaving.counts(tx, organisation, now);
    let windows = 0;
    for (const id of await leaving.models(tx, organisation)) if (await isOpen(tx, id, now)) windows++;
    const of = (...names: [name: string, what: string][]) =>
      names.map(([name, what]) => ({ what, count: (name === 'windows' ? windows : count[name]) ?? 0 }));
    return {
      ends: of(
        ['people', 'People who can sign in for your organisation'],
        ['sessions', 'Sessions'],
        ['agents', 'Agents'],
        ['claims', 'Scan claims'],
        ['windows', 'Windows of your models that have not ended: each is withdrawn'],
        ['files', 'Files of models of others that you read'],
        ['access', 'Access to models of others'],
      ),
      stays: of(
        ['findings', 'Findings that you handed in, with those who coordinate them'],
        ['shared', 'Files of your models that others read, with those others'],
      ),
      exportDays: participation.exportAfterMs / 86_400_000,
    };
  });
}

async function isOpen(tx: Tx, submission: string, at: Instant): Promise<boolean> {
  const { state, endedAt } = await viewOf(tx, submission, at);
  return state !== 'planned' && endedAt === undefined;
}

/** Leaves. Gives the secret with which the export is fetched for some days. */
export function leave(system: System, actor: Actor): Promise<{ exportToken: string; exportUntil: Instant }> {
  const organisation = requireAdministrator(actor);
  const exportToken = newSecret(system);
  return system.database.transaction(itself, async (tx) => {
    const kept = await participations.lock(tx, organisation);
    if (kept === undefined || kept.standing.state === 'left') throw new Refusal('not_found');
    if (kept.isHost) throw new Refusal('host_stays');
    const at = system.now();
    await withdrawModels(tx, system, actor, organisation, at);
    await endClaims(tx, organisation, at);
    await participations.save(tx, organisation, participation.leave(kept.standing, at), at);
    const exportUntil = later(at, participation.exportAfterMs);
    await participations.setExport(tx, organisation, digest(exportToken), exportUntil);
    await entries.append(tx, {
      did: 'participation_left',
      object: organisation,
      by: actor,
      audience: [sources.deskAudience],
      at,
    });
    const text = `Your organisation has left. Nothing more reaches you from here:\n\n${publicUrl(system.config)}\n`;
    for (const to of await people.addresses(tx, organisation, ['administrator']))
      await jobs.add(tx, 'send_mail', { to, subject: 'Your organisation has left', text });
    await leaving.endAll(tx, organisation, { by: actor.id, at });
    return { exportToken, exportUntil };
  });
}

/** Nobody would be left to pause or end access to a model: what is open is withdrawn. A record that cannot be read keeps nobody here. */
async function withdrawModels(
  tx: Tx,
  system: System,
  actor: Actor,
  organisation: OrganisationId,
  at: Instant,
): Promise<void> {
  for (const id of await leaving.models(tx, organisation)) {
    const submission = await submissions.lock(tx, id);
    if (submission === undefined) continue;
    const failure = await attempt(tx, async () => {
      if (await isOpen(tx, id, at))
        await recordEvent(tx, system, actor, { submission, capacity: 'developer' }, { act: 'withdraw' });
    });
    if (failure !== undefined) system.logger.error({ err: failure, submission: id }, 'a window was not withdrawn');
  }
}

/** Claims that are ended at a time. */
const pieceSize = 500;

async function endClaims(tx: Tx, organisation: OrganisationId, at: Instant): Promise<void> {
  for (;;) {
    const open = await claims.list(tx, { organisation, state: 'open', at, limit: pieceSize });
    for (const claim of open) await claims.addEvent(tx, claim, { act: 'cancel', at });
    if (open.length < pieceSize) return;
  }
}

/** Deletes what nobody else could read of organisations that left, once their export can no longer be fetched. */
export const forget = (system: System): Promise<void> =>
  system.database.transaction(itself, (tx) => leaving.forget(tx, system.now()));

/** Everything that the actor's organisation owns here, as lines of JSON; that it was exported is on record. */
export async function exportOwn(system: System, actor: Actor): Promise<AsyncGenerator<string>> {
  const organisation = requireAdministrator(actor);
  await noteExport(system, organisation, actor);
  // Row security holds beside the named owner of each row.
  return write(system, organisation, { tables: actor, log: actor });
}

/** The same for whoever has the secret of an organisation that left. */
export async function exportLeft(system: System, token: string): Promise<AsyncGenerator<string>> {
  const organisation = await system.database.transaction(itself, (tx) =>
    participations.byExport(tx, digest(token), system.now()),
  );
  if (organisation === undefined) throw new Refusal('application_link_not_valid');
  await noteExport(system, organisation, itself);
  // Its audiences have ended, so what is its own is found by its owner; of the log it reads what it could.
  const former: Actor = { kind: 'anonymous', id: 'anonymous', organisation, roles: [] };
  return write(system, organisation, { tables: itself, log: former });
}

const noteExport = (system: System, organisation: OrganisationId, by: Actor) =>
  system.database.transaction(itself, (tx) =>
    entries.append(tx, {
      type: 'access',
      did: 'participation_exported',
      object: organisation,
      by,
      audience: [organisation],
      at: system.now(),
    }),
  );

const inflate = promisify(gunzip);
const bytesOf = (hex: unknown) => Buffer.from(String(hex).slice(2), 'hex');

/** Bytes of a row that say something, said. */
const readable: Partial<
  Record<leaving.PartName, (system: System, item: Record<string, unknown>) => Promise<Record<string, unknown>>>
> = {
  inventory_versions: async (_, { document, ...item }) => ({
    ...item,
    document: JSON.parse((await inflate(bytesOf(document))).toString('utf8')),
  }),
  findings: async (system, { report, reproduction, original, ...item }) => {
    const id = String(item.id);
    const sealed = (value: unknown) => (value === null ? null : bytesOf(value));
    return {
      ...item,
      report: receipts.open(system, id, { report: bytesOf(report) }),
      reproduction: receipts.openReproduction(system, id, { reproduction: sealed(reproduction) }) ?? null,
      original: receipts.openOriginal(system, id, { original: sealed(original) }) ?? null,
    };
  },
  finding_messages: async (system, { text, ...item }) => ({
    ...item,
    text: receipts.unseal(system, bytesOf(text), String(item.id)),
  }),
  validation_evidence: async (system, { envelope, ...item }) => ({
    ...item,
    envelope: JSON.parse(receipts.unseal(system, bytesOf(envelope), String(item.id))),
  }),
  validator_keys: async (_, { public_key, ...item }) => ({
    ...item,
    public_key: bytesOf(public_key).toString('base64'),
  }),
};

const lineOf = (value: unknown) => `${JSON.stringify(value)}\n`;

/** One line for what it is, one for each item with the name of its part, and one with the counts, without which it was cut off. */
async function* write(
  system: System,
  organisation: OrganisationId,
  { tables, log }: { tables: Actor; log: Actor },
): AsyncGenerator<string> {
  yield lineOf({
    format: 'assay-organisation-export/1',
    organisation,
    at: system.now(),
    parts: [...leaving.partNames, 'log'],
  });
  const counts: Record<string, number> = {};
  for (const part of leaving.partNames) {
    counts[part] = 0;
    let after: string[] | undefined;
    do {
      const from = after;
      const { items, next } = await system.database.transaction(tables, (tx) =>
        leaving.page(tx, part, organisation, from),
      );
      const read = readable[part];
      for (const item of items) yield lineOf({ part, item: read === undefined ? item : await read(system, item) });
      counts[part] += items.length;
      after = next;
    } while (after !== undefined);
  }
  counts.log = 0;
  let before: number | undefined;
  do {
    const from = before;
    const found = await system.database.transaction(log, (tx) =>
      entries.list(tx, { limit: pieceSize, ...(from !== undefined && { before: from }) }),
    );
    for (const { index, type, did, object, at, body, nonce } of found)
      yield lineOf({
        part: 'log',
        item: { index, type, did, object, at, body: JSON.parse(body), nonce: Buffer.from(nonce).toString('base64') },
      });
    counts.log += found.length;
    before = found.length < pieceSize ? undefined : found.at(-1)?.opening;
  } while (before !== undefined);
  yield lineOf({ part: 'end', counts });
}
