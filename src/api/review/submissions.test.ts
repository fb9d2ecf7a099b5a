import type { FastifyInstance, InjectOptions } from 'fastify';
import { beforeAll, expect, test } from 'vitest';
import { testSystem } from '../../../test/system/test-system.ts';
import * as members from '../../app/directory/members.ts';
import * as signIn from '../../app/directory/sign-in.ts';
import type { System } from '../../app/system.ts';
import { system as itself, type Role } from '../../domain/directory/actor.ts';
import { build } from '../server.ts';

interface Cast {
  organisation: string;
  cookie: string;
}

let system: System;
let server: FastifyInstance;
let lab: Cast;
let office: Cast;

async function castOf(name: string, ...roles: Role[]): Promise<Cast> {
  const made = await system.database.transaction(itself, (tx) =>
    members.found(system, tx, itself, { name, isHost: false, isSample: false }, [{ name: 'Somebody', roles }]),
  );
  const link = await signIn.createLink(system, made.people[0]!.id);
  const secret = await signIn.signInByLink(system, link.slice(link.indexOf('#token=') + 7));
  return { organisation: made.organisation.id, cookie: `session=${secret}` };
}

beforeAll(async () => {
  system = await testSystem();
  server = await build(system, { version: 'test' });
  lab = await castOf('Tidewater Models (sample)', 'release_manager');
  office = await castOf('Office of Measured Capability (sample)', 'administrator', 'evaluator');
  await ask(office, 'PATCH', `/organisations/${office.organisation}`, { isShared: true });
});

const ask = (cast: Cast, method: InjectOptions['method'], url: string, payload?: unknown, key?: string) =>
  server.inject({
    method: method as 'GET',
    url: `/api/v1${url}`,
    headers: { cookie: cast.cookie, ...(key !== undefined && { 'idempotency-key': key }) },
    ...(payload !== undefined && { payload: payload as object }),
  });

const model = { name: 'Tern', version: '2' };
const newFile = async (): Promise<string> => (await ask(lab, 'POST', '/submissions', { model })).json().id;

test('a file opens with what was said already, and a part that cannot be read is refused with its place', async () => {
  const parts = { 3: { state: 'given', content: { asks: ['covered'] } } };
  const opened = await ask(lab, 'POST', '/submissions', { model, parts });
  const refused = await ask(lab, 'POST', '/submissions', {
    model,
    parts: { 3: { state: 'given', content: { asks: ['everything'] } }, 17: { state: 'withheld', reason: 'None.' } },
  });

  expect(opened.statusCode).toBe(201);
  expect(opened.headers.location).toBe(`/api/v1/submissions/${opened.json().id}`);
  expect(opened.json()).toMatchObject({
    capacity: 'developer',
    file: { version: 1, handedVersion: null, counts: { given: 2, open: 14 } },
  });
  expect(refused.statusCode).toBe(422);
  expect(refused.json()).toMatchObject({
    code: 'part_not_kept',
    details: { problems: [{ path: 'parts.3.content.asks' }, { path: 'parts.17' }] },
  });
});

test('a save that is sent twice with one key is done once; one on an outdated part names the part', async () => {
  const id = await newFile();
  const said = { basedOn: 1, parts: { 8: { state: 'withheld', reason: 'Shown on site.' } } };

  const first = await ask(lab, 'POST', `/submissions/${id}/versions`, said, 'key-1');
  const again = await ask(lab, 'POST', `/submissions/${id}/versions`, said, 'key-1');
  const late = await ask(lab, 'POST', `/submissions/${id}/versions`, { basedOn: 1, parts: { 8: null } });

  expect(first.statusCode).toBe(201);
  expect(again.json()).toEqual(first.json());
  expect(again.headers['idempotency-replayed']).toBe('true');
  expect((await ask(lab, 'GET', `/submissions/${id}/versions`)).json().items).toHaveLength(2);
  expect(late.statusCode).toBe(412);
  expect(late.json()).toMatchObject({ code: 'file_changed', details: { parts: [8], version: 2 } });
});

