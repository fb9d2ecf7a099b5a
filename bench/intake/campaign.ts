/**
 * Findings as a campaign hands them in: made from the real advisories of the sample, with the truth of which are one flaw. The same
 * seed gives the same findings. Another source's report of a flaw has other words for it, a part of its text, another way to name the
 * component, and often another line, weakness or severity.
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { limits, type Report } from '../../src/domain/intake/report.ts';

/** A real advisory as far as a finding needs it. */
interface Flaw {
  id: string;
  summary: string;
  sentences: string[];
  ecosystem: string;
  name: string;
  version: string;
  weaknesses: string[];
  severity: string[];
  aliases: string[];
}

export interface Made {
  report: Report;
  /** The same for all findings of one flaw; a finding that is false has one of its own. */
  flaw: number;
  isFalse: boolean;
}

const files = ['ghsa', 'pysec', 'rustsec', 'haskell', 'oss-fuzz', 'bitnami'];
const textLengthMax = 6_000;

/** Numbers from 0 up to 1 that look random and are the same in every run (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** One advisory for each flaw: of several with the same name the first stands. */
export function flaws(): Flaw[] {
  const seen = new Set<string>();
  const found: Flaw[] = [];
  for (const file of files) {
    const text = gunzipSync(readFileSync(`sample/advisories/${file}.jsonl.gz`)).toString('utf8');
    for (const line of text.trim().split('\n')) {
      const advisory = JSON.parse(line);
      const details: string = advisory.details ?? '';
      const named = advisory.affected?.[0]?.package;
      if (named === undefined || details.length < 80 || advisory.withdrawn !== undefined) continue;
      const names: string[] = [advisory.id, ...(advisory.aliases ?? [])];
      const isKnown = names.some((name) => seen.has(name));
      for (const name of names) seen.add(name);
      if (isKnown) continue;
      const sentences = details
        .slice(0, textLengthMax)
        .split(/(?<=[.!?])\s+|\n+/)
        .map((sentence) => sentence.trim())
        .filter((sentence) => sentence !== '');
      if (sentences.length === 0) continue;
      const affected = advisory.affected[0];
      found.push({
        id: advisory.id,
        summary: advisory.summary ?? sentences[0],
        sentences,
        ecosystem: named.ecosystem,
        name: named.name,
        version: affected.versions?.at(-1) ?? '1.0.0',
        weaknesses: (advisory.database_specific?.cwe_ids ?? []).filter((id: string) => /^CWE-\d{1,5}$/.test(id)),
        severity: (advisory.severity ?? []).map((each: { score: string }) => each.score).slice(0, 2),
        aliases: names.filter((name) => name.startsWith('CVE-')).slice(0, 3),
      });
    }
  }
  return found;
}

const purlTypes: Record<string, string> = {
  npm: 'npm',
  PyPI: 'pypi',
  'crates.io': 'cargo',
  RubyGems: 'gem',
  Go: 'golang',
  NuGet: 'nuget',
  Bitnami: 'bitnami',
};
const tools = ['heron-scan', 'plover', 'fuzz-lark', 'reader-agent'];
const words: [RegExp, string][] = [
  [/\battackers?\b/gi, 'adversary'],
  [/\ballows\b/gi, 'lets'],
  [/\bremote\b/gi, 'network-side'],
  [/\bcrafted\b/gi, 'specially made'],
  [/\bvulnerability\b/gi, 'flaw'],
  [/\barbitrary\b/gi, 'any'],
  [/\bexecute\b/gi, 'run'],
  [/\bvia\b/gi, 'by way of'],
  [/\bdenial of service\b/gi, 'an outage'],
  [/\bcauses?\b/gi, 'leads to'],
  [/\bversions?\b/gi, 'releases'],
  [/\bimproper\b/gi, 'faulty'],
];

