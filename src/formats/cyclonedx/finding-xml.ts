import type { Found } from '../finding/draft.ts';
import type { JsonObject } from '../json.ts';
import { limits, Refused } from '../listing.ts';
import { child, children, type Element, textOf } from '../xml.ts';
import * as json from './finding.ts';

export const isOne = (root: Element) =>
  root.name === 'bom' && /^http:\/\/cyclonedx\.org\/schema\/bom\/\d+\.\d+$/.test(root.namespace);

/**
 * The same from XML, of all versions. Before 1.4 vulnerabilities came as an extension (`ext/vulnerability/1.0`), beside the components or inside
 * each.
 */
export function read(root: Element): Generator<Found> {
  const lists: { list: Element; inside?: Element }[] = children(root, 'vulnerabilities').map((list) => ({ list }));
  const components: Element[] = [];
  const open = [{ list: child(root, 'components')?.children ?? [], depth: 0 }];
  for (let level = open.pop(); level !== undefined; level = open.pop()) {
    if (level.depth > limits.depthMax)
      throw new Refused('', `Components are nested more than ${limits.depthMax} deep.`);
    for (const component of level.list) {
      components.push(component);
      for (const list of children(component, 'vulnerabilities')) lists.push({ list, inside: component });
      const below = child(component, 'components');
      if (below !== undefined) open.push({ list: below.children, depth: level.depth + 1 });
    }
  }
  const metadata = child(root, 'metadata');
  return json.read({
    metadata: { component: componentOf(child(metadata, 'component')), tools: toolsOf(child(metadata, 'tools')) },
    components: components.map(componentOf),
    ...(lists.length === 0
      ? {}
      : {
          vulnerabilities: lists.flatMap(({ list, inside }) =>
            list.children.map((one) => vulnerabilityOf(one, inside)),
          ),
        }),
  });
}

function componentOf(element: Element | undefined): JsonObject {
  if (element === undefined) return {};
  return {
    'bom-ref': element.attributes.get('bom-ref'),
    group: textOf(element, 'group'),
    name: textOf(element, 'name'),
    version: textOf(element, 'version'),
    purl: textOf(element, 'purl'),
  };
}

function toolsOf(tools: Element | undefined): JsonObject[] {
  const list = child(tools, 'components') ?? tools;
  return (list?.children ?? []).map((tool) => ({ name: textOf(tool, 'name'), version: textOf(tool, 'version') }));
}

const texts = (element: Element, list: string, each: string) =>
  children(child(element, list), each).map(({ text }) => text);

function vulnerabilityOf(element: Element, inside: Element | undefined): JsonObject {
  const source = child(element, 'source');
  const targets = children(child(element, 'affects'), 'target').map((target) => ({
    ref: textOf(target, 'ref'),
    versions: children(child(target, 'versions'), 'version').map((version) => ({
      version: textOf(version, 'version'),
      range: textOf(version, 'range'),
      status: textOf(version, 'status'),
    })),
  }));
  const ref = element.attributes.get('ref') ?? inside?.attributes.get('bom-ref') ?? textOf(inside, 'purl');
  const analysis = child(element, 'analysis');
  const proof = child(element, 'proofOfConcept');
  return {
    id: textOf(element, 'id'),
    source: { name: textOf(source, 'name') ?? source?.attributes.get('name'), url: textOf(source, 'url') },
    references: children(child(element, 'references'), 'reference').map((each) => ({
      id: textOf(each, 'id'),
      source: { url: textOf(child(each, 'source'), 'url') },
    })),
    ratings: children(child(element, 'ratings'), 'rating').map((rating) => ({
      severity: textOf(rating, 'severity'),
      method: textOf(rating, 'method'),
      vector: textOf(rating, 'vector'),
    })),
    cwes: texts(element, 'cwes', 'cwe').map(Number),
    description: textOf(element, 'description'),
    detail: textOf(element, 'detail'),
    recommendation: [textOf(element, 'recommendation'), ...texts(element, 'recommendations', 'recommendation')]
      .filter((text) => text !== undefined)
      .join('\n'),
    workaround: textOf(element, 'workaround'),
    proofOfConcept: {
      reproductionSteps: textOf(proof, 'reproductionSteps'),
      environment: textOf(proof, 'environment'),
    },
    advisories: children(child(element, 'advisories'), 'advisory').map((each) => ({
      url: textOf(each, 'url') ?? each.text,
    })),
    created: textOf(element, 'created'),
    ...(analysis === undefined ? {} : { analysis: { state: textOf(analysis, 'state') } }),
    affects: targets.length > 0 ? targets : ref === undefined ? [] : [{ ref }],
  };
}
