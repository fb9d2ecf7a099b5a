import type { Problem } from '../../domain/problem.ts';
import { quoted } from '../text.ts';
import { child, children, type Element, parse, textOf } from '../xml.ts';
import { versions } from './document.ts';
import { versionOf } from './xml.ts';

/**
 * The rules of the CycloneDX XML schemas (1.2 to 1.7) that a document is judged by here: identity of the document, required elements
 * and attributes, closed lists of values, the forms of hashes, moments and references, and that references are unique.
 * Throws `Refused` for what is not XML.
 */
export function check(text: string, licenceIds: readonly string[]): Problem[] {
  const root = parse(text);
  const version = versionOf(root);
  if (root.name !== 'bom' || version === undefined || !(versions as readonly string[]).includes(version)) {
    const message = `The root is <${root.name.slice(0, 80)}> in ${quoted(root.namespace)}; <bom> of CycloneDX ${versions[0]} to ${versions.at(-1)} is asked.`;
    return [{ path: `line ${root.line}`, message, clause: 'bom' }];
  }
  const checker = new Checker(Number(version.slice(2)), new Set(licenceIds), root.namespace);
  checker.checkBom(root);
  return checker.problems;
}

const listedMax = 50;
const moment = /^-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?$/;
const serial =
  /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$|^\{[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\}$/;
const hash = /^([a-fA-F0-9]{32}|[a-fA-F0-9]{40}|[a-fA-F0-9]{64}|[a-fA-F0-9]{96}|[a-fA-F0-9]{128})$/;

/** Values with the minor version of CycloneDX 1 that introduced them. */
const componentTypes = new Map([
  ['application', 0],
  ['framework', 0],
  ['library', 0],
  ['operating-system', 0],
  ['device', 0],
  ['file', 1],
  ['container', 2],
  ['firmware', 2],
  ['device-driver', 5],
  ['platform', 5],
  ['machine-learning-model', 5],
  ['data', 5],
  ['cryptographic-asset', 6],
]);
const hashAlgorithms = new Map([
  ...['MD5', 'SHA-1', 'SHA-256', 'SHA-384', 'SHA-512', 'SHA3-256', 'SHA3-384', 'SHA3-512'].map(
    (name) => [name, 0] as const,
  ),
  ...['BLAKE2b-256', 'BLAKE2b-384', 'BLAKE2b-512', 'BLAKE3'].map((name) => [name, 2] as const),
  ...['Streebog-256', 'Streebog-512'].map((name) => [name, 7] as const),
]);
const scopes = new Map([
  ['required', 0],
  ['optional', 0],
  ['excluded', 1],
]);
const issueTypes = new Map([
  ['defect', 0],
  ['enhancement', 0],
  ['security', 0],
]);
const patchTypes = new Map([
  ['unofficial', 0],
  ['monkey', 0],
  ['backport', 0],
  ['cherry-pick', 0],
]);
const flows = new Map([
  ['inbound', 0],
  ['outbound', 0],
  ['bi-directional', 0],
  ['unknown', 0],
]);
const encodings = new Map([['base64', 0]]);

class Checker {
  readonly problems: Problem[] = [];
  private readonly minor: number;
  private readonly licenceIds: ReadonlySet<string>;
  private readonly namespace: string;
  private readonly refs = new Set<string>();

  constructor(minor: number, licenceIds: ReadonlySet<string>, namespace: string) {
    this.minor = minor;
    this.licenceIds = licenceIds;
    this.namespace = namespace;
  }

  checkBom(root: Element): void {
    const number = root.attributes.get('serialNumber');
    if (number !== undefined && !serial.test(number))
      this.say(root, 'serialNumber', `"serialNumber" ${quoted(number)} is not a URN of a UUID.`);
    const version = root.attributes.get('version');
    if (version !== undefined && !/^[+-]?\d+$/.test(version))
      this.say(root, 'version', `"version" ${quoted(version)} is not a whole number.`);
    this.checkMetadata(child(root, 'metadata'));
    this.walk(root, undefined);
  }

  private checkMetadata(metadata: Element | undefined): void {
    const distribution = child(metadata, 'distribution');
    if (distribution !== undefined && this.minor >= 7)
      this.say(distribution, 'metadata', '<distribution> is not allowed here; <distributionConstraints> is.');
  }

  /** Depth is bounded by the XML reader. */
  private walk(element: Element, parent: Element | undefined): void {
    if (element.namespace === this.namespace) {
      this.checkRef(element);
      this.checkElement(element, parent?.name ?? '');
    }
    for (const each of element.children) this.walk(each, element);
  }

  private checkRef(element: Element): void {
    const ref = element.attributes.get('bom-ref');
    if (ref === undefined) return;
    if (ref === '') this.say(element, 'bom-ref', 'An empty "bom-ref" names nothing.');
    else if (this.refs.has(ref)) this.say(element, 'bom-ref', `The "bom-ref" ${quoted(ref)} stands twice.`);
    this.refs.add(ref);
  }

  private checkElement(element: Element, parent: string): void {
    switch (element.name) {
      case 'component':
        if (parent !== 'target') this.checkComponent(element);
        break;
      case 'hash':
        if (parent === 'hashes') {
          this.checkAttribute(element, 'alg', hashAlgorithms, true);
          if (!hash.test(element.text))
            this.say(element, 'hash', `${quoted(element.text)} is not a digest in hexadecimal digits.`);
        }
        break;
      case 'licenses':
        this.checkLicences(element, parent);
        break;
      case 'license':
        if (parent === 'licenses') this.checkLicence(element);
        break;
      case 'text':
        this.checkAttribute(element, 'encoding', encodings, false);
        break;
      case 'swid':
        for (const name of ['tagId', 'name']) {
          if (!element.attributes.has(name)) this.say(element, 'swid', `<swid> needs the attribute "${name}".`);
        }
        break;
      case 'dependency':
        if (!element.attributes.get('ref'))
          this.say(element, 'dependency', '<dependency> needs the attribute "ref" with a value.');
        break;
      case 'timestamp':
        if (!moment.test(element.text))
          this.say(element, 'timestamp', `${quoted(element.text)} is not a moment such as 2026-03-01T09:30:00Z.`);
        break;
      case 'issue':
        if (parent === 'resolves') this.checkAttribute(element, 'type', issueTypes, true);
        break;
      case 'patch':
        if (parent === 'patches') this.checkAttribute(element, 'type', patchTypes, true);
        break;
      case 'scope':
        if (parent === 'component') this.checkValue(element, element.text, scopes);
        break;
      case 'classification':
        if (parent === 'data') this.checkAttribute(element, 'flow', flows, false);
        break;
      case 'property':
        // 1.3 to 1.5 let a property go without a name.
        if (parent === 'properties' && this.minor >= 6 && !element.attributes.has('name')) {
          this.say(element, 'property', '<property> needs the attribute "name".');
        }
        break;
    }
  }

  private checkComponent(element: Element): void {
    this.checkAttribute(element, 'type', componentTypes, true);
    this.checkOnce(element, 'name', true);
    const version = child(element, 'version');
    if (version === undefined && this.minor < 4) this.say(element, 'component', '<component> needs a <version>.');
    const range = child(element, 'versionRange');
    if (range === undefined) return;
    if (version !== undefined) this.say(range, 'component', 'Keep <version> or <versionRange>, not both.');
    if (element.attributes.get('isExternal') !== 'true')
      this.say(range, 'component', 'Only an external component (isExternal="true") has a <versionRange>.');
  }

  /** Either licences or one expression; 1.7 lets them stand together. */
  private checkLicences(element: Element, parent: string): void {
    const expressions = children(element, 'expression').length;
    const licences = children(element, 'license').length;
    if (this.minor >= 7 || parent === 'evidence') return;
    if (expressions > 1 || (expressions === 1 && licences > 0))
      this.say(element, 'licenses', 'Keep licences or one expression, not both.');
  }

  private checkLicence(element: Element): void {
    const id = this.checkOnce(element, 'id', false);
    const name = this.checkOnce(element, 'name', false);
    if ((id === undefined) === (name === undefined))
      this.say(element, 'license', 'A licence has either an <id> or a <name>.');
    const value = textOf(element, 'id');
    if (id !== undefined && !this.licenceIds.has(value ?? ''))
      this.say(id, 'license', `${quoted(value)} is not an SPDX licence id.`);
  }

  private checkOnce(element: Element, name: string, isRequired: boolean): Element | undefined {
    const found = children(element, name);
    if (found.length > 1)
      this.say(found[1] as Element, element.name, `<${name}> stands more than once in <${element.name}>.`);
    if (isRequired && found.length === 0) this.say(element, element.name, `<${element.name}> needs a <${name}>.`);
    return found[0];
  }

  private checkAttribute(
    element: Element,
    name: string,
    allowed: ReadonlyMap<string, number>,
    isRequired: boolean,
  ): void {
    const value = element.attributes.get(name);
    if (value !== undefined) this.checkValue(element, value, allowed);
    else if (isRequired) this.say(element, element.name, `<${element.name}> needs the attribute "${name}".`);
  }

  private checkValue(element: Element, value: string, allowed: ReadonlyMap<string, number>): void {
    const since = allowed.get(value);
    if (since !== undefined && since <= this.minor) return;
    const values = [...allowed].filter(([, first]) => first <= this.minor).map(([name]) => name);
    this.say(element, element.name, `${quoted(value)} is not one of ${values.join(', ')}.`);
  }

  private say(element: Element, clause: string, message: string): void {
    if (this.problems.length < listedMax) this.problems.push({ path: `line ${element.line}`, message, clause });
  }
}
