/** What is kept of a report for comparing it: plain JSON of a few kilobytes, so that its texts need not be opened again. */
import * as cvss from '../../advisory/cvss/vector.ts';
import { identityOf, packagesOf } from '../../advisory/package.ts';
import type { Report, ReportedComponent } from '../report.ts';
import { hexOf } from './hash.ts';
import { sketchOf } from './minhash.ts';
import { coresOf } from './package-names.ts';
import { type Stack, stackOf } from './stack.ts';
import { weightOf, wordsOf } from './text.ts';
import { type Interval, intervalsOf, plainVersion } from './versions.ts';

export interface Features {
  /** Changes when the meaning of a field does: then features and keys have to be made again. */
  form: 1;
  source: string;
  /** Hash of the words of title and description, in order: equal texts, equal words. */
  digest: string;
  aliases: string[];
  /** Names of other flaws in the texts: `CVE-...`, `GHSA-...`. */
  mentions: string[];
  /** `ecosystem` and name of the package, a tab between; several where a purl leads to several. */
  packages: string[];
  cores: string[];
  /** The name as the report writes it, for showing. */
  name: string;
  version: string;
  fixed: string[];
  affected: Interval[];
  paths: string[];
  symbols: string[];
  weaknesses: number[];
  /** Base metrics of the vector, `AV:N AC:L ...`; empty without one. */
  vector: string;
  level: string;
  stack?: Stack;
  /** Days since 1970 of `foundAt`. */
  day?: number;
  /** Words of the title. */
  title: string[];
  /** The most telling words of all texts in the order of the alphabet, and how telling each is (0 to 255) there. */
  terms: string[];
  weights: number[];
  /** Words of all texts together, each once. */
  size: number;
  /** Names in code that the texts hold: with a sign of a call, a path or a capital inside. */
  marks: string[];
  /** Versions and other dotted numbers of the texts. */
  numbers: string[];
  /** The texts say that an earlier fix was not enough, or is gone. */
  isFollowUp: boolean;
  sketch: number[];
  /** Hashes of references that point to one commit, issue or request. */
  references: string[];
}

const termsMax = 96;
const marksMax = 24;
const flawName = /\b(?:CVE-\d{4}-\d{4,7}|GHSA(?:-[23456789cfghjmpqrvwx]{4}){3})\b/gi;

const followUp =
  /\b(?:incomplete|insufficient|inadequate|partial) (?:fix|patch|mitigation)|\b(?:bypass(?:es|ed)?|circumvents?) (?:of |for )?(?:the |an |a )?(?:earlier |previous |original )?(?:fix|patch)|\bregression of\b|\breintroduce[sd]?\b|\bnot (?:fully|completely) (?:fixed|patched)/i;
const isNumber = (word: string): boolean => /^\d{1,9}\./.test(word);

/** Components other than the first belong to reports that name several packages of one product. */
export function featuresOf(report: Report, source: string, others: readonly ReportedComponent[] = []): Features {
  const components = [report.component, ...others.slice(0, 20)];
  const packages = unique(components.flatMap(identitiesOf), 12);
  const cores = unique(
    components.flatMap((component) => [
      ...(component.name === undefined ? [] : coresOf(component.name)),
      ...identitiesOf(component).flatMap((identity) => coresOf(identity.slice(identity.indexOf('\t') + 1))),
    ]),
    16,
  );
  const texts = [report.title, report.description ?? '', report.impact ?? ''].join('\n');
  const words = wordsOf(texts);
  const { terms, weights, size } = termsOf(words);
  const ecosystem = packages[0]?.slice(0, packages[0].indexOf('\t')) ?? report.component.ecosystem ?? '';
  const stack = report.stack === undefined ? undefined : stackOf(report.stack);
  const day = dayOf(report.foundAt);
  return {
    form: 1,
    source,
    digest: hexOf(words.join(' ')),
    aliases: unique(
      (report.aliases ?? []).map((alias) => alias.toUpperCase()),
      50,
    ),
    mentions: unique(
      (texts.match(flawName) ?? []).map((name) => name.toUpperCase()),
      20,
    ),
    packages,
    cores,
    name: (report.component.name ?? report.component.purl ?? '').slice(0, 200),
    version: plainVersion(report.component.version ?? ''),
    fixed: unique(
      components.flatMap(({ fixed }) => (fixed ?? []).map(plainVersion)).filter((version) => version !== ''),
      24,
    ),
    affected: intervalsOf(
      components.flatMap(({ affected }) => (affected === undefined ? [] : [affected])),
      ecosystem,
    ),
    paths: unique(
      (report.places ?? []).flatMap(({ path }) => (path === undefined ? [] : [normalPath(path)])),
      12,
    ),
    symbols: unique(
      (report.places ?? []).flatMap(({ symbol }) => (symbol === undefined ? [] : [symbol.slice(0, 120)])),
      12,
    ),
    weaknesses: unique(
      (report.weaknesses ?? []).flatMap((text) => /^CWE-(\d{1,5})$/i.exec(text)?.[1] ?? []),
      20,
    ).map(Number),
    vector: vectorOf(report.severity ?? []),
    level: report.severityLevel ?? '',
    ...(stack !== undefined && { stack }),
    ...(day !== undefined && { day }),
    title: unique(wordsOf(report.title), 24),
    terms,
    weights,
    size,
    marks: marksOf(texts),
    numbers: unique(words.filter(isNumber).map(plainVersion), 20),
    isFollowUp: followUp.test(texts),
    sketch: sketchOf(words),
    references: unique((report.references ?? []).flatMap(telling), 12),
  };
}

