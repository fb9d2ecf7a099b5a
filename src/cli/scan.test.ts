import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { Command } from 'commander';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { write } from '../domain/advisory/pack.ts';
import { Exit, type Io } from './io.ts';
import * as scan from './scan.ts';

let folder: string;
const at = (name: string) => join(folder, name);

/** What standard input gives. */
let input: Uint8Array[] = [];

async function assay(...args: string[]): Promise<{ code: number; output: string; errors: string }> {
  const io: Io = { stdin: Readable.from(input), stdout: new PassThrough(), stderr: new PassThrough(), env: {} };
  const program = new Command().exitOverride();
  scan.register(program, io);
  const written = Promise.all([text(io.stdout as PassThrough), text(io.stderr as PassThrough)]);
  let code = 0;
  try {
    await program.parseAsync(['scan', ...args], { from: 'user' });
  } catch (error) {
    if (!(error instanceof Exit)) throw error;
    code = error.code;
  }
  io.stdout.end();
  io.stderr.end();
  const [output, errors] = await written;
  return { code, output, errors };
}

const advisory = {
  id: 'GHSA-xxxx-yyyy-zzzz',
  modified: '2026-02-01T00:00:00Z',
  aliases: ['CVE-2026-0001'],
  summary: 'Overflow',
  affected: [
    {
      package: { ecosystem: 'npm', name: 'left' },
      ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed: '1.2.0' }] }],
    },
  ],
};
const kev = {
  catalogVersion: '2026.02.02',
  dateReleased: '2026-02-02T00:00:00.000Z',
  count: 1,
  vulnerabilities: [
    {
      cveID: 'CVE-2026-0001',
      vendorProject: 'Example',
      product: 'Left',
      vulnerabilityName: 'Overflow',
      dateAdded: '2026-02-02',
      shortDescription: 'Overflow',
      requiredAction: 'Apply the fix.',
      dueDate: '2026-02-23',
      knownRansomwareCampaignUse: 'Unknown',
      notes: '',
      cwes: [],
    },
  ],
};
const sbom = (...versions: string[]) => ({
  bomFormat: 'CycloneDX',
  specVersion: '1.6',
  version: 1,
  components: versions.map((version) => ({ type: 'library', name: 'left', version, purl: `pkg:npm/left@${version}` })),
});

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-scan-'));
  await writeFile(at('advisories.jsonl.gz'), gzipSync(`${JSON.stringify(advisory)}\n`));
  await writeFile(at('kev.json'), JSON.stringify(kev));
  await writeFile(at('bad.cdx.json'), JSON.stringify(sbom('1.0.0', '1.2.0')));
  await writeFile(at('good.cdx.json'), JSON.stringify(sbom('1.2.0')));
});

afterAll(() => rm(folder, { recursive: true }));

test('scan: the documented JSON, one value a line for each SBOM, and exit code 1 for findings', async () => {
  const { code, output } = await assay(
    at('bad.cdx.json'),
    at('good.cdx.json'),
    ...['--advisories', at('advisories.jsonl.gz'), at('kev.json')],
    ...['--as-of', '2026-11-23', '--exposed', 'yes', '--format', 'json'],
  );

  const [bad, good] = output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(code).toBe(1);
  expect(bad).toMatchObject({
    asOf: '2026-11-23',
    policy: { name: 'bod-26-04', version: expect.any(String) },
    items: [
      {
        purl: 'pkg:npm/left@1.0.0',
        advisories: ['GHSA-xxxx-yyyy-zzzz'],
        fixedIn: '1.2.0',
        decision: expect.stringContaining('3 days'),
        due: '2026-11-26',
        reasons: expect.arrayContaining([expect.stringContaining('in KEV yes')]),
      },
    ],
  });
  expect(good.items).toEqual([]);
});

test('scan: exit code 0 when nothing is found', async () => {
  const { code, errors } = await assay(at('good.cdx.json'), '--advisories', at('advisories.jsonl.gz'));

  expect(code).toBe(0);
  expect(errors).toBe('');
});

