import { type Draft, type Found, textOf } from '../finding/draft.ts';
import { child, children, type Element, textOf as textIn } from '../xml.ts';

/** OWASP Dependency-Check's XML, of all versions of its schema. */
export const isOne = (root: Element) => root.name === 'analysis' && /dependency-?check/i.test(root.namespace);

export function* read(root: Element): Generator<Found> {
  const version = textIn(child(root, 'scanInfo'), 'engineVersion');
  const foundAt = textIn(child(root, 'projectInfo'), 'reportDate');
  for (const dependency of children(child(root, 'dependencies'), 'dependency')) {
    const list = child(dependency, 'vulnerabilities');
    const component = componentOf(dependency);
    for (const vulnerability of list?.children ?? []) {
      const path = `line ${vulnerability.line}`;
      const original = plain(vulnerability);
      if (vulnerability.name === 'suppressedVulnerability') {
        const message = 'The tool suppresses this. If it stands all the same, report it by itself.';
        yield { path, original, problems: [{ path, message }] };
      } else if (vulnerability.name === 'vulnerability') {
        const draft = { ...draftOf(vulnerability), ...component, toolVersion: version, foundAt };
        yield { path, original: { dependency: textIn(dependency, 'fileName'), ...original }, draft };
      }
    }
  }
}

function componentOf(dependency: Element): Pick<Draft, 'purl' | 'name' | 'version' | 'places'> {
  const identifiers = child(dependency, 'identifiers');
  const purl = children(identifiers, 'package')
    .map((each) => textIn(each, 'id'))
    .find((id) => id?.startsWith('pkg:'));
  const places = [{ path: textIn(dependency, 'filePath') }];
  if (purl !== undefined) return { purl, places };
  // Before version 5 a Maven package was named by its three coordinates.
  const maven = children(identifiers, 'identifier').find((each) => each.attributes.get('type') === 'maven');
  const [group, artifact, version] =
    textIn(maven, 'name')
      ?.replace(/^\(|\)$/g, '')
      .split(':') ?? [];
  if (artifact !== undefined) return { name: `${group}:${artifact}`, version, places };
  return { name: textIn(dependency, 'fileName'), places };
}

const letters = (words: string): { readonly [word: string]: string } =>
  Object.fromEntries(words.split(' ').map((word) => [word, word.slice(0, 1)]));
const v2 = { ...letters('NETWORK LOCAL LOW MEDIUM HIGH NONE PARTIAL COMPLETE SINGLE MULTIPLE'), ADJACENT_NETWORK: 'A' };
const v3 = {
  ...letters('NETWORK ADJACENT LOCAL PHYSICAL LOW HIGH NONE REQUIRED CHANGED UNCHANGED'),
  ADJACENT_NETWORK: 'A',
};

/** The report spells a vector out, one element for each metric. */
function vectorOf(
  element: Element | undefined,
  prefix: string,
  names: readonly (readonly [metric: string, element: string])[],
  values: { readonly [word: string]: string },
): string | undefined {
  const metrics = names.map(([metric, name]) => {
    const word = textIn(element, name) ?? '';
    return Object.hasOwn(values, word) ? `${metric}:${values[word]}` : undefined;
  });
  return metrics.includes(undefined) ? undefined : `${prefix}${metrics.join('/')}`;
}

const metricsV2 = [
  ['AV', 'accessVector'],
  ['AC', 'accessComplexity'],
  // Sic, in the tool's own schema.
  ['Au', 'authenticationr'],
  ['C', 'confidentialImpact'],
  ['I', 'integrityImpact'],
  ['A', 'availabilityImpact'],
] as const;
const metricsV3 = [
  ['AV', 'attackVector'],
  ['AC', 'attackComplexity'],
  ['PR', 'privilegesRequired'],
  ['UI', 'userInteraction'],
  ['S', 'scope'],
  ['C', 'confidentialityImpact'],
  ['I', 'integrityImpact'],
  ['A', 'availabilityImpact'],
] as const;

function draftOf(vulnerability: Element): Draft {
  const name = textIn(vulnerability, 'name');
  const description = textIn(vulnerability, 'description');
  const cvss3 = child(vulnerability, 'cvssV3');
  const version = textIn(cvss3, 'version') === '3.0' ? '3.0' : '3.1';
  return {
    // An id names the flaw only where it is one; RetireJS gives a sentence here.
    titles: [description, name],
    description,
    aliases: [name],
    weaknesses: [
      textIn(vulnerability, 'cwe'),
      ...children(child(vulnerability, 'cwes'), 'cwe').map((each) => each.text),
    ],
    severity: [
      vectorOf(cvss3, `CVSS:${version}/`, metricsV3, v3),
      vectorOf(child(vulnerability, 'cvssV2'), '', metricsV2, v2),
    ],
    level: textIn(vulnerability, 'severity'),
    references: children(child(vulnerability, 'references'), 'reference').map((each) => textIn(each, 'url')),
    tool: 'Dependency-Check',
    rule: textOf(name),
  };
}

/** An element as JSON that a person can read: attributes, then children by name. */
function plain(element: Element): { [name: string]: unknown } {
  // Names come from outside: without a prototype none of them means anything.
  const value: { [name: string]: unknown } = Object.assign(Object.create(null), Object.fromEntries(element.attributes));
  for (const each of element.children) {
    const inner = each.children.length === 0 && each.attributes.size === 0 ? each.text : plain(each);
    const known = value[each.name];
    if (known === undefined) value[each.name] = inner;
    else if (Array.isArray(known)) known.push(inner);
    else value[each.name] = [known, inner];
  }
  if (element.text !== '') value['text'] = element.text;
  return value;
}