const pick = <T>(random: () => number, list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;

/** A text cut to a length, without half a character at its end. */
const cut = (text: string, length: number) => text.slice(0, length).replace(/[\ud800-\udbff]$/, '');

/** Where a flaw is: the same for every report of it. */
function placeOf(flaw: number, name: string): { path: string; symbol: string; line: number } {
  const random = randomOf(flaw * 7919 + 13);
  const base = name.replace(/[^A-Za-z0-9]+/g, '_').slice(-20);
  const part = pick(random, ['parser', 'reader', 'session', 'codec', 'route', 'archive', 'token', 'view', 'cache']);
  const verb = pick(random, ['decode', 'handle', 'read', 'merge', 'check', 'render', 'resolve', 'copy']);
  const line = 20 + Math.floor(random() * 900);
  return {
    path: `src/${base}/${part}_${Math.floor(random() * 40)}.c`,
    symbol: `${verb}_${part}${Math.floor(random() * 60)}`,
    line,
  };
}

/**
 * The report of a flaw in the words of one source. `variant` makes further flaws of one advisory: another component, the same kind of
 * flaw, most of the text.
 */
function reportOf(all: Flaw[], flaw: number, source: string, telling: number): Report {
  const base = all[flaw % all.length] as Flaw;
  const variant = Math.floor(flaw / all.length);
  const random = randomOf((flaw * 31 + telling) * 2_654_435 + 17);
  const name =
    variant === 0
      ? base.name
      : `${base.name}-${pick(randomOf(flaw), ['core', 'kit', 'next', 'lite', 'plus'])}${variant}`;
  const place = placeOf(flaw, name);
  const isRetold = telling > 0;
  let sentences = base.sentences;
  // A flaw that shares an advisory with another leaves out other sentences of it, in every telling.
  if (variant > 0 && sentences.length > 2) {
    const keeps = randomOf(flaw + 5);
    sentences = sentences.filter(() => keeps() > 0.2);
  }
  if (isRetold) {
    const kept = sentences.filter(() => random() < 0.65);
    sentences = kept.length === 0 ? sentences.slice(0, 1) : kept;
    if (random() < 0.5) sentences = [...sentences].sort(() => random() - 0.5);
  }
  let text = sentences.join(' ');
  let title = base.summary;
  if (isRetold) {
    for (const [pattern, other] of words) if (random() < 0.6) text = text.replace(pattern, other);
    title =
      random() < 0.5
        ? `${place.symbol} in ${name}: ${sentences[0] ?? title}`
        : title.replace(pick(random, words)[0], 'issue');
  }
  if (variant > 0) {
    text = text.replaceAll(base.name, name);
    title = title.replaceAll(base.name, name);
  }
  const type = purlTypes[base.ecosystem];
  const isByPurl = type !== undefined && (!isRetold || random() < 0.6);
  const purlName = name.split('/').map(encodeURIComponent).join('/');
  const report: Report = {
    key: `${source}-${flaw}-${telling}`,
    title: cut(title.replace(/\s+/g, ' ').trim(), limits.titleLengthMax) || 'A flaw',
    description: text.replaceAll('\u0000', ''),
    component: isByPurl
      ? { purl: `pkg:${type}/${purlName}@${encodeURIComponent(base.version)}` }
      : { ecosystem: base.ecosystem, name, ...(random() < 0.7 && { version: base.version }) },
    provenance: { tool: pick(random, tools), model: 'sample-model', harness: 'sample-harness/1' },
  };
  if (!isRetold || random() < 0.6) {
    const line = place.line + (isRetold ? Math.floor(random() * 5) : 0);
    report.places = [
      { path: place.path, ...(random() < 0.8 && { symbol: place.symbol }), startLine: line, endLine: line + 12 },
    ];
  }
  if (base.weaknesses.length > 0 && random() < 0.75) report.weaknesses = base.weaknesses;
  if (base.severity.length > 0 && random() < 0.6) report.severity = base.severity;
  // What is new has no name yet; a few were found elsewhere too.
  if (variant === 0 && base.aliases.length > 0 && random() < 0.1) report.aliases = base.aliases;
  if (random() < 0.3) {
    report.reproduction = `Call ${place.symbol} with the input below and watch the process.\n${'41'.repeat(200)}`;
  }
  return report;
}

export interface Shape {
  findings: number;
  /** Share of findings that tell again what another source has told. */
  duplicates: number;
  /** Share of findings about a flaw that is not there. */
  isFalse: number;
  /** Names of the sources, which hand in by turns. */
  sources: string[];
  seed: number;
}

/** Findings in the order in which they come; `source` is the index of who hands it in, never twice for one flaw. */
export function* campaign({
  findings,
  duplicates,
  isFalse,
  sources,
  seed,
}: Shape): Generator<Made & { source: number }> {
  const all = flaws();
  const random = randomOf(seed);
  const told: { flaw: number; by: number[] }[] = [];
  let flaw = 0;
  for (let at = 0; at < findings; at++) {
    if (told.length > 50 && random() < duplicates) {
      // What was told lately is told again sooner than what is long past.
      const back = Math.floor(random() ** 2 * told.length);
      const one = told[told.length - 1 - back] as (typeof told)[number];
      const free = sources.map((_, index) => index).filter((index) => !one.by.includes(index));
      if (free.length > 0 && one.by.length < 5) {
        const source = pick(random, free);
        const report = reportOf(all, one.flaw, sources[source] as string, one.by.length);
        one.by.push(source);
        yield { report, flaw: one.flaw, isFalse: false, source };
        continue;
      }
    }
    const source = Math.floor(random() * sources.length);
    const isWrong = random() < isFalse / (1 - duplicates);
    const own = flaw++;
    const report = reportOf(all, own, sources[source] as string, 0);
    if (isWrong) {
      // Confident and wrong: the text of one flaw about the component of another.
      const other = reportOf(all, own + 4_001, sources[source] as string, 3);
      yield { report: { ...other, key: report.key, component: report.component }, flaw: own, isFalse: true, source };
      continue;
    }
    told.push({ flaw: own, by: [source] });
    yield { report, flaw: own, isFalse: false, source };
  }
}