test('scan: exit code 1 and a plain sentence when nothing could be looked up, so that no gate opens', async () => {
  const gems = at('Gemfile.lock');
  await writeFile(gems, 'GEM\n  remote: https://rubygems.org/\n  specs:\n    rack (2.2.3)\n\nDEPENDENCIES\n  rack\n');

  const { code, output, errors } = await assay(gems, '--advisories', at('advisories.jsonl.gz'));

  expect(code).toBe(1);
  expect(output).toContain('1 component, 0 package versions checked');
  expect(output).not.toContain('Nothing to do');
  expect(errors).toContain('nothing was looked at: no advisory given covers any component (1 named).');
});

test('scan: the text says when there is nothing to do, and when exposure was not given', async () => {
  const good = await assay(at('good.cdx.json'), '--advisories', at('advisories.jsonl.gz'));
  const bad = await assay(at('bad.cdx.json'), '--advisories', at('advisories.jsonl.gz'));
  const told = await assay(at('bad.cdx.json'), '--advisories', at('advisories.jsonl.gz'), '--exposed', 'no');

  expect(good.output).toContain('Nothing to do.');
  expect(bad.output).toContain('was not given: say --exposed yes or no');
  expect(told.output).not.toContain('was not given');
});

test('scan: - reads standard input', async () => {
  input = [await readFile(at('bad.cdx.json'))];
  const { code, output } = await assay('-', '--advisories', at('advisories.jsonl.gz'), '--format', 'json');
  input = [];

  expect(code).toBe(1);
  expect(JSON.parse(output).items).toHaveLength(1);
});

test('scan: a saved pack gives the list that its advisories give', async () => {
  const { output: expected } = await assay(
    at('bad.cdx.json'),
    '--advisories',
    at('advisories.jsonl.gz'),
    '--format',
    'json',
    '--as-of',
    '2026-11-23',
  );
  const [group] = [{ id: 'CVE-2026-0001', members: ['CVE-2026-0001', advisory.id], covers: [] }];
  const modified = '2026-02-01T00:00:00.000Z';
  const content = {
    ecosystem: 'npm',
    advisories: [{ ...advisory, modified }],
    groupOf: () => group,
    factsOf: () => ({ cvss: [] }),
    isKevLoaded: false,
    builtOn: '2026-11-23',
  };
  await writeFile(at('npm.pack'), write(content));
  await writeFile(at('npm.pack.gz'), gzipSync(write(content)));

  for (const file of ['npm.pack', 'npm.pack.gz']) {
    const { output } = await assay(
      at('bad.cdx.json'),
      '--advisories',
      at(file),
      '--format',
      'json',
      '--as-of',
      '2026-11-23',
    );
    expect(JSON.parse(output)).toEqual(JSON.parse(expected));
  }
});

test('scan: VEX statements take off the list, and the list says so', async () => {
  await writeFile(
    at('vex.json'),
    JSON.stringify({
      '@context': 'https://openvex.dev/ns/v0.2.0',
      '@id': 'https://example.org/vex/1',
      author: 'Example',
      timestamp: '2026-03-01T00:00:00Z',
      version: 1,
      statements: [
        {
          vulnerability: { name: 'CVE-2026-0001' },
          products: [{ '@id': 'pkg:npm/left@1.0.0' }],
          status: 'not_affected',
          justification: 'vulnerable_code_not_present',
        },
      ],
    }),
  );

  const { code, output } = await assay(
    at('bad.cdx.json'),
    '--advisories',
    at('advisories.jsonl.gz'),
    '--vex',
    at('vex.json'),
    '--format',
    'json',
  );

  expect(code).toBe(0);
  expect(JSON.parse(output).setAside).toEqual([
    expect.objectContaining({
      id: 'CVE-2026-0001',
      status: 'not_affected',
      justification: 'vulnerable_code_not_present',
      author: 'Example',
    }),
  ]);
});

