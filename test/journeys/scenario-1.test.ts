/**
 * Scenario 1 of early access, through the pages of all sides under a clock that moves: a file is opened, an authority is let in, access
 * runs for its thirty days, three partners get ready, a findings letter is signed on day 22, and the developer launches on day 31.
 */
import { createReadStream, writeFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { build as buildParts } from '../../scripts/setup.mjs';
import { build } from '../../src/api/server.ts';
import * as members from '../../src/app/directory/members.ts';
import * as signIn from '../../src/app/directory/sign-in.ts';
import * as registrations from '../../src/app/evidence/registrations.ts';
import * as results from '../../src/app/evidence/results.ts';
import * as runImport from '../../src/app/evidence/run-import.ts';
import { sequence } from '../../src/app/log/sequence.ts';
import * as windows from '../../src/app/review/windows.ts';
import type { System } from '../../src/app/system.ts';
import { run } from '../../src/cli/main.ts';
import { type Actor, system as itself, type PersonId, type Role } from '../../src/domain/directory/actor.ts';
import { defaults as ruleDefaults } from '../../src/domain/evidence/registration.ts';
import { testSystem } from '../system/test-system.ts';
import { desktop, expectAccessible, launch, openPage, settle, shoot } from './browser.ts';

const dayMs = 86_400_000;
/** When both have seen access work. */
const start = Date.parse('2026-03-02T09:00:00.000Z');
let clock = start - dayMs;
let system: System;
let server: FastifyInstance;
let url: string;
let browser: Browser;
const people = {} as Record<'maren' | 'ines' | 'pia' | 'rhys' | 'sol', Actor>;
const partners: { name: string; actor: Actor }[] = [];

async function enter(name: string, ...who: [string, Role[]][]): Promise<Actor[]> {
  const made = await system.database.transaction(itself, (tx) =>
    members.found(
      system,
      tx,
      itself,
      { name, isHost: false, isSample: false },
      who.map(([name, roles]) => ({ name, roles })),
    ),
  );
  return made.people.map(({ id, organisation, roles }) => ({ kind: 'person', id, organisation, roles }));
}

beforeAll(async () => {
  await buildParts(['web']);
  system = await testSystem({
    now: () => new Date(clock).toISOString(),
    env: { ASSAY_HTTP_REQUESTS_PER_MINUTE: '100000' },
  });
  server = await build(system, { version: 'test', webFolder: join(import.meta.dirname, '../../build/web') });
  url = await server.listen({ port: 0, host: '127.0.0.1' });
  const lab = await enter(
    'Tidewater Models (sample)',
    ['Maren Holt', ['release_manager']],
    ['Ines Okafor', ['security_lead']],
  );
  const office = await enter(
    'Office of Measured Capability (sample)',
    ['Pia Lindgren', ['evaluator']],
    ['Rhys Calder', ['evaluator']],
    ['Sol Adeyemi', ['delegate']],
  );
  Object.assign(people, { maren: lab[0], ines: lab[1], pia: office[0], rhys: office[1], sol: office[2] });
  for (const name of ['Harrow Rural Hospital Network', 'Low Weir Water Company', 'Saltmarsh Community Bank']) {
    const [actor] = await enter(`${name} (sample)`, [`Keeper at ${name}`, ['administrator']]);
    partners.push({ name, actor: actor as Actor });
  }
  await system.database.owner.updateTable('organisations').set({ is_shared: true }).execute();
  browser = await launch();
});
afterAll(async () => {
  await browser?.close();
  await server?.close();
});

let before: BrowserContext | undefined;
const complaints: string[][] = [];

/** The one page of this moment of the story. Its person comes in anew: days lie between, and sessions end. */
async function at(actor: Actor, path: string): Promise<Page> {
  await before?.close();
  await sequence(system);
  const opened = await openPage(browser, desktop);
  before = opened.context;
  complaints.push(opened.complaints);
  opened.page.setDefaultTimeout(15_000);
  await opened.page.clock.setFixedTime(clock);
  const link = await signIn.createLink(system, actor.id as PersonId);
  const value = await signIn.signInByLink(system, link.slice(link.indexOf('token=') + 6));
  await opened.context.addCookies([{ name: 'session', value, url }]);
  await opened.page.goto(url + path);
  await settle(opened.page);
  return opened.page;
}

/** Presses a button of the page, and then the one of the dialog that it opens. */
async function confirm(page: Page, name: string, button = name): Promise<void> {
  await page.getByRole('button', { name, exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: button, exact: true }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
}

/** An act on a partner: its button opens what is asked, and the second press does it. */
async function act(page: Page, label: string, fill?: () => Promise<unknown>): Promise<void> {
  await page.getByRole('button', { name: `${label}…`, exact: true }).click();
  await fill?.();
  await page.getByRole('button', { name: label, exact: true }).click();
  await page.getByRole('button', { name: label, exact: true }).waitFor({ state: 'detached' });
}

/** The same on the board, where a partner opens over the page. */
async function actOn(page: Page, partner: string, label: string, fill?: () => Promise<unknown>): Promise<void> {
  await page.getByRole('button', { name: partner }).click();
  await act(page, label, fill);
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
}

test('scenario 1: thirty days, a letter on day 22, three partners, launched on day 31', {
  timeout: 240_000,
}, async () => {
  const { maren, ines, pia, rhys, sol } = people;

  // The day before: the file, and who may know of it.
  let page = await at(maren, '/early-access');
  await page.getByLabel('Name of the model').fill('Tern');
  await page.getByLabel('Version', { exact: true }).fill('2');
  await page.getByRole('button', { name: 'Open the file' }).click();
  await page.waitForURL(/\/early-access\/submission_\w+/);
  const id = new URL(page.url()).pathname.split('/')[2] as string;
  const file = `/early-access/${id}`;
  page = await at(pia, file);
  await page.getByRole('heading', { name: 'There is no such file' }).waitFor();

  page = await at(maren, `${file}/people`);
  await page.getByLabel('Organisation', { exact: true }).selectOption('Office of Measured Capability (sample)');
  await page.getByText('Intended dates, until you show them.').waitFor();
  await shoot(page, '1280-scenario-1-preview');
  await page.getByRole('button', { name: 'Let Office of Measured Capability (sample) know' }).click();
  await page.getByText('does not read the intended dates').waitFor();

  // The offer, its terms, and access that both have seen to work.
  page = await at(maren, file);
  await page.getByRole('button', { name: 'Offer access' }).click();
  await page.getByRole('dialog').getByLabel('Terms').fill('Tidewater early access terms 2.1');
  await page.getByRole('dialog').getByLabel('Planned date').fill('2026-04-02');
  await page.getByRole('dialog').getByRole('button', { name: 'Offer', exact: true }).click();
  await page.getByText('The authority has not answered').waitFor();
  page = await at(pia, file);
  await page.getByRole('button', { name: 'Accept the terms' }).click();
  await page.getByRole('dialog').getByText('Tidewater early access terms 2.1').waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Accept the terms' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });

  page = await at(ines, `${file}/access`);
  await page.getByRole('button', { name: 'Offer access' }).click();
  await page.getByLabel('How the model is reached').selectOption('vendor_api');
  await page.getByRole('dialog').getByRole('button', { name: 'Offer access' }).click();
  await page.getByText('Offered, not yet accepted').waitFor();
  page = await at(pia, `${file}/access`);
  await page.getByRole('button', { name: 'Accept these terms' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Accept' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  clock = start;
  for (const actor of [pia, ines]) {
    page = await at(actor, `${file}/access`);
    await page.getByRole('button', { name: 'I have seen access work' }).click();
    await page.getByRole('button', { name: 'I have seen access work' }).waitFor({ state: 'detached' });
  }
  page = await at(maren, file);
  await page.getByText('The clock runs and access is open.').waitFor();

  // Three partners: suggested and proposed by the developer, seen by the authority, invited, ready.
  clock = start + 10 * dayMs;
  page = await at(maren, `${file}/partners`);
  for (const { name } of partners) {
    await page.getByLabel('Organisation', { exact: true }).fill(name);
    await page.getByLabel('Sector', { exact: true }).selectOption('health');
    await page.getByRole('button', { name: 'Suggest', exact: true }).click();
    await actOn(page, name, 'Agree to consider it');
  }
  page = await at(sol, `${file}/partners`);
  for (const { name } of partners) {
    await actOn(page, name, 'Say what you think', () => page.getByLabel('Your view').selectOption('support'));
  }
  page = await at(maren, `${file}/partners`);
  for (const { name, actor } of partners) {
    await actOn(page, name, 'Invite', async () => {
      await page.getByLabel('Id of the organisation here').fill(actor.organisation as string);
      await page.getByLabel('Terms for this partner').fill('For the defence of your own systems only.');
    });
  }
  for (const { actor } of partners) await act(await at(actor, '/early-access/invitations'), 'Accept the terms');
  page = await at(ines, `${file}/partners`);
  for (const { name } of partners) {
    await actOn(page, name, 'Access is set up');
  }
  for (const { actor } of partners) {
    const own = await at(actor, '/early-access/invitations');
    await act(own, 'We have seen access work', () => own.getByLabel('How you saw it').fill('A request was answered.'));
    // None of them learns of another.
    for (const other of partners) if (other.actor !== actor) expect(await own.content()).not.toContain(other.name);
  }
  page = await at(maren, `${file}/partners`);
  await page.getByRole('heading', { name: 'With access 3' }).waitFor();
  await shoot(page, '1280-scenario-1-partners');

  // What was measured: the rule stands before the log is read.
  const { registration } = await registrations.register(system, pia, {
    format: 'assay-evaluation-plan/1',
    rule: { ...ruleDefaults, title: 'Does it do more than a third of harbour tasks?', threshold: 0.33 },
    task: 'harbour',
    scorer: 'flag',
    clusterBy: 'family',
    items: 40,
    packRoot: null,
  });
  const log = join(import.meta.dirname, '../../sample/evidence/harbour-tern-2.eval');
  const received = await runImport.receive(system, pia, {
    fileName: 'harbour-tern-2.eval',
    bytes: createReadStream(log),
  });
  const asked = { registration: registration.id, runs: [received.run.id], card: {} };
  const result = await results.compute(system, pia, asked);

  // Day 22: the letter, signed by two, of which a copy goes to the parties of the file.
  clock = start + 22 * dayMs;
  page = await at(pia, `/evidence/results/${result.id}`);
  await page.getByRole('button', { name: 'Write a letter' }).click();
  await page.waitForURL(/\/evidence\/letters\/letter_\w+$/);
  const letter = new URL(page.url()).pathname;
  page = await at(maren, letter);
  await page.getByRole('heading', { name: 'Letter', level: 1 }).waitFor();
  for (const actor of [pia, rhys]) {
    page = await at(actor, letter);
    await page.getByRole('button', { name: 'Sign the letter as it stands' }).click();
    await page.getByRole('button', { name: 'Sign the letter as it stands' }).waitFor({ state: 'detached' });
  }
  await page.getByText('Two people signed it as it stands.').waitFor();
  await page.getByLabel('Release the copy to the parties of').selectOption({ label: 'Tern 2' });
  await page.getByRole('button', { name: 'See who would learn of it' }).click();
  await page.getByRole('dialog').getByText('Tidewater Models (sample)').waitFor();
  await shoot(page, '1280-scenario-1-letter-release');
  await page.getByRole('button', { name: 'Release the copy to them' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  page = await at(maren, letter);
  await page.getByText('Released to you by Office of Measured Capability (sample).').waitFor();
  expect(await page.locator('main').innerText()).not.toMatch(/\b(permitted|allowed|may be released|we recommend)\b/i);
  await shoot(page, '1280-scenario-1-letter');
  await expectAccessible(page, 'the copy of a letter');
  // It moves no clock and stops nothing.
  page = await at(maren, file);
  await page.getByText('22 of 30 used').waitFor();
  expect(await page.getByRole('button', { name: 'Released', exact: true }).isEnabled()).toBe(true);

  // Day 30: the days are used, and access ends by itself.
  clock = start + 30 * dayMs;
  await windows.watch(system);
  page = await at(ines, `${file}/access`);
  await page.getByText('Nobody has access now').waitFor();

  // Day 31: the developer launches.
  clock = start + 31 * dayMs;
  page = await at(maren, file);
  await confirm(page, 'Released', 'Record the release');
  await page.getByText('The developer released on Apr 2, 2026').waitFor();
  await page.getByText('30 of 30 used').waitFor();
  await shoot(page, '1280-scenario-1-released');
  await expectAccessible(page, 'released on day 31');
  page = await at(maren, file);
  await page.getByText('Take it with you').click();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Export', exact: true }).click(),
  ]);
  const folder = await mkdtemp(join(tmpdir(), 'assay-scenario-'));
  const path = join(folder, 'window.json');
  writeFileSync(path, await readFile(await download.path()));
  const out = new PassThrough();
  const code = await run(['window', path, '--format', 'json'], {
    stdin: Readable.from(['']),
    stdout: out,
    stderr: out,
    env: {},
  });

  expect(code).toBe(0);
  expect(JSON.parse(String(out.read()))).toMatchObject({
    valid: true,
    state: 'released',
    endedBy: 'expired',
    usedMs: 30 * dayMs,
    calendarMs: 30 * dayMs,
    log: { entries: 5, without: 0 },
  });
  await rm(folder, { recursive: true });
  expect(complaints.flat().filter((text) => !/status of 404/.test(text))).toEqual([]);
  await before?.close();
});
