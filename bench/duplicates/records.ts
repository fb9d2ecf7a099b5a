/** The records of the benchmark, what they hide, and the two halves. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { reportedOf } from '../../src/cli/duplicate-lines.ts';
import type { Reported } from '../../src/domain/intake/duplicate/group.ts';
import { hash32 } from '../../src/domain/intake/duplicate/hash.ts';
import type { Kept } from './prepare.ts';

export interface Entry extends Reported {
  /** CVE and GHSA names; records of two sources that share one are one flaw. */
  names: string[];
  /** Number of the group of all records joined by names, from 0. */
  truth: number;
  isMalware: boolean;
  half: 'tuning' | 'measuring';
  /** For reading results by eye. */
  label: string;
}

const seed = 20261123;

/** One flaw: the two share a CVE or GHSA name. */
export const isSame = (a: Entry, b: Entry): boolean => a.names.some((name) => b.names.includes(name));
/** Joined by a third record only: neither one flaw nor two for sure, and counted as neither. */
export const isAmbiguous = (a: Entry, b: Entry): boolean => a.truth === b.truth && !isSame(a, b);

export function load(): Entry[] {
  const text = brotliDecompressSync(readFileSync(join('bench', 'testdata', 'duplicates.jsonl.br'))).toString('utf8');
  const kept: Kept[] = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
  const groups = groupsOf(kept);
  return kept.map((one, index) => {
    const { names: _, ...line } = lineOf(one);
    const read = reportedOf(JSON.stringify(line), index);
    if (Array.isArray(read)) throw new Error(`${one.record.id}: ${read[0]?.message}`);
    const { truth, first } = groups[index]!;
    return {
      ...read,
      names: one.names,
      truth,
      isMalware: one.isMalware === true,
      half: (hash32(first, seed) & 1) === 0 ? 'tuning' : 'measuring',
      label: one.record.id,
    };
  });
}

/** The record as a line of input, with all that names its partner hidden. */
function lineOf({ source, record, names }: Kept) {
  const { aliases: _, ...rest } = record;
  return {
    ...rest,
    source,
    names,
    // Opaque, and in an order that says nothing.
    id: hash32(record.id, seed).toString(16) + hash32(record.id, seed + 1).toString(16),
    ...(record.summary !== undefined && { summary: hidden(record.summary) }),
    ...(record.details !== undefined && { details: hidden(record.details) }),
    affected: record.affected?.map(({ database_specific: own, ...affected }) => {
      const { vendor, product } = own ?? {};
      // A CVE record names vendor and product, which OSV has no place for.
      const name =
        typeof product !== 'string' ||
        typeof vendor !== 'string' ||
        product.toLowerCase().includes(vendor.toLowerCase())
          ? product
          : `${vendor} ${product}`;
      return typeof name === 'string' && affected.package === undefined ? { ...affected, package: { name } } : affected;
    }),
  };
}

/** Addresses, names of flaws and of tickets, commits and digests: whatever would name the record's partner. */
function hidden(text: string): string {
  return text
    .replace(/\b[a-z][a-z+.-]*:\/\/\S+/gi, ' ')
    .replace(/\bwww\.\S+/gi, ' ')
    .replace(/\bGHSA(?:-[0-9a-z]{4}){1,3}\b/gi, ' ')
    .replace(/\b[A-Za-z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)?-\d{4}-\d+\b/g, ' ')
    .replace(
      /\b(?:CVE|CAN|CWE|PYSEC|RUSTSEC|HSEC|OSV|GO|MAL|SNYK|BIT|ZDI|VDB|JVN|JVNDB|RHSA|DSA|USN|EUVD|GSD)[-#: ]?[\w-]*\d[\w-]*/gi,
      ' ',
    )
    .replace(/\b[A-Z][A-Z0-9]+-\d{2,}\b/g, ' ')
    .replace(/#\d+/g, ' ')
    .replace(/\b(?=[0-9a-f]*\d)[0-9a-f]{7,64}\b/g, ' ');
}

function groupsOf(kept: readonly Kept[]): { truth: number; first: string }[] {
  const parent = new Map<string, string>();
  const rootOf = (name: string): string => {
    let root = name;
    for (let up = parent.get(root); up !== undefined && up !== root; up = parent.get(root)) root = up;
    return root;
  };
  const own = ({ names, record, source }: Kept) => (names.length > 0 ? names : [`${source}/${record.id}`]);
  for (const one of kept) {
    const [first, ...rest] = own(one).map(rootOf);
    for (const name of own(one)) if (!parent.has(name)) parent.set(name, first!);
    for (const name of rest) parent.set(name, first!);
  }
  // The earliest name stands for a group, so that its half does not depend on the order of the records.
  const earliest = new Map<string, string>();
  for (const name of parent.keys()) {
    const root = rootOf(name);
    const held = earliest.get(root);
    if (held === undefined || name < held) earliest.set(root, name);
  }
  const numbers = new Map<string, number>();
  return kept.map((one) => {
    const root = rootOf(own(one)[0]!);
    if (!numbers.has(root)) numbers.set(root, numbers.size);
    return { truth: numbers.get(root)!, first: earliest.get(root)! };
  });
}
