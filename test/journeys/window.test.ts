/** Scenarios 1 and 3 of early access, on the pages of both sides: the clock, and the release that asks nobody. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { build as buildParts } from '../../scripts/setup.mjs';
import { build } from '../../src/api/server.ts';
import * as members from '../../src/app/directory/members.ts';
import * as signIn from '../../src/app/directory/sign-in.ts';
import { sequence } from '../../src/app/log/sequence.ts';
import * as submissions from '../../src/app/review/submissions.ts';
import type { System } from '../../src/app/system.ts';
import { run } from '../../src/cli/main.ts';
import { type Actor, system as itself, type Role } from '../../src/domain/directory/actor.ts';
import { testSystem } from '../system/test-system.ts';
import { desktop, expectAccessible, expectText, launch, openPage, phone, shoot } from './browser.ts';

const dayMs = 86_400_000;
const begin = Date.parse('2026-03-01T09:00:00.000Z');
let clock = begin;
let system: System;
let server: FastifyInstance;
let url: string;
let browser: Browser;
let manager: Actor;
let evaluator: Actor;

beforeAll(async () => {
  await buildParts(['web']);
  system = await testSystem({
    now: () => new Date(clock).toISOString(),
    env: { ASSAY_HTTP_REQUESTS_PER_MINUTE: '100000' },
  });
  const webFolder = join(import.meta.dirname, '../../build/web');
  server = await build(system, { version: 'test', webFolder });
  url = await server.listen({ port: 0, host: '127.0.0.1' });
  manager = await enter('Tidewater Models (sample)', 'R. Almeida (sample)', ['release_manager']);
  evaluator = await enter('Office of Measured Capability (sample)', 'E. Okafor (sample)', ['evaluator']);
  await system.database.owner.updateTable('organisations').set({ is_shared: true }).execute();
  browser = await launch();
});
afterAll(async () => {
  await browser?.close();
  await server?.close();
});

async function enter(organisation: string, name: string, roles: Role[]): Promise<Actor> {
  const kind = { name: organisation, isHost: false, isSample: false };
  const made = await system.database.transaction(itself, (tx) =>
    members.found(system, tx, itself, kind, [{ name, roles }]),
  );
  return { kind: 'person', id: made.people[0]!.id, organisation: made.organisation.id, roles };
}

async function newSubmission(name: string): Promise<string> {
  const { id } = (await submissions.open(system, manager, { name, version: '2', digest: null })).submission;
  await submissions.admit(system, manager, id, evaluator.organisation as string);
  return id;
}

/** Left empty before the next visit: what is shown would go on asking when its session has ended. */
const open = new Set<Page>();

/** A page of this person. They come in anew for each visit: days lie between, and sessions end. */
async function pageOf(actor: Actor, viewport: { width: number; height: number }) {
  const opened = await openPage(browser, viewport);
  opened.page.setDefaultTimeout(15_000);
  open.add(opened.page);
  opened.page.on('close', () => open.delete(opened.page));
  const visit = async (id: string) => {
    for (const page of open) await page.goto('about:blank');
    await sequence(system);
    const link = await signIn.createLink(system, actor.id as `person_${string}`);
    const session = await signIn.signInByLink(system, link.slice(link.indexOf('token=') + 6));
    await opened.context.addCookies([{ name: 'session', value: session, url }]);
    await opened.page.goto(`${url}/early-access/${id}`, { waitUntil: 'networkidle' });
    return opened.page.getByRole('region', { name: 'Window' });
  };
  return { ...opened, visit };
}

