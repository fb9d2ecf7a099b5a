/** Success of a run, and two runs side by side on the items that both attempted. */
import type { Actor } from '../../domain/directory/actor.ts';
import * as permission from '../../domain/directory/permission.ts';
import * as manifests from '../../domain/evidence/manifest.ts';
import {
  compareRuns,
  type RunComparison,
  type SharedItem,
  type Success,
  successOf,
} from '../../domain/evidence/run-statistics.ts';
import { Refusal } from '../../domain/refusal.ts';
import type { Tx } from '../../store/database.ts';
import * as runs from '../../store/evidence/runs.ts';
import type { System } from '../system.ts';
import { opened, reading, requireReady } from './runs.ts';

/** What a statistic is made of: the scorer (`name` or `name.part`) and the metadata that groups items. */
export interface Asked {
  scorer?: string | undefined;
  cluster?: string | undefined;
}

export interface RunSuccess extends Success {
  scorer: string;
  cluster: string | null;
}

/** Success of a run by one scorer, the first when none is named. */
export function success(system: System, actor: Actor, id: string, asked: Asked): Promise<RunSuccess> {
  return reading(system, actor, id, 'run_statistics_read', {}, async (tx, run) => {
    requireReady(run);
    const scorer = await scorerOf(tx, [run], asked.scorer);
    const attempts = await attemptsOf(tx, run, scorer, asked.cluster);
    return { scorer, cluster: asked.cluster ?? null, ...successOf(attempts) };
  });
}

export interface Comparison extends Omit<RunComparison, 'items'> {
  scorer: string;
  cluster: string | null;
  sides: { a: Side; b: Side };
  /** Scorers that both runs have. */
  scorers: string[];
  items: number;
  /** Whether the two measure the same thing; the numbers are given all the same, with this beside them. */
  comparable: manifests.Comparison;
}

export interface Side {
  id: string;
  task: string | null;
  model: string | null;
}

export interface Pair {
  a: string;
  b: string;
}

/** Two runs on the items that both attempted. */
export async function compare(system: System, actor: Actor, pair: Pair, asked: Asked): Promise<Comparison> {
  const { a, b, scorer, scorers, made, manifest } = await loaded(system, actor, pair, asked);
  const { items, ...rest } = made;
  const side = ({ id, task, model }: runs.KeptRun): Side => ({ id, task, model });
  const comparable = manifests.compare(manifest.a, manifest.b);
  const sides = { a: side(a), b: side(b) };
  return { scorer, cluster: asked.cluster ?? null, sides, scorers, comparable, items: items.length, ...rest };
}

export interface ItemsPage extends Asked {
  /** Only items on which the two differ. */
  isDiffering: boolean;
  /** Place of the last item of the page before. */
  after: number;
  limit: number;
}

/** Items of the comparison in the order of the first run, with their places. */
export async function items(
  system: System,
  actor: Actor,
  pair: Pair,
  { isDiffering, after, limit, ...asked }: ItemsPage,
): Promise<(SharedItem & { place: number })[]> {
  const { made } = await loaded(system, actor, pair, asked);
  return made.items
    .map((item, at) => ({ ...item, place: at + 1 }))
    .filter((item) => item.place > after && (!isDiffering || item.a.mean !== item.b.mean))
    .slice(0, limit);
}

async function loaded(system: System, actor: Actor, pair: Pair, asked: Asked) {
  permission.requireSignedIn(actor);
  return system.database.transaction(actor, async (tx) => {
    // Neither entry names the other run: its owner may be another one, who shares it with the reader only.
    const a = await opened(system, actor, tx, pair.a, 'run_compared', {});
    const b = await opened(system, actor, tx, pair.b, 'run_compared', {});
    requireReady(a);
    requireReady(b);
    const scorer = await scorerOf(tx, [a, b], asked.scorer);
    const made = compareRuns(
      await attemptsOf(tx, a, scorer, asked.cluster),
      await attemptsOf(tx, b, scorer, asked.cluster),
    );
    const manifestOf = async (run: runs.NumberedRun) =>
      (await runs.documents(tx, run.number)).manifest as manifests.Manifest;
    const manifest = { a: await manifestOf(a), b: await manifestOf(b) };
    return { a, b, scorer, scorers: await shared(tx, [a, b]), made, manifest };
  });
}

/** A sample that was declared invalid counts as unscored. */
export async function attemptsOf(
  tx: Tx,
  run: runs.NumberedRun,
  scorer: string,
  cluster: string | undefined,
): Promise<runs.ScoreRow[]> {
  const rows = await runs.scores(tx, run.number, scorer, cluster);
  return rows.map((row) => (row.isInvalidated ? { ...row, score: null } : row));
}

/** Scorers that all of these runs have. */
async function shared(tx: Tx, of: runs.NumberedRun[]): Promise<string[]> {
  let names: string[] | undefined;
  for (const run of of) {
    const { scorers } = await runs.columns(tx, run.number);
    const own = scorers.filter(({ scored }) => scored > 0).map(({ name }) => name);
    names = names === undefined ? own : names.filter((name) => own.includes(name));
  }
  return names ?? [];
}

/** The scorer that is asked for, or the first that all of these runs have. */
export async function scorerOf(tx: Tx, of: runs.NumberedRun[], asked: string | undefined): Promise<string> {
  const names = await shared(tx, of);
  const scorer = asked ?? names[0];
  if (scorer === undefined || !names.includes(scorer)) throw new Refusal('scorer_not_shared', { scorers: names });
  return scorer;
}
