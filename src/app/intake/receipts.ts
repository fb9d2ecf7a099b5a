/** The one way a report becomes a finding: its key, its digest, its sealed texts, and the room of its source. */
import { createHash } from 'node:crypto';
import { score } from '../../domain/advisory/cvss/score.ts';
import { listedPackageOf } from '../../domain/advisory/package.ts';
import { type Actor, system as itself, type OrganisationId } from '../../domain/directory/actor.ts';
import type { Instant } from '../../domain/instant.ts';
import { canonicalText } from '../../domain/intake/canonical.ts';
import { type Room, roomOf } from '../../domain/intake/quota.ts';
import type { Report } from '../../domain/intake/report.ts';
import { firstHourAt, hourOf, type Left, leftOf } from '../../domain/intake/room.ts';
import { Refusal } from '../../domain/refusal.ts';
import type { Tx } from '../../store/database.ts';
import * as organisations from '../../store/directory/organisations.ts';
import * as findings from '../../store/intake/findings.ts';
import * as sources from '../../store/intake/sources.ts';
import type { System } from '../system.ts';

/** What everybody gets for a report: the same whether or not others reported it (I5). */
export interface Receipt {
  id: string;
  key: string;
  digest: string;
  receivedAt: Instant;
}

/** A report and the text of another format that it was read from. */
export interface Handed {
  report: Report;
  original?: string | undefined;
}

/** A report made ready to keep; nothing of it is in the clear but what lists show. */
export type Prepared = Omit<findings.NewFinding, 'row'>;

/** Makes a report ready: its id is drawn here, and its texts are sealed for that id. */
export function prepare(system: System, { report, original }: Handed): Prepared {
  const id = `finding_${fresh(system)}`;
  const digest = digestOfReport(report);
  const { reproduction, ...rest } = report;
  const { component, provenance } = report;
  // Lists and filters name packages; many reporters and scanners give the purl alone.
  const listed = component.purl === undefined ? undefined : listedPackageOf(component.purl);
  return {
    id,
    key: report.key ?? digest,
    digest,
    title: report.title,
    purl: component.purl ?? null,
    ecosystem: component.ecosystem ?? listed?.ecosystem ?? null,
    package: component.name ?? listed?.name ?? null,
    severity: severityOf(report),
    tool: provenance?.tool ?? null,
    report: seal(system, JSON.stringify(rest), id),
    reproduction: reproduction === undefined ? null : seal(system, reproduction, placeOf(id, 'reproduction')),
    original: original === undefined ? null : seal(system, original, placeOf(id, 'original')),
  };
}

/** SHA-256 of a report as canonical JSON without its key. */
const digestOfReport = (report: Report): string =>
  `sha256:${createHash('sha256').update(canonicalText(report)).digest('hex')}`;

/** The receipts that a source was given for these reports, in their order; undefined for one that was not taken. */
export async function standing(
  tx: Tx,
  organisation: OrganisationId,
  reports: Report[],
): Promise<(Receipt | undefined)[]> {
  const wanted = reports.map((report) => {
    const digest = digestOfReport(report);
    return { key: report.key ?? digest, digest };
  });
  const found = await findings.standing(
    tx,
    organisation,
    wanted.map(({ key }) => key),
  );
  return wanted.map(({ key, digest }) => {
    const receipt = found.get(key);
    return receipt?.digest === digest ? receipt : undefined;
  });
}

/** The report of a finding without its reproduction. */
export function open(system: System, id: string, { report }: { report: Buffer }): Report {
  return JSON.parse(unseal(system, report, id)) as Report;
}

/** Its reproduction, where there is one. */
export function openReproduction(
  system: System,
  id: string,
  { reproduction }: { reproduction: Buffer | null },
): string | undefined {
  return reproduction === null ? undefined : unseal(system, reproduction, placeOf(id, 'reproduction'));
}

/** What it was read from, where that was kept. */
export function openOriginal(
  system: System,
  id: string,
  { original }: { original: Buffer | null },
): string | undefined {
  return original === null ? undefined : unseal(system, original, placeOf(id, 'original'));
}

export const seal = (system: System, text: string, place: string): Buffer =>
  Buffer.from(system.secrets.seal(text, place));

/** A database that was put back without the key of its secrets cannot open them. */
export function unseal(system: System, sealed: Uint8Array, place: string): string {
  const text = system.secrets.open(sealed, place);
  if (text === undefined) throw new Error(`The sealed text of ${place} does not open with this key.`);
  return text;
}

const placeOf = (id: string, part: 'reproduction' | 'original') => `${id} ${part}`;

