import { build } from '../../domain/advisory/purl.ts';
import { aliasesIn, type Draft, type Found, levelOf, textOf, textsIn, weaknessesOf } from '../finding/draft.ts';
import { isVector } from '../finding/report.ts';
import { arrayOf, elementAt, isObject, type JsonObject, objectOf, stringOf } from '../json.ts';
import { Refused } from '../listing.ts';
import { quoted } from '../text.ts';
import { type Artifacts, artifactsOf } from './artifact.ts';
import { messageOf, withoutLinks } from './message.ts';
import { type Rules, rulesOf } from './rule.ts';

/** SARIF 2.1.0 (OASIS Standard, 27 March 2020). Clause numbers in this folder are that document's. */
export const isOne = (value: unknown) =>
  isObject(value) &&
  'runs' in value &&
  (typeof value['version'] === 'string' || /sarif/i.test(textOf(value['$schema']) ?? ''));

/** The most steps of a flow, frames of a stack and replacements of a fix that are written out. */
const linesMax = 200;

/** The results of a log, run by run. What its runs keep in other files is not fetched: those results are refused, one problem for each file. */
export function* read(value: unknown): Generator<Found> {
  const log = objectOf(value);
  const version = textOf(log['version']);
  if (version !== undefined && !/^2\.[12](?:\.|$)/.test(version)) {
    throw new Refused(
      'version',
      `This is SARIF ${quoted(version)}; version 2.1.0 is read. Let the tool write that, or convert the file.`,
    );
  }
  const runs = arrayOf(log['runs']);
  for (let index = 0; index < runs.length; index++) {
    const run = runs[index];
    if (isObject(run)) yield* runResults(run, `runs[${index}]`);
  }
  // 3.13.5: parts of runs may stand beside them.
  const inline = arrayOf(log['inlineExternalProperties']);
  for (let index = 0; index < inline.length; index++) {
    const results = arrayOf(objectOf(inline[index])['results']);
    for (let place = 0; place < results.length; place++) {
      const path = `inlineExternalProperties[${index}].results[${place}]`;
      const message =
        'This result stands apart from its run, without its rules and files. Let the tool write it into "runs".';
      yield { path, original: results[place], problems: [{ path, message, clause: '3.13.5' }] };
    }
  }
}

/** One run, as far as its results need it. */
interface Run {
  driver: JsonObject;
  rules: Rules;
  words: Map<JsonObject, RuleWords>;
  artifacts: Artifacts;
  logicalLocations: readonly unknown[];
  taxonomies: readonly unknown[];
  component: Pick<Draft, 'purl' | 'name' | 'version'>;
  foundAt: unknown;
}

function* runResults(value: JsonObject, path: string): Generator<Found> {
  const driver = objectOf(objectOf(value['tool'])['driver']);
  const run: Run = {
    driver,
    rules: rulesOf(value),
    words: new Map(),
    artifacts: artifactsOf(value),
    logicalLocations: arrayOf(value['logicalLocations']),
    taxonomies: arrayOf(value['taxonomies']),
    component: componentOfRun(value),
    foundAt: objectOf(arrayOf(value['invocations'])[0])['startTimeUtc'],
  };
  const results = arrayOf(value['results']);
  for (let index = 0; index < results.length; index++) {
    yield one(run, results[index], `${path}.results[${index}]`);
  }
  // 3.15: results may stand in files of their own, named by URI or by a GUID.
  const elsewhere = arrayOf(objectOf(value['externalPropertyFileReferences'])['results']);
  for (let index = 0; index < elsewhere.length; index++) {
    const where = objectOf(objectOf(elsewhere[index])['location'])['uri'];
    const name = typeof where === 'string' ? ` (${quoted(where)})` : '';
    yield {
      path: `${path}.externalPropertyFileReferences.results[${index}]`,
      original: elsewhere[index],
      problems: [
        {
          path: `${path}.externalPropertyFileReferences.results[${index}]`,
          message: `These results stand in another file${name}, which is not fetched. Let the tool write one file, with its results in it.`,
          clause: '3.15',
        },
      ],
    };
  }
}

function one(run: Run, result: unknown, path: string): Found {
  if (!isObject(result)) {
    return { path, original: result, problems: [{ path, message: 'This result is not an object.', clause: '3.27' }] };
  }
  const why = notAFlaw(result);
  if (why !== undefined) return { path, original: result, problems: [{ path, ...why }] };
  return { path, original: result, draft: draftOf(run, result) };
}

