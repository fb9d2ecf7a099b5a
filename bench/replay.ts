/**
 * `npm run bench -- replay [DAYS]`: the load that one frontier programme brought, replayed through the real acts with a shifted clock: 350
 * findings a day, 5,000 more within one hour of the second day, 35 % told before by another source, 10 % false, 280 suppliers of whom
 * 60 stay silent, 200 participants with ten agents each. Four coordinators decide 100 entries of the queue a day. Whether a
 * finding is true is known to the replay; validation is not replayed, its outcome is recorded as the truth says.
 */
import { sql } from 'kysely';
import * as agents from '../src/app/directory/agents.ts';
import * as batchImport from '../src/app/intake/batch-import.ts';
import * as batches from '../src/app/intake/batches.ts';
import * as findings from '../src/app/intake/findings.ts';
import * as queue from '../src/app/intake/queue.ts';
import * as receipts from '../src/app/intake/receipts.ts';
import * as reporting from '../src/app/intake/reporting.ts';
import * as screen from '../src/app/intake/screen.ts';
import type { Actor } from '../src/domain/directory/actor.ts';
import { Refusal } from '../src/domain/refusal.ts';
import * as findingRows from '../src/store/intake/findings.ts';
import { campaign, type Made, randomOf } from './intake/campaign.ts';
import * as instance from './intake/instance.ts';

const perDay = 350;
const burst = 5_000;
const burstDay = 1;
const participants = 200;
const agentsEach = 10;
const suppliers = 280;
const silent = 60;
const decidedPerDay = 4 * 100;
const dayMs = 86_400_000;
/** What waits for a coordinator. */
const open = ['undecided', 'joining'] as const;
const start = Date.parse('2026-03-02T00:00:00.000Z');

type Handed = Made & { source: number };
interface Known extends Handed {
  receivedAt: number;
  triagedAt?: number;
}

export async function run(args: string[]): Promise<void> {
  const days = Number(args[0] ?? 5);
  let now = start;
  const running = await instance.start(() => new Date(now).toISOString());
  const { system, coordinator } = running;
  const random = randomOf(11);
  try {
    const began = performance.now();
    const labs: { actor: Actor; agents: Actor[]; name: string }[] = [];
    for (let at = 0; at < participants; at++) {
      const { actor, name } = await running.enter(`Lab ${at + 1} (sample)`);
      const own: Actor[] = [];
      for (let each = 0; each < agentsEach; each++) {
        const scopes = ['findings:read' as const, 'findings:write' as const];
        const expiresAt = new Date(start + 30 * dayMs).toISOString();
        const budget = { findings: 50, questions: 0 };
        const { agent } = await agents.add(system, actor, { name: `agent ${each + 1}`, scopes, expiresAt, budget });
        own.push({
          kind: 'agent',
          id: agent.id,
          organisation: actor.organisation!,
          roles: actor.roles,
          principal: actor.id as `person_${string}`,
          scopes,
        });
      }
      labs.push({ actor, agents: own, name });
    }
    console.log(
      `${participants} participants with ${participants * agentsEach} agents, ${days} days; made in ${Math.round((performance.now() - began) / 1000)} s\n`,
    );
    console.log('day  handed in  refused  queue: entries (findings)  decided  held  hours to triage: median   p90');

    const shape = {
      findings: days * perDay + burst,
      duplicates: 0.35,
      isFalse: 0.1,
      sources: labs.map(({ name }) => name),
      seed: 3,
    };
    const coming = campaign(shape);
    const next = (): Handed => coming.next().value as Handed;
    const known = new Map<string, Known>();
    const waits: number[] = [];
    let refusedInAll = 0;
    const took = (id: string, handed: Handed) => known.set(id, { ...handed, receivedAt: now });

    for (let day = 0; day < days; day++) {
      let handedIn = 0;
      let refused = 0;
      const hours = Array.from({ length: 24 }, () => 0);
      for (let at = 0; at < perDay; at++) hours[Math.floor(random() * 24)]! += 1;
      for (const [hour, count] of hours.entries()) {
        now = start + day * dayMs + hour * 3_600_000;
        for (let at = 0; at < count; at++) {
          const handed = next();
          const lab = labs[handed.source] as (typeof labs)[number];
          const agent = lab.agents[Math.floor(random() * agentsEach)] as Actor;
          now += Math.floor(3_500_000 / count);
          try {
            took((await findings.submit(system, agent, { report: handed.report })).id, handed);
            handedIn += 1;
          } catch (error) {
            if (!(error instanceof Refusal)) throw error;
            refused += 1;
          }
        }
        if (day === burstDay && hour === 9) {
          const taken = await handInBurst(running, labs, Array.from({ length: burst }, next), took);
          handedIn += taken;
          refused += burst - taken;
        }
        if (hour % 4 === 3 || (day === burstDay && hour === 9)) await screen.run(system);
      }
      now = start + day * dayMs + 23.9 * 3_600_000;
      await screen.run(system);
      const decided = await decide(running, known, () => now, waits);
      refusedInAll += refused;

      const { counts } = await queue.list(system, coordinator.actor, { limit: 1, states: [...open] });
      const entries = counts === undefined ? 0 : counts.entries.undecided + counts.entries.joining;
      const { rows } = await sql<{ findings: number }>`
        select coalesce(sum(findings), 0)::int as findings from queue_entries where state in ('undecided', 'joining')`.execute(
        system.database.owner,
      );
      const sorted = waits.toSorted((a, b) => a - b);
      const hoursAt = (share: number) =>
        ((sorted[Math.floor(share * (sorted.length - 1))] ?? 0) / 3_600_000).toFixed(1);
      console.log(
        `${String(day + 1).padStart(3)} ${String(handedIn).padStart(10)} ${String(refused).padStart(8)} ` +
          `${`${entries} (${rows[0]?.findings})`.padStart(26)} ${String(decided).padStart(8)} ${String(counts?.held ?? 0).padStart(5)} ` +
          `${hoursAt(0.5).padStart(24)} ${hoursAt(0.9).padStart(5)}`,
      );
    }

    await tell(running, known);
    await tellRooms(
      running,
      labs.map(({ actor }) => actor),
    );
    const seconds = (performance.now() - began) / 1000;
    console.log(
      `\n${known.size.toLocaleString('en')} receipts given, ${refusedInAll} refused for want of room or budget; ` +
        `${days} days in ${Math.round(seconds)} s of this machine.`,
    );
  } finally {
    await running.close();
  }
}

