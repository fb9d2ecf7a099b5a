/** SARIF 2.1.0 results as reports: rule, message, place, weakness, severity, key. Clauses are the standard's. */
import { expect, test } from 'vitest';
import type { Report } from '../../domain/intake/report.ts';
import type { Problem } from '../../domain/problem.ts';
import { reportOf } from '../finding/draft.ts';
import { read } from './document.ts';

type Answer = Report | Problem[];

function readAll(run: object, ...results: object[]): Answer[] {
  const log = { version: '2.1.0', runs: [{ tool: { driver: { name: 'Prober', rules: [] } }, ...run, results }] };
  return [...read(log)].map((found) => {
    if ('draft' in found) return reportOf(found.draft);
    return 'problems' in found ? found.problems : found.report;
  });
}
const one = (result: object, run: object = {}) =>
  readAll(run, { message: { text: 'A flaw' }, ...at('a.c'), ...result })[0];
const at = (uri: string, region: object = {}, more: object = {}) => ({
  locations: [{ physicalLocation: { artifactLocation: { uri, ...more }, region } }],
});
const withRules = (...rules: object[]) => ({ tool: { driver: { name: 'Prober', semanticVersion: '1.2.3', rules } } });

test('3.11: placeholders take the arguments; doubled braces are braces; a placeholder without argument stays', () => {
  expect(one({ message: { text: '{0} in {1}, not {2}; {{0}}', arguments: ['A', 'B'] } })).toMatchObject({
    title: 'A in B, not {2}; {0}',
  });
  expect(one({ message: { text: 'as {0} it stands' } })).toMatchObject({ title: 'as {0} it stands' });
});

test('3.11: a message id is looked up in the rule, then in the tool component', () => {
  const run = {
    tool: {
      driver: {
        name: 'Prober',
        globalMessageStrings: { all: { text: 'From the driver: {0}' }, own: { text: 'no' } },
        rules: [{ id: 'R', messageStrings: { own: { text: 'From the rule: {0}' } } }],
      },
    },
  };

  expect(one({ ruleId: 'R', message: { id: 'own', arguments: ['x'] } }, run)).toMatchObject({
    title: 'From the rule: x',
  });
  expect(one({ ruleId: 'R', message: { id: 'all', arguments: ['y'] } }, run)).toMatchObject({
    title: 'From the driver: y',
  });
  expect(one({ ruleId: 'R', message: { id: 'neither' } }, run)).toMatchObject({ title: 'R' });
});

test('3.11: links leave their text, and their address where it is one', () => {
  expect(one({ message: { text: 'from [here](1) by [the \\[rule\\]](https://rule.example)' } })).toMatchObject({
    title: 'from here by the [rule] (https://rule.example)',
  });
});

test('3.27.5 to 3.27.7: a rule is found by index, by id, below its id, and in an extension', () => {
  const run = {
    tool: {
      driver: { name: 'Prober', rules: [{ id: 'A1', shortDescription: { text: 'Rule A' } }] },
      extensions: [{ name: 'Pack', guid: 'g', rules: [{ id: 'B1', guid: 'b', shortDescription: { text: 'Rule B' } }] }],
    },
  };
  const long = { message: { text: 'Two\nlines' } };

  expect(one({ ...long, ruleIndex: 0 }, run)).toMatchObject({ title: 'Rule A', provenance: { rule: 'A1' } });
  expect(one({ ...long, ruleId: 'A1/sub/rule' }, run)).toMatchObject({
    title: 'Rule A',
    provenance: { rule: 'A1/sub/rule' },
  });
  expect(one({ ...long, ruleId: 'B1' }, run)).toMatchObject({ title: 'Rule B' });
  expect(one({ ...long, rule: { index: 0, toolComponent: { index: 0 } } }, run)).toMatchObject({ title: 'Rule B' });
  expect(one({ ...long, rule: { guid: 'b', toolComponent: { guid: 'g' } } }, run)).toMatchObject({ title: 'Rule B' });
});