/** Why a result claims no flaw that stands: it says so itself. */
function notAFlaw(result: JsonObject): { message: string; clause: string } | undefined {
  const kind = result['kind'];
  if (kind === 'pass' || kind === 'notApplicable' || kind === 'informational') {
    return {
      message: `The tool itself says that this is no flaw: its kind is ${quoted(kind)}. Nothing is to be done.`,
      clause: '3.27.9',
    };
  }
  if (result['baselineState'] === 'absent') {
    return {
      message: 'The tool did not find this again: it stood in an earlier run only. Nothing is to be done.',
      clause: '3.27.24',
    };
  }
  // 3.27.23: suppressed when there are suppressions and none of them is under review or rejected.
  const suppressions = arrayOf(result['suppressions']).filter(isObject);
  if (
    suppressions.length > 0 &&
    suppressions.every(({ status }) => status === undefined || status === 'accepted' || status === null)
  ) {
    const reason = stringOf(suppressions[0]?.['justification']);
    return {
      message: `The tool suppresses this result${reason === undefined ? '' : ` (${quoted(reason)})`}. If it stands all the same, report it by itself, without the suppression.`,
      clause: '3.27.23',
    };
  }
  return undefined;
}

/** What a rule says for all of its results. */
interface RuleWords {
  short: string | undefined;
  full: string | undefined;
  help: string | undefined;
  aliases: readonly string[];
  weaknesses: readonly string[];
  severity: readonly unknown[];
  purls: readonly string[];
  properties: JsonObject;
}

function wordsOf(run: Run, rule: JsonObject): RuleWords {
  const known = run.words.get(rule);
  if (known !== undefined) return known;
  const properties = objectOf(rule['properties']);
  const tags = textsIn(properties['tags']);
  const targets = arrayOf(rule['relationships']).map((each) => objectOf(each)['target']);
  const words: RuleWords = {
    short: plain(rule['shortDescription']),
    full: plain(rule['fullDescription']),
    help: plain(rule['help']),
    aliases: aliasesIn([rule['name'], ...tags, ...textsIn(rule['deprecatedIds'])]),
    weaknesses: weaknessesOf([...taxaOf(run, targets), ...tags, ...cwesIn(properties)]),
    severity: Object.values(properties).filter(isVector),
    purls: textsIn(properties['purls']),
    properties,
  };
  run.words.set(rule, words);
  return words;
}

function draftOf(run: Run, result: JsonObject): Draft {
  const { rule, id, component } = run.rules.of(result);
  const words = wordsOf(run, rule);
  const message = messageOf(result['message'], rule, component);
  const properties = objectOf(result['properties']);
  const tags = textsIn(properties['tags']);
  const locations = arrayOf(result['locations']).filter(isObject);
  const places = locations.slice(0, 50).map((location) => placeOf(run, location));
  const analysed = isObject(result['analysisTarget']) ? run.artifacts.pathOf(result['analysisTarget']) : undefined;
  if (places.every((place) => place.path === undefined) && analysed !== undefined) places.push({ path: analysed });
  const { short, full, help } = words;
  return {
    titles: [isSentence(message) ? message : undefined, short, message, rule['name'], full, id],
    description: withoutRepeats([message, short, full, help, flowOf(run, result['codeFlows'])]),
    ...componentOf(run, properties, words.purls, locations, places),
    places,
    aliases: [...aliasesIn([id, ...tags]), ...words.aliases],
    weaknesses: [...taxaOf(run, result['taxa']), ...words.weaknesses, ...tags, ...cwesIn(properties)],
    severity: [...Object.values(properties).filter(isVector), ...words.severity],
    level: levelOfResult(result, rule, properties, words.properties),
    stack: stackOf(run, result),
    patch: patchOf(run, result['fixes']),
    references: [rule['helpUri'], result['hostedViewerUri'], ...arrayOf(result['workItemUris'])],
    tool: run.driver['name'],
    toolVersion: run.driver['semanticVersion'] ?? run.driver['version'],
    rule: id,
    foundAt: objectOf(result['provenance'])['firstDetectionTimeUtc'] ?? run.foundAt,
    fingerprint: fingerprintOf(result, message, places),
  };
}

const isSentence = (text: string | undefined) => text !== undefined && text.length <= 300 && !text.includes('\n');

/** Texts under one another, without those that an earlier one holds. */
function withoutRepeats(texts: readonly (string | undefined)[]): string | undefined {
  let whole: string | undefined;
  for (const text of texts) {
    if (text === undefined || text === '') continue;
    if (whole === undefined) whole = text;
    else if (!whole.includes(text)) whole += `\n\n${text}`;
  }
  return whole;
}

/** 3.12: the plain form of a text that may have two. */
function plain(value: unknown): string | undefined {
  const object = objectOf(value);
  const text = textOf(object['text']) ?? textOf(object['markdown']);
  return text === undefined ? undefined : withoutLinks(text);
}

