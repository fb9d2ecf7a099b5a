/** The command against a real instance on a port of its own. */
import { PassThrough, Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testSystem } from '../../test/system/test-system.ts';
import { build } from '../api/server.ts';
import * as agents from '../app/directory/agents.ts';
import * as members from '../app/directory/members.ts';
import * as intakePolicies from '../app/intake/intake-policies.ts';
import type { System } from '../app/system.ts';
import { type Actor, system as itself } from '../domain/directory/actor.ts';
import { run } from './main.ts';

let url: string;
let close: () => Promise<void>;
const tokens: Record<string, string> = {};

let maintainer: Actor;
let system: System;

beforeAll(async () => {
  system = await testSystem();
  const server = await build(system, { version: 'test' });
  url = await server.listen({ host: '127.0.0.1', port: 0 });
  close = () => server.close();
  for (const name of ['tidewater', 'driftwood']) {
    const { people } = await system.database.transaction(itself, (tx) =>
      members.found(system, tx, itself, { name: `${name} (sample)`, isHost: false, isSample: false }, [
        { name, roles: ['researcher', 'maintainer'] },
      ]),
    );
    const [{ id, organisation, roles }] = people as [(typeof people)[0]];
    const actor: Actor = { kind: 'person', id, organisation, roles };
    maintainer = actor;
    const made = { name: 'scanner', scopes: ['claims:write' as const], expiresAt: '2026-12-01T00:00:00.000Z' };
    tokens[name] = (await agents.add(system, actor, made)).token;
  }
});

afterAll(() => close());

async function assay(firm: string, ...args: string[]) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const text = (stream: PassThrough) => (stream.read() as Buffer | null)?.toString('utf8') ?? '';
  const io = { stdin: Readable.from([]), stdout, stderr, env: { ASSAY_URL: url, ASSAY_TOKEN: tokens[firm] } };
  const code = await run(['claim', ...args], io as never);
  return { code, out: text(stdout), err: text(stderr) };
}

const authority = ['--technique', 'fuzzing', '--authority', 'licence', '--from', 'MIT'];

test('a claim is registered, asked about, renewed, listed and ended', async () => {
  const first = await assay('tidewater', 'register', 'pkg:npm/sample', ...authority, '--format', 'json');
  expect(first.code).toBe(0);
  const { id } = JSON.parse(first.out);
  const second = await assay(
    'driftwood',
    ...['register', 'pkg:npm/sample', ...authority, '--versions', '>=1.0.0', '--path', 'src', '--days', '3'],
    ...['--format', 'json'],
  );
  const mine = JSON.parse(second.out).id;

  expect(await assay('driftwood', 'ask', mine, '--format', 'json')).toEqual({
    code: 1,
    out: '{"answer":"conflict"}\n',
    err: '',
  });
  expect((await assay('tidewater', 'renew', id, '--days', '30')).out).toContain('until 2026-03-31T09:30:00.000Z');
  expect((await assay('tidewater', 'list', '--state', 'open')).out).toBe(
    `${id}\tuntil 2026-03-31T09:30:00.000Z\tpkg:npm/sample\tvers:all/*\twhole tree\tfuzzing\n`,
  );
  expect((await assay('tidewater', 'finish', id)).out).toContain('finished 2026-03-01T09:30:00.000Z');
  const answer = await assay('driftwood', 'ask', mine, '--path', 'src/a');
  expect([answer.code, answer.out]).toEqual([
    0,
    'clear: no overlapping claim is known here. That is no permission to scan.\n',
  ]);
});

test('registering says what the maintainers of the package ask, their words as data', async () => {
  const purl = 'pkg:npm/gangway';
  await intakePolicies.publish(system, maintainer, {
    purl,
    policy: { isOptOut: true, languages: ['en'], preferredTechniques: [], refuses: 'no\u001b[2Jfuzzing\nof old ones' },
    proof: { text: 'MAINTAINERS', url: 'https://gangway.example/MAINTAINERS' },
  });

  const text = await assay('tidewater', 'register', purl, ...authority);
  const json = await assay('tidewater', 'register', purl, ...authority, '--path', 'src', '--format', 'json');
  const none = await assay('tidewater', 'register', 'pkg:npm/nobody-asks', ...authority, '--format', 'json');

  expect(text.code).toBe(0);
  expect(text.out.split('\n').slice(1)).toEqual([
    'What driftwood of driftwood (sample) asks since 2026-03-01 (not confirmed):',
    '  Ask the maintainers before you scan.',
    '  Languages: en',
    '  Refused: no [2Jfuzzing of old ones',
    '',
  ]);
  expect(JSON.parse(json.out).policies).toMatchObject([{ purl, standing: 'stated', policy: { isOptOut: true } }]);
  expect(JSON.parse(none.out).policies).toEqual([]);
});

test('what is refused is said with exit 1, and wrong use with exit 2', async () => {
  const refused = await assay('tidewater', 'register', 'pkg:npm/sample@1.0.0', ...authority);
  expect([refused.code, refused.out]).toEqual([1, '']);
  expect(refused.err).toContain('Leave the version out of the package URL');
  expect((await assay('tidewater', 'finish', 'claim_0')).code).toBe(1);
  expect((await assay('tidewater', 'register', 'pkg:npm/sample')).code).toBe(2);
  expect((await assay('tidewater', 'renew', 'claim_0', '--days', 'many')).code).toBe(2);
});