test('3.4, 3.14.14: a path stands under its relative bases; where the root lies on the machine that scanned is left away', () => {
  const run = {
    originalUriBaseIds: {
      ROOT: { uri: 'file:///C:/builds/shop/' },
      SRC: { uri: 'src/', uriBaseId: 'ROOT' },
    },
    artifacts: [{ location: { uri: 'lib/b%20c.c', uriBaseId: 'SRC' } }],
  };
  const pathOf = (location: object) =>
    (one({ locations: [{ physicalLocation: { artifactLocation: location } }] }, run) as Report).places?.[0]?.path;

  expect(pathOf({ uri: 'a.c', uriBaseId: 'SRC' })).toBe('src/a.c');
  expect(pathOf({ uri: 'file:///C:/builds/shop/src/a.c' })).toBe('src/a.c');
  expect(pathOf({ index: 0 })).toBe('src/lib/b c.c');
  expect(pathOf({ uri: './x/../a.c' })).toBe('a.c');
  expect(pathOf({ uri: 'a\\b.c' })).toBe('a/b.c');
  expect(pathOf({ uri: 'https://code.example/a.c' })).toBe('https://code.example/a.c');
});

test('3.28 to 3.33: a place has path, symbol and lines', () => {
  const [report] = readAll(
    { logicalLocations: [{ fullyQualifiedName: 'shop::cart::add' }] },
    {
      message: { text: 'A flaw' },
      locations: [
        {
          physicalLocation: { artifactLocation: { uri: 'a.c' }, region: { startLine: 3, endLine: 5 } },
          logicalLocations: [{ index: 0 }],
        },
        { physicalLocation: { artifactLocation: { uri: 'b.c' }, region: { startLine: 9 } } },
      ],
    },
  );

  expect(report).toMatchObject({
    places: [
      { path: 'a.c', symbol: 'shop::cart::add', startLine: 3, endLine: 5 },
      { path: 'b.c', startLine: 9, endLine: 9 },
    ],
  });
});

test('weaknesses come from tags, taxa, relationships of the rule and properties, each once', () => {
  const run = {
    ...withRules({
      id: 'R',
      properties: { tags: ['security', 'external/cwe/cwe-079'], cwe: ['CWE-20: Input'] },
      relationships: [{ target: { id: '89', toolComponent: { name: 'CWE' } } }],
    }),
    taxonomies: [{ name: 'CWE', taxa: [{ id: '22' }] }],
  };
  const result = {
    ruleId: 'R',
    taxa: [{ index: 0, toolComponent: { index: 0 } }],
    properties: { tags: ['CWE-79', 'OWASP'] },
  };

  expect((one(result, run) as Report).weaknesses?.toSorted()).toEqual(['CWE-20', 'CWE-22', 'CWE-79', 'CWE-89']);
});

test('severity: a score under "security-severity", else the level of result, rule or the default (3.27.10)', () => {
  const levelOf = (result: object, rule: object = {}) =>
    (one({ ruleId: 'R', ...result }, withRules({ id: 'R', ...rule })) as Report).severityLevel;

  expect(levelOf({ level: 'note' }, { properties: { 'security-severity': '9.8' } })).toBe('critical');
  expect(levelOf({ level: 'note' }, { defaultConfiguration: { level: 'error' } })).toBe('low');
  expect(levelOf({}, { defaultConfiguration: { level: 'error' } })).toBe('high');
  expect(levelOf({})).toBe('medium');
});

test('a known flaw is marked by its aliases, and a CVSS vector in the properties is kept', () => {
  const vector = 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H';

  expect(
    one({ ruleId: 'CVE-2021-44228', properties: { cvssVector: vector, tags: ['GHSA-jfh8-c2jp-5v3q'] } }),
  ).toMatchObject({
    aliases: ['CVE-2021-44228', 'GHSA-jfh8-c2jp-5v3q'],
    severity: [vector],
  });
});

test('the component: a package URL, what the tool calls a component, the repository, at last the file', () => {
  const repository = {
    versionControlProvenance: [{ repositoryUri: 'https://user:secret@github.com/Example/Shop.git', revisionId: 'abc' }],
  };
  const componentOf = (result: object, run: object = {}) => (one(result, run) as Report).component;

  expect(componentOf({ properties: { purl: 'pkg:pypi/Django@3.2' } }, repository)).toEqual({
    purl: 'pkg:pypi/django@3.2',
    version: '3.2',
  });
  expect(componentOf({ properties: { component: 'left-pad', componentVersion: '1.0' } })).toEqual({
    name: 'left-pad',
    version: '1.0',
  });
  expect(componentOf({}, repository)).toEqual({ purl: 'pkg:github/example/shop', version: 'abc' });
  expect(componentOf({}, { versionControlProvenance: [{ repositoryUri: 'https://git.example/shop/' }] })).toEqual({
    name: 'git.example/shop',
  });
  expect(componentOf({})).toEqual({ name: 'a.c' });
});

