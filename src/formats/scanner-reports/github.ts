import { aliasesIn, type Draft, type Found, textOf } from '../finding/draft.ts';
import { packageOf } from '../finding/package.ts';
import { arrayOf, isObject, type JsonObject, objectOf } from '../json.ts';

/** GitHub's vulnerability alerts as its GraphQL API gives them, and code scanning alerts of its REST API. */
export function isOne(value: unknown): boolean {
  if (Array.isArray(value)) return isAlert(value[0]);
  const data = isObject(value) ? objectOf(value['data']) : {};
  return repositoriesOf(data).some((repository) => isObject(repository['vulnerabilityAlerts']));
}

const isAlert = (value: unknown) =>
  isObject(value) && 'most_recent_instance' in value && isObject(value['rule']) && isObject(value['tool']);

const repositoriesOf = ({ repository, search }: JsonObject): JsonObject[] =>
  isObject(repository) ? [repository] : arrayOf(objectOf(search)['nodes']).map(objectOf);

export function* read(value: unknown): Generator<Found> {
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) yield alert(value[index], `[${index}]`, codeScanning);
    return;
  }
  const data = objectOf(objectOf(value)['data']);
  const repositories = repositoriesOf(data);
  for (let i = 0; i < repositories.length; i++) {
    const repository = repositories[i] ?? {};
    const nodes = arrayOf(objectOf(repository['vulnerabilityAlerts'])['nodes']);
    const where = isObject(data['repository']) ? 'data.repository' : `data.search.nodes[${i}]`;
    for (let j = 0; j < nodes.length; j++)
      yield alert(nodes[j], `${where}.vulnerabilityAlerts.nodes[${j}]`, dependency);
  }
}

function alert(value: unknown, path: string, draftOf: (one: JsonObject) => Draft): Found {
  if (!isObject(value)) return { path, original: value, problems: [{ path, message: 'This alert is not an object.' }] };
  const { state, dismissedAt } = value;
  const isClosed = ['dismissed', 'fixed', 'DISMISSED', 'FIXED', 'AUTO_DISMISSED'].includes(textOf(state) ?? '');
  if (isClosed || textOf(dismissedAt) !== undefined) {
    const message = 'The alert was closed in its repository. If it stands all the same, report it by itself.';
    return { path, original: value, problems: [{ path, message }] };
  }
  return { path, original: value, draft: draftOf(value) };
}

/** GraphQL object RepositoryVulnerabilityAlert. */
function dependency(one: JsonObject): Draft {
  const vulnerability = objectOf(one['securityVulnerability']);
  const advisory = objectOf(vulnerability['advisory']);
  const { ecosystem, name } = objectOf(vulnerability['package']);
  const requirements = textOf(one['vulnerableRequirements'])?.replace(/^=\s*/, '');
  return {
    titles: [advisory['summary'], advisory['description']],
    description: advisory['description'],
    ...packageOf(ecosystem, name, requirements),
    affected: vulnerability['vulnerableVersionRange'],
    fixed: [objectOf(vulnerability['firstPatchedVersion'])['identifier']],
    places: [{ path: one['vulnerableManifestPath'] ?? one['vulnerableManifestFilename'] }],
    aliases: [advisory['ghsaId'], ...arrayOf(advisory['identifiers']).map((each) => objectOf(each)['value'])],
    weaknesses: arrayOf(objectOf(advisory['cwes'])['nodes']).map((each) => objectOf(each)['cweId']),
    severity: [objectOf(advisory['cvss'])['vectorString']],
    level: vulnerability['severity'],
    references: arrayOf(advisory['references']).map((each) => objectOf(each)['url']),
    tool: 'GitHub vulnerability alerts',
    rule:
      textOf(advisory['ghsaId']) ??
      aliasesIn(arrayOf(advisory['identifiers']).map((each) => objectOf(each)['value']))[0],
    foundAt: one['createdAt'],
  };
}

/** REST, code scanning alert. */
function codeScanning(one: JsonObject): Draft {
  const rule = objectOf(one['rule']);
  const tool = objectOf(one['tool']);
  const instance = objectOf(one['most_recent_instance']);
  const location = objectOf(instance['location']);
  const repository = /^https:\/\/[^/]+\/([^/]+\/[^/]+)\/security\//.exec(textOf(one['html_url']) ?? '')?.[1];
  const message = textOf(objectOf(instance['message'])['text']);
  return {
    titles: [rule['description'], message, rule['id']],
    description: message,
    name: repository === undefined ? location['path'] : `github.com/${repository}`,
    isNameGuessed: repository === undefined,
    version: instance['commit_sha'],
    places: [{ path: location['path'], startLine: location['start_line'], endLine: location['end_line'] }],
    aliases: aliasesIn([rule['id'], rule['description']]),
    weaknesses: arrayOf(rule['tags']),
    level: rule['security_severity_level'] ?? rule['severity'],
    references: [one['html_url']],
    tool: tool['name'],
    toolVersion: tool['version'],
    rule: rule['id'],
    foundAt: one['created_at'],
    fingerprint: textOf(one['html_url']),
  };
}
