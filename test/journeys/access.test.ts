/** Scenarios 4 and 11 of early access, on the pages of both sides: what is cut, what is recorded, and who sees it. */
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { build as buildParts } from '../../scripts/setup.mjs';
import { build } from '../../src/api/server.ts';
import * as agents from '../../src/app/directory/agents.ts';
import * as members from '../../src/app/directory/members.ts';
import * as signIn from '../../src/app/directory/sign-in.ts';
import { sequence } from '../../src/app/log/sequence.ts';
import * as accessCheck from '../../src/app/review/access-check.ts';
import * as grants from '../../src/app/review/grants.ts';
import * as submissions from '../../src/app/review/submissions.ts';
import * as windows from '../../src/app/review/windows.ts';
import type { System } from '../../src/app/system.ts';
import { type Actor, system as itself, type Role } from '../../src/domain/directory/actor.ts';
import { type ModelServer, modelServer } from '../system/model-server.ts';
import { testSystem } from '../system/test-system.ts';
import { desktop, expectAccessible, expectText, launch, openPage, phone, shoot } from './browser.ts';

const dayMs = 86_400_000;
let model: ModelServer;
let system: System;
let server: FastifyInstance;
let url: string;
let browser: Browser;
let lead: Actor;
let evaluator: Actor;
const later = (days: number) => new Date(Date.now() + days * dayMs).toISOString();

beforeAll(async () => {
  await buildParts(['web']);
  model = await modelServer();
  system = await testSystem({
    now: () => new Date().toISOString(),
    env: { ASSAY_HTTP_REQUESTS_PER_MINUTE: '100000', ASSAY_OUTBOUND_ALLOW: model.host },
  });
  const webFolder = join(import.meta.dirname, '../../build/web');
  server = await build(system, { version: 'test', webFolder });
  url = await server.listen({ port: 0, host: '127.0.0.1' });
  lead = await enter('Tidewater Models (sample)', 'S. Lindqvist (sample)', ['security_lead', 'release_manager']);
  evaluator = await enter('Office of Measured Capability (sample)', 'E. Okafor (sample)', ['evaluator']);
  await system.database.owner.updateTable('organisations').set({ is_shared: true }).execute();
  browser = await launch();
});
afterAll(async () => {
  await browser?.close();
  await server?.close();
  await model?.close();
});

async function enter(organisation: string, name: string, roles: Role[]): Promise<Actor> {
  const kind = { name: organisation, isHost: false, isSample: false };
  const made = await system.database.transaction(itself, (tx) =>
    members.found(system, tx, itself, kind, [{ name, roles }]),
  );
  return { kind: 'person', id: made.people[0]!.id, organisation: made.organisation.id, roles };
}

/** The file of a model whose window runs. */
async function newSubmission(name: string): Promise<string> {
  const { id } = (await submissions.open(system, lead, { name, version: '2', digest: null })).submission;
  await submissions.admit(system, lead, id, evaluator.organisation as string);
  const acts: [Actor, windows.Asked][] = [
    [lead, { act: 'offer', policy: { name: 'window-30' }, terms: 'Sample terms 1.0' }],
    [evaluator, { act: 'accept_terms' }],
    [lead, { act: 'verify_access' }],
    [evaluator, { act: 'verify_access' }],
  ];
  for (const [after, [actor, asked]] of acts.entries()) await windows.act(system, actor, id, asked, after);
  return id;
}

/** A grant that both have seen to work. */
async function newGrant(id: string): Promise<string> {
  const grant = await grants.offer(system, lead, id, {
    to: evaluator.organisation as string,
    method: 'openai_compatible',
    variant: 'shipping',
    model: 'tern-2',
    purposes: ['capability_evaluation'],
    ratePerMinute: 600,
    hours: null,
    logging: 'counts_only',
    retentionDays: 30,
    notes: '',
    startsAt: later(-1),
    expiresAt: later(20),
    endpoint: { baseUrl: model.baseUrl, apiKey: model.key },
  });
  await grants.accept(system, evaluator, grant.id, {
    people: [{ person: evaluator.id, shownAs: 'Evaluator A' }],
    canaries: [],
  });
  await accessCheck.verify(system, lead, grant.id);
  await accessCheck.verify(system, evaluator, grant.id);
  return grant.id;
}

async function pageOf(actor: Actor, viewport: { width: number; height: number }, path: string): Promise<Page> {
  await sequence(system);
  const opened = await openPage(browser, viewport);
  opened.page.setDefaultTimeout(15_000);
  const link = await signIn.createLink(system, actor.id as `person_${string}`);
  const session = await signIn.signInByLink(system, link.slice(link.indexOf('token=') + 6));
  await opened.context.addCookies([{ name: 'session', value: session, url }]);
  await opened.page.goto(url + path, { waitUntil: 'networkidle' });
  return opened.page;
}

