import { type Draft, type Found, levelOf, textOf } from '../finding/draft.ts';
import { described, firstSentence } from '../finding/wording.ts';
import { arrayOf, isObject, type JsonObject, objectOf } from '../json.ts';
import { limits, Refused } from '../listing.ts';
import { isOne as isDocument } from './document.ts';

export const isOne = (value: unknown) => isObject(value) && isDocument(value);

/**
 * The vulnerabilities of a CycloneDX document (VDR), one report for each component that they affect. An inventory that lists none is
 * refused: it is no report.
 */
export function* read(value: unknown): Generator<Found> {
  const bom = objectOf(value);
  if (!Array.isArray(bom['vulnerabilities'])) {
    throw new Refused(
      'vulnerabilities',
      'This CycloneDX document is an inventory, not a report: it lists components and no vulnerabilities. Import it as an inventory.',
    );
  }
  const components = componentsOf(bom);
  const tool = toolOf(objectOf(bom['metadata'])['tools']);
  const vulnerabilities = bom['vulnerabilities'];
  for (let i = 0; i < vulnerabilities.length; i++) {
    const path = `vulnerabilities[${i}]`;
    const one: unknown = vulnerabilities[i];
    if (!isObject(one)) {
      yield { path, original: one, problems: [{ path, message: 'This vulnerability is not an object.' }] };
      continue;
    }
    const word = settled.get(objectOf(one['analysis'])['state']);
    if (word !== undefined) {
      const message = `The analysis says that this is ${word}: nothing is reported here.`;
      yield { path, original: one, problems: [{ path: `${path}.analysis.state`, message }] };
      continue;
    }
    const draft = { ...draftOf(one), ...(toolOf(one['tools']) ?? tool) };
    const affects = arrayOf(one['affects']);
    if (affects.length === 0) {
      yield { path, original: one, draft: { ...draft, ...subjectOf(objectOf(bom['metadata'])['component']) } };
    }
    for (let j = 0; j < affects.length; j++) {
      const target = objectOf(affects[j]);
      const at = affects.length === 1 ? path : `${path}.affects[${j}]`;
      const original = affects.length === 1 ? one : { ...one, affects: [affects[j]] };
      yield { path: at, original, draft: { ...draft, ...targetOf(target, components) } };
    }
  }
}

/** CycloneDX 1.4 and later, analysis.state: those by which there is nothing to do. */
const settled: ReadonlyMap<unknown, string> = new Map([
  ['not_affected', 'not affecting anything'],
  ['false_positive', 'a false alarm'],
  ['resolved', 'resolved'],
  ['resolved_with_pedigree', 'resolved'],
]);

type Component = Pick<Draft, 'purl' | 'name' | 'version'>;

function subjectOf(component: unknown): Component {
  const { group, name, version, purl } = objectOf(component);
  return { purl, name: [textOf(group), textOf(name)].filter((part) => part !== undefined).join('/'), version };
}

/** Components by the references that vulnerabilities point with, components inside components too. */
function componentsOf(bom: JsonObject): Map<string, Component> {
  const found = new Map<string, Component>();
  const open = [
    {
      list: [objectOf(bom['metadata'])['component'], ...arrayOf(bom['components']), ...arrayOf(bom['services'])],
      depth: 0,
    },
  ];
  for (let level = open.pop(); level !== undefined; level = open.pop()) {
    if (level.depth > limits.depthMax) {
      throw new Refused('components', `Components are nested more than ${limits.depthMax} deep.`);
    }
    for (const component of level.list) {
      if (!isObject(component)) continue;
      for (const name of [component['bom-ref'], component['purl']]) {
        if (typeof name === 'string' && !found.has(name)) found.set(name, subjectOf(component));
      }
      for (const key of ['components', 'services']) {
        if (Array.isArray(component[key])) open.push({ list: component[key], depth: level.depth + 1 });
      }
    }
  }
  return found;
}

/** A reference means a component of this document, or is a package URL or BOM-Link (which names what it means) itself. */
function targetOf(target: JsonObject, components: ReadonlyMap<string, Component>): Component & Pick<Draft, 'affected'> {
  const ref = textOf(target['ref']) ?? '';
  const known = components.get(ref) ?? (ref.startsWith('pkg:') ? { purl: ref } : { name: ref });
  const versions = arrayOf(target['versions']).map(objectOf);
  const affected = versions.filter(({ status }) => status === undefined || status === 'affected');
  const exact = affected.map(({ version }) => textOf(version)).find((version) => version !== undefined);
  const ranges = affected.map(({ range }) => textOf(range)).filter((range) => range !== undefined);
  return {
    ...known,
    ...(known.version === undefined && exact !== undefined ? { version: exact } : {}),
    affected: ranges.length === 0 ? undefined : ranges.join(' '),
  };
}

function draftOf(one: JsonObject): Draft {
  const ratings = arrayOf(one['ratings']).map(objectOf);
  const id = textOf(one['id']);
  const { workaround, proofOfConcept } = one;
  const proof = objectOf(proofOfConcept);
  return {
    titles: [firstSentence(one['description']), id],
    description: described([one['description'], one['detail'], one['recommendation'], workaround]),
    aliases: [id, ...arrayOf(one['references']).map((each) => objectOf(each)['id'])],
    weaknesses: arrayOf(one['cwes']),
    severity: ratings.map(vectorOf),
    level: ratings.map(({ severity }) => levelOf(severity)).find((level) => level !== undefined),
    reproduction: described([proof['reproductionSteps'], proof['environment']]),
    references: [
      objectOf(one['source'])['url'],
      ...arrayOf(one['advisories']).map((each) => objectOf(each)['url']),
      ...arrayOf(one['references']).map((each) => objectOf(objectOf(each)['source'])['url']),
    ],
    rule: id,
    foundAt: one['created'],
  };
}

const prefixes: ReadonlyMap<unknown, string> = new Map([
  ['CVSSv3', 'CVSS:3.0/'],
  ['CVSSv31', 'CVSS:3.1/'],
  ['CVSSv4', 'CVSS:4.0/'],
]);

/** Many tools leave out the vector's own prefix, for the method is named beside it. */
function vectorOf({ vector, method }: JsonObject): string | undefined {
  const text = textOf(vector)?.replace(/^\((.*)\)$/, '$1');
  if (text === undefined || text.startsWith('CVSS:')) return text;
  const prefix = prefixes.get(method);
  return prefix !== undefined && text.startsWith('AV:') ? prefix + text : text;
}

function toolOf(tools: unknown): Pick<Draft, 'tool' | 'toolVersion'> | undefined {
  const list = Array.isArray(tools) ? tools : arrayOf(objectOf(tools)['components']);
  const { name, version } = objectOf(list[0]);
  return textOf(name) === undefined ? undefined : { tool: name, toolVersion: version };
}
