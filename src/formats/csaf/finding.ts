import { type Draft, type Found, textOf } from '../finding/draft.ts';
import { described, listed } from '../finding/wording.ts';
import { arrayOf, isObject, type JsonObject, objectOf } from '../json.ts';
import { limits, Refused } from '../listing.ts';
import { quoted } from '../text.ts';
import { isOne as isDocument } from './document.ts';

export const isOne = (value: unknown) => isObject(value) && isDocument(value);

/** The vulnerabilities of a CSAF 2.0 or 2.1 document, one report each: of several affected products the first is the component. */
export function* read(value: unknown): Generator<Found> {
  const root = objectOf(value);
  const document = objectOf(root['document']);
  const version = textOf(document['csaf_version']);
  if (version !== undefined && !/^2\.[01]$/.test(version)) {
    const message = `This is CSAF ${quoted(version)}; versions 2.0 and 2.1 are read. Convert it first.`;
    throw new Refused('document.csaf_version', message);
  }
  const products = productsOf(root['product_tree']);
  const groups = groupsOf(root['product_tree']);
  const vulnerabilities = arrayOf(root['vulnerabilities']);
  for (let index = 0; index < vulnerabilities.length; index++) {
    const path = `vulnerabilities[${index}]`;
    const one = vulnerabilities[index];
    if (!isObject(one)) {
      yield { path, original: one, problems: [{ path, message: 'This vulnerability is not an object.' }] };
      continue;
    }
    const status = objectOf(one['product_status']);
    const ids = concerned.flatMap((group) => arrayOf(status[group]));
    if (ids.length === 0 && Object.keys(status).length > 0) {
      const message = 'No product is affected or under investigation: nothing is reported here.';
      yield { path, original: one, problems: [{ path: `${path}.product_status`, message, clause: '3.2.3.9' }] };
    } else yield { path, original: one, draft: draftOf(one, document, ids, products, groups) };
  }
}

/** CSAF 2.0 section 3.2.3.9, the groups that claim a flaw or look for one. */
const concerned = ['known_affected', 'first_affected', 'last_affected', 'under_investigation'];

interface Product {
  name: string | undefined;
  purl: string | undefined;
  version: string | undefined;
}

function draftOf(
  one: JsonObject,
  document: JsonObject,
  ids: readonly unknown[],
  products: ReadonlyMap<unknown, Product>,
  groups: ReadonlyMap<unknown, ReadonlySet<unknown>>,
): Draft {
  const named = ids.map((id) => products.get(id)).filter((product) => product !== undefined);
  const first = named.find(({ purl }) => purl !== undefined) ?? named[0];
  const names = new Set(named.map(({ name, version }) => [name, version].filter((part) => part).join(' ')));
  if (first !== undefined) names.delete([first.name, first.version].filter((part) => part).join(' '));
  const notes = arrayOf(one['notes']).map(objectOf);
  const note = (category: string) => notes.find((each) => each['category'] === category)?.['text'];
  const fixes = ['fixed', 'first_fixed'].flatMap((group) => arrayOf(objectOf(one['product_status'])[group]));
  const identifiers = arrayOf(one['ids']).map((each) => objectOf(each)['text']);
  const title = textOf(one['title']);
  const alias = textOf(one['cve']) ?? identifiers.map(textOf).find((each) => each !== undefined);
  const firstId = ids.find((id) => products.get(id) === first);
  const around = groups.get(firstId);
  const isMine = (entry: JsonObject) =>
    arrayOf(entry['product_ids']).includes(firstId) ||
    arrayOf(entry['group_ids']).some((group) => around?.has(group) === true);
  const remedies = arrayOf(one['remediations']).map(objectOf);
  const { cwe, cwes } = one;
  const scores = [
    ...arrayOf(one['scores']).map(objectOf),
    ...arrayOf(one['metrics']).map((metric) => objectOf(objectOf(metric)['content'])),
  ];
  return {
    titles: [title, [alias, textOf(document['title'])].filter((part) => part !== undefined).join(': ')],
    description: described([
      note('description') ?? note('summary') ?? note('details') ?? notes[0]?.['text'],
      names.size === 0 ? undefined : `Also affected: ${listed([...names])}.`,
      ...remedies
        .filter(isMine)
        .slice(0, 5)
        .map((remedy) => remedy['details']),
    ]),
    purl: first?.purl,
    name: first === undefined ? textOf(objectOf(document['publisher'])['name']) : first.name,
    version: first?.version,
    fixed: fixes
      .map((id) => products.get(id))
      .filter((product) => product !== undefined && product.name === first?.name)
      .map((product) => product?.version),
    aliases: [one['cve'], ...identifiers],
    weaknesses: [cwe, ...arrayOf(cwes)].map((each) => objectOf(each)['id']),
    severity: scores.flatMap((score) =>
      ['cvss_v4', 'cvss_v3', 'cvss_v2'].map((key) => objectOf(score[key])['vectorString']),
    ),
    level: objectOf(document['aggregate_severity'])['text'],
    impact: described(
      arrayOf(one['threats'])
        .map(objectOf)
        .filter((threat) => threat['category'] === 'impact')
        .map((threat) => threat['details']),
    ),
    references: [...arrayOf(one['references']), ...arrayOf(document['references'])].map(
      (each) => objectOf(each)['url'],
    ),
    foundAt: one['discovery_date'],
  };
}

/** The groups that each product id is in. */
function groupsOf(tree: unknown): Map<unknown, Set<unknown>> {
  const groups = new Map<unknown, Set<unknown>>();
  for (const group of arrayOf(objectOf(tree)['product_groups']).map(objectOf)) {
    for (const id of arrayOf(group['product_ids'])) {
      const known = groups.get(id);
      if (known === undefined) groups.set(id, new Set([group['group_id']]));
      else known.add(group['group_id']);
    }
  }
  return groups;
}

/** What each product id stands for: names and versions come from the branches around it. */
function productsOf(tree: unknown): Map<unknown, Product> {
  const products = new Map<unknown, Product>();
  const add = (value: unknown, around: Partial<Product> = {}): void => {
    const { product_id: id, name, product_identification_helper: helper } = objectOf(value);
    if (typeof id !== 'string') return;
    const { purl, purls } = objectOf(helper);
    products.set(id, {
      name: around.name ?? textOf(name),
      purl: textOf(purl) ?? textOf(arrayOf(purls)[0]) ?? around.purl,
      version: around.version,
    });
  };
  const { full_product_names: names, branches, relationships } = objectOf(tree);
  for (const name of arrayOf(names)) add(name);
  const open = [{ list: arrayOf(branches), depth: 0, around: {} as Partial<Product> }];
  for (let level = open.pop(); level !== undefined; level = open.pop()) {
    if (level.depth > limits.depthMax) {
      throw new Refused('product_tree.branches', `Branches are nested more than ${limits.depthMax} deep.`);
    }
    for (const branch of level.list.map(objectOf)) {
      const around = { ...level.around };
      if (branch['category'] === 'product_name') around.name = textOf(branch['name']);
      if (branch['category'] === 'product_version') around.version = textOf(branch['name']);
      add(branch['product'], around);
      const below = arrayOf(branch['branches']);
      if (below.length > 0) open.push({ list: below, depth: level.depth + 1, around });
    }
  }
  for (const relationship of arrayOf(relationships).map(objectOf)) {
    const part = products.get(relationship['product_reference']);
    add(relationship['full_product_name'], { purl: part?.purl, version: part?.version });
  }
  return products;
}
