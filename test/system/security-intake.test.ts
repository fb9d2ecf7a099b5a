/**
 * I5 at the door of intake: what others handed in is not told by status, body, headers or time. Ten thousand identifiers, queries and
 * submissions are tried by another reporter and by somebody without an account.
 */
import { randomBytes } from 'node:crypto';
import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import { beforeAll, expect, test } from 'vitest';
import { build } from '../../src/api/server.ts';
import * as members from '../../src/app/directory/members.ts';
import * as signIn from '../../src/app/directory/sign-in.ts';
import * as anonymous from '../../src/app/intake/anonymous.ts';
import * as batchImport from '../../src/app/intake/batch-import.ts';
import * as batches from '../../src/app/intake/batches.ts';
import * as screen from '../../src/app/intake/screen.ts';
import type { System } from '../../src/app/system.ts';
import { type Actor, system as itself, type Role } from '../../src/domain/directory/actor.ts';
import type { Report } from '../../src/domain/intake/report.ts';
import { testSystem } from './test-system.ts';

const now = '2026-03-01T09:30:00.000Z';
let system: System;
let server: FastifyInstance;
let plover: { actor: Actor; cookie: string };
/** What another lab handed in, with the ids of its findings and of its batch. */
const theirs: Report[] = [];
let theirIds: string[];
let theirBatch: string;

async function enter(name: string, isHost: boolean, roles: Role[]) {
  const made = await system.database.transaction(itself, (tx) =>
    members.found(system, tx, itself, { name, isHost, isSample: false }, [{ name, roles }]),
  );
  const [{ id, organisation }] = made.people as [(typeof made.people)[number]];
  const link = await signIn.createLink(system, id);
  const session = await signIn.signInByLink(system, link.slice(link.indexOf('token=') + 6));
  const actor: Actor = { kind: 'person', id, organisation, roles };
  return { actor, cookie: `session=${session}` };
}

const handedIn = 200;
const reportOf = (name: string, at: number): Report => ({
  key: `${name}-${at}`,
  title: `The decoder of ${name} ${at} reads past its buffer`,
  description: `A frame of ${name} whose length field is larger than the frame makes decode_${at} read on. `.repeat(4),
  component: { purl: `pkg:npm/${name}-${at}@1.4.2` },
  places: [{ path: `src/decode_${at}.c`, symbol: `decode_${at}`, startLine: 40 + at }],
  weaknesses: ['CWE-125'],
});

beforeAll(async () => {
  system = await testSystem({ now: () => now, env: { ASSAY_HTTP_REQUESTS_PER_MINUTE: '1000000' } });
  server = await build(system, { version: 'test' });
  await enter('Harbour Desk (sample)', true, ['coordinator']);
  const heron = await enter('Heron Lab (sample)', false, ['researcher']);
  plover = await enter('Plover Lab (sample)', false, ['researcher']);
  for (let at = 0; at < handedIn; at++) theirs.push(reportOf('heron', at));
  theirBatch = (await batches.begin(system, heron.actor, { name: 'Theirs' })).id;
  const bytes = (async function* () {
    yield Buffer.from(theirs.map((report) => `${JSON.stringify(report)}\n`).join(''));
  })();
  await batchImport.takeLines(system, heron.actor, theirBatch, { from: 0, isLast: true }, bytes);
  theirIds = (await batches.receiptsOf(system, heron.actor, theirBatch, { after: 0, limit: 1000 })).map(({ id }) => id);
  await screen.run(system);
});

interface Asked {
  method: 'GET' | 'POST' | 'PATCH';
  path: string;
  payload?: object;
  isAnonymous?: boolean;
}

async function timed({
  method,
  path,
  payload,
  isAnonymous,
}: Asked): Promise<{ answer: LightMyRequestResponse; ms: number }> {
  const began = performance.now();
  const answer = await server.inject({
    method,
    url: `/api/v1${path}`,
    headers: isAnonymous ? {} : { cookie: plover.cookie },
    ...(payload !== undefined && { payload }),
  });
  return { answer, ms: performance.now() - began };
}

