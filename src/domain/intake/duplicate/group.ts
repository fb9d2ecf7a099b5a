/** Groups of reports that tell of one flaw, out of many reports at once. */
import type { Report, ReportedComponent } from '../report.ts';
import { compare } from './compare.ts';
import { type Features, featuresOf } from './features.ts';
import type { Reason } from './hint.ts';
import { bucketMax, keysOf } from './keys.ts';

export interface Reported {
  /** Opaque: nothing is read out of it. */
  id: string;
  /** Who reports. Two reports of one source are never joined by likeness alone. */
  source: string;
  report: Report;
  /** Further components of the same report. */
  others?: readonly ReportedComponent[];
}

export interface Group {
  ids: string[];
  reasons: Reason[];
  /** The lowest confidence among the links that hold the group together. */
  confidence: number;
}

const confidenceMin = 0.5;

/** Deterministic: the order of the reports does not matter. Groups of one report are left out. */
export function group(reports: readonly Reported[], onProgress: (done: number) => void = () => {}): Group[] {
  const ordered = [...reports].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  const features: Features[] = ordered.map(({ report, source, others }) => featuresOf(report, source, others));
  const buckets = new Map<bigint, number[]>();
  const best: Map<string, { index: number; confidence: number }>[] = features.map(() => new Map());
  for (const [index, own] of features.entries()) {
    const candidates = new Set<number>();
    for (const key of keysOf(own)) {
      const bucket = buckets.get(key);
      if (bucket === undefined) buckets.set(key, [index]);
      else {
        for (const other of bucket.slice(-bucketMax)) candidates.add(other);
        bucket.push(index);
      }
    }
    for (const other of candidates) {
      const { source } = features[other]!;
      if (source === own.source) continue;
      const { confidence } = compare(features[other]!, own);
      if (confidence < confidenceMin) continue;
      improve(best[index]!, source, other, confidence);
      improve(best[other]!, own.source, index, confidence);
    }
    if (index % 1000 === 999) onProgress(index + 1);
  }
  const parent = features.map((_, index) => index);
  const rootOf = (index: number): number => {
    let root = index;
    while (parent[root] !== root) root = parent[root]!;
    return root;
  };
  const links: { a: number; b: number }[] = [];
  for (const [a, held] of best.entries()) {
    for (const { index: b } of held.values()) {
      if (a < b && best[b]!.get(features[a]!.source)?.index === a) {
        links.push({ a, b });
        parent[rootOf(b)] = rootOf(a);
      }
    }
  }
  const groups = new Map<number, Group>();
  for (const { a, b } of links) {
    const root = rootOf(a);
    const { confidence, reasons } = compare(features[a]!, features[b]!);
    const held = groups.get(root);
    if (held === undefined) groups.set(root, { ids: [], reasons, confidence });
    else held.confidence = Math.min(held.confidence, confidence);
  }
  for (const [index, { id }] of ordered.entries()) groups.get(rootOf(index))?.ids.push(id);
  return [...groups.values()];
}

function improve(
  held: Map<string, { index: number; confidence: number }>,
  source: string,
  index: number,
  confidence: number,
): void {
  const before = held.get(source);
  if (
    before === undefined ||
    confidence > before.confidence ||
    (confidence === before.confidence && index < before.index)
  ) {
    held.set(source, { index, confidence });
  }
}