async function newToken(): Promise<{ token: string; id: string }> {
  const { token, agent } = await agents.add(system, evaluator, {
    name: 'Suite runner',
    scopes: ['access:write'],
    expiresAt: later(10),
  });
  return { token, id: agent.id };
}

/** Asks as the evaluator's program does. */
function ask(token: string, grant: string, { purpose = 'capability_evaluation', stream = false } = {}) {
  return new Promise<{ status: number; text: () => string; ended: Promise<number> }>((resolve, reject) => {
    const request = httpRequest(
      `${url}/api/v1/access/${grant}/chat/completions`,
      {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'assay-purpose': purpose },
      },
      (response) => {
        let text = '';
        response.on('data', (chunk) => {
          text += chunk;
        });
        const ended = new Promise<number>((done) => {
          response.on('close', () => done(performance.now()));
        });
        resolve({ status: response.statusCode ?? 0, text: () => text, ended });
      },
    );
    request.on('error', reject);
    request.end(JSON.stringify({ model: 'tern-2', stream, messages: [{ role: 'user', content: 'Count to ten.' }] }));
  });
}

test('access is offered, accepted and seen to work by both, on the pages', async () => {
  const id = await newSubmission('Tern');
  const path = `/early-access/${id}/access`;
  const lab = await pageOf(lead, desktop, path);
  await expectText(lab);
  await lab.getByText('Nobody has access now').waitFor();
  await shoot(lab, '1280-access-empty');

  await lab.getByRole('button', { name: 'Offer access' }).click();
  const dialog = lab.getByRole('dialog');
  await dialog.getByLabel('Address').fill(model.baseUrl);
  await dialog.getByLabel('Key').fill(model.key);
  await shoot(lab, '1280-access-offer');
  await expectAccessible(lab, 'offer access');
  await dialog.getByRole('button', { name: 'Offer access' }).click();
  await lab.getByText('Offered, not yet accepted').waitFor();
  expect(await lab.content()).not.toContain(model.key);
  expect(await lab.content()).not.toContain(model.host);

  const office = await pageOf(evaluator, phone, path);
  await office.getByRole('button', { name: 'Accept these terms' }).click();
  await office.getByRole('dialog').getByText('Only these').click();
  await shoot(office, '390-access-accept');
  await expectAccessible(office, 'accept access');
  await office.getByRole('dialog').getByText('shown as').click();
  await office.getByRole('dialog').getByRole('button', { name: 'Accept' }).click();
  await office.getByRole('button', { name: 'Probe now' }).click();
  await office.getByText('First probe').waitFor();
  await office.getByRole('button', { name: 'I have seen access work' }).click();

  await lab.reload({ waitUntil: 'networkidle' });
  await lab.getByRole('button', { name: 'I have seen access work' }).click();
  await lab.getByText('Active', { exact: true }).waitFor();
  await office.reload({ waitUntil: 'networkidle' });
  await office.getByText('How to use it').click();
  await shoot(office, '390-access-active');
  await expectAccessible(office, 'access on a phone');
  await lab.context().close();
  await office.context().close();
});

