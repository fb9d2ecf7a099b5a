/** Two labs and a broker, each in its own browser: a claim, a question, a conflict, and both sides introduced (scenario 8). */
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as members from '../../src/app/directory/members.ts';
import * as signIn from '../../src/app/directory/sign-in.ts';
import * as claims from '../../src/app/intake/claims.ts';
import { type Actor, system as itself, type Role } from '../../src/domain/directory/actor.ts';
import type { Started } from '../../src/main.ts';
import {
  desktop,
  expectAccessible,
  expectReachable,
  expectText,
  launch,
  openPage,
  phone,
  settle,
  shoot,
} from './browser.ts';
import { openAs, startInstance } from './instance.ts';

let instance: Started;
let browser: Browser;
const sides = {} as Record<
  'tidewater' | 'driftwood',
  { page: Page; context: BrowserContext; complaints: string[]; actor: Actor }
>;

async function newSide(name: string, person: string, roles: Role[]) {
  const { system } = instance;
  const made = await system.database.transaction(itself, (tx) =>
    members.found(system, tx, itself, { name, isHost: false, isSample: false }, [{ name: person, roles }]),
  );
  const { id, organisation } = made.people[0]!;
  const link = await signIn.createLink(system, id);
  const opened = await openPage(browser, desktop);
  const value = await signIn.signInByLink(system, link.slice(link.indexOf('token=') + 6));
  await opened.context.addCookies([{ name: 'session', value, url: instance.url }]);
  return { ...opened, actor: { kind: 'person', id, organisation, roles } as Actor };
}

beforeAll(async () => {
  instance = await startInstance();
  browser = await launch();
  sides.tidewater = await newSide('Heron Research (sample)', 'Robin Vale', ['researcher', 'maintainer']);
  sides.driftwood = await newSide('Driftwood Labs (sample)', 'Sam Hollis', ['researcher']);
});

afterAll(() => browser?.close());

async function visit(page: Page, path: string): Promise<void> {
  await page.goto(instance.url + path);
  await settle(page);
}

/** Looks at a page in both widths. */
async function look(page: Page, name: string): Promise<void> {
  await expectText(page);
  for (const [width, viewport] of [
    ['1280', desktop],
    ['390', phone],
  ] as const) {
    await page.setViewportSize(viewport);
    await shoot(page, `${width}-claims-${name}`);
    await expectAccessible(page, `${name} at ${width}`);
  }
  await page.setViewportSize(desktop);
}

async function claim(page: Page, { purl, versions, path }: { purl: string; versions: string; path: string }) {
  await visit(page, '/intake/claims/new');
  await page.getByLabel('Package', { exact: true }).fill(purl);
  await page.getByLabel('Versions').fill(versions);
  await page.getByLabel('Path').fill(path);
  await page.getByLabel('Given by').fill('MIT License, a copy of our own');
}

test('a claim is typed with what it covers beside it, a question is answered in one of three words', async () => {
  const { page: tidewater } = sides.tidewater;
  await visit(tidewater, '/intake/claims');
  await tidewater.getByText('No open claim').waitFor();

  await claim(tidewater, { purl: 'pkg:npm/harbour@1.0.0', versions: '', path: '' });
  await tidewater.getByText('Leave the version out of the package URL').waitFor();
  await tidewater.getByLabel('Package', { exact: true }).fill('pkg:npm/harbour');
  await tidewater.getByLabel('Versions').fill('>=1.0.0|<2.0.0');
  const preview = tidewater.getByRole('complementary', { name: 'What it covers' });
  await preview.getByText('versions from 1.0.0, before 2.0.0').waitFor();
  await preview.getByLabel('Try a version').fill('2.0.0-beta.1');
  await preview.getByText('covered', { exact: true }).waitFor();
  await preview.getByLabel('Try a version').fill('2.0.0');
  await preview.getByText('not covered').waitFor();
  await tidewater.getByLabel('Path').fill('src');
  await preview.getByText('under src').waitFor();
  await settle(tidewater);
  await look(tidewater, 'new');
  await expectReachable(tidewater, 'new claim');
  await tidewater.getByRole('button', { name: 'Register the claim' }).click();

  await tidewater.getByRole('heading', { name: 'Has somebody else claimed this?' }).waitFor();
  await tidewater.getByText('7 days left').waitFor();
  await tidewater.getByRole('button', { name: 'Ask', exact: true }).click();
  const given = tidewater.locator('.claim-answer.is-given');
  await given.waitFor();
  expect(await given.innerText()).toContain('No overlapping claim is known here. That is no permission to scan');

  await tidewater.getByLabel('Days from now').fill('30');
  await tidewater.getByRole('button', { name: 'Renew' }).click();
  await tidewater.getByText('renewed once').waitFor();
});

