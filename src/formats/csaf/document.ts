import type { VexStatement } from '../../domain/advisory/inventory.ts';
import * as instant from '../instant.ts';
import { arrayOf, isObject, type JsonObject, stringOf } from '../json.ts';
import { type Answer, answer, type Listing, limits, Refused } from '../listing.ts';

/** Whether a JSON value says that it is a CSAF document (2.0 or 2.1). */
export function isOne(value: JsonObject): boolean {
  const document = value['document'];
  return (
    isObject(document) && (typeof document['csaf_version'] === 'string' || /^csaf_/.test(String(document['category'])))
  );
}

/** CSAF 2.0 section 3.2.3.9: the groups of product_status, as VEX knows them. */
const statusOf: ReadonlyMap<string, VexStatement['status']> = new Map([
  ['first_affected', 'affected'],
  ['known_affected', 'affected'],
  ['last_affected', 'affected'],
  ['known_not_affected', 'not_affected'],
  ['first_fixed', 'fixed'],
  ['fixed', 'fixed'],
  ['under_investigation', 'under_investigation'],
]);

/** A CSAF document, parsed, to an inventory without components that carries its VEX statements (profile csaf_vex and advisories alike). */
export function read(value: JsonObject): Answer {
  return answer('CSAF', (listing) => {
    const document = isObject(value['document']) ? value['document'] : {};
    const tracking = isObject(document['tracking']) ? document['tracking'] : {};
    const publisher = isObject(document['publisher']) ? document['publisher'] : {};
    listing.format = `CSAF ${(stringOf(document['csaf_version']) ?? '2.0').slice(0, 10)}`;
    listing.name = stringOf(document['title']);
    listing.serial = stringOf(tracking['id']);
    listing.created = instant.read(tracking['current_release_date']);
    const products = { byId: productsOf(value['product_tree']), groups: groupsOf(value['product_tree']) };
    const vulnerabilities = value['vulnerabilities'] ?? [];
    if (!Array.isArray(vulnerabilities)) throw new Refused('vulnerabilities', '"vulnerabilities" is not an array.');
    vulnerabilities.forEach((vulnerability, index) => {
      addVulnerability(vulnerability, `vulnerabilities[${index}]`, products, stringOf(publisher['name']), listing);
    });
  });
}

interface Product {
  names: string[];
  /** Set for a product that is a component of another (relationships): the names of that component. */
  parts?: string[];
}

interface Products {
  byId: ReadonlyMap<string, Product>;
  groups: ReadonlyMap<string, readonly string[]>;
}

/** The purls and CPEs of each product id; its name where it has neither. */
function productsOf(tree: unknown): Map<string, Product> {
  const products = new Map<string, Product>();
  if (!isObject(tree)) return products;
  const addProduct = (product: unknown) => {
    if (!isObject(product)) return;
    const id = stringOf(product['product_id']);
    const helper = isObject(product['product_identification_helper']) ? product['product_identification_helper'] : {};
    const names = [helper['purl'], ...arrayOf(helper['purls']), helper['cpe']].filter(
      (name): name is string => typeof name === 'string' && name !== '',
    );
    // An id means something in this document only.
    if (id !== undefined) products.set(id, { names: names.length > 0 ? names : [stringOf(product['name']) ?? id] });
  };
  arrayOf(tree['full_product_names']).forEach(addProduct);
  const open: { branches: readonly unknown[]; depth: number }[] = [{ branches: arrayOf(tree['branches']), depth: 0 }];
  for (let level = open.pop(); level !== undefined; level = open.pop()) {
    if (level.depth > limits.depthMax) {
      throw new Refused('product_tree.branches', `Branches are nested more than ${limits.depthMax} deep.`);
    }
    for (const branch of level.branches) {
      if (!isObject(branch)) continue;
      addProduct(branch['product']);
      const below = arrayOf(branch['branches']);
      if (below.length > 0) open.push({ branches: below, depth: level.depth + 1 });
    }
  }
  for (const relationship of arrayOf(tree['relationships'])) {
    if (!isObject(relationship)) continue;
    addProduct(relationship['full_product_name']);
    const combined =
      isObject(relationship['full_product_name']) && stringOf(relationship['full_product_name']['product_id']);
    const part = products.get(stringOf(relationship['product_reference']) ?? '');
    const whole = products.get(stringOf(relationship['relates_to_product_reference']) ?? '');
    if (combined && part !== undefined && whole !== undefined) {
      const own = products.get(combined)?.names.filter((name) => /^(pkg|cpe):/.test(name)) ?? [];
      products.set(combined, { names: [...own, ...whole.names], parts: part.names });
    }
  }
  return products;
}

