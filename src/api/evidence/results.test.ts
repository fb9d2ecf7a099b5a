/** What the routes of registrations, results and letters make of what they are sent. */
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { beforeAll, describe, expect, test } from 'vitest';
import { testSystem } from '../../../test/system/test-system.ts';
import * as members from '../../app/directory/members.ts';
import * as signIn from '../../app/directory/sign-in.ts';
import * as runImport from '../../app/evidence/run-import.ts';
import { type Actor, system as itself } from '../../domain/directory/actor.ts';
import { defaults } from '../../domain/evidence/registration.ts';
import { cursorOf } from '../contract/page.ts';
import { build } from '../server.ts';

let server: FastifyInstance;
let cookie: string;
let run: string;

const plan = (change: object = {}, rule: object = {}) => ({
  format: 'assay-evaluation-plan/1',
  rule: { ...defaults, title: 'More than half?', threshold: 0.5, minimumClusters: 2, ...rule },
  task: 'locks',
  scorer: 'match',
  clusterBy: null,
  items: 1,
  packRoot: null,
  ...change,
});

beforeAll(async () => {
  const system = await testSystem({ env: { ASSAY_HTTP_REQUESTS_PER_MINUTE: '100000' } });
  server = await build(system, { version: 'test' });
  const kind = { name: 'Office of Measured Capability (sample)', isHost: false, isSample: false };
  const made = await system.database.transaction(itself, (tx) =>
    members.found(system, tx, itself, kind, [{ name: 'Pia', roles: ['evaluator'] }]),
  );
  const { id, organisation, roles } = made.people[0] as (typeof made.people)[number];
  const link = await signIn.createLink(system, id);
  cookie = `session=${await signIn.signInByLink(system, link.slice(link.indexOf('token=') + 6))}`;
  const actor: Actor = { kind: 'person', id, organisation, roles };
  const log = {
    version: 2,
    status: 'success',
    eval: { task: 'locks', model: 'tern', created: '2026-02-01T10:00:00+00:00', dataset: {}, config: {} },
    results: { scores: [] },
    stats: {},
    samples: [
      {
        id: 'lock\u0000 <b>',
        epoch: 1,
        input: '',
        target: '',
        scores: { match: { value: 1 }, points: { value: 7 } },
        events: [],
      },
    ],
  };
  const bytes = Readable.from([Buffer.from(JSON.stringify(log))]);
  run = (await runImport.receive(system, actor, { fileName: 'log.json', bytes })).run.id;
});

const ask = (method: string, path: string, payload?: object) =>
  server.inject({
    method: method as 'GET',
    url: `/api/v1${path}`,
    headers: { cookie },
    ...(payload !== undefined && { payload }),
  });

async function newResult() {
  const { id } = (await ask('POST', '/registrations', { plan: plan() })).json();
  return (await ask('POST', '/results', { registration: id, runs: [run], card: {} })).json();
}

describe('a request with a fault is refused as such, never noted as a fault of ours', () => {
  test.each<[string, string, object?]>([
    ['POST', '/registrations', { plan: plan({}, { title: 'a\u0000' }) }],
    ['POST', '/registrations', { plan: plan({}, { title: 'a\ud800' }) }],
    ['POST', '/registrations', { plan: plan({ task: '\u0000' }) }],
    ['POST', '/registrations', { plan: plan({ task: 'a'.repeat(100_000) }) }],
    ['POST', '/registrations', { plan: {} }],
    ['POST', '/registrations', {}],
    ['GET', '/registrations/%00'],
    ['GET', `/registrations?after=${cursorOf(['x', '\u0000'])}`],
    ['GET', `/results?after=${cursorOf(['2026-01-01T00:00:00Z', '\u0000'])}`],
    ['GET', `/letters?after=${cursorOf(['2026-01-01T00:00:00Z', '\u0000'])}`],
    ['GET', `/letters?after=${cursorOf(['999999-01-01T00:00:00Z', 'x'])}`],
    ['GET', '/letters?result=%00'],
    ['POST', '/results', { registration: '\u0000', runs: ['run_x'] }],
    ['POST', '/results', { registration: 'registration_x', runs: [] }],
    [
      'POST',
      '/results',
      { registration: 'registration_x', runs: ['a'], card: { unknown: { state: 'given', text: '' } } },
    ],
    ['POST', '/letters', { result: '\u0000' }],
    ['PUT', '/registrations/registration_x/audience', { submission: '\u0000' }],
  ])('%s %s', async (method, path, payload) => {
    const { statusCode } = await ask(method, path, payload);

    expect(statusCode).toBeGreaterThanOrEqual(400);
    expect(statusCode).toBeLessThan(500);
  });

  test('free texts are bounded, and a section that is withheld has a reason', async () => {
    const { id } = await newResult();
    const letter = (await ask('POST', '/letters', { result: id })).json();
    const put = async (edits: object) =>
      (await ask('PUT', `/letters/${letter.id}`, { edits, digest: letter.digest })).statusCode;

    expect(await put({ texts: { claim: 'a'.repeat(4001) }, withheld: {} })).toBe(422);
    expect(await put({ texts: { statement: 'Other words' }, withheld: {} })).toBe(422);
    expect(await put({ texts: {}, withheld: { claim: ' ' } })).toBe(422);
    expect(await put({ texts: {}, withheld: { everything: 'No' } })).toBe(422);
    expect(await put({ texts: { claim: 'a\u0000\ud800' }, withheld: {} })).toBeLessThan(500);
  });

  test('a scorer whose scores are no rates gives no result', async () => {
    const { id } = (await ask('POST', '/registrations', { plan: plan({ scorer: 'points' }) })).json();
    const answer = await ask('POST', '/results', { registration: id, runs: [run] });

    expect([answer.statusCode, answer.json().code]).toEqual([422, 'scores_not_rates']);
  });
});

test('a plan is registered once: sent again it is the same, with 200', async () => {
  const of = plan({}, { title: 'Once?' });
  const first = await ask('POST', '/registrations', { plan: of });
  const second = await ask('POST', '/registrations', { plan: of });

  expect([first.statusCode, second.statusCode]).toEqual([201, 200]);
  expect(second.json()).toEqual(first.json());
});

test('the export of a letter is a file in words or JSON, and text from a log is text in it', async () => {
  const { id } = await newResult();
  const letter = (await ask('POST', '/letters', { result: id })).json();
  const text = await ask('GET', `/letters/${letter.id}/export?as=text`);
  const json = await ask('GET', `/letters/${letter.id}/export`);

  expect(text.headers['content-type']).toBe('text/plain; charset=utf-8');
  expect(text.headers['content-disposition']).toBe('attachment; filename="letter.txt"');
  expect(text.body).toContain('<b>');
  expect(text.body).toContain('It neither permits nor stops a release.');
  expect(json.json()).toEqual({ letter: letter.letter, digest: letter.digest });
});
