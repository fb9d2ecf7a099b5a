import { expect, test } from 'vitest';
import type { Report } from '../report.ts';
import { compare } from './compare.ts';
import { featuresOf } from './features.ts';
import pairs from './testdata/pairs.json' with { type: 'json' };

interface Side {
  source: string;
  record: string;
  report: Report;
}

test('real pairs: what is said of each, and why', async () => {
  const said = (pairs as { isOneName: boolean; a: Side; b: Side }[]).map(({ isOneName, a, b }) => {
    const { relation, confidence, reasons } = compare(featuresOf(a.report, a.source), featuresOf(b.report, b.source));
    const lines = reasons.map(
      ({ layer, fact, weight, text }) => `  ${weight.toFixed(2).padStart(6)}  ${layer} ${fact}: ${text}`,
    );
    return `${a.record} and ${b.record} (${isOneName ? 'one name' : 'two names'}): ${relation}, ${confidence.toFixed(3)}\n${lines.join('\n')}\n`;
  });

  await expect(said.join('\n')).toMatchFileSnapshot('testdata/pairs.txt');
});