test('scan: text for a person, csv and a calendar', async () => {
  const advisories = ['--advisories', at('advisories.jsonl.gz'), at('kev.json'), '--as-of', '2026-11-23'];

  expect((await assay(at('bad.cdx.json'), ...advisories)).output).toContain('upgrade left 1.0.0 to 1.2.0: closes 1');
  expect((await assay(at('bad.cdx.json'), ...advisories, '--format', 'csv')).output).toContain('pkg:npm/left@1.0.0');
  expect((await assay(at('bad.cdx.json'), ...advisories, '--format', 'ics')).output).toContain(
    'DTSTART;VALUE=DATE:2026',
  );
});

test('scan: --since carries the first listing over: the date stays, and what has gone by is overdue in every format', async () => {
  const advisories = ['--advisories', at('advisories.jsonl.gz'), at('kev.json'), '--exposed', 'yes'];
  const first = await assay(
    at('bad.cdx.json'),
    at('good.cdx.json'),
    ...advisories,
    '--as-of',
    '2026-11-23',
    '--format',
    'json',
  );
  await writeFile(at('first.json'), first.output);
  const later = (...more: string[]) =>
    assay(at('bad.cdx.json'), ...advisories, '--as-of', '2027-02-01', '--since', at('first.json'), ...more);

  const [item] = JSON.parse((await later('--format', 'json')).output).items;
  expect(item).toMatchObject({ due: '2026-11-26', isOverdue: true });
  expect(item.vulnerabilities[0].firstListed).toBe('2026-11-23');
  expect((await later()).output).toContain('overdue since 2026-11-26');
  expect((await later('--format', 'csv')).output).toContain('yes,2026-11-23');
  const calendar = (await later('--format', 'ics')).output;
  expect(calendar).toContain('DTSTART;VALUE=DATE:20270201');
  expect(calendar).toContain('SUMMARY:Overdue since 2026-11-26');

  // What the second list carries is enough for the third.
  await writeFile(at('second.json'), (await later('--format', 'json')).output);
  const third = await assay(at('bad.cdx.json'), ...advisories, '--since', at('second.json'), '--format', 'json');
  expect(JSON.parse(third.output).items[0].due).toBe('2026-11-26');
});

test('scan: --since that cannot be used ends the command: no date counts anew without a word', async () => {
  const advisories = ['--advisories', at('advisories.jsonl.gz')];
  const since = async (text: string) => {
    await writeFile(at('since.json'), text);
    return assay(at('good.cdx.json'), ...advisories, '--since', at('since.json'));
  };

  expect(await since('{"file":"x","items":[]}')).toMatchObject({ code: 1, errors: expect.stringContaining('clocks') });
  expect(await since('')).toMatchObject({ code: 1 });
  expect(await since('{"file":')).toMatchObject({ code: 1, errors: expect.stringContaining('line 1') });
  const wrong = { package: 'npm/left', vulnerability: 'CVE-2026-0001', listed: 'soon', decided: {} };
  expect(await since(JSON.stringify({ file: 'x', clocks: [wrong] }))).toMatchObject({
    code: 1,
    errors: expect.stringContaining('clocks[0]'),
  });
  const others = ['a', 'b'].map((file) => JSON.stringify({ file, clocks: [] })).join('\n');
  expect(await since(others)).toMatchObject({ code: 2, errors: expect.stringContaining('It has: a, b.') });
  expect((await since(JSON.stringify({ file: 'other name', clocks: [] }))).code).toBe(0);
});

test('scan: a broken SBOM is refused with the reason and exit code 1; wrong use is exit code 2', async () => {
  await writeFile(at('broken.json'), '{"bomFormat": "CycloneDX",');

  const broken = await assay(at('broken.json'), '--advisories', at('advisories.jsonl.gz'));
  expect(broken).toMatchObject({ code: 1, errors: expect.stringContaining('broken.json was refused') });
  expect((await assay(at('missing.json'))).code).toBe(2);
  expect((await assay(at('good.cdx.json'), '--as-of', 'soon')).code).toBe(2);
  expect((await assay(at('good.cdx.json'), '--policy', 'none')).code).toBe(2);
});

test('scan: the sample comes along, and its age is told', async () => {
  const { errors } = await assay(at('good.cdx.json'), '--format', 'json');

  expect(errors).toMatch(/sample advisories.* on \d{4}-\d{2}-\d{2}/);
}, 60_000);