test('lists page by key, each file once, with where its window stands', async () => {
  const ids = [await newFile(), await newFile(), await newFile()];

  const first = (await ask(lab, 'GET', '/submissions?limit=2')).json();
  const found: string[] = first.items.map((one: { id: string }) => one.id);
  for (let after = first.next; after !== undefined; ) {
    const page = (await ask(lab, 'GET', `/submissions?limit=2&after=${after}`)).json();
    found.push(...page.items.map((one: { id: string }) => one.id));
    after = page.next;
  }

  expect(new Set(found).size).toBe(found.length);
  expect(found).toEqual(expect.arrayContaining(ids));
  expect(first.items[0].window).toMatchObject({ state: 'planned', usedMs: 0 });
  expect(first.items[0].window.next.length).toBeGreaterThan(0);
});

test('I1: the list of what is not said comes with the file, and handing over asks for none of it', async () => {
  const id = await newFile();
  const { gaps, version } = (await ask(lab, 'GET', `/submissions/${id}/file`)).json();
  const organisations = [lab.organisation];

  const handed = await ask(lab, 'POST', `/submissions/${id}/handover`, { version: 1, isInterim: false, organisations });

  expect(version.version).toBe(1);
  expect(gaps.map(({ number }: { number: number }) => number).slice(0, 4)).toEqual([1, 3, 9, 10]);
  expect(handed.statusCode).toBe(200);
  expect(handed.json()).toMatchObject({ version: 1, isInterim: false });
});

test('I5, I9: a party whose reading was ended is answered byte for byte as if there had never been anything', async () => {
  const id = await newFile();
  await ask(lab, 'POST', `/submissions/${id}/parties`, { organisation: office.organisation, handedVersion: null });
  const { organisations } = (await ask(lab, 'POST', `/submissions/${id}/handover/preview`, { version: 1 })).json();
  await ask(lab, 'POST', `/submissions/${id}/handover`, { version: 1, isInterim: true, organisations });
  expect((await ask(office, 'GET', `/submissions/${id}/file`)).statusCode).toBe(200);

  const ended = await ask(lab, 'DELETE', `/submissions/${id}/parties/${office.organisation}`);

  expect(ended.statusCode).toBe(204);
  const plain = ({ statusCode, body }: { statusCode: number; body: string }) =>
    `${statusCode} ${body.replace(/"requestId":"[^"]*"/, '')}`;
  for (const rest of [
    '',
    '/file',
    '/versions',
    '/versions/1',
    '/changes?from=1&to=1',
    '/export',
    '/audience',
    '/window',
  ]) {
    const [existing, missing] = [
      await ask(office, 'GET', `/submissions/${id}${rest}`),
      await ask(office, 'GET', `/submissions/submission_0${rest}`),
    ];
    expect(plain(existing)).toBe(plain(missing));
    expect(existing.statusCode).toBe(404);
  }
  expect((await ask(office, 'GET', '/submissions')).json().items).toEqual([]);
});

test('I20: nobody but the developer finds the dates in any answer, and a day that does not exist is refused', async () => {
  const id = await newFile();
  await ask(lab, 'POST', `/submissions/${id}/parties`, { organisation: office.organisation, handedVersion: null });
  const { organisations } = (await ask(lab, 'POST', `/submissions/${id}/handover/preview`, { version: 1 })).json();
  await ask(lab, 'POST', `/submissions/${id}/handover`, { version: 1, isInterim: true, organisations });
  const dates = { partnerRelease: '2031-07-19', publicRelease: null, note: null };
  expect(
    (await ask(lab, 'PUT', `/submissions/${id}/dates`, { ...dates, publicRelease: '2031-02-30' })).statusCode,
  ).toBe(422);
  expect((await ask(lab, 'PUT', `/submissions/${id}/dates`, dates)).statusCode).toBe(200);

  const answers = await Promise.all(
    ['', '/file', '/versions', '/versions/1', '/export', '/audience', '/window'].map((rest) =>
      ask(office, 'GET', `/submissions/${id}${rest}`),
    ),
  );

  for (const { statusCode, body } of answers) {
    expect(statusCode).toBe(200);
    expect(body).not.toContain('2031');
  }
  expect((await ask(lab, 'GET', `/submissions/${id}/export`)).json().dates).toMatchObject({
    partnerRelease: '2031-07-19',
  });
});