const press = async (page: Page, name: string, confirm: string) => {
  await page.getByRole('button', { name, exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: confirm, exact: true }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
};

test('scenario 1: offered, accepted, seen by both, running; both sides read the same clock', async () => {
  clock = begin;
  const id = await newSubmission('Tern');
  const lab = await pageOf(manager, desktop);
  const office = await pageOf(evaluator, phone);
  let panel = await lab.visit(id);
  await panel.getByText('Nothing has been offered.').waitFor();
  await expectText(lab.page);
  await shoot(lab.page, '1280-window-planned');

  await lab.page.getByRole('button', { name: 'Offer access' }).click();
  const dialog = lab.page.getByRole('dialog');
  for (const [policy, hint] of [
    ['window-14', 'Access for up to 14 days'],
    ['window-90', 'Access for up to 90 days'],
    ['window-30', 'Access for up to 30 days'],
  ] as const) {
    await dialog.getByLabel('How long').selectOption(policy);
    await dialog.getByText(hint).waitFor();
  }
  await dialog.getByLabel('Terms').fill('Sample terms 1.0');
  await dialog.getByLabel('Planned date').fill('2026-04-20');
  await shoot(lab.page, '1280-window-offer');
  await expectAccessible(lab.page, 'offer');
  await dialog.getByRole('button', { name: 'Offer', exact: true }).click();
  await panel.getByText('The authority has not answered').waitFor();

  clock = begin + dayMs;
  await office.visit(id);
  await press(office.page, 'Accept the terms', 'Accept the terms');
  await press(office.page, 'I have seen access work', 'I have seen it work');
  clock = begin + 2 * dayMs;
  panel = await lab.visit(id);
  await press(lab.page, 'I have seen access work', 'I have seen it work');
  await panel.getByText('The clock runs and access is open.').waitFor();

  clock = begin + 12 * dayMs;
  await lab.visit(id);
  await lab.page.getByRole('button', { name: 'Pause', exact: true }).click();
  await lab.page.getByRole('dialog').getByText('an outage').click();
  await shoot(lab.page, '1280-window-pause');
  await lab.page.getByRole('dialog').getByRole('button', { name: 'Pause', exact: true }).click();
  await panel.getByText('Access is paused').waitFor();
  clock = begin + 15.5 * dayMs;
  await lab.visit(id);
  await press(lab.page, 'Resume', 'Resume');
  clock = begin + 24 * dayMs;
  for (const [opened, width] of [
    [lab, '1280'],
    [office, '390'],
  ] as const) {
    panel = await opened.visit(id);
    await panel.getByText('18.5 of 30 used').waitFor();
    await panel.getByText('11.5 left').waitFor();
    expect(await panel.getByText('22 from start to now').count()).toBe(1);
    // People of the other side are known by their organisation.
    const who = opened === lab ? 'R. Almeida (sample), Tidewater Models (sample)' : 'Tidewater Models (sample)';
    await panel.getByText(who).first().waitFor();
    await shoot(opened.page, `${width}-window-running`);
    await expectAccessible(opened.page, `window at ${width}`);
  }
  expect(await office.page.getByRole('button', { name: 'Released', exact: true }).count()).toBe(0);

  // Each event is found in the log by the browser itself.
  await panel
    .getByText(/^Entry #\d+ of the log/)
    .first()
    .click();
  await panel.getByRole('button', { name: 'Verify in this browser' }).first().click();
  await panel.getByText('What is shown here is what was sealed in the log.').waitFor();
  await shoot(office.page, '390-window-entry');

  await press(office.page, 'Conclude', 'Conclude');
  clock = begin + 30 * dayMs;
  panel = await lab.visit(id);
  await panel.getByText('The authority concluded on').waitFor();
  await shoot(lab.page, '1280-window-concluded');
  for (const one of [lab, office]) expect(one.complaints).toEqual([]);
  await lab.context.close();
  await office.context.close();
});

test('scenario 3: the developer presses Released on day 4, with the keyboard, and asks nobody', async () => {
  clock = begin;
  const id = await newSubmission('Petrel');
  const opened = await pageOf(manager, phone);
  const { page } = opened;
  clock = begin + 4 * dayMs;
  const panel = await opened.visit(id);

  await page.getByRole('button', { name: 'Released', exact: true }).focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Petrel 2 is released' });
  await dialog.waitFor();
  await shoot(page, '390-window-release');
  await expectAccessible(page, 'release');
  await dialog.getByRole('button', { name: 'Record the release' }).focus();
  await page.keyboard.press('Enter');

  await panel.getByText('The developer released on Mar 5, 2026').waitFor();
  expect(await page.getByRole('button', { name: 'Released', exact: true }).count()).toBe(0);
  await shoot(page, '390-window-released');
  await expectAccessible(page, 'released');
  expect(await page.locator('main').innerText()).not.toMatch(
    /\b(approved|cleared|certified|safe|passed|permitted|allowed)\b/i,
  );
  await opened.context.close();
});

test('an instance that does not answer holds no release up: the page says whose it is', async () => {
  clock = begin;
  const id = await newSubmission('Plover');
  const opened = await pageOf(manager, desktop);
  const { page } = opened;
  await opened.visit(id);
  await page.route('**/window/events', (route) => route.abort());

  await page.getByRole('button', { name: 'Released', exact: true }).click();
  await page.getByRole('button', { name: 'Record the release' }).click();

  await page.getByText('The release itself is yours and does not wait for this record.').waitFor();
  await shoot(page, '1280-window-release-offline');
  await opened.context.close();
});

test('the export that a person downloads is recomputed by the command, and each event is found in the log', async () => {
  clock = begin;
  const id = await newSubmission('Curlew');
  const opened = await pageOf(manager, desktop);
  const { page } = opened;
  await opened.visit(id);
  await press(page, 'Released', 'Record the release');
  await opened.visit(id);
  await page.getByText('Take it with you').click();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Export', exact: true }).click(),
  ]);
  const folder = mkdtempSync(join(tmpdir(), 'assay-window-'));
  const path = join(folder, 'window.json');
  writeFileSync(path, readFileSync(await download.path()));

  const out = new PassThrough();
  const code = await run(['window', path], { stdin: Readable.from(['']), stdout: out, stderr: out, env: {} });
  const text = String(out.read());

  expect(code).toBe(0);
  expect(text).toContain('1 of 1 events');
  rmSync(folder, { recursive: true });
  await opened.context.close();
});
