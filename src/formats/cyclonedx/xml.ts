import * as instant from '../instant.ts';
import { type Answer, answer, type Listing, Refused } from '../listing.ts';
import { quoted } from '../text.ts';
import { child, children, type Element, Reader, textOf } from '../xml.ts';
import * as component from './component.ts';
import { checkVersion } from './document.ts';
import * as vulnerability from './vulnerability.ts';

const namespacePattern = /^http:\/\/cyclonedx\.org\/schema\/bom\/(\d+\.\d+)$/;

/** CycloneDX 1.0 to 1.7 in XML to an inventory. */
export function read(text: string): Answer {
  return answer('CycloneDX XML', (listing) => {
    const reader = stream(listing);
    reader.write(text);
    reader.close();
  });
}

/** A reader that adds to the listing as elements end, and keeps none of them. Its methods throw `Refused`. */
export function stream(listing: Listing): Reader {
  let isHeadRead = false;
  const start = (root: Element) => {
    if (isHeadRead) return;
    isHeadRead = true;
    readRoot(root, listing);
  };
  return new Reader((element, around) => {
    const [root, list] = around;
    if (root === undefined) {
      start(element);
      return false;
    }
    start(root);
    if (around.length === 1) {
      if (element.name === 'metadata') readMetadata(element, listing);
      return true;
    }
    if (around.length !== 2 || list === undefined || list.name === 'metadata') return false;
    if (list.name === 'components' && element.name === 'component')
      addComponent(element, `line ${element.line}`, listing);
    if (list.name === 'vulnerabilities' && element.name === 'vulnerability') {
      vulnerability.add(vulnerabilityOf(element), `line ${element.line}`, listing);
    }
    return true;
  });
}

/** The version that the root element's namespace names. */
export function versionOf(root: Element): string | undefined {
  return namespacePattern.exec(root.namespace)?.[1];
}

function readRoot(root: Element, listing: Listing): void {
  const version = versionOf(root);
  if (root.name !== 'bom' || version === undefined) {
    throw new Refused(
      `line ${root.line}`,
      `The root is <${root.name}> in ${quoted(root.namespace)}, not a CycloneDX <bom>.`,
    );
  }
  checkVersion(version, `line ${root.line}`, listing);
  listing.format = `CycloneDX ${version} XML`;
  listing.serial = root.attributes.get('serialNumber');
}

function readMetadata(metadata: Element, listing: Listing): void {
  const described = child(metadata, 'component');
  listing.created = instant.read(textOf(metadata, 'timestamp'));
  const name = textOf(described, 'name');
  if (described === undefined || name === undefined) return;
  const version = textOf(described, 'version');
  listing.name = version === undefined ? name : `${name} ${version}`;
  addComponent(described, 'metadata.component', listing);
}

/** Recursion is bounded: the reader refuses what nests deeper than `limits.depthMax`. */
function addComponent(element: Element, path: string, listing: Listing): void {
  const properties = children(child(element, 'properties'), 'property').map((property) => ({
    name: property.attributes.get('name'),
    value: property.text,
  }));
  const commits = children(child(child(element, 'pedigree'), 'commits'), 'commit');
  component.addOne(
    {
      name: textOf(element, 'name'),
      group: textOf(element, 'group'),
      version: textOf(element, 'version'),
      purl: textOf(element, 'purl'),
      cpe: textOf(element, 'cpe'),
      scope: textOf(element, 'scope'),
      'bom-ref': element.attributes.get('bom-ref'),
      properties,
      pedigree: { commits: commits.map((commit) => ({ uid: textOf(commit, 'uid') })) },
    },
    path,
    listing,
  );
  for (const nested of children(child(element, 'components'), 'component')) {
    addComponent(nested, `line ${nested.line}`, listing);
  }
}

function vulnerabilityOf(element: Element): unknown {
  const analysis = child(element, 'analysis');
  return {
    id: textOf(element, 'id'),
    references: children(child(element, 'references'), 'reference').map((reference) => ({
      id: textOf(reference, 'id'),
    })),
    analysis: analysis && {
      state: textOf(analysis, 'state'),
      justification: textOf(analysis, 'justification'),
      detail: textOf(analysis, 'detail'),
      firstIssued: textOf(analysis, 'firstIssued'),
      lastUpdated: textOf(analysis, 'lastUpdated'),
    },
    affects: children(child(element, 'affects'), 'target').map((target) => ({
      ref: textOf(target, 'ref'),
      versions: children(child(target, 'versions'), 'version').map((version) => ({
        version: textOf(version, 'version'),
        status: textOf(version, 'status'),
      })),
    })),
  };
}
