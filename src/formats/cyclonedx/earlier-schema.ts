type Node = { [key: string]: unknown };

/**
 * The JSON schema of CycloneDX 1.2 or 1.3, made from the official one of 1.4 by taking back what the release notes of 1.4 and 1.3
 * list as added. (The strict schemas of those versions are not among our sources; their official test files are, and agree.)
 */
export function derived(schemaOf14: object, version: '1.2' | '1.3'): object {
  const schema = structuredClone(schemaOf14) as Node;
  const root = at(schema, 'properties');
  const definitions = at(schema, 'definitions');
  const propertiesOf = (definition: string) => at(at(definitions, definition), 'properties');
  schema['$id'] = `http://cyclonedx.org/schema/bom-${version}.schema.json`;
  root['$schema'] = { type: 'string' };

  // Added in 1.4.
  for (const key of ['vulnerabilities', 'signature']) delete root[key];
  for (const definition of ['component', 'service', 'compositions']) delete propertiesOf(definition)['signature'];
  for (const definition of ['component', 'service']) delete propertiesOf(definition)['releaseNotes'];
  delete propertiesOf('tool')['externalReferences'];
  const types = at(propertiesOf('externalReference'), 'type');
  types['enum'] = (types['enum'] as string[]).filter((type) => type !== 'release-notes');
  // Made optional in 1.4.
  at(definitions, 'component')['required'] = ['type', 'name', 'version'];
  if (version === '1.3') return schema;

  // Added in 1.3.
  delete root['compositions'];
  for (const definition of ['component', 'service', 'metadata']) delete propertiesOf(definition)['properties'];
  delete propertiesOf('component')['evidence'];
  delete propertiesOf('metadata')['licenses'];
  delete propertiesOf('externalReference')['hashes'];
  return schema;
}

function at(node: Node, key: string): Node {
  return node[key] as Node;
}
