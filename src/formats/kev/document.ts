/** CISA's Known Exploited Vulnerabilities catalog, JSON form (schema: kev.schema.json). */
import type { KevFact } from '../../domain/advisory/fact.ts';
import type { Day } from '../../domain/instant.ts';
import type { Problem } from '../../domain/problem.ts';
import { read as readInstant } from '../instant.ts';
import { arrayOf, isObject, type JsonObject, stringOf } from '../json.ts';

export interface KevEntry {
  /** CVE id. */
  id: string;
  vendor: string;
  product: string;
  name: string;
  description: string;
  requiredAction: string;
  notes?: string;
  /** CWE ids. */
  weaknesses: string[];
  fact: KevFact;
}

export interface KevCatalog {
  version: string;
  /** Day of release, which dates every fact of the catalog. */
  released: Day;
  entries: KevEntry[];
}

/** Many times the catalog's size; more is not this catalog. */
const entriesMax = 100_000;

/**
 * Reads a catalog from parsed JSON. A faulty entry is left out and named in `problems`, so that one slip of the source does
 * not withhold the others; without a usable catalog there are only problems.
 */
export function read(value: unknown): { catalog: KevCatalog; problems: Problem[] } | { problems: Problem[] } {
  if (!isObject(value)) return { problems: [{ path: '', message: 'A KEV catalog is a JSON object.' }] };
  const version = stringOf(value.catalogVersion);
  const released = readInstant(value.dateReleased)?.slice(0, 10);
  const problems: Problem[] = [];
  if (version === undefined)
    problems.push({ path: 'catalogVersion', message: 'The version of the catalog is missing.' });
  if (released === undefined)
    problems.push({ path: 'dateReleased', message: 'The day of release is missing or not a date.' });
  if (!Array.isArray(value.vulnerabilities))
    problems.push({ path: 'vulnerabilities', message: 'The list is missing.' });
  const list = arrayOf(value.vulnerabilities);
  if (list.length > entriesMax)
    problems.push({ path: 'vulnerabilities', message: `The list has more than ${entriesMax} entries.` });
  if (version === undefined || released === undefined || problems.length > 0) return { problems };

  if (value.count !== list.length) {
    problems.push({
      path: 'count',
      message: `The catalog says it has ${String(value.count)} entries and has ${list.length}: it may be cut off.`,
    });
  }
  const entries: KevEntry[] = [];
  const ids = new Set<string>();
  list.forEach((item, index) => {
    const result = readEntry(item, `vulnerabilities[${index}]`, released);
    if ('message' in result) problems.push(result);
    else if (ids.has(result.id))
      problems.push({ path: `vulnerabilities[${index}].cveID`, message: `${result.id} is listed twice.` });
    else {
      ids.add(result.id);
      entries.push(result);
    }
  });
  return { catalog: { version, released, entries }, problems };
}

function readEntry(item: unknown, path: string, released: Day): KevEntry | Problem {
  if (!isObject(item)) return { path, message: 'An entry is a JSON object.' };
  const id = stringOf(item.cveID);
  if (id === undefined || !/^CVE-\d{4}-\d{4,19}$/.test(id))
    return { path: `${path}.cveID`, message: 'This is not a CVE id.' };
  const dateAdded = dayOf(item, 'dateAdded');
  const dueDate = dayOf(item, 'dueDate');
  if (dateAdded === undefined)
    return { path: `${path}.dateAdded`, message: `The day that ${id} was added is missing or not a date.` };
  const text = (field: string) => stringOf(item[field]) ?? '';
  const notes = text('notes');
  return {
    id,
    vendor: text('vendorProject'),
    product: text('product'),
    name: text('vulnerabilityName'),
    description: text('shortDescription'),
    requiredAction: text('requiredAction'),
    ...(notes === '' ? {} : { notes }),
    weaknesses: arrayOf(item.cwes).filter((cwe) => typeof cwe === 'string'),
    fact: {
      kind: 'kev',
      source: 'CISA KEV',
      date: released,
      dateAdded,
      ...(dueDate === undefined ? {} : { dueDate }),
      isRansomwareUse: item.knownRansomwareCampaignUse === 'Known',
    },
  };
}

function dayOf(item: JsonObject, field: string): Day | undefined {
  const text = stringOf(item[field]);
  return text !== undefined && /^\d{4}-\d{2}-\d{2}$/.test(text) && readInstant(text)?.startsWith(text)
    ? text
    : undefined;
}
