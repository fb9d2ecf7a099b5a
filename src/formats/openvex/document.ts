import type { VexStatement } from '../../domain/advisory/inventory.ts';
import * as instant from '../instant.ts';
import { arrayOf, isObject, type JsonObject, stringOf } from '../json.ts';
import { type Answer, answer, type Listing, Refused } from '../listing.ts';

const statuses = ['not_affected', 'affected', 'fixed', 'under_investigation'] as const;

/** Whether a JSON value says that it is an OpenVEX document (0.0.1 or 0.2.0). */
export function isOne(value: JsonObject): boolean {
  const context = value['@context'];
  return typeof context === 'string' && /^https:\/\/(openvex\.dev\/ns|w3id\.org\/openvex)/.test(context);
}

/** An OpenVEX document, parsed, to an inventory without components that carries its statements. */
export function read(value: JsonObject): Answer {
  return answer('OpenVEX', (listing) => {
    const version = /\/(v\d[\d.]*)$/.exec(stringOf(value['@context']) ?? '')?.[1];
    listing.format = `OpenVEX ${version?.slice(1) ?? '0.0.1'}`;
    listing.serial = stringOf(value['@id']);
    listing.created = instant.read(value['last_updated']) ?? instant.read(value['timestamp']);
    const statements = value['statements'];
    if (!Array.isArray(statements)) throw new Refused('statements', '"statements" is not an array.');
    statements.forEach((statement, index) => {
      addStatement(statement, value, `statements[${index}]`, listing);
    });
  });
}

/** OpenVEX 0.2.0, "Statement Fields". What a statement leaves out it inherits from the document. */
function addStatement(raw: unknown, document: JsonObject, path: string, listing: Listing): void {
  if (!isObject(raw)) {
    listing.doubt(path, 'This statement is not an object; it is left out.');
    return;
  }
  const status = statuses.find((each) => each === raw['status']);
  if (status === undefined) {
    listing.doubt(`${path}.status`, `This statement has none of the statuses ${statuses.join(', ')}; it is left out.`);
    return;
  }
  const products: string[] = [];
  const subcomponents: string[] = [];
  for (const product of arrayOf(raw['products'])) {
    products.push(...namesOf(product));
    if (isObject(product)) for (const part of arrayOf(product['subcomponents'])) subcomponents.push(...namesOf(part));
  }
  // In 0.0.1 subcomponents stood beside the products.
  for (const part of arrayOf(raw['subcomponents'])) subcomponents.push(...namesOf(part));
  const vulnerabilities = vulnerabilitiesOf(raw['vulnerability']);
  if (vulnerabilities.length === 0 || products.length === 0) {
    listing.doubt(path, 'This statement names no vulnerability or no product; it is left out.');
    return;
  }
  const said: VexStatement = { vulnerabilities, products, status };
  if (subcomponents.length > 0) said.subcomponents = subcomponents;
  const justification = stringOf(raw['justification']);
  if (justification !== undefined) said.justification = justification;
  if (status === 'not_affected' && justification === undefined && !stringOf(raw['impact_statement'])) {
    listing.doubt(
      path,
      'OpenVEX asks a statement of "not_affected" for a justification or an impact statement; this has none.',
    );
  }
  const statement =
    stringOf(raw['impact_statement']) ?? stringOf(raw['status_notes']) ?? stringOf(raw['action_statement']);
  if (statement !== undefined) said.statement = statement;
  const author = stringOf(raw['supplier']) ?? stringOf(document['author']);
  if (author !== undefined) said.author = author;
  const at = instant.read(raw['last_updated']) ?? instant.read(raw['timestamp']) ?? listing.created;
  if (at !== undefined) said.at = at;
  listing.vex.push(said);
}

/** A product or subcomponent: its id and identifiers; a bare string in 0.0.1. */
function namesOf(product: unknown): string[] {
  if (typeof product === 'string') return product === '' ? [] : [product];
  if (!isObject(product)) return [];
  const identifiers = isObject(product['identifiers']) ? product['identifiers'] : {};
  const names = [product['@id'], identifiers['purl'], identifiers['cpe23'], identifiers['cpe22']];
  return [...new Set(names.filter((name): name is string => typeof name === 'string' && name !== ''))];
}

function vulnerabilitiesOf(vulnerability: unknown): string[] {
  if (typeof vulnerability === 'string') return vulnerability === '' ? [] : [vulnerability];
  if (!isObject(vulnerability)) return [];
  const names = [vulnerability['name'], ...arrayOf(vulnerability['aliases'])];
  const found = names.filter((name): name is string => typeof name === 'string' && name !== '');
  const id = stringOf(vulnerability['@id']);
  return found.length > 0 ? [...new Set(found)] : id === undefined ? [] : [id.replace(/^.*\//, '')];
}
