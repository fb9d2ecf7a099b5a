import type { Listing } from '../listing.ts';
import { quoted } from '../text.ts';
import { child, children, type Element, textOf } from '../xml.ts';
import { add, type Kind, lines } from './kind.ts';

/**
 * Maven's pom.xml: the dependencies that it names itself, with properties and dependency management of this file applied. What a
 * parent or a dependency brings in is not in the file, and is said to be missing.
 */
export const pom: Kind = {
  format: 'pom.xml',
  names: /^pom\.xml$|\.pom$/,
  syntax: 'xml',
  looksLike: (root) => root.name === 'project' && root.namespace.startsWith('http://maven.apache.org/POM/'),
  read(root, listing) {
    const parent = child(root, 'parent');
    const properties = new Map<string, string>();
    for (const property of child(root, 'properties')?.children ?? []) properties.set(property.name, property.text);
    for (const field of ['groupId', 'artifactId', 'version']) {
      const value = textOf(root, field) ?? textOf(parent, field);
      if (value !== undefined) {
        properties.set(`project.${field}`, value);
        properties.set(`pom.${field}`, value);
      }
      const inherited = textOf(parent, field);
      if (inherited !== undefined) properties.set(`project.parent.${field}`, inherited);
    }
    listing.name = textOf(root, 'name') ?? textOf(root, 'artifactId');
    if (parent !== undefined) {
      listing.doubt(
        `line ${parent.line}`,
        'The parent of this project is not read: dependencies that it adds are missing.',
      );
    }
    const managed = new Map<string, Element>();
    for (const entry of dependenciesOf(child(root, 'dependencyManagement')))
      managed.set(keyOf(entry, properties), entry);
    const profiles = children(child(root, 'profiles'), 'profile');
    for (const entry of [root, ...profiles].flatMap(dependenciesOf)) readOne(entry, managed, properties, listing);
  },
};

function readOne(
  entry: Element,
  managed: Map<string, Element>,
  properties: Map<string, string>,
  listing: Listing,
): void {
  const name = keyOf(entry, properties);
  const management = managed.get(name);
  const version = resolve(textOf(entry, 'version') ?? textOf(management, 'version') ?? '', properties);
  // A single version, bare or in brackets, is what gets used; a range is chosen from at build time.
  const exact = /^\[?([^[\](),]+)\]?$/.exec(version)?.[1];
  const path = `line ${entry.line}`;
  if (exact === undefined || exact.includes('${')) {
    listing.doubt(
      path,
      `The version of ${quoted(name)} is not in this file (${quoted(version)}), so it cannot be matched.`,
    );
  }
  add(listing, {
    type: 'maven',
    name,
    version: exact === undefined || exact.includes('${') ? '' : exact,
    path,
    isDevelopmentOnly: (textOf(entry, 'scope') ?? textOf(management, 'scope')) === 'test',
  });
}

const dependenciesOf = (parent: Element | undefined) => children(child(parent, 'dependencies'), 'dependency');

const keyOf = (entry: Element, properties: Map<string, string>) =>
  `${resolve(textOf(entry, 'groupId') ?? '', properties)}:${resolve(textOf(entry, 'artifactId') ?? '', properties)}`;

/** Fills in `${property}`; properties may name others, some few levels deep. */
function resolve(value: string, properties: Map<string, string>): string {
  let text = value;
  for (let round = 0; round < 5 && text.includes('${') && text.length < 1000; round++) {
    text = text.replace(/\$\{([^${}]+)\}/g, (whole, name) => {
      const value = properties.get(name.trim());
      // Values that hold each other would grow without end.
      return value !== undefined && value.length <= 200 ? value : whole;
    });
  }
  return text;
}

/** Gradle's gradle.lockfile and buildscript-gradle.lockfile: `group:artifact:version=configurations`. */
export const gradleLock: Kind = {
  format: 'gradle.lockfile',
  names: /gradle\.lockfile$/,
  syntax: 'text',
  looksLike: (head) => /^# This is a Gradle generated file/m.test(head),
  read(text, listing) {
    for (const [line, number] of lines(text)) {
      if (line === '' || line.startsWith('#') || line.startsWith('empty=')) continue;
      const [, group, artifact, version, configurations = ''] =
        /^([^:=\s]+):([^:=\s]+):([^:=\s]+)(?:=(.*))?$/.exec(line) ?? [];
      if (group === undefined || artifact === undefined || version === undefined) {
        listing.doubt(`line ${number}`, 'This line is not group:artifact:version=configurations; it is left out.');
        continue;
      }
      const used = configurations.split(',').filter((name) => name !== '');
      add(listing, {
        type: 'maven',
        name: `${group}:${artifact}`,
        version,
        path: `line ${number}`,
        isDevelopmentOnly: used.length > 0 && used.every((name) => /^test|[a-z]Test[A-Z]/.test(name)),
      });
    }
  },
};

/** Gradle's gradle/verification-metadata.xml. */
export const gradleVerification: Kind = {
  format: 'verification-metadata.xml',
  names: /^verification-metadata\.xml$/,
  syntax: 'xml',
  looksLike: (root) => root.name === 'verification-metadata',
  read(root, listing) {
    for (const entry of children(child(root, 'components'), 'component')) {
      const { attributes } = entry;
      add(listing, {
        type: 'maven',
        name: `${attributes.get('group') ?? ''}:${attributes.get('name') ?? ''}`,
        version: attributes.get('version') ?? '',
        path: `line ${entry.line}`,
      });
    }
  },
};
