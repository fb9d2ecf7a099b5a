import type { Component, VexStatement } from '../../domain/advisory/inventory.ts';
import * as instant from '../instant.ts';
import { arrayOf, isObject, type JsonObject, stringOf } from '../json.ts';
import { type Answer, answer, type Listing, Refused } from '../listing.ts';
import { quoted } from '../text.ts';
import { versionOf } from './package.ts';

/** Whether a JSON value says that it is SPDX 3 in JSON-LD. */
export function isOne(value: JsonObject): boolean {
  const context = value['@context'];
  return [context].flat().some((each) => typeof each === 'string' && each.startsWith('https://spdx.org/rdf/3.'));
}

const packageTypes = new Set(['software_Package', 'ai_AIPackage', 'dataset_DatasetPackage']);

/** SPDX 3.0 class names of the security profile (VEX) to the status that each states. */
const statusOf: ReadonlyMap<string, VexStatement['status']> = new Map([
  ['security_VexAffectedVulnAssessmentRelationship', 'affected'],
  ['security_VexNotAffectedVulnAssessmentRelationship', 'not_affected'],
  ['security_VexFixedVulnAssessmentRelationship', 'fixed'],
  ['security_VexUnderInvestigationVulnAssessmentRelationship', 'under_investigation'],
]);

/** SPDX 3.0 security_justificationType is OpenVEX's label in camel case. */
const snake = (label: string) => label.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** SPDX 3.0 in JSON-LD, parsed, to an inventory: packages of the software, AI and dataset profiles, and VEX assessments. */
export function read(value: JsonObject): Answer {
  return answer('SPDX 3.0 JSON-LD', (listing) => {
    // A document of one element may stand without a graph.
    const graph = value['@graph'] ?? [value];
    if (!Array.isArray(graph)) throw new Refused('@graph', '"@graph" is not an array.');
    const reader = new GraphReader(listing);
    for (let index = 0; index < graph.length; index++) reader.add(graph[index], `@graph[${index}]`);
    reader.end();
  });
}

/** Reads elements in any order; what refers to other elements is joined at the end. */
export class GraphReader {
  private readonly listing: Listing;
  private readonly vulnerabilities = new Map<string, string[]>();
  private readonly assessments: { raw: JsonObject; status: VexStatement['status']; path: string }[] = [];

  constructor(listing: Listing) {
    this.listing = listing;
  }

  add(raw: unknown, path: string): void {
    const { listing } = this;
    if (!isObject(raw)) {
      listing.doubt(path, `This element is not an object but ${quoted(raw)}; it is left out.`);
      return;
    }
    const type = stringOf(raw['type']) ?? stringOf(raw['@type']) ?? '';
    if (packageTypes.has(type)) addPackage(raw, path, listing);
    else if (type === 'SpdxDocument' || type === 'software_Sbom') {
      if (type === 'SpdxDocument' || listing.name === undefined) listing.name = stringOf(raw['name']) ?? listing.name;
      if (type === 'SpdxDocument') listing.serial = stringOf(raw['spdxId']);
    } else if (type === 'CreationInfo') {
      listing.created ??= instant.read(raw['created']);
      const version = stringOf(raw['specVersion']);
      if (version !== undefined && /^3\.\d/.test(version)) listing.format = `SPDX ${version.slice(0, 10)} JSON-LD`;
    } else if (type === 'security_Vulnerability') {
      const id = stringOf(raw['spdxId']);
      const names = identifiers(raw, ['cve', 'securityOther']);
      const name = stringOf(raw['name']);
      if (id !== undefined) this.vulnerabilities.set(id, names.length > 0 ? names : name === undefined ? [] : [name]);
    } else {
      const status = statusOf.get(type);
      if (status !== undefined) this.assessments.push({ raw, status, path });
    }
  }

  end(): void {
    for (const { raw, status, path } of this.assessments) {
      const from = stringOf(raw['from']) ?? '';
      // A vulnerability that is not in the document may be named by an identifier itself.
      const vulnerabilities = this.vulnerabilities.get(from) ?? [/(?:CVE|GHSA)-[\w-]+$/.exec(from)?.[0] ?? ''];
      const products = arrayOf(raw['to']).filter((each): each is string => typeof each === 'string');
      if (products.length === 0 || vulnerabilities.every((id) => id === '')) {
        this.listing.doubt(path, 'This assessment names no vulnerability or no package; it is left out.');
        continue;
      }
      const justification = stringOf(raw['security_justificationType']);
      const statement = stringOf(raw['security_impactStatement']) ?? stringOf(raw['security_statusNotes']);
      const at =
        instant.read(raw['security_modifiedTime']) ??
        instant.read(raw['security_publishedTime']) ??
        this.listing.created;
      this.listing.vex.push({
        vulnerabilities,
        products,
        status,
        ...(justification === undefined ? {} : { justification: snake(justification) }),
        ...(statement === undefined ? {} : { statement }),
        ...(at === undefined ? {} : { at }),
      });
    }
  }
}

function addPackage(raw: JsonObject, path: string, listing: Listing): void {
  const name = stringOf(raw['name']);
  if (name === undefined) {
    listing.doubt(path, 'This package has no name; it is left out.');
    return;
  }
  const component: Component = { name, version: versionOf(raw['software_packageVersion']), path };
  const address = stringOf(raw['software_packageUrl']);
  const [purl] = address?.startsWith('pkg:') ? [address] : identifiers(raw, ['packageUrl', 'purl']);
  if (purl !== undefined) component.purl = purl;
  const [cpe] = [...identifiers(raw, ['cpe23']), ...identifiers(raw, ['cpe22'])];
  if (cpe !== undefined) component.cpe = cpe;
  const ref = stringOf(raw['spdxId']);
  if (ref !== undefined) component.ref = ref;
  listing.add(component);
}

function identifiers(raw: JsonObject, types: readonly string[]): string[] {
  const found: string[] = [];
  for (const entry of arrayOf(raw['externalIdentifier'])) {
    if (!isObject(entry) || !types.includes(entry['externalIdentifierType'] as string)) continue;
    const identifier = stringOf(entry['identifier']);
    if (identifier !== undefined) found.push(identifier);
  }
  return found;
}