test('after a conflict one asks, the other consents, and only then does each learn who the other is', async () => {
  const { page: driftwood } = sides.driftwood;
  const { page: tidewater } = sides.tidewater;
  await claim(driftwood, { purl: 'pkg:npm/harbour', versions: '', path: 'src/parser' });
  await driftwood.getByRole('button', { name: 'Register the claim' }).click();
  await driftwood.getByRole('button', { name: 'Ask', exact: true }).click();
  await driftwood.locator('.claim-answer.is-given', { hasText: 'Conflict' }).waitFor();
  await driftwood.getByLabel('Contact that the other side gets').fill('scans@driftwood.example');
  await settle(driftwood);
  await look(driftwood, 'conflict');
  await driftwood.getByRole('button', { name: 'Ask to be introduced' }).click();
  await driftwood.getByText('Nobody has consented so far').waitFor();
  expect(await driftwood.getByText('Heron').count()).toBe(0);

  await visit(tidewater, '/intake/claims');
  await tidewater.getByRole('link', { name: 'pkg:npm/harbour' }).click();
  await tidewater.getByText('asks to be introduced').waitFor();
  expect(await tidewater.locator('main').innerText()).not.toMatch(/driftwood/i);
  await tidewater.getByLabel('Contact that the other side gets').fill('research@heron.example');
  await tidewater.getByRole('button', { name: 'Consent, and be introduced' }).click();
  await tidewater.getByText('Driftwood Labs (sample)').waitFor();
  await tidewater.getByText('scans@driftwood.example').waitFor();

  // Who has been introduced has nobody left to ask for, whatever the answers say.
  await tidewater.getByRole('button', { name: 'Ask', exact: true }).click();
  await tidewater.locator('.claim-answer.is-given', { hasText: 'Conflict' }).waitFor();
  await settle(tidewater);
  expect(await tidewater.getByRole('button', { name: 'Ask to be introduced' }).count()).toBe(0);
  await look(tidewater, 'consented');

  await driftwood.reload();
  await driftwood.getByText('Heron Research (sample)').waitFor();
  await driftwood.getByText('research@heron.example').waitFor();
  await settle(driftwood);
  await look(driftwood, 'introduced');
});

