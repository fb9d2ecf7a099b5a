import type { Affected, Reference, Severity } from '../../domain/advisory/advisory.ts';
import { type PackageVersion, packagesOfPurl } from '../../domain/advisory/package.ts';
import * as purl from '../../domain/advisory/purl.ts';
import type { Problem } from '../../domain/problem.ts';
import { arrayOf, isObject, type JsonObject, stringOf } from '../json.ts';
import { type Reading, read } from './document.ts';

const depthMax = 40;

/** Ecosystems whose fixed build of a package stands for all before it: distributions, of one release. */
const releases = /^((Red Hat|SUSE|openSUSE|AlmaLinux|Rocky Linux|Debian|Ubuntu|Alpine|Azure Linux|Mageia):.+|Wolfi)$/;

/**
 * A CSAF 2.0 or 2.1 advisory or VEX document as an OSV record, so that it can be searched and matched like the others:
 * its tracking id is the id, its vulnerabilities are `upstream`. Products that name a package URL are matched: a known
 * affected one at its version, and every version before the fixed build of a distribution's release. Products that name
 * none are left to the text.
 */
export function fromCsaf(value: JsonObject): Reading {
  const document = objectOf(value['document']);
  const tracking = objectOf(document['tracking']);
  const vulnerabilities = arrayOf(value['vulnerabilities']).filter(isObject);
  const products = productsOf(value['product_tree']);
  const affected = new Map<string, Affected>();
  const problems: Problem[] = [];
  const severities = new Map<string, Severity>();
  for (const [i, vulnerability] of vulnerabilities.entries()) {
    const status = objectOf(vulnerability['product_status']);
    const groups = ['known_affected', 'first_affected', 'last_affected', 'fixed', 'first_fixed'];
    for (const group of groups) {
      for (const id of arrayOf(status[group])) {
        const product = typeof id === 'string' ? products.get(id) : undefined;
        if (product?.purl === undefined) continue;
        const fault = addPackage(affected, product.purl, product.platform, group.endsWith('fixed'));
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
function addPackage(
  affected: Map<string, Affected>,
  text: string,
  platform: string | undefined,
  isFixed: boolean,
): string | undefined {
  let parsed: purl.Purl;
  try {
    parsed = purl.parse(text);
  } catch (error) {
    return (error as Error).message;
  }
  for (const { ecosystem, name, version } of packagesOn(parsed, platform)) {
    if (version === '' || (isFixed && !releases.test(ecosystem))) continue;
    const key = `${ecosystem}\n${name}`;
    const entry = affected.get(key) ?? { package: { ecosystem, name } };
    affected.set(key, entry);
    if (isFixed) {
      entry.ranges ??= [];
      const isKnown = entry.ranges.some((range) => range.events.some((event) => event.fixed === version));
      if (!isKnown) entry.ranges.push({ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed: version }] });
    } else {
      entry.versions ??= [];
      if (!entry.versions.includes(version)) entry.versions.push(version);
    }
  }
  return undefined;
}

/**
 * The packages of a purl on a platform. Red Hat's purls name no release; the CPE of the platform does, and its part after
 * the vendor is the release of the OSV ecosystem (OSV schema 1.7, "Red Hat").
 */
function packagesOn(parsed: purl.Purl, platform: string | undefined): PackageVersion[] {
  const release = /^cpe:\/[aoh]:redhat:(.+)$/.exec(platform ?? '')?.[1];
  if (parsed.type !== 'rpm' || parsed.namespace !== 'redhat' || release === undefined) return packagesOfPurl(parsed);
  if (parsed.version === undefined) return [];
  const version = `${parsed.qualifiers?.['epoch'] ?? '0'}:${parsed.version}`;
  return [{ ecosystem: `Red Hat:${release}`, name: parsed.name, version }];
}

interface Product {
  purl?: string | undefined;
  cpe?: string | undefined;
  /** CPE of what the product is a part of. */
  platform?: string | undefined;
}

/** What identifies each product id; a combined product is the part it is made of, on the platform it is part of. */
function productsOf(tree: unknown): Map<string, Product> {
  const products = new Map<string, Product>();
  const add = (product: unknown, rest: Product = {}): void => {
    const { product_id: id, product_identification_helper: helper } = objectOf(product);
    const { purl: one, purls: several, cpe } = objectOf(helper);
    const text = stringOf(one) ?? stringOf(arrayOf(several).find((entry) => typeof entry === 'string'));
    if (typeof id === 'string') products.set(id, { ...rest, purl: text ?? rest.purl, cpe: stringOf(cpe) ?? rest.cpe });
  };
  const visit = (branches: unknown, depth: number): void => {
    if (depth > depthMax) return;
    for (const branch of arrayOf(branches)) {
      add(objectOf(branch)['product']);
      visit(objectOf(branch)['branches'], depth + 1);
    }
  };
  const { full_product_names: names, branches, relationships } = objectOf(tree);
  for (const name of arrayOf(names)) add(name);
  visit(branches, 0);
  // Twice: a part of a module of a platform may be listed before the module is.
  for (const relationship of [...arrayOf(relationships), ...arrayOf(relationships)]) {
    const {
      full_product_name: whole,
      product_reference: part,
      relates_to_product_reference: on,
    } = objectOf(relationship);
    const base = typeof on === 'string' ? products.get(on) : undefined;
    const own = typeof part === 'string' ? products.get(part) : undefined;
    add(whole, { purl: own?.purl, platform: base?.cpe ?? base?.platform });
  }
  return products;
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