test('scenario 11: a credential revoked in the middle of a session; the ledger tells it, and export proves it', async () => {
  const id = await newSubmission('Plover');
  const grant = await newGrant(id);
  const agent = await newToken();
  const lab = await pageOf(lead, desktop, `/early-access/${id}/access`);
  for (let count = 0; count < 6; count++) expect((await ask(agent.token, grant)).status).toBe(200);
  expect((await ask(agent.token, grant, { purpose: 'training' })).status).toBe(403);
  model.eventsMax = 100_000;
  const stream = await ask(agent.token, grant, { stream: true });

  // The page finds it by itself, and leaves the focus where it is.
  await lab.getByLabel('Show').focus();
  await lab.getByText('Running now').waitFor();
  expect(await lab.evaluate(() => document.activeElement?.tagName)).toBe('SELECT');
  await lab.getByText('1 answer coming').waitFor();
  await agents.revoke(system, evaluator, agent.id);
  const revokedMs = performance.now();
  expect((await stream.ended) - revokedMs).toBeLessThan(1000);
  expect((await ask(agent.token, grant)).status).toBe(401);

  await sequence(system);
  await lab.getByText('Cut while it was running: the credential no longer held').waitFor();
  await lab.getByText('Outside the agreed purposes').first().waitFor();
  await lab.getByText('Totals by day and person').click();
  await shoot(lab, '1280-access-ledger');
  await expectAccessible(lab, 'ledger');
  const [download] = await Promise.all([
    lab.waitForEvent('download'),
    lab.getByRole('link', { name: 'Export with proof' }).click(),
  ]);
  expect(download.suggestedFilename()).toBe('access-ledger.ndjson');

  // Uses come first; everything is one press away.
  const entries = lab.getByRole('list', { name: 'Entries, newest first' });
  expect(await entries.getByText('Opened the file').count()).toBe(0);
  await lab.getByRole('button', { name: /^Show everything/ }).click();
  await entries.getByText('Offered access').waitFor();

  await lab.getByRole('button', { name: 'Revoke all' }).click();
  await lab.getByText('The clock of the window runs on').waitFor();
  await shoot(lab, '1280-access-revoke-all');
  await expectAccessible(lab, 'revoke all');
  await lab.getByRole('dialog').getByRole('button', { name: 'Revoke all access' }).click();
  await lab.getByText('Nobody has access now').waitFor();
  model.eventsMax = 5;
  await lab.goto(`${url}/early-access/${id}`, { waitUntil: 'networkidle' });
  await lab.getByText('The clock runs, but nobody has access through a grant since').waitFor();
  await shoot(lab, '1280-window-without-grant');
  await lab.getByRole('button', { name: 'Released', exact: true }).click();
  await lab.getByRole('button', { name: 'Record the release' }).click();
  await lab.getByText('Early access has ended.').waitFor();
  expect(await lab.getByRole('button', { name: 'Withdraw' }).count()).toBe(0);
  await lab.goto(`${url}/early-access/${id}/access`, { waitUntil: 'networkidle' });
  await lab.getByText('The window has ended, and all access with it.').waitFor();
  expect(await lab.getByRole('button', { name: 'Offer access' }).count()).toBe(0);
  expect(await lab.getByRole('button', { name: 'Revoke all' }).count()).toBe(0);
  await lab.getByRole('button', { name: /^Show everything/ }).click();
  await lab.getByText('Access ended with the release').waitFor();
  await shoot(lab, '1280-access-released');
  await lab.context().close();

  const small = await pageOf(lead, phone, `/early-access/${id}/access`);
  await shoot(small, '390-access-ledger');
  await expectAccessible(small, 'ledger on a phone');
  await small.context().close();
});

test('scenario 4: something gets out on day nine; the evaluator raises it, access is cut first, the two sides write', async () => {
  const id = await newSubmission('Dunlin');
  const grant = await newGrant(id);
  const agent = await newToken();
  model.eventsMax = 100_000;
  const stream = await ask(agent.token, grant, { stream: true });
  const office = await pageOf(evaluator, desktop, `/early-access/${id}/access`);
  await office.getByRole('button', { name: 'Raise an incident' }).click();
  await office.getByText('Access is cut when you press this.').waitFor();
  await office
    .getByRole('dialog')
    .getByLabel('What happened')
    .fill('An agent under test reached a host outside its enclave.');
  await shoot(office, '1280-incident-raise');
  await expectAccessible(office, 'raise an incident');

  await office.getByRole('button', { name: 'Cut access and raise it' }).click();
  const pressedMs = performance.now();
  expect((await stream.ended) - pressedMs).toBeLessThan(2000);
  await office.getByText('Raised, not yet contained').waitFor();
  expect((await ask(agent.token, grant)).status).toBe(403);
  model.eventsMax = 5;
  await office
    .getByLabel('Write to those who know of it')
    .fill('The host was ours. Its network is off since 14:05 UTC.');
  await office.getByRole('button', { name: 'Send' }).click();
  await office.getByText('The host was ours.').waitFor();

  const lab = await pageOf(lead, phone, `/early-access/${id}/access`);
  await lab.getByRole('link', { name: /^Incident of/ }).click();
  await lab.getByText('The host was ours.').waitFor();
  await lab.getByLabel('By which facts it is contained').fill('Grant ended; both networks checked.');
  await lab.getByRole('button', { name: 'It is contained' }).click();
  await lab.getByLabel('By which facts it is resolved').fill('The route out is closed.');
  await shoot(lab, '390-incident');
  await expectAccessible(lab, 'incident on a phone');
  await lab.getByRole('button', { name: 'It is resolved' }).click();
  await lab.getByRole('heading', { name: /^Resolved/ }).waitFor();
  await office.reload({ waitUntil: 'networkidle' });
  await shoot(office, '1280-incident');
  await expectAccessible(office, 'incident');

  const view = await windows.load(system, lead, id);
  expect(view.view.state).toBe('paused');
  await lab.context().close();
  await office.context().close();
});
