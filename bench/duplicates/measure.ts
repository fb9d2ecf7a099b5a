import { featuresOf } from '../../src/domain/intake/duplicate/features.ts';
import { groupKnown } from '../../src/domain/intake/duplicate/group.ts';
import { type Entry, isAmbiguous, isSame } from './records.ts';

export function measure(entries: readonly Entry[], args: readonly string[]): void {
  const half = args.includes('--tuning') ? 'tuning' : 'measuring';
  const isAlone = args.includes('--tuning') || args.includes('--alone');
  const pool = entries.filter((e) => !e.isMalware && (!isAlone || e.half === half));
  const t = process.cpuUsage();
  const known = pool.map(({ id, report, source, others }) => ({ id, features: featuresOf(report, source, others) }));
  const groups = groupKnown(known);
  console.log('cpu', process.cpuUsage(t).user / 1e6, pool.length, process.memoryUsage().rss / 1e6);
  const at = new Map(pool.map((e) => [e.id, e]));
  const byName = new Map<string, Entry[]>();
  for (const e of pool)
    for (const n of e.names) {
      const h = byName.get(n);
      if (h) h.push(e);
      else byName.set(n, [e]);
    }
  const truth = new Set<string>();
  const key = (a: Entry, b: Entry) => (a.id < b.id ? `${a.id} ${b.id}` : `${b.id} ${a.id}`);
  for (const l of byName.values())
    for (const i of l)
      for (const j of l) if (i.id < j.id && i.source !== j.source && i.half === half) truth.add(key(i, j));
  const pairs: { c: number; same: boolean; a: Entry; b: Entry }[] = [];
  for (const g of groups)
    for (const [x, i] of g.ids.entries())
      for (const j of g.ids.slice(x + 1)) {
        const [a, b] = [at.get(i)!, at.get(j)!];
        if (a.source === b.source || isAmbiguous(a, b) || (a.half !== half && b.half !== half)) continue;
        pairs.push({ c: g.confidence, same: isSame(a, b), a, b });
      }
  for (const t of [0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995]) {
    const s = pairs.filter((p) => p.c >= t);
    const tp = s.filter((p) => p.same).length;
    console.log(t, 'pairs', s.length, 'precision', (tp / s.length).toFixed(4), 'recall', (tp / truth.size).toFixed(4));
  }
  if (args.includes('-fp'))
    for (const p of pairs.filter((x) => !x.same).sort((x, y) => y.c - x.c))
      console.log(
        p.c.toFixed(3),
        p.a.label,
        p.b.label,
        JSON.stringify(p.a.report.description?.slice(0, 100)),
        JSON.stringify(p.b.report.description?.slice(0, 100)),
      );
}