test('a maintainer states what they ask, a coordinator looks at the proof, and whoever claims sees it', async () => {
  const { page: tidewater } = sides.tidewater;
  const { page: driftwood } = sides.driftwood;
  await visit(tidewater, '/intake/policies');
  await tidewater.getByLabel('Package you maintain').fill('pkg:npm/lantern');
  await tidewater.getByText('Ask us before you scan it').click();
  await tidewater.getByLabel('Reports that you can deal with in a week').fill('3');
  await tidewater.getByLabel('Languages').fill('en de');
  await tidewater.getByLabel('Reports made by machines').selectOption('after_human_check');
  await tidewater.getByLabel('What you refuse').fill('<b>Reports</b> without a reproducer.');
  await tidewater.getByLabel('Proof that you maintain it').fill('My name is in MAINTAINERS.');
  await tidewater.getByLabel('Where the proof can be seen').fill('https://lantern.example/MAINTAINERS');
  await tidewater.getByRole('button', { name: 'State it in your name' }).click();
  const own = tidewater.getByRole('region', { name: 'Stated by your organisation' });
  await own.getByText('Not confirmed', { exact: true }).waitFor();
  await own.getByText('<b>Reports</b> without a reproducer.').waitFor();
  await settle(tidewater);
  await look(tidewater, 'policies');

  await claims.register(instance.system, sides.tidewater.actor, {
    scope: { purl: 'pkg:npm/lantern', technique: 'manual_review' },
    authority: { kind: 'own_software', from: 'Heron Research (sample)' },
    disclosure: 'broker_only',
    isCounted: false,
  });
  await claim(driftwood, { purl: 'pkg:npm/lantern', versions: '', path: '' });
  await driftwood.getByText('The maintainers ask not to be scanned').waitFor();
  await driftwood.getByText('Not confirmed', { exact: true }).waitFor();
  await driftwood.getByRole('button', { name: 'Register the claim' }).click();
  await driftwood.getByRole('button', { name: 'Ask', exact: true }).click();
  await driftwood.locator('.claim-answer.is-given', { hasText: 'Ask the broker' }).waitFor();

  const { page: broker } = await openAs(instance, browser, 'Corin Vale', desktop);
  await visit(broker, '/intake/claims/broker');
  const pair = broker.getByRole('article', { name: 'Two overlapping claims' }).filter({ hasText: 'Driftwood Labs' });
  await pair.getByText('They overlap').waitFor();
  await broker.getByRole('heading', { name: 'Stated by maintainers, not looked at' }).waitFor();
  await look(broker, 'broker');
  const letter = pair.locator('details', { hasText: 'Write to Driftwood Labs (sample)' });
  await letter.getByText('Write to Driftwood Labs (sample)').click();
  await letter.getByLabel('Message to Driftwood Labs (sample)').fill('Another holder works close by. Shall we talk?');
  await letter.getByRole('button', { name: 'Send' }).click();
  await letter.getByText('Sent.', { exact: true }).waitFor();
  const stated = broker.getByRole('article', { name: 'Statement for pkg:npm/lantern' });
  await stated.getByRole('button', { name: 'The proof shows a maintainer' }).click();
  await stated.waitFor({ state: 'detached' });

  await driftwood.reload();
  await driftwood.getByText('Another holder works close by. Shall we talk?').waitFor();
  await driftwood.getByText('Proof seen by a coordinator').waitFor();
  expect(await driftwood.locator('main b').count()).toBe(0);
});

test('the coverage board is open to everybody and says what it does not count', async () => {
  const { page, complaints } = await openPage(browser, desktop);
  await visit(page, '/intake/coverage');
  await page.getByText('Nothing is said about claims this week').waitFor();
  await page.locator('.chart svg').waitFor();
  await look(page, 'coverage');
  await page.getByLabel('Ecosystem', { exact: true }).selectOption('Debian');
  await page.getByText('pkg:deb/debian/bash').waitFor();
  expect(page.url()).toContain('ecosystem=Debian');
  await visit(page, '/intake/claims');
  await page.getByText('Sign in to claim scans').waitFor();
  await visit(page, '/intake/policies?purl=pkg:npm/lantern');
  await page.getByText('Proof seen by a coordinator').waitFor();

  expect(complaints).toEqual([]);
  for (const side of Object.values(sides)) expect(side.complaints).toEqual([]);
});

test('the row of places holds what one’s roles can use; on a narrow screen it scrolls in one row, with the place in sight', async () => {
  const corin = await openAs(instance, browser, 'Corin Vale', phone);
  const row = corin.page.getByRole('navigation', { name: 'Findings' });
  for (const path of ['/intake/queue', '/intake/policies']) {
    await visit(corin.page, path);
    const current = row.locator('[aria-current="page"]');
    const [around, inside] = [await row.boundingBox(), await current.boundingBox()];
    expect(around?.height, 'one row').toBeLessThan(60);
    expect(inside?.x, path).toBeGreaterThanOrEqual(0);
    expect((inside?.x ?? 0) + (inside?.width ?? 0), path).toBeLessThanOrEqual(phone.width);
    await look(corin.page, `row-${path.slice(8)}`);
    await corin.page.setViewportSize(phone);
  }
  expect(await row.getByRole('link').count()).toBe(10);
  await expectReachable(corin.page, 'places on a narrow screen');

  const evaluator = await newSide('Lantern Institute (sample)', 'Noor Haas', ['evaluator']);
  await visit(evaluator.page, '/intake');
  await evaluator.page.getByText('Not among your roles').waitFor();
  const places = evaluator.page.getByRole('navigation', { name: 'Findings' }).getByRole('link');
  expect(await places.allInnerTexts()).toEqual(['Reproduce', 'Coverage', 'Policies']);
  await look(evaluator.page, 'not-among-your-roles');
  for (const { complaints, context } of [corin, evaluator]) {
    expect(complaints).toEqual([]);
    await context.close();
  }
});
