/** `assay validate` against an instance that really listens: fetched by the id of the finding, run in a sandbox, handed in. */
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { found, report } from '../../test/system/reporters.ts';
import { testSystem } from '../../test/system/test-system.ts';
import { build } from '../api/server.ts';
import * as agents from '../app/directory/agents.ts';
import * as validations from '../app/intake/validations.ts';
import * as validatorKeys from '../app/intake/validator-keys.ts';
import type { System } from '../app/system.ts';
import type { Actor } from '../domain/directory/actor.ts';
import type { Scope } from '../domain/directory/permission.ts';
import type { Io } from './io.ts';
import { run } from './main.ts';
import { which } from './validate-sandbox.ts';

let system: System;
let server: FastifyInstance;
let url: string;
let folder: string;
let coordinator: Actor;
let university: Actor;
let finding: string;
let validation: string;

const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();

const kit = () => ({
  format: 'assay-validation-kit/1' as const,
  finding: 'filled in',
  findingDigest: `sha256:${'0'.repeat(64)}`,
  title: 'A flaw',
  claim: '',
  component: { name: 'tern' },
  files: [{ path: 'run.sh', content: Buffer.from('exit 7\n').toString('base64') }],
  signal: { kind: 'exit' as const, code: 7 },
  reproduce: { command: ['sh', 'run.sh'] },
  control: { command: ['true'], kind: 'harmless_input' as const },
  timeoutSeconds: 10,
  needsNetwork: false,
  tools: ['sh'],
});

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'assay-validator-'));
  chmodSync(folder, 0o755);
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  copyFileSync(new URL('testdata/stand-in-bwrap.sh', import.meta.url), join(bin, 'bwrap'));
  chmodSync(join(bin, 'bwrap'), 0o755);
  // What the command measures carries the time of this machine.
  system = await testSystem({ now: () => new Date().toISOString() });
  server = await build(system, { version: 'test' });
  await server.listen({ host: '127.0.0.1', port: 0 });
  url = `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`;
  [coordinator] = (await found(system, 'Clearinghouse (sample)', { isHost: true, roles: [['coordinator']] })) as [
    Actor,
  ];
  const [lab] = (await found(system, 'Tidewater Lab (sample)', { roles: [['researcher']] })) as [Actor];
  [university] = (await found(system, 'Fen University (sample)', { roles: [['researcher']] })) as [Actor];
  finding = await report(system, lab, { title: 'A flaw', component: { name: 'tern' } });
  const endsAt = inDays(20);
  const asked = { finding, organisation: university.organisation as string, kit: kit(), endsAt };
  validation = (await validations.share(system, coordinator, asked)).validation.id;
  const { out } = await assay(['key', '--format', 'json']);
  await validatorKeys.register(system, university, { publicKey: JSON.parse(out).publicKey, label: 'laptop' });
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

async function assay(args: string[], env: Record<string, string> = {}) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const path = which('bwrap', process.env) === undefined ? `${folder}/bin:${process.env['PATH']}` : process.env['PATH'];
  const io: Io = { stdin: Readable.from([]), stdout, stderr, env: { PATH: path, XDG_CONFIG_HOME: folder, ...env } };
  const code = await run(['validate', ...args], io);
  return { code, out: stdout.read()?.toString() ?? '', err: stderr.read()?.toString() ?? '' };
}

const tokenOf = async (...scopes: Scope[]) =>
  (await agents.add(system, university, { name: 'runner', scopes, expiresAt: inDays(10) })).token;

test('one command fetches the kit by the id of the finding, runs it and hands the evidence in', async () => {
  const out = join(folder, 'evidence.json');
  const options = ['--from', url, '--submit', '--yes', '--sandbox', 'bubblewrap', '--attempts', '3', '--out', out];
  const {
    code,
    out: told,
    err,
  } = await assay([finding, ...options], { ASSAY_TOKEN: await tokenOf('validations:write') });

  expect(code, err).toBe(0);
  expect(told).toContain('The signal showed in 3 of 3 attempts.');
  expect(told).toContain(`Handed in at ${url}`);
  expect(err).toContain('What will run:');
  const { evidence } = await validations.load(system, coordinator, validation);
  expect(evidence).toMatchObject([{ verdict: 'reproduced', isIndependent: true, person: { id: university.id } }]);
  expect(evidence[0]?.summary.independence.reasons).toContain('The validator opened the kit here.');
  expect((await assay(['verify', out])).code).toBe(0);
});

test('who was not asked, or has no right, is told so, and nothing is run', async () => {
  const out = join(folder, 'none.json');
  const options = ['--from', url, '--yes', '--sandbox', 'bubblewrap', '--out', out];

  expect(await assay(['finding_0', ...options], { ASSAY_TOKEN: await tokenOf('validations:read') })).toMatchObject({
    code: 1,
    err: expect.stringContaining('no open request to you'),
  });
  expect(await assay([finding, ...options], { ASSAY_TOKEN: await tokenOf('log:read') })).toMatchObject({
    code: 1,
    err: expect.stringContaining('lacks the scope validations:read (validations:write covers it)'),
  });
  expect(await assay([validation, ...options])).toMatchObject({
    code: 1,
    err: expect.stringContaining('Sign in first'),
  });
  expect(existsSync(out)).toBe(false);
});

test('a right that is missing for handing in is told, and the evidence is kept in its file', async () => {
  const out = join(folder, 'kept.json');
  const options = ['--from', url, '--submit', '--yes', '--sandbox', 'bubblewrap', '--attempts', '3', '--out', out];
  const { code, err } = await assay([validation, ...options], { ASSAY_TOKEN: await tokenOf('validations:read') });

  expect(code).toBe(1);
  expect(err).toContain('lacks the scope validations:write');
  expect((await assay(['verify', out])).code).toBe(0);
});