/** A campaign that comes at once: each lab's part as a batch of its rows. Gives how many were taken. */
async function handInBurst(
  { system }: instance.Instance,
  labs: { actor: Actor; name: string }[],
  burst: Handed[],
  took: (id: string, handed: Handed) => void,
): Promise<number> {
  const bySource = new Map<number, Handed[]>();
  for (const handed of burst) bySource.set(handed.source, [...(bySource.get(handed.source) ?? []), handed]);
  let taken = 0;
  for (const [source, rows] of bySource) {
    const { actor } = labs[source] as (typeof labs)[number];
    const { id } = await batches.begin(system, actor, { name: 'Campaign' });
    const bytes = (async function* () {
      yield Buffer.from(rows.map(({ report }) => `${JSON.stringify(report)}\n`).join(''));
    })();
    await batchImport.takeLines(system, actor, id, { from: 0, isLast: true }, bytes);
    for (const receipt of await batches.receiptsOf(system, actor, id, { after: 0, limit: 10_000 })) {
      took(receipt.id, rows[receipt.row - 1] as Handed);
      taken += 1;
    }
  }
  return taken;
}

/** A day's work of the coordinators: the queue in its order. They join what is one flaw and refuse what is not there. */
async function decide(
  { system, coordinator }: instance.Instance,
  known: Map<string, Known>,
  now: () => number,
  waits: number[],
): Promise<number> {
  let decided = 0;
  const triaged = (id: string) => {
    const finding = known.get(id) as Known;
    if (finding.triagedAt !== undefined) return;
    finding.triagedAt = now();
    waits.push(finding.triagedAt - finding.receivedAt);
  };
  while (decided < decidedPerDay) {
    const { items } = await queue.list(system, coordinator.actor, { limit: 50, states: [...open] });
    const before = decided;
    for (const { id } of items) {
      if (decided >= decidedPerDay) break;
      const item = await queue.load(system, coordinator.actor, id);
      const waiting = item.members.filter(
        (member) => member.case === null && (member.state === 'received' || member.state === 'triaged'),
      );
      const first = waiting[0];
      if (first === undefined) continue;
      decided += 1;
      const truth = known.get(first.finding) as Known;
      const [lead] = item.members;
      if (lead !== undefined && item.case !== null && known.get(lead.finding)?.flaw !== truth.flaw) {
        await queue.markDistinct(system, coordinator.actor, first.finding, lead.finding, true);
        continue;
      }
      if (truth.isFalse) {
        const reason = 'The code that the report names does not do what it says.';
        await queue.refuse(system, coordinator.actor, first.finding, { as: 'not_reproduced', reason });
        triaged(first.finding);
        continue;
      }
      const same = waiting
        .filter(({ finding }) => known.get(finding)?.flaw === truth.flaw)
        .map(({ finding }) => finding);
      const { digest } = await queue.preview(system, coordinator.actor, first.finding, same);
      await queue.accept(system, coordinator.actor, first.finding, { findings: same, digest });
      for (const id of same) {
        triaged(id);
        // A supplier who answers lets the flaw be reproduced; of a silent one nothing is heard.
        if (truth.flaw % suppliers >= silent) {
          await system.database.transaction(coordinator.actor, async (tx) => {
            const finding = await findingRows.lock(tx, id);
            if (finding !== undefined) await reporting.setState(system, tx, finding, 'validated');
          });
        }
      }
    }
    // What is left cannot be decided by these acts.
    if (decided === before) break;
  }
  return decided;
}

