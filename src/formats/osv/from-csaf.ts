import type { Affected, Reference, Severity } from '../../domain/advisory/advisory.ts';
import { familyOf, packagesOfPurl } from '../../domain/advisory/package.ts';
import * as purl from '../../domain/advisory/purl.ts';
import type { Problem } from '../../domain/problem.ts';
import { arrayOf, isObject, type JsonObject, stringOf } from '../json.ts';
import { type Reading, read } from './document.ts';

const depthMax = 40;

/** Families whose fixed build of a package stands for all before it. */
const distributions = /^(Red Hat|SUSE|openSUSE|AlmaLinux|Rocky Linux|Debian|Ubuntu|Alpine|Wolfi|Azure Linux|Mageia)$/;

/**
 * A CSAF 2.0 or 2.1 advisory or VEX document as an OSV record, so that it can be searched and matched like the others:
 * its tracking id is the id, its vulnerabilities are `upstream`. Products that name a package URL are matched: a known
 * affected one at its version, and every version before a fixed build of a distribution. Products that name none are
 * left to the text.
 */
export function fromCsaf(value: JsonObject): Reading {
  const document = objectOf(value['document']);
  const tracking = objectOf(document['tracking']);
  const vulnerabilities = arrayOf(value['vulnerabilities']).filter(isObject);
  const purls = purlsOf(value['product_tree']);
  const affected = new Map<string, Affected>();
  const problems: Problem[] = [];
  const severities = new Map<string, Severity>();
  for (const [i, vulnerability] of vulnerabilities.entries()) {
    const status = objectOf(vulnerability['product_status']);
    const groups = ['known_affected', 'first_affected', 'last_affected', 'fixed', 'first_fixed'];
    for (const group of groups) {
      for (const id of arrayOf(status[group])) {
        const text = typeof id === 'string' ? purls.get(id) : undefined;
        if (text === undefined) continue;
        const fault = addPackage(affected, text, group.endsWith('fixed'));
        if (fault !== undefined)
          problems.push({ path: `vulnerabilities[${i}].product_status.${group}`, message: fault });
      }
    }
    for (const vector of vectorsOf(vulnerability)) severities.set(vector.score, vector);
  }
  const notes = arrayOf(document['notes']).filter(isObject);
  const note = (category: string) => notes.find((one) => one['category'] === category)?.['text'];
  const names = vulnerabilities.flatMap((one) => [
    one['cve'],
    ...arrayOf(one['ids']).map((id) => objectOf(id)['text']),
  ]);
  const upstream = [...new Set(names.filter((name): name is string => typeof name === 'string' && /^\S+$/.test(name)))];
  const reading = read({
    id: tracking['id'],
    modified: tracking['current_release_date'],
    published: tracking['initial_release_date'],
    upstream,
    summary: document['title'],
    details: note('summary') ?? note('description') ?? note('general'),
    severity: [...severities.values()].slice(0, 20),
    affected: [...affected.values()],
    references: referencesOf(document['references']),
    database_specific: { format: 'CSAF', publisher: stringOf(objectOf(document['publisher'])['name']) ?? null },
  });
  return { ...reading, problems: [...reading.problems, ...problems.slice(0, 20)] };
}

/** Adds the packages that a purl stands for; gives the reason when it cannot be read. */
function addPackage(affected: Map<string, Affected>, text: string, isFixed: boolean): string | undefined {
  let parsed: purl.Purl;
  try {
    parsed = purl.parse(text);
  } catch (error) {
    return (error as Error).message;
  }
  for (const { ecosystem, name, version } of packagesOfPurl(parsed)) {
    if (version === '' || (isFixed && !distributions.test(familyOf(ecosystem)))) continue;
    const key = `${ecosystem}\n${name}`;
    const entry = affected.get(key) ?? { package: { ecosystem, name } };
    affected.set(key, entry);
    if (isFixed) {
      entry.ranges ??= [];
      entry.ranges.push({ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed: version }] });
    } else {
      entry.versions ??= [];
      if (!entry.versions.includes(version)) entry.versions.push(version);
    }
  }
  return undefined;
}

/** The package URL of each product id that has one; of a combined product, that of the part it is made of. */
function purlsOf(tree: unknown): Map<string, string> {
  const purls = new Map<string, string>();
  const add = (product: unknown): void => {
    const { product_id: id, product_identification_helper: helper } = objectOf(product);
    const { purl: one, purls: several } = objectOf(helper);
    const text = stringOf(one) ?? arrayOf(several).find((entry) => typeof entry === 'string');
    if (typeof id === 'string' && typeof text === 'string') purls.set(id, text);
  };
  const visit = (branches: unknown, depth: number): void => {
    if (depth > depthMax) return;
    for (const branch of arrayOf(branches)) {
      add(objectOf(branch)['product']);
      visit(objectOf(branch)['branches'], depth + 1);
    }
  };
  const { full_product_names: names, branches, relationships } = objectOf(tree);
  arrayOf(names).forEach(add);
  visit(branches, 0);
  for (const relationship of arrayOf(relationships)) {
    const { full_product_name: whole, product_reference: part } = objectOf(relationship);
    const text = typeof part === 'string' ? purls.get(part) : undefined;
    const id = objectOf(whole)['product_id'];
    if (typeof id === 'string' && text !== undefined) purls.set(id, text);
    add(whole);
  }
  return purls;
}

/** CVSS vectors: `scores` of CSAF 2.0, `metrics` of 2.1. */
function vectorsOf(vulnerability: JsonObject): Severity[] {
  const metrics = arrayOf(vulnerability['metrics']).map((metric) => objectOf(metric)['content']);
  return [...arrayOf(vulnerability['scores']), ...metrics].flatMap((entry) => {
    const found: Severity[] = [];
    for (const [field, type] of [
      ['cvss_v4', 'CVSS_V4'],
      ['cvss_v3', 'CVSS_V3'],
      ['cvss_v2', 'CVSS_V2'],
    ] as const) {
      const vector = stringOf(objectOf(objectOf(entry)[field])['vectorString']);
      if (vector !== undefined) found.push({ type, score: vector });
    }
    return found;
  });
}

function referencesOf(value: unknown): Reference[] {
  return arrayOf(value).flatMap((reference) => {
    const { url, category } = objectOf(reference);
    return typeof url === 'string' ? [{ type: category === 'self' ? 'ADVISORY' : 'WEB', url }] : [];
  });
}

function objectOf(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}
