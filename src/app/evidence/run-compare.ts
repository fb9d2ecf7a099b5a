/** Success of a run, and two runs side by side on the items that both attempted. */
import type { Actor } from '../../domain/directory/actor.ts';
import * as permission from '../../domain/directory/permission.ts';
import * as manifests from '../../domain/evidence/manifest.ts';
import {
  compareRuns,
  type RunComparison,
  type SharedItem,
  type Success,
  sharedItems,
  successOf,
} from '../../domain/evidence/run-statistics.ts';
import { Refusal } from '../../domain/refusal.ts';
import type { Tx } from '../../store/database.ts';
import * as readings from '../../store/evidence/readings.ts';
import * as runs from '../../store/evidence/runs.ts';
import { turns } from '../advisory/inventory-turns.ts';
import type { System } from '../system.ts';
import * as desk from './readings.ts';
import { opened, reading, requireReady } from './runs.ts';

/** What a statistic is made of: the scorer (`name` or `name.part`) and the metadata that groups items. */
export interface Asked {
  scorer?: string | undefined;
  cluster?: string | undefined;
}

export interface RunSuccess extends Success {
  scorer: string;
  cluster: string | null;
  /** Attempts that the desk of the own organisation found to be cheated, and the mean with these as failures; null where there are none. */
  desk: { cheated: number; mean: number | null } | null;
}

/** Statistics of large runs hold the process for a second: those of one organisation come one after the other, before anything is held. */
const inTurn = turns({ atOnce: 2, waitingMax: 8 });

/** Success of a run by one scorer, the first when none is named. */
export function success(system: System, actor: Actor, id: string, asked: Asked): Promise<RunSuccess> {
  permission.requireSignedIn(actor);
  return inTurn(actor.organisation ?? '', () =>
    reading(system, actor, id, 'run_statistics_read', {}, async (tx, run) => {
      requireReady(run);
      const scorer = await scorerOf(tx, [run], asked.scorer);
      const attempts = await attemptsOf(tx, run, scorer, asked.cluster);
      const cheated = new Set(desk.isReader(actor) ? desk.cheatedOf(await readings.ofRun(tx, run.id)) : []);
      const strict = attempts.map((one) => (cheated.has(one.number) ? { ...one, score: 0 } : one));
      return {
        scorer,
        cluster: asked.cluster ?? null,
        ...successOf(attempts),
        desk: cheated.size === 0 ? null : { cheated: cheated.size, mean: successOf(strict).mean },
      };
    }),
  );
}

export interface Comparison extends RunComparison {
  scorer: string;
  cluster: string | null;
  sides: { a: Side; b: Side };
  /** Scorers that both runs have. */
  scorers: string[];
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
export function compare(system: System, actor: Actor, pair: Pair, asked: Asked): Promise<Comparison> {
  return loaded(system, actor, pair, asked, async (tx, { a, b, scorer, attempts }) => {
    const manifestOf = async (run: runs.NumberedRun) =>
      (await runs.documents(tx, run.number)).manifest as manifests.Manifest;
    const comparable = manifests.compare(await manifestOf(a), await manifestOf(b));
    const side = ({ id, task, model }: runs.KeptRun): Side => ({ id, task, model });
    return {
      scorer,
      cluster: asked.cluster ?? null,
      sides: { a: side(a), b: side(b) },
      scorers: await shared(tx, [a, b]),
      comparable,
      ...compareRuns(attempts.a, attempts.b),
    };
  });
}

export interface ItemsPage extends Asked {
  /** Only items on which the two differ. */
  isDiffering: boolean;
  /** Place of the last item of the page before. */
  after: number;
  limit: number;
}

/** Items of the comparison in the order of the first run, with their places. */
export function items(
  system: System,
  actor: Actor,
  pair: Pair,
  { isDiffering, after, limit, ...asked }: ItemsPage,
): Promise<(SharedItem & { place: number })[]> {
  return loaded(system, actor, pair, asked, async (_tx, { attempts }) =>
    sharedItems(attempts.a, attempts.b)
      .map((item, at) => ({ ...item, place: at + 1 }))
      .filter((item) => item.place > after && (!isDiffering || item.a.mean !== item.b.mean))
      .slice(0, limit),
  );
}

interface Loaded {
  a: runs.NumberedRun;
  b: runs.NumberedRun;
  scorer: string;
  attempts: { a: runs.ScoreRow[]; b: runs.ScoreRow[] };
}

/** Reads both runs for `work`, in the turn of the actor's organisation. */
function loaded<T>(
  system: System,
  actor: Actor,
  pair: Pair,
  asked: Asked,
  work: (tx: Tx, loaded: Loaded) => Promise<T>,
): Promise<T> {
  permission.requireSignedIn(actor);
  const reads = async (tx: Tx) => {
    // Neither entry names the other run: its owner may be another one, who shares it with the reader only.
    const a = await opened(system, actor, tx, pair.a, 'run_compared', {});
    const b = await opened(system, actor, tx, pair.b, 'run_compared', {});
    requireReady(a);
    requireReady(b);
    const scorer = await scorerOf(tx, [a, b], asked.scorer);
    const attempts = {
      a: await attemptsOf(tx, a, scorer, asked.cluster),
      b: await attemptsOf(tx, b, scorer, asked.cluster),
    };
    return work(tx, { a, b, scorer, attempts });
  };
  return inTurn(actor.organisation ?? '', () => system.database.transaction(actor, reads));
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