interface Place {
  path?: string | undefined;
  symbol?: string | undefined;
  startLine?: unknown;
  endLine?: unknown;
}

/** 3.28. */
function placeOf(run: Run, location: JsonObject): Place {
  const physical = objectOf(location['physicalLocation']);
  const region = objectOf(physical['region']);
  const startLine = region['startLine'];
  return {
    path: run.artifacts.pathOf(physical['artifactLocation']),
    symbol: symbolOf(run, location),
    startLine,
    endLine: region['endLine'] ?? startLine,
  };
}

/** 3.33; a location may point into the run's list . */
function symbolOf(run: Run, location: JsonObject): string | undefined {
  const first = objectOf(arrayOf(location['logicalLocations'])[0] ?? location['logicalLocation']);
  const listed = objectOf(elementAt(run.logicalLocations, first['index']));
  return (
    textOf(first['fullyQualifiedName']) ??
    textOf(listed['fullyQualifiedName']) ??
    textOf(first['name']) ??
    textOf(listed['name'])
  );
}

/** Names under which tools give the component in `properties`, and its version beside it. */
const componentMembers = [
  ['component', 'componentVersion'],
  ['packageName', 'packageVersion'],
  ['package', 'version'],
] as const;

/**
 * SARIF has no word for the component. A package URL where tools put one, then what they write into their properties, then the repository that
 * was scanned; at last the file itself, so that the finding is named after something.
 */
function componentOf(
  run: Run,
  properties: JsonObject,
  rulePurls: readonly string[],
  locations: readonly JsonObject[],
  places: readonly Place[],
): Pick<Draft, 'purl' | 'name' | 'version' | 'isNameGuessed'> {
  const candidates = [
    properties['purl'],
    properties['packageUrl'],
    ...places.flatMap(({ path, symbol }) => [symbol, path]),
    ...locations.flatMap((location) =>
      arrayOf(location['logicalLocations']).map((each) => objectOf(each)['fullyQualifiedName']),
    ),
    ...rulePurls,
  ];
  const purl = candidates.find((each) => typeof each === 'string' && each.startsWith('pkg:'));
  if (purl !== undefined) return { purl };
  for (const [name, version] of componentMembers) {
    if (textOf(properties[name]) !== undefined) return { name: properties[name], version: properties[version] };
  }
  if (run.component.name !== undefined || run.component.purl !== undefined) return run.component;
  const { path, symbol } = places.find((place) => place.path !== undefined || place.symbol !== undefined) ?? {};
  return { name: path ?? symbol, isNameGuessed: true };
}

/** Longer ones are none, and slow to take apart. */
const repositoryLengthMax = 2000;

