import { type Draft, type Found, textOf } from '../finding/draft.ts';
import { described, listed } from '../finding/wording.ts';
import { arrayOf, isObject, type JsonObject, objectOf } from '../json.ts';
import { componentOf } from '../osv/finding.ts';
import { affectedOf } from './affected.ts';

/** A CVE record of version 5, published, reserved or a draft of one. */
export const isOne = (value: unknown) =>
  isObject(value) && (value['dataType'] === 'CVE_RECORD' || isObject(objectOf(value['containers'])['cna']));

export function* read(value: unknown): Generator<Found> {
  const record = objectOf(value);
  const metadata = objectOf(record['cveMetadata']);
  const { cna } = objectOf(record['containers']);
  if (metadata['state'] === 'REJECTED') {
    const message = 'This record is rejected. Nothing is to be done.';
    yield { path: '', original: record, problems: [{ path: 'cveMetadata.state', message }] };
  } else if (!isObject(cna)) {
    const message = 'The container of the assigning authority (CNA), which describes the flaw, is missing.';
    yield { path: '', original: record, problems: [{ path: 'containers.cna', message }] };
  } else yield { path: '', original: record, draft: draftOf(cna, metadata, productsOf(record)) };
}

/** The products that the CNA names; those that others add (ADP) where it names none. */
function productsOf(record: JsonObject): JsonObject[] {
  const { cna, adp } = objectOf(record['containers']);
  const lists = [cna, ...arrayOf(adp)].map((container) => arrayOf(objectOf(container)['affected']).filter(isObject));
  return lists.find((products) => products.some((product) => nameOf(product) !== '')) ?? lists[0] ?? [];
}

/** Of several affected products the first is the component, and the text names the others. */
function draftOf(cna: JsonObject, metadata: JsonObject, products: readonly JsonObject[]): Draft {
  const states = products.map((product) => ({ product, affected: affectedOf(product) }));
  const concerned = states.filter(({ affected }) => affected !== undefined);
  const { product = {}, affected } = concerned[0] ?? states[0] ?? {};
  const component = affected === undefined ? {} : componentOf({ ...affected });
  const names = new Set(concerned.map((each) => nameOf(each.product)));
  const [, ...others] = names;
  const text = (key: string) => englishOf(cna[key]);
  return {
    titles: [cna['title'], text('descriptions')],
    description: described([
      text('descriptions'),
      text('workarounds'),
      text('solutions'),
      others.length === 0 ? undefined : `Also affected: ${listed(others)}.`,
    ]),
    ...component,
    ...(textOf(component.purl) === undefined && textOf(component.name) === undefined ? { name: nameOf(product) } : {}),
    places: placesOf(product),
    aliases: [metadata['cveId'], ...arrayOf(cna['aliases'])],
    weaknesses: arrayOf(cna['problemTypes'])
      .flatMap((type) => arrayOf(objectOf(type)['descriptions']))
      .map((each) => objectOf(each)['cweId'] ?? objectOf(each)['description']),
    severity: arrayOf(cna['metrics']).flatMap((metric) =>
      Object.values(objectOf(metric)).map((each) => objectOf(each)['vectorString']),
    ),
    impact: arrayOf(cna['impacts'])
      .map((each) => englishOf(objectOf(each)['descriptions']))
      .filter((each) => each !== undefined)
      .join('\n\n'),
    reproduction: text('exploits'),
    references: arrayOf(cna['references']).map((each) => objectOf(each)['url']),
  };
}

function nameOf(product: JsonObject): string {
  const named = [product['packageName'], product['product']].map(known).find((name) => name !== undefined);
  const vendor = known(product['vendor']);
  if (named === undefined) return vendor ?? '';
  return vendor === undefined || named.toLowerCase().includes(vendor.toLowerCase()) ? named : `${vendor} ${named}`;
}

function known(value: unknown): string | undefined {
  const text = textOf(value);
  return text === undefined || /^(?:n\/?a|unknown|unspecified|-)$/i.test(text) ? undefined : text;
}

/** Files, modules and routines, as the record lists them beside one another. */
function placesOf(product: JsonObject): NonNullable<Draft['places']> {
  const routines = arrayOf(product['programRoutines']).map((each) => objectOf(each)['name']);
  const files = arrayOf(product['programFiles']);
  const modules = arrayOf(product['modules']);
  return [
    ...files.map((path, index) => ({ path, symbol: files.length === 1 ? routines[index] : undefined })),
    ...(files.length === 1 ? routines.slice(1) : routines).map((symbol) => ({ symbol })),
    ...modules.map((symbol) => ({ symbol })),
  ];
}

function englishOf(list: unknown): string | undefined {
  const texts = arrayOf(list)
    .map(objectOf)
    .filter(({ lang }) => lang === undefined || /^en/i.test(textOf(lang) ?? ''))
    .map(({ value }) => value);
  return described(texts);
}