/** How well hints tell what is one flaw, by what the replay knows. */
async function tell({ system }: instance.Instance, known: Map<string, Known>): Promise<void> {
  const { rows } = await sql<{ id: string; number: number; entry: number }>`
    select f.id, f.number::float8 as number, ff.entry::float8 as entry
    from findings f join finding_features ff on ff.finding = f.number`.execute(system.database.owner);
  const { rows: hints } = await sql<{ finding: number; partner: number; confidence: number }>`
    select finding::float8 as finding, partner::float8 as partner, confidence from hints`.execute(
    system.database.owner,
  );
  const flawOf = new Map(rows.map(({ id, number }) => [number, known.get(id)?.flaw]));
  const pairsIn = (sizes: Iterable<number>) => [...sizes].reduce((sum, size) => sum + (size * (size - 1)) / 2, 0);
  const group = (of: (row: (typeof rows)[number]) => unknown) => {
    const sizes = new Map<unknown, number>();
    for (const row of rows) sizes.set(of(row), (sizes.get(of(row)) ?? 0) + 1);
    return sizes.values();
  };
  const truePairs = pairsIn(group(({ number }) => flawOf.get(number)));
  const foldedPairs = pairsIn(group(({ entry }) => entry));
  const both = pairsIn(group(({ number, entry }) => `${entry} ${flawOf.get(number)}`));
  const partners = new Map<number, { partner: number; confidence: number }[]>();
  for (const { finding, ...hint } of hints) partners.set(finding, [...(partners.get(finding) ?? []), hint]);
  const sizeOf = new Map<unknown, number>();
  for (const flaw of flawOf.values()) sizeOf.set(flaw, (sizeOf.get(flaw) ?? 0) + 1);
  const retold = rows.filter(({ number }) => (sizeOf.get(flawOf.get(number)) ?? 0) > 1);
  const foundAmongThree = retold.filter(({ number }) =>
    (partners.get(number) ?? [])
      .toSorted((a, b) => b.confidence - a.confidence)
      .slice(0, 3)
      .some(({ partner }) => flawOf.get(partner) === flawOf.get(number)),
  );
  const share = (part: number, whole: number) => (whole === 0 ? '-' : (part / whole).toFixed(3));
  console.log(
    `\nDuplicates: ${truePairs.toLocaleString('en')} true pairs; shown under one entry ${foldedPairs.toLocaleString('en')}: ` +
      `precision ${share(both, foldedPairs)}, recall ${share(both, truePairs)}. ` +
      `Of ${retold.length.toLocaleString('en')} findings with a partner, ${share(foundAmongThree.length, retold.length)} have one among their first three hints.`,
  );
  const entries = new Set(rows.map(({ entry }) => entry)).size;
  console.log(
    `${rows.length.toLocaleString('en')} findings of ${new Set(flawOf.values()).size.toLocaleString('en')} flaws stand as ${entries.toLocaleString('en')} entries.`,
  );
}

/** What the sources have room for at the end. */
async function tellRooms({ system }: instance.Instance, labs: Actor[]): Promise<void> {
  const rooms = new Map<number, number>();
  for (const actor of labs) {
    const { room } = await receipts.inSource(system, actor, actor.organisation!, (tx, source) =>
      receipts.roomNow(tx, source, system.now()),
    );
    rooms.set(room.perDay, (rooms.get(room.perDay) ?? 0) + 1);
  }
  const lines = [...rooms].sort(([a], [b]) => a - b);
  const middle = (share: number) => {
    let seen = 0;
    for (const [perDay, count] of lines) {
      seen += count;
      if (seen >= share * labs.length) return perDay.toLocaleString('en');
    }
    return '-';
  };
  console.log(
    `Room of the sources at the end, findings a day: lowest ${lines[0]?.[0].toLocaleString('en')}, a quarter at most ${middle(0.25)}, ` +
      `half at most ${middle(0.5)}, highest ${lines.at(-1)?.[0].toLocaleString('en')}.`,
  );
}