/** An answer without what differs between any two: the request's id, and the names that the receipt itself draws or repeats. */
function shapeOf({ statusCode, headers, body }: LightMyRequestResponse): string {
  const { date: _, 'x-request-id': __, ...kept } = headers;
  for (const name of Object.keys(kept)) if (name.startsWith('x-ratelimit')) delete kept[name];
  const text = body
    .replace(/"requestId":"[^"]*"/g, '"requestId"')
    .replace(/finding_[0-9a-f]{32}/g, 'finding')
    .replace(/sha256:[0-9a-f]{64}/g, 'digest')
    .replace(/"key":"[^"]*"/g, '"key"');
  // An entity tag is a digest of the body.
  if (kept['etag'] !== undefined) kept['etag'] = 'tag';
  return JSON.stringify([statusCode, kept, text]);
}

/**
 * Asks of something that exists and of something that does not by turns, whichever first by lot. Every answer must be the same. Of the
 * times it takes the share of pairs in which the existing one took longer: half, where nothing can be learned. It does not
 * depend on how fast the machine is or how its load moves, as both of a pair meet the same.
 */
async function compare(
  pairs: number,
  existing: (at: number) => Asked,
  missing: (at: number) => Asked,
): Promise<number> {
  let longer = 0;
  for (let at = 0; at < pairs; at++) {
    const isFirst = (randomBytes(1)[0] as number) < 128;
    const one = await timed(isFirst ? existing(at) : missing(at));
    const other = await timed(isFirst ? missing(at) : existing(at));
    const [found, none] = isFirst ? [one, other] : [other, one];
    expect(shapeOf(found.answer)).toBe(shapeOf(none.answer));
    if (found.ms > none.ms) longer += 1;
  }
  return longer / pairs;
}

/** Six standard deviations of the share by chance alone, and what an attacker over a network could not use. */
const within = (pairs: number) => 0.05 + 6 * Math.sqrt(0.25 / pairs);

function expectEven(share: number, pairs: number): void {
  expect(Math.abs(share - 0.5)).toBeLessThan(within(pairs));
}

const theirId = (at: number) => theirIds[at % theirIds.length] as string;
const noId = () => `finding_${randomBytes(16).toString('hex')}`;

test('another reporter cannot tell a finding of others from none (I5)', { timeout: 180_000 }, async () => {
  const pairs = 1_500;
  const ways: ((id: string) => Asked)[] = [
    (id) => ({ method: 'GET', path: `/findings/${id}` }),
    (id) => ({ method: 'GET', path: `/findings/${id}/reproduction` }),
    (id) => ({ method: 'POST', path: `/findings/${id}/answers`, payload: { text: 'x' } }),
    (id) => ({ method: 'POST', path: `/findings/${id}/withdraw` }),
  ];
  const way = (at: number) => ways[at % ways.length] as (typeof ways)[number];

  const share = await compare(
    pairs,
    (at) => way(at)(theirId(at)),
    (at) => way(at)(noId()),
  );

  expectEven(share, pairs);
});

test('another reporter cannot tell a batch of others from none (I5)', { timeout: 180_000 }, async () => {
  const pairs = 500;
  const ways: ((id: string) => Asked)[] = [
    (id) => ({ method: 'GET', path: `/batches/${id}` }),
    (id) => ({ method: 'GET', path: `/batches/${id}/refused` }),
    (id) => ({ method: 'PATCH', path: `/batches/${id}`, payload: { to: 'paused' } }),
  ];
  const way = (at: number) => ways[at % ways.length] as (typeof ways)[number];

  const share = await compare(
    pairs,
    (at) => way(at)(theirBatch),
    (at) => way(at)(`batch_${randomBytes(16).toString('hex')}`),
  );

  expectEven(share, pairs);
});

