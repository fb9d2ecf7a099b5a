/** CVSS scoring per CPU-second, beside the least that any reader of the text must do: taking it apart. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { compute, score } from '../src/domain/advisory/cvss/score.ts';

const testdata = 'src/domain/advisory/cvss/testdata';

function vectorsOf(...names: string[]): string[] {
  return names.flatMap((name) =>
    gunzipSync(readFileSync(`${testdata}/vectors_${name}.txt.gz`))
      .toString()
      .trim()
      .split('\n')
      .map((line) => line.split(' - ')[0]!),
  );
}

/** Thousands of vectors per CPU-second: the median of five rounds of at least 0.3 s. */
function rate(vectors: string[], work: (vector: string) => unknown): number {
  const rates = Array.from({ length: 5 }, () => {
    let done = 0;
    let spent = 0;
    while (spent < 300_000) {
      const before = process.cpuUsage();
      for (const vector of vectors) work(vector);
      const { user, system } = process.cpuUsage(before);
      spent += user + system;
      done += vectors.length;
    }
    return (done / spent) * 1000;
  });
  return rates.sort((a, b) => a - b)[2]!;
}

export function run(): void {
  const sets: [string, string[]][] = [
    ['4.0', vectorsOf('simple4', 'security4', 'supplemental4', 'threat4')],
    ['3.0 and 3.1', vectorsOf('simple3', 'simple31', 'cvsslib3', 'calculator3')],
    ['2.0', vectorsOf('simple2', 'cvsslib2', 'calculator2')],
  ];
  console.log('thousand vectors a CPU-second   scored   from memo   only taken apart   scored / taken apart');
  for (const [name, vectors] of sets) {
    const scored = rate(vectors, compute);
    // A new string each time, whose hash is not known yet, as a reader of documents makes them.
    const remembered = rate(vectors, (vector) => score(` ${vector}`.slice(1)));
    const apart = rate(vectors, (vector) => vector.split('/').map((part) => part.split(':')));
    const cells = [scored, remembered, apart].map((value) => value.toFixed(0).padStart(9));
    console.log(
      `${name.padEnd(29)} ${cells.join('   ')}          ${(scored / apart).toFixed(2)}   (${vectors.length} vectors)`,
    );
  }
}