function addVulnerability(
  raw: unknown,
  path: string,
  products: Products,
  author: string | undefined,
  listing: Listing,
): void {
  if (!isObject(raw)) {
    listing.doubt(path, 'This vulnerability is not an object; it is left out.');
    return;
  }
  const ids = [raw['cve'], ...arrayOf(raw['ids']).map((id) => isObject(id) && id['text'])];
  const vulnerabilities = [...new Set(ids.filter((id): id is string => typeof id === 'string' && id !== ''))];
  const groups = raw['product_status'];
  if (vulnerabilities.length === 0 || !isObject(groups)) {
    listing.doubt(path, 'This vulnerability has no identifier or no product status; it states nothing.');
    return;
  }
  const groupMembers = membersOf(raw, products.groups);
  for (const [group, status] of statusOf) {
    for (const id of arrayOf(groups[group])) {
      if (typeof id !== 'string') continue;
      const product = products.byId.get(id) ?? { names: [id] };
      const said: VexStatement = { vulnerabilities, products: product.names, status };
      if (product.parts !== undefined) said.subcomponents = product.parts;
      const flag = groupMembers.flags.get(id);
      if (flag !== undefined && status === 'not_affected') said.justification = flag;
      const statement = status === 'affected' ? groupMembers.remediations.get(id) : groupMembers.impacts.get(id);
      if (statement !== undefined) said.statement = statement;
      if (author !== undefined) said.author = author;
      if (listing.created !== undefined) said.at = listing.created;
      listing.vex.push(said);
    }
  }
}

/** Product id to its flag's label (which are OpenVEX's justifications), impact threat and remediation. */
function membersOf(raw: JsonObject, groups: ReadonlyMap<string, readonly string[]>) {
  const keyed = (list: unknown, take: (entry: JsonObject) => string | undefined) => {
    const found = new Map<string, string>();
    for (const entry of arrayOf(list)) {
      const value = isObject(entry) ? take(entry) : undefined;
      if (!isObject(entry) || value === undefined) continue;
      const named = [
        ...arrayOf(entry['product_ids']),
        ...arrayOf(entry['group_ids']).flatMap((id) => groups.get(String(id)) ?? []),
      ];
      for (const id of named) if (typeof id === 'string') found.set(id, value);
    }
    return found;
  };
  return {
    flags: keyed(raw['flags'], (entry) => stringOf(entry['label'])),
    impacts: keyed(raw['threats'], (entry) =>
      entry['category'] === 'impact' ? stringOf(entry['details']) : undefined,
    ),
    remediations: keyed(raw['remediations'], (entry) => stringOf(entry['details'])),
  };
}

/** CSAF 2.0 section 3.2.2.4: product ids by the id of their group. */
function groupsOf(tree: unknown): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const group of arrayOf(isObject(tree) ? tree['product_groups'] : undefined)) {
    const id = isObject(group) ? stringOf(group['group_id']) : undefined;
    if (!isObject(group) || id === undefined) continue;
    groups.set(
      id,
      arrayOf(group['product_ids']).filter((product) => typeof product === 'string'),
    );
  }
  return groups;
}