/** 3.14.13: the repository and its revision. */
function componentOfRun(run: JsonObject): Run['component'] {
  for (const details of arrayOf(run['versionControlProvenance'])) {
    const { repositoryUri, revisionId } = objectOf(details);
    const repository = textOf(repositoryUri);
    if (repository === undefined || repository.length > repositoryLengthMax) continue;
    const name = repository.replace(/^[a-z+]{2,10}:\/\/(?:[^@/]*@)?/i, '').replace(/(?:\.git)?\/*$/, '');
    const [, owner, project] = /^github\.com\/([^/]+)\/([^/]+)$/i.exec(name) ?? [];
    const version = textOf(revisionId);
    if (owner === undefined) return { name, version };
    try {
      return { purl: build({ type: 'github', namespace: owner, name: project ?? null }), version };
    } catch {
      return { name, version };
    }
  }
  return {};
}

/** CWE numbers of references to a taxonomy by that name (3.19.3, 3.52). */
function taxaOf(run: Run, references: unknown): unknown[] {
  return arrayOf(references).map((reference) => {
    const { id, index, toolComponent } = objectOf(reference);
    const { name, index: componentIndex } = objectOf(toolComponent);
    const taxonomy = objectOf(elementAt(run.taxonomies, componentIndex));
    const listed = objectOf(elementAt(arrayOf(taxonomy['taxa']), index));
    const text = textOf(id) ?? textOf(listed['id']);
    const isCwe = /cwe/i.test(textOf(name) ?? textOf(taxonomy['name']) ?? '');
    return isCwe && text !== undefined && /^\d{1,5}$/.test(text) ? `CWE-${text}` : text;
  });
}

function cwesIn(properties: JsonObject): unknown[] {
  const found: unknown[] = [];
  for (const key of ['cwe', 'CWE', 'cwe_id', 'cweId', 'problem.cwe']) {
    const value = properties[key];
    for (const each of Array.isArray(value) ? value : [value]) {
      found.push(typeof each === 'string' && /^\d{1,5}$/.test(each) ? `CWE-${each}` : each);
    }
  }
  return found;
}

/** `security-severity` (a CVSS score, as GitHub reads it), else the level (3.27.10). */
function levelOfResult(result: JsonObject, rule: JsonObject, properties: JsonObject, ruleProperties: JsonObject) {
  const score = Number(
    textOf(properties['security-severity']) ?? textOf(ruleProperties['security-severity']) ?? 'none',
  );
  return (
    levelOf(properties['security-severity']) ??
    levelOf(ruleProperties['security-severity']) ??
    levelOf(score) ??
    levelOf(result['level'] ?? objectOf(rule['defaultConfiguration'])['level'] ?? 'warning')
  );
}

/** 3.44: the stacks, or those of the steps of a flow (3.38). */
function stackOf(run: Run, result: JsonObject): string | undefined {
  const inFlows = stepsOf(result['codeFlows']).map((step) => step['stack']);
  const stack = [...arrayOf(result['stacks']), ...inFlows].find((each) => arrayOf(objectOf(each)['frames']).length > 0);
  if (stack === undefined) return undefined;
  const lines = arrayOf(objectOf(stack)['frames'])
    .slice(0, linesMax)
    .map((value) => {
      const frame = objectOf(value);
      const location = objectOf(frame['location']);
      const { path, symbol, startLine } = placeOf(run, location);
      const what = symbol ?? plain(location['message']) ?? textOf(frame['module']) ?? '?';
      const where = path === undefined ? '' : ` (${path}${typeof startLine === 'number' ? `:${startLine}` : ''})`;
      return `    at ${what}${where}`;
    });
  return [plain(objectOf(stack)['message']), ...lines].filter((line) => line !== undefined).join('\n');
}

/** 3.36: how data came from one place to the other, one step a line. */
function flowOf(run: Run, flows: unknown): string | undefined {
  const lines = stepsOf(flows).map((step) => {
    const location = objectOf(step['location']);
    const { path, symbol, startLine } = placeOf(run, location);
    const where = [path ?? symbol, startLine].filter((part) => part !== undefined).join(':');
    return `${where}${where === '' ? '' : ' '}${plain(location['message']) ?? ''}`.trim();
  });
  const told = lines.filter((line) => line !== '');
  return told.length === 0 ? undefined : `Flow:\n${told.join('\n')}`;
}

function stepsOf(flows: unknown): JsonObject[] {
  const thread = objectOf(arrayOf(objectOf(arrayOf(flows)[0])['threadFlows'])[0]);
  return arrayOf(thread['locations']).slice(0, linesMax).map(objectOf);
}

/** 3.55: the proposed changes in words, for the lines that they replace are not in the file. */
function patchOf(run: Run, fixes: unknown): string | undefined {
  const lines: string[] = [];
  for (const fix of arrayOf(fixes).slice(0, linesMax)) {
    const { description, artifactChanges } = objectOf(fix);
    const told = plain(description);
    if (told !== undefined) lines.push(told);
    for (const change of arrayOf(artifactChanges).slice(0, linesMax)) {
      const { artifactLocation, replacements } = objectOf(change);
      lines.push(`--- ${run.artifacts.pathOf(artifactLocation) ?? '?'}`);
      for (const replacement of arrayOf(replacements).slice(0, linesMax)) {
        const { deletedRegion, insertedContent } = objectOf(replacement);
        const { startLine, endLine, startColumn } = objectOf(deletedRegion);
        const to = endLine === undefined || endLine === startLine ? '' : ` to ${endLine}`;
        const column = startColumn === undefined ? '' : `, column ${startColumn}`;
        lines.push(`@@ line ${startLine ?? '?'}${to}${column} @@`);
        const inserted = objectOf(insertedContent)['text'];
        if (typeof inserted === 'string') lines.push(...inserted.split('\n').map((line) => `+${line}`));
      }
    }
  }
  return lines.length === 0 ? undefined : lines.join('\n');
}

/** 3.27.16 tells a result by itself; 3.27.17 only together with what else is known of it. */
function fingerprintOf(result: JsonObject, message: string | undefined, places: readonly Place[]): string | undefined {
  const whole = objectOf(result['fingerprints']);
  if (Object.keys(whole).length > 0) return JSON.stringify(whole);
  const guid = textOf(result['correlationGuid']);
  if (guid !== undefined) return guid;
  const partial = objectOf(result['partialFingerprints']);
  if (Object.keys(partial).length === 0) return undefined;
  return JSON.stringify([partial, message, places.map(({ path, symbol }) => [path, symbol])]);
}