function identitiesOf(component: ReportedComponent): string[] {
  const { purl, ecosystem, name } = component;
  const found = purl === undefined ? [] : packagesOf({ purl }).map((one) => `${one.ecosystem}\t${one.name}`);
  if (ecosystem !== undefined && name !== undefined) {
    const identity = identityOf({ ecosystem, name });
    found.push(`${identity.ecosystem}\t${identity.name}`);
  }
  return unique(found, 4);
}

/** Inverse document frequency times a damped count; the strongest are kept. */
function termsOf(words: readonly string[]): { terms: string[]; weights: number[]; size: number } {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  const weighed: { word: string; weight: number }[] = [];
  for (const [word, count] of counts) {
    const weight = weightOf(word);
    if (weight > 0) weighed.push({ word, weight: count === 1 ? weight : weight * (1 + Math.log(count)) });
  }
  if (weighed.length > termsMax) {
    weighed.sort((a, b) => b.weight - a.weight || (a.word < b.word ? -1 : 1));
    weighed.length = termsMax;
  }
  const kept = weighed.sort((a, b) => (a.word < b.word ? -1 : 1));
  return {
    terms: kept.map(({ word }) => word),
    weights: kept.map(({ weight }) => Math.min(255, Math.round(weight * 8))),
    size: counts.size,
  };
}

/** Words that look like code or a version: with `_`, a digit, a capital inside, or signs of a call or a path around them. */
function marksOf(text: string): string[] {
  const found = new Set<string>();
  for (const [word] of text
    .slice(0, 16 * 1024)
    .matchAll(/[A-Za-z_$][\w$]{1,59}(?:(?:\.|::|->|\/|-)[\w$]{1,60}){0,8}/g)) {
    if (/[a-z][A-Z]|_|[.:>/]/.test(word) && /[a-z]/i.test(word)) found.add(word.toLowerCase());
    if (found.size === marksMax) break;
  }
  return [...found].sort();
}

const normalPath = (path: string): string =>
  path
    .slice(0, 300)
    .replaceAll('\\', '/')
    .replace(/^(?:\.\/|\/)+/, '')
    .toLowerCase();

/** Attack vector, complexity, privileges, interaction and the three impacts, a letter each, in the words of CVSS v3; `-` where a version has no such metric. */
function vectorOf(severity: readonly string[]): string {
  for (const text of severity) {
    const parsed = cvss.parse(text);
    if ('error' in parsed) continue;
    const metrics = parsed.version === '2.0' ? metrics2 : parsed.version === '4.0' ? metrics4 : metrics3;
    return metrics
      .map((metric) => {
        const value = metric === '' ? '-' : (cvss.valueOfMetric(parsed, metric) ?? '-');
        return parsed.version === '2.0' && metric !== 'AV' ? (inVersion3[value] ?? '-') : value;
      })
      .join('');
  }
  return '';
}

const metrics2 = ['AV', 'AC', 'Au', '', 'C', 'I', 'A'];
const metrics3 = ['AV', 'AC', 'PR', 'UI', 'C', 'I', 'A'];
const metrics4 = ['AV', 'AC', 'PR', 'UI', 'VC', 'VI', 'VA'];
const inVersion3: Record<string, string> = { N: 'N', P: 'L', C: 'H', L: 'L', M: 'L', H: 'H', S: 'L' };

function dayOf(moment: string | undefined): number | undefined {
  if (moment === undefined) return undefined;
  const time = Date.parse(moment);
  return Number.isNaN(time) ? undefined : Math.floor(time / 86_400_000);
}

function telling(reference: string): string[] {
  return /\/(?:commit|issues?|pull|merge_requests|bugs?|show_bug)\b[^\s]*\d/.test(reference.slice(0, 500))
    ? [hexOf(reference.toLowerCase().replace(/[#?].*$/, ''))]
    : [];
}

function unique<T>(items: readonly T[], max: number): T[] {
  return [...new Set(items)].slice(0, max);
}