test('lists and words of titles show another reporter nothing of others (I5)', { timeout: 180_000 }, async () => {
  const pairs = 800;
  const ways: ((of: { title: string; batch: string; id: string }) => Asked)[] = [
    ({ title }) => ({ method: 'GET', path: `/findings?q=${encodeURIComponent(title)}` }),
    ({ batch }) => ({ method: 'GET', path: `/findings?batch=${batch}` }),
    ({ id }) => ({
      method: 'GET',
      path: `/findings?after=${Buffer.from(JSON.stringify([id])).toString('base64url')}`,
    }),
  ];
  const way = (at: number) => ways[at % ways.length] as (typeof ways)[number];

  const share = await compare(
    pairs,
    (at) => way(at)({ title: theirs[at % theirs.length]?.title as string, batch: theirBatch, id: theirId(at) }),
    (at) => {
      const title = `The decoder of nobody ${at % theirs.length} reads past its buffer`;
      return way(at)({ title, batch: `batch_${randomBytes(16).toString('hex')}`, id: noId() });
    },
  );

  expectEven(share, pairs);
});

test('a report that others handed in gives the receipt that a new one gives (I5)', { timeout: 180_000 }, async () => {
  const pairs = 600;
  const again = (at: number): Report => ({ ...(theirs[at % theirs.length] as Report), key: `again-${at}` });

  const share = await compare(
    pairs,
    (at) => ({ method: 'POST', path: '/findings', payload: again(at) }),
    (at) => ({ method: 'POST', path: '/findings', payload: reportOf('crane', at) }),
  );

  expectEven(share, pairs);
});

test('after screening too a source reads the same of a finding that others reported and of one they did not (I5)', {
  timeout: 180_000,
}, async () => {
  await screen.run(system);
  const { items } = (await timed({ method: 'GET', path: '/findings?limit=200' })).answer.json();
  const shapes = new Map<string, Set<string>>();
  for (const item of items as { id: string; key: string }[]) {
    const { answer } = await timed({ method: 'GET', path: `/findings/${item.id}` });
    // What the report itself says is another thing for each.
    const said = ['report', 'id', 'key', 'digest', 'title', 'purl', 'ecosystem', 'package'];
    const rest = Object.entries(answer.json()).filter(([name]) => !said.includes(name));
    const kind = item.key.startsWith('again') ? 'reported by others' : 'new';
    shapes.set(kind, (shapes.get(kind) ?? new Set()).add(JSON.stringify([answer.statusCode, rest])));
  }

  expect([...shapes.keys()].sort()).toEqual(['new', 'reported by others']);
  expect([...(shapes.get('new') as Set<string>)]).toEqual([...(shapes.get('reported by others') as Set<string>)]);
});

test('somebody without an account learns nothing by identifiers, tokens or reports (I5)', {
  timeout: 180_000,
}, async () => {
  const pairs = 1_600;
  const token = (await anonymous.handIn(system, { report: reportOf('dune', 0) })).token;
  const wrong = () => randomBytes(32).toString('base64url');
  const follow = (sent: string, at: number) =>
    server.inject({
      method: 'POST',
      url: '/api/v1/reports/status',
      remoteAddress: `192.0.2.${at}`,
      payload: { token: sent },
    });
  expect((await follow(token, 250)).statusCode).toBe(200);

  const share = await compare(
    pairs,
    (at) => ({ method: 'GET', path: `/findings/${theirId(at)}`, isAnonymous: true }),
    () => ({ method: 'GET', path: `/findings/${noId()}`, isAnonymous: true }),
  );
  const answers = new Set<string>();
  // A token of another report with one character changed is as wrong as any.
  for (let at = 0; at < 200; at++) {
    const near = token.replace(/^./, token.startsWith('A') ? 'B' : 'A');
    answers.add(shapeOf(await follow(at % 2 === 0 ? near : wrong(), at)));
  }
  const handed = new Set<string>();
  for (let at = 0; at < 40; at++) {
    const report = { ...(at % 2 === 0 ? theirs[at] : reportOf('tern', at)), key: undefined };
    const answer = await server.inject({
      method: 'POST',
      url: '/api/v1/reports',
      remoteAddress: `198.51.100.${at}`,
      payload: { report },
    });
    handed.add(shapeOf(answer).replace(/"token\\?":\\?"[^"\\]*/, 'token'));
  }

  expectEven(share, pairs);
  expect([...answers]).toHaveLength(1);
  expect([...handed]).toHaveLength(1);
});
