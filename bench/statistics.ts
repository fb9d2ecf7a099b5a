/**
 * 10,000 items with 10 attempts each in 100 clusters, 2,000 bootstraps. Beside it, in the same run: the same resampling written
 * the obvious way over arrays of arrays, and the limit, which is drawing the random numbers and reading one score for each.
 */
import { bootstrapMeans, nest, percentileInterval } from '../src/domain/evidence/statistics/bootstrap.ts';
import { type Random, seeded } from '../src/domain/evidence/statistics/random.ts';
import { clustered } from '../src/domain/evidence/statistics/standard-error.ts';

const clusters = 100;
const itemsPerCluster = 100;
const attempts = 10;
const draws = 2000;
/** The obvious way takes long: it makes fewer draws, and its time is scaled up. */
const plainDraws = 50;

function timed<T>(work: () => T): { seconds: number; result: T } {
  const start = performance.now();
  const result = work();
  return { seconds: (performance.now() - start) / 1000, result };
}

const pick = <T>(list: readonly T[], random: Random) => Array.from(list, () => list[random.below(list.length)]!);
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

function plainMeans(data: number[][][], count: number, random: Random): number[] {
  return Array.from({ length: count }, () =>
    mean(pick(data, random).flatMap((items) => pick(items, random).map((scores) => mean(pick(scores, random))))),
  ).sort((left, right) => left - right);
}

/** As many random numbers as the hierarchical bootstrap draws, and one score of an item read for each. */
function limit(scores: Float64Array, count: number, random: Random): number {
  let sum = 0;
  for (let draw = 0; draw < count; draw++) sum += scores[random.below(attempts)]!;
  return sum;
}

export function run(): void {
  const random = seeded(1);
  const data = Array.from({ length: clusters }, () => {
    const rate = random.below(1000) / 1000;
    return Array.from({ length: itemsPerCluster }, () =>
      Array.from({ length: attempts }, () => (random.below(1000) / 1000 < rate ? 1 : 0)),
    );
  });
  const nested = nest(data);
  const before = process.memoryUsage().rss;
  const byCluster = timed(() => bootstrapMeans(nested, 'clusters', draws, seeded(42)));
  const byAttempt = timed(() => bootstrapMeans(nested, 'attempts', draws, seeded(42)));
  const grown = (process.memoryUsage().rss - before) / 1024 / 1024;
  const numbers = draws * clusters * (1 + itemsPerCluster * (1 + attempts));
  const bound = timed(() => limit(nested.scores, numbers, seeded(42)));
  const plain = timed(() => plainMeans(data, plainDraws, seeded(42)));
  const plainSeconds = (plain.seconds / plainDraws) * draws;

  const line = (name: string, seconds: number, note: string) =>
    console.log(`${name.padEnd(46)}${seconds.toFixed(3).padStart(9)} s   ${note}`);
  const ends = (sorted: ArrayLike<number>) => {
    const { low, high } = percentileInterval(sorted, 0.95);
    return `95%: ${low.toFixed(4)} to ${high.toFixed(4)}`;
  };
  console.log(
    `${clusters * itemsPerCluster} items x ${attempts} attempts in ${clusters} clusters, ${draws} bootstraps, one core\n`,
  );
  line('clustered bootstrap', byCluster.seconds, ends(byCluster.result));
  line('hierarchical bootstrap (clusters, items, tries)', byAttempt.seconds, ends(byAttempt.result));
  line('both', byCluster.seconds + byAttempt.seconds, `memory grew by ${grown.toFixed(1)} MB`);
  line('limit: its random numbers and one read for each', bound.seconds, `${(numbers / 1e6).toFixed(0)} million`);
  line('peer: arrays of arrays, the obvious way', plainSeconds, `${plainDraws} draws, scaled up`);
  console.log(
    `\nhierarchical against limit: ${(byAttempt.seconds / bound.seconds).toFixed(2)} x its time; peer: ${(plainSeconds / byAttempt.seconds).toFixed(1)} x ours`,
  );
  const values = data.flatMap((items) => items.map(mean));
  const names = data.flatMap((items, cluster) => items.map(() => cluster));
  const { standardError } = clustered(values, names, 'inspect');
  console.log(
    `check: clustered standard error ${standardError.toFixed(4)}, so ${(mean(values) - 1.96 * standardError).toFixed(4)} to ${(mean(values) + 1.96 * standardError).toFixed(4)}`,
  );
}