test('3.44, 3.36, 3.55: stacks, flows and fixes are written out', () => {
  const location = {
    physicalLocation: { artifactLocation: { uri: 'a.c' }, region: { startLine: 7 } },
    message: { text: 'is read here' },
  };
  const report = one({
    stacks: [
      {
        message: { text: 'SEGV' },
        frames: [{ location: { ...location, logicalLocations: [{ fullyQualifiedName: 'f' }] } }],
      },
    ],
    codeFlows: [{ threadFlows: [{ locations: [{ location }] }] }],
    fixes: [
      {
        description: { text: 'Check the length' },
        artifactChanges: [
          {
            artifactLocation: { uri: 'a.c' },
            replacements: [{ deletedRegion: { startLine: 7 }, insertedContent: { text: 'if (n > max) return;' } }],
          },
        ],
      },
    ],
  }) as Report;

  expect(report.stack).toBe('SEGV\n    at f (a.c:7)');
  expect(report.description).toBe('A flaw\n\nFlow:\na.c:7 is read here');
  expect(report.patch).toBe('Check the length\n--- a.c\n@@ line 7 @@\n+if (n > max) return;');
});

test.each<[string, object, RegExp]>([
  ['3.27.9: a kind that claims no flaw', { kind: 'pass' }, /no flaw/],
  ['3.27.24: what was not found again', { baselineState: 'absent' }, /did not find this again/],
  [
    '3.27.23: what the tool suppresses',
    { suppressions: [{ kind: 'inSource', justification: 'test code' }] },
    /suppresses.*"test code"/,
  ],
])('%s is refused with the reason', (_, result, reason) => {
  expect(one(result)).toMatchObject([
    { message: expect.stringMatching(reason), clause: expect.stringMatching(/^3\.27\./) },
  ]);
});

test('3.27.23: a suppression under review or rejected suppresses nothing', () => {
  expect(one({ suppressions: [{ kind: 'external', status: 'underReview' }] })).toMatchObject({ title: 'A flaw' });
  expect(one({ suppressions: [{ kind: 'external', status: 'rejected' }] })).toMatchObject({ title: 'A flaw' });
});

test('3.15: results in other files are not fetched, and each file is told', () => {
  const [found] = readAll({
    externalPropertyFileReferences: {
      results: [{ location: { uri: 'https://evil.example/results.sarif-external-properties' } }],
    },
  });

  expect(found).toMatchObject([{ message: expect.stringMatching(/another file \("https:.*not fetched/) }]);
});

test('the key: the whole fingerprint alone; else what was found where; never the line when a fingerprint stands beside it', () => {
  const keyOf = (result: object) => (one({ ruleId: 'R', ...result }) as Report).key;

  expect(keyOf({ fingerprints: { a: '1' }, ...at('a.c', { startLine: 1 }) })).toBe(
    keyOf({ fingerprints: { a: '1' }, ...at('a.c', { startLine: 9 }), message: { text: 'Reworded' } }),
  );
  expect(keyOf({ partialFingerprints: { a: '1' }, ...at('a.c', { startLine: 1 }) })).toBe(
    keyOf({ partialFingerprints: { a: '1' }, ...at('a.c', { startLine: 9 }) }),
  );
  expect(keyOf({ partialFingerprints: { a: '1' } })).not.toBe(keyOf({ partialFingerprints: { a: '1' }, ...at('b.c') }));
  expect(keyOf(at('a.c', { startLine: 1 }))).not.toBe(keyOf(at('a.c', { startLine: 2 })));
  expect(keyOf({})).not.toBe(keyOf({ ruleId: 'S' }));
  expect(keyOf({})).not.toBe(keyOf({ message: { text: 'Another' } }));
});