/** The level that the reporter states, or that of the first vector that has a score (CVSS 3.1 section 5). */
function severityOf({ severityLevel, severity = [] }: Report): string | null {
  if (severityLevel !== undefined) return severityLevel;
  for (const vector of severity) {
    const scored = score(vector);
    if (!('error' in scored)) return scored.severity.toLowerCase();
  }
  return null;
}

/** What became of one report that was handed in. */
export type Taken = { receipt: Receipt; isNew: boolean } | { refused: 'finding_key_reused' };

/** The source that an organisation is: its row is locked until the transaction ends, so that nothing is counted twice. */
export interface Source extends sources.SourceRecord {
  organisation: OrganisationId;
}

/**
 * Runs `work` in a transaction of the actor that holds the source of an organisation. With its first report it is made, with the
 * organisation that runs this instance beside it in its audience.
 */
export async function inSource<T>(
  system: System,
  actor: Actor,
  organisation: OrganisationId,
  work: (tx: Tx, source: Source) => Promise<T>,
): Promise<T> {
  const attempt = () =>
    system.database.transaction(actor, async (tx) => {
      const record = await sources.lockRecord(tx, organisation);
      return record && { result: await work(tx, { ...record, organisation }) };
    });
  const done = await attempt();
  if (done !== undefined) return done.result;
  await openSource(system, organisation);
  const again = await attempt();
  if (again === undefined) throw new Error(`The source of ${organisation} was not made.`);
  return again.result;
}

function openSource(system: System, organisation: OrganisationId): Promise<string> {
  return system.database.transaction(itself, async (tx) => {
    const at = system.now();
    const host = await openDesk(system, tx);
    return sources.openSource(tx, { organisation, host, audience: `audience_${fresh(system)}`, at });
  });
}

/** Makes the coordinators' audience where there is none; gives the organisation that runs this instance. Run as the instance itself. */
export async function openDesk(system: System, tx: Tx): Promise<OrganisationId> {
  const host = await organisations.host(tx);
  if (host === undefined) throw new Refusal('unavailable');
  await sources.openDesk(tx, host.id, system.now());
  return host.id;
}

/** What a source may hand in at this moment. */
export async function roomNow(
  tx: Tx,
  { organisation, received, confirmed, refuted, setAside }: Source,
  now: Instant,
): Promise<{ room: Room; left: Left }> {
  const room = roomOf({ confirmed, refuted, undecided: Math.max(0, received - confirmed - refuted - setAside) });
  return { room, left: leftOf(room, await sources.hours(tx, organisation, firstHourAt(now)), now) };
}

/**
 * Keeps what is new among reports of one source, in their order, and counts it. A report under a key that stands with the same
 * content gives the receipt that was given; with another content it is refused. Where more are new than there is room for, the
 * answer ends before the first that is not taken.
 */
export async function keep(
  tx: Tx,
  actor: Actor,
  source: Source,
  given: findings.NewFinding[],
  { batch, at, newMax }: { batch: number | null; at: Instant; newMax: number },
): Promise<Taken[]> {
  const known = new Map<string, Receipt>(
    await findings.standing(
      tx,
      source.organisation,
      given.map(({ key }) => key),
    ),
  );
  const fresh: findings.NewFinding[] = [];
  const taken: Taken[] = [];
  for (const finding of given) {
    const { id, key, digest } = finding;
    const standing = known.get(key);
    if (standing !== undefined) {
      const isSame = standing.digest === digest;
      taken.push(isSame ? { receipt: standing, isNew: false } : { refused: 'finding_key_reused' });
      continue;
    }
    if (fresh.length === newMax) break;
    const receipt = { id, key, digest, receivedAt: at };
    known.set(key, receipt);
    fresh.push(finding);
    taken.push({ receipt, isNew: true });
  }
  if (fresh.length > 0) {
    const { audience, organisation } = source;
    await findings.insert(tx, fresh, { audience, organisation, by: actor.id, batch, at });
    await sources.countReceived(tx, source, hourOf(at), fresh.length);
  }
  return taken;
}

/** One digest for the receipts of many: SHA-256 over lines `id digest`, in their order. */
export function digestOf(receipts: Receipt[]): string {
  const hash = createHash('sha256');
  for (const { id, digest } of receipts) hash.update(`${id} ${digest}\n`);
  return `sha256:${hash.digest('hex')}`;
}

/** A new random name, 32 hexadecimal digits. */
export const fresh = (system: System): string => Buffer.from(system.randomBytes(16)).toString('hex');
