/** Derived SSVC points against CISA's own decisions, beside what the CVSS vector alone would say. */
import { agreement, halves, type Point, type Row, recordLines } from '../test/vulnrichment.ts';

const percent = (share: number) => `${(share * 100).toFixed(2)}%`;

function line(name: string, rows: Row[], point: Point): void {
  const ours = agreement(rows, point, 'derived');
  const withVector = rows.filter((row) => row.baseline !== undefined);
  const oursThere = agreement(withVector, point, 'derived');
  const cells = [name.padEnd(10), point.padEnd(16), percent(oursThere.share)];
  const base = point === 'exploitation' ? undefined : agreement(withVector, point, 'baseline');
  cells.push(base ? percent(base.share) : '     -', String(withVector.length).padStart(6));
  cells.push(percent(ours.share), `${ours.answered}/${rows.length}`);
  console.log(cells.join('  '));
}

/** From the root of the checkout, where `npm run` starts. `--misses` lists the tuning half's disagreements. */
export function run(args: string[] = []): void {
  const { tuning, held } = halves(recordLines('src/formats/cve/testdata/vulnrichment.jsonl.gz'));
  console.log('half        point             derived  vector alone  (records with a vector)  derived, all  answered');
  for (const point of ['automatable', 'technicalImpact', 'exploitation'] as const) {
    line('tuning', tuning, point);
    line('held out', held, point);
    line('both', [...tuning, ...held], point);
  }
  const confusion = new Map<string, number>();
  for (const { recorded, derived } of held) {
    const key = `CISA ${recorded.exploitation}, derived ${derived?.exploitation ?? 'unknown'}`;
    confusion.set(key, (confusion.get(key) ?? 0) + 1);
  }
  console.log('\nexploitation, held out:', Object.fromEntries([...confusion].sort()));
  if (!args.includes('--misses')) return;
  for (const point of ['automatable', 'technicalImpact'] as const) {
    for (const { id, recorded, derived, details } of tuning) {
      if (derived?.[point] === undefined || derived[point] === recorded[point]) continue;
      console.log(
        `\n${id} ${point}: CISA ${recorded[point]}\n  ${derived.derivation?.join('\n  ')}\n  ${details.slice(0, 300)}`,
      );
    }
  }
}
