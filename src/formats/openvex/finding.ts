import { type Draft, type Found, textOf } from '../finding/draft.ts';
import { described } from '../finding/wording.ts';
import { arrayOf, isObject, type JsonObject, objectOf } from '../json.ts';
import { quoted } from '../text.ts';
import { isOne as isDocument } from './document.ts';

export const isOne = (value: unknown) => isObject(value) && isDocument(value);

/** The statements of an OpenVEX document that claim a flaw, one report for each product. The others say that there is none, and are refused. */
export function* read(value: unknown): Generator<Found> {
  const document = objectOf(value);
  const statements = arrayOf(document['statements']);
  for (let i = 0; i < statements.length; i++) {
    const path = `statements[${i}]`;
    const statement = statements[i];
    if (!isObject(statement)) {
      yield { path, original: statement, problems: [{ path, message: 'This statement is not an object.' }] };
      continue;
    }
    const { status } = statement;
    if (status !== 'affected' && status !== 'under_investigation') {
      const message = `The status is ${quoted(status ?? 'missing')}: no flaw is reported here.`;
      yield { path, original: statement, problems: [{ path: `${path}.status`, message }] };
      continue;
    }
    const products = arrayOf(statement['products']);
    if (products.length === 0) yield { path, original: statement, draft: draftOf(statement, document, undefined) };
    for (let j = 0; j < products.length; j++) {
      const at = products.length === 1 ? path : `${path}.products[${j}]`;
      const original = products.length === 1 ? statement : { ...statement, products: [products[j]] };
      yield { path: at, original, draft: draftOf(statement, document, products[j]) };
    }
  }
}

/** A component inside of a product is where the flaw is; the product is told in the text. */
function draftOf(statement: JsonObject, document: JsonObject, product: unknown): Draft {
  const { vulnerability } = statement;
  const flaw = objectOf(vulnerability);
  const name = textOf(vulnerability) ?? textOf(flaw['name']) ?? textOf(flaw['@id'])?.replace(/^.*\//, '');
  const part = arrayOf(objectOf(product)['subcomponents'] ?? statement['subcomponents'])[0];
  const component = namesOf(part ?? product);
  const [inside] = part === undefined ? [] : namesOf(product);
  const purl = component.find((each) => each.startsWith('pkg:'));
  return {
    titles: [`${name ?? 'A flaw'} in ${component[0] ?? 'a product'}`],
    description: described([
      flaw['description'],
      statement['status_notes'],
      statement['action_statement'],
      inside === undefined ? undefined : `In the product ${inside}.`,
    ]),
    purl,
    name: purl === undefined ? component[0] : undefined,
    aliases: [name, ...arrayOf(flaw['aliases'])],
    references: [textOf(flaw['@id'])?.startsWith('http') === true ? flaw['@id'] : undefined],
    tool: document['tooling'],
    foundAt: statement['timestamp'] ?? document['timestamp'],
  };
}

function namesOf(product: unknown): string[] {
  const { identifiers, '@id': id } = objectOf(product);
  const { purl, cpe23, cpe22 } = objectOf(identifiers);
  return [product, id, purl, cpe23, cpe22].map(textOf).filter((name) => name !== undefined);
}
