import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Started } from '../../src/main.ts';
import { desktop, drop, expectAccessible, expectText, launch, openPage, phone, shoot } from './browser.ts';
import { startInstance } from './instance.ts';

let instance: Started;
let browser: Browser;

beforeAll(async () => {
  instance = await startInstance();
  browser = await launch();
});

afterAll(() => browser?.close());

const containers = gunzipSync(readFileSync(join(import.meta.dirname, 'testdata/containers.cdx.json.gz'))).toString();
const hospital = readFileSync(join(import.meta.dirname, '../../sample/sboms/st-aurelia-hospital.cdx.json'), 'utf8');

const list = (page: Page) => page.getByRole('region', { name: 'Upgrades in order of work' });
const items = (page: Page) => page.locator('.work-item');
const toggles = (page: Page) => page.locator('.work-toggle');

async function dropHospital(page: Page): Promise<void> {
  await page.goto(instance.url, { waitUntil: 'networkidle' });
  await drop(page, 'st-aurelia-hospital.cdx.json', hospital);
  await list(page).waitFor();
}

describe.each([
  ['1280', desktop],
  ['390', phone],
] as const)('at %s px', (width, viewport) => {
  test('a container SBOM of 4 MB becomes a list, and nothing of it leaves the page', async () => {
    const { page, context, sent } = await openPage(browser, viewport);
    await page.goto(instance.url, { waitUntil: 'networkidle' });
    await expectText(page);
    sent.length = 0;

    const milliseconds = await drop(page, 'containers.cdx.json', containers, '.work-item');

    const size = `${(containers.length / 1e6).toFixed(1)} MB`;
    console.log(`${width} px: an SBOM of ${size} to a list on screen in ${Math.round(milliseconds ?? 0)} ms`);
    await page.waitForLoadState('networkidle');
    expect(sent.filter(({ method, bodyBytes }) => method !== 'GET' || bodyBytes > 0)).toEqual([]);
    const addresses = sent.map(({ url }) => new URL(url)).filter(({ protocol }) => protocol !== 'blob:');
    expect(addresses.filter(({ origin }) => origin !== instance.url)).toEqual([]);
    // Only the list of packs, the packs of ecosystems, and parts of the page itself were asked for.
    expect(addresses.filter(({ pathname }) => !/^\/(assets|api\/v1\/packs)(\/|$)/.test(pathname))).toEqual([]);
    expect(addresses.filter(({ search }) => search !== '')).toEqual([]);
    await shoot(page, `${width}-containers`);
    await expectAccessible(page, 'containers');
    await context.close();
  });

  test('the sample hospital gives a list with dates, reasons and sources', async () => {
    const { page, context } = await openPage(browser, viewport);
    await page.goto(instance.url, { waitUntil: 'networkidle' });

    await page.getByRole('button', { name: 'Try the sample hospital' }).click();
    await list(page).waitFor();
    await page.locator('.chart svg').first().waitFor();

    expect(await page.locator('h1').textContent()).toMatch(/(upgrades?|components?) to/);
    await shoot(page, `${width}-hospital`);
    await expectAccessible(page, 'hospital');
    await page.locator('.menu > summary').click();
    await page.screenshot({ path: `build/screenshots/${width}-export.png` });
    await expectAccessible(page, 'hospital with the menu of exports');
    for (const entry of await page.locator('.menu-item').all()) {
      const box = await entry.boundingBox();
      expect(box!.x).toBeGreaterThanOrEqual(0);
      expect(box!.x + box!.width).toBeLessThanOrEqual(viewport.width);
    }
    await page.locator('.menu > summary').click();
    await toggles(page).first().click();
    await page.getByText('Why this date').waitFor();
    await shoot(page, `${width}-hospital-reasons`);
    await expectAccessible(page, 'hospital with reasons');
    await page.getByRole('button', { name: 'Read this policy' }).click();
    await page.getByRole('dialog').waitFor();
    await shoot(page, `${width}-policy`);
    await expectAccessible(page, 'policy');
    await context.close();
  });
});

test('from the first page to a marked list by keyboard alone', async () => {
  const { page, context } = await openPage(browser, desktop);
  await page.goto(instance.url, { waitUntil: 'networkidle' });
  await page.keyboard.press('Tab');
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to the page');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Choose a file');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await list(page).waitFor();
  const total = await items(page).count();
  const focusedItem = () => page.evaluate(() => document.activeElement?.closest('.work-item')?.textContent ?? '');

  await page.keyboard.press('j');
  await page.keyboard.press('j');
  expect(await focusedItem()).toBe(await items(page).nth(1).textContent());
  await page.keyboard.press('k');
  await page.keyboard.press('Enter');
  await page.getByText('Why this date').waitFor();
  await page.keyboard.press('Enter');
  expect(await page.getByText('Why this date').count()).toBe(0);

  await page.keyboard.press('p');
  await items(page).first().locator('[aria-pressed=true]', { hasText: 'Planned' }).waitFor();
  await page.keyboard.press('d');
  await expect.poll(() => items(page).count()).toBe(total - 1);
  await page.keyboard.press('u');
  await expect.poll(() => items(page).count()).toBe(total);

  await page.keyboard.press('j');
  await page.keyboard.press('n');
  await page.getByRole('dialog', { name: 'Not affected' }).waitFor();
  expect(await page.getByRole('dialog').textContent()).toMatch(/why the advisories of (?!Upgrade)\S+ \S+ do not apply/);
  await page.getByLabel('Justification').selectOption('vulnerable_code_not_in_execute_path');
  await page.getByLabel('Reason in your words').fill('The reader of that format is switched off.');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect.poll(() => items(page).count()).toBe(total - 1);

  await page.keyboard.press('/');
  await page.keyboard.type('jquery');
  await expect.poll(() => items(page).count()).toBeLessThan(total - 1);
  expect(page.url()).toContain('text=jquery');
  await page.keyboard.press('Escape');
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keys' }).waitFor();
  await shoot(page, '1280-keys');
  await expectAccessible(page, 'keys');
  await page.keyboard.press('Escape');
  expect(await page.getByRole('dialog').count()).toBe(0);
  await context.close();
});

test('marks stay after a reload, and the answer on exposure moves the dates', async () => {
  const { page, context } = await openPage(browser, desktop);
  await dropHospital(page);
  const before = await page.locator('.work-due').allTextContents();
  await toggles(page).first().focus();
  await page.keyboard.press('p');
  await items(page).first().locator('[aria-pressed=true]').waitFor();

  await page.reload({ waitUntil: 'networkidle' });
  await list(page).waitFor();

  await expect
    .poll(() => items(page).first().locator('[aria-pressed=true]').allTextContents())
    .toEqual([expect.stringMatching(/^Planned/)]);
  await page.getByRole('radio', { name: 'No', exact: true }).check();
  await expect.poll(() => page.locator('.work-due').allTextContents()).not.toEqual(before);
  await page.getByRole('radio', { name: 'Yes', exact: true }).check();
  await page.getByLabel('Policy').selectOption('ssvc-deployer');
  await page.getByText('SSVC deployer patch priority 1.0.0').first().waitFor({ state: 'attached' });
  await list(page).waitFor();
  await shoot(page, '1280-other-policy');
  await context.close();
});

test('a second list of the same system says what changed, and keeps the answer on exposure', async () => {
  const { page, context } = await openPage(browser, desktop);
  await dropHospital(page);
  const due = await page.locator('.work-due').allTextContents();
  await page.getByRole('radio', { name: 'No', exact: true }).check();
  await expect.poll(() => page.locator('.work-due').allTextContents()).not.toEqual(due);
  const total = await items(page).count();
  await toggles(page).first().focus();
  await page.keyboard.press('d');
  await expect.poll(() => items(page).count()).toBe(total - 1);

  const old = JSON.parse(hospital) as { components: { name: string }[] };
  const without = JSON.stringify({ ...old, components: old.components.filter(({ name }) => name !== 'jquery') });

  await page.goto(instance.url, { waitUntil: 'networkidle' });
  await page.getByText(`${total - 1} items to do`).waitFor();
  await shoot(page, '1280-start-with-lists');
  await expectAccessible(page, 'start with lists');
  await drop(page, 'next-week.cdx.json', without);
  await list(page).waitFor();
  expect(await page.getByRole('radio', { name: 'No', exact: true }).isChecked()).toBe(true);
  await page.getByText(/^That it cannot be reached from outside is your answer of the list made /).waitFor();

  await page.getByText(/^Since .*: 1 gone\./).waitFor();
  await page.getByRole('button', { name: 'See what changed' }).click();
  const changed = page.getByRole('region', { name: /^What changed since / });
  expect(await page.evaluate(() => document.activeElement?.textContent)).toMatch(/^What changed since /);
  expect(await changed.textContent()).toMatch(/New: none.*Gone: 1.*jquery/s);
  expect(await page.locator('.work-item .tag', { hasText: /^New$/ }).count()).toBe(0);
  await shoot(page, '1280-changed');
  await expectAccessible(page, 'changed');

  await dropHospital(page);
  const fresh = items(page).filter({ has: page.locator('.tag', { hasText: /^New$/ }) });
  expect(await fresh.locator('h3').allTextContents()).toEqual([expect.stringContaining('jquery')]);
  await page.setViewportSize(phone);
  await shoot(page, '390-changed');
  await expectAccessible(page, 'changed, narrow');
  await context.close();
});

test('the next list of the same system keeps its dates: what has gone by is overdue, until the system is forgotten', async () => {
  const { page, context, complaints } = await openPage(browser, desktop);
  const dayMs = 86_400_000;
  const dueDays = () => page.locator('figure', { hasText: 'What is due when' }).locator('tbody th').allTextContents();
  await dropHospital(page);
  const first = await dueDays();
  expect(first.length).toBeGreaterThan(1);
  expect(await page.getByRole('heading', { name: 'Overdue' }).count()).toBe(0);

  // Five days on, from a tool that draws a new serial number for each document.
  await page.clock.setFixedTime(Date.now() + 5 * dayMs);
  await page.goto(instance.url, { waitUntil: 'networkidle' });
  const again = JSON.stringify({ ...JSON.parse(hospital), serialNumber: `urn:uuid:${crypto.randomUUID()}` });
  await drop(page, 'next-week.cdx.json', again);
  await page.getByRole('region', { name: 'Overdue' }).waitFor();

  const later = await dueDays();
  expect(later[0]).toBe('Overdue');
  expect(first).toEqual(expect.arrayContaining(later.slice(1)));
  expect(await page.locator('h1').textContent()).toMatch(/overdue since /);
  expect(await page.locator('.work-group').first().textContent()).toMatch(/^Overdue/);
  await toggles(page).first().click();
  await page
    .getByText(/^First listed here on /)
    .first()
    .waitFor();
  await page
    .getByText(/^Overdue since \d/)
    .first()
    .waitFor();
  await page.locator('.menu > summary').click();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: /^iCalendar/ }).click(),
  ]);
  expect(readFileSync(await download.path(), 'utf8')).toContain('SUMMARY:Overdue since ');
  await shoot(page, '1280-overdue');
  await expectAccessible(page, 'overdue');

  // Answers that go back and forth gain nothing.
  await page.getByLabel('No', { exact: true }).check({ force: true });
  await page.getByLabel('Not known').check({ force: true });
  await page.getByRole('region', { name: 'Overdue' }).waitFor();

  await page.goto(instance.url, { waitUntil: 'networkidle' });
  for (let left = 2; left > 0; left--) {
    await page
      .getByRole('button', { name: /^Forget the/ })
      .first()
      .click();
    await page.getByRole('dialog', { name: 'Forget this list?' }).waitFor();
    if (left === 2) {
      await shoot(page, '1280-forget');
      await expectAccessible(page, 'forget');
      await page.getByRole('button', { name: 'Cancel' }).click();
      expect(await page.getByRole('button', { name: /^Forget the/ }).count()).toBe(2);
      await page
        .getByRole('button', { name: /^Forget the/ })
        .first()
        .click();
    }
    await page.getByRole('button', { name: 'Forget it' }).click();
    await expect.poll(() => page.getByRole('button', { name: /^Forget/ }).count()).toBe(left - 1);
  }
  await drop(page, 'afresh.cdx.json', again);
  await list(page).waitFor();
  expect(await page.getByRole('region', { name: 'Overdue' }).count()).toBe(0);
  expect(complaints).toEqual([]);
  await context.close();
});

test('the list is taken along as CSV, calendar, VEX and PDF, all made on the page', async () => {
  const { page, context, sent, complaints } = await openPage(browser, desktop);
  await dropHospital(page);
  await toggles(page).first().focus();
  await page.keyboard.press('p');
  sent.length = 0;
  const take = async (name: RegExp) => {
    await page.locator('.menu > summary').click();
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name }).click()]);
    return readFileSync(await download.path());
  };

  expect((await take(/^CSV/)).toString()).toContain('jquery');
  expect((await take(/^iCalendar/)).toString()).toMatch(/^BEGIN:VCALENDAR\r\n/);
  expect(JSON.parse((await take(/^CycloneDX VEX/)).toString())).toMatchObject({ bomFormat: 'CycloneDX' });
  expect((await take(/^PDF/)).subarray(0, 5).toString()).toBe('%PDF-');

  expect(sent.filter(({ method, bodyBytes }) => method !== 'GET' || bodyBytes > 0)).toEqual([]);
  expect(complaints).toEqual([]);
  await context.close();
});

test('an operator keeps an inventory: shared marks, its own page, its entries in the log', async () => {
  const operator = instance.links.find(({ who }) => who.includes('operator'));
  const { page, context } = await openPage(browser, desktop);
  // The instance listens on whatever port was free, which its own links do not know.
  const { pathname, hash } = new URL(operator?.url ?? '');
  await page.goto(instance.url + pathname + hash, { waitUntil: 'networkidle' });
  await page.getByRole('button', { name: 'Finish signing in' }).click();
  await page.getByRole('link', { name: 'Odette Marsh' }).waitFor();
  await page.getByRole('button', { name: 'Try the sample hospital' }).click();
  await list(page).waitFor();

  await toggles(page).nth(1).focus();
  await page.keyboard.press('p');
  const marked = await items(page).nth(1).locator('h3').textContent();
  await page.getByRole('button', { name: 'Keep on the instance' }).click();
  await page.getByText('its 1 mark, which will stand under your name').waitFor();
  await shoot(page, '1280-keep');
  // The file arrives, the mark does not at first: no second inventory comes of trying again.
  let made = 0;
  await page.route('**/api/v1/inventories?*', (route) => {
    if (route.request().method() === 'POST') made++;
    return route.continue();
  });
  await page.route('**/marks/*', (route) => route.abort(), { times: 1 });
  await page.getByRole('button', { name: 'Send and keep' }).click();
  await page.getByText('the file itself is kept').waitFor();
  await shoot(page, '1280-keep-in-part');
  await page.getByRole('button', { name: 'Send the rest' }).click();
  await page.waitForURL(/\/inventories\//);
  expect(made).toBe(1);
  await list(page).waitFor();
  expect(await items(page).locator('[aria-pressed=true]').count()).toBe(1);
  expect(
    await items(page)
      .filter({ has: page.locator('[aria-pressed=true]') })
      .locator('h3')
      .textContent(),
  ).toBe(marked);
  await toggles(page).first().focus();
  await page.keyboard.press('p');
  await items(page).first().locator('[aria-pressed=true]').waitFor();
  await page.reload({ waitUntil: 'networkidle' });
  await list(page).waitFor();

  await expect
    .poll(() => items(page).first().locator('[aria-pressed=true]').allTextContents())
    .toEqual([expect.stringMatching(/^Planned/)]);
  await shoot(page, '1280-kept');
  await expectAccessible(page, 'kept');
  await page.getByRole('button', { name: 'Manage' }).click();
  await shoot(page, '1280-manage');
  await expectAccessible(page, 'manage');
  await page.getByRole('link', { name: 'Entries of the log about it' }).click();
  await page.getByText('inventory kept').waitFor();
  await page.getByText('What was recorded, and its proof').first().click();
  await page.getByRole('button', { name: 'Verify in this browser' }).first().click();
  await page.getByText('What is shown here is what was sealed in the log.').waitFor();
  await shoot(page, '1280-entry-verified');
  await expectAccessible(page, 'entry verified');
  await page.goto(`${instance.url}/settings`, { waitUntil: 'networkidle' });
  await shoot(page, '1280-settings-signed-in');
  await expectAccessible(page, 'settings signed in');
  await context.close();
});

test.each([
  ['1280', desktop],
  ['390', phone],
] as const)('at %s px a file of which nothing was looked up is no good news', async (width, viewport) => {
  const { page, context } = await openPage(browser, viewport);
  const document = (components: object[]) =>
    JSON.stringify({ bomFormat: 'CycloneDX', specVersion: '1.5', version: 1, components });
  const open = async (name: string, components: object[]) => {
    await page.goto(instance.url, { waitUntil: 'networkidle' });
    await drop(page, name, document(components));
    await page.getByRole('heading', { name: 'What was looked at, and what was not' }).waitFor();
  };
  const heading = () => page.locator('h1').textContent();
  const answers = page.getByText('Nobody has said yet');

  await open('empty.cdx.json', []);
  expect(await heading()).toBe('This file names no component that can be looked up');
  expect(await answers.count()).toBe(0);
  await page.getByText('These are the sample advisories').waitFor();

  const held = { type: 'library', name: 'left-pad', version: '1.3.0', purl: 'pkg:npm/left-pad@1.3.0' };
  const notHeld = { type: 'library', name: 'thing', version: '1.0.0', purl: 'pkg:cran/thing@1.0.0' };
  await open('none.cdx.json', [notHeld]);
  expect(await heading()).toBe('Nothing could be looked up: no CRAN advisories are held here');
  await page.getByText('This list says nothing about your system').waitFor();
  await shoot(page, `${width}-nothing-looked-up`);
  await expectAccessible(page, 'nothing looked up');

  await open('half.cdx.json', [held, notHeld]);
  expect(await heading()).toBe('Nothing to do among the 1 of 2 components that could be looked up');
  await page.getByText('Only 1 of 2 components were looked up').waitFor();
  await shoot(page, `${width}-half-looked-up`);
  await context.close();
});

test('a file that is no inventory is refused with the reason', async () => {
  const { page, context } = await openPage(browser, desktop);
  await page.goto(instance.url, { waitUntil: 'networkidle' });

  await drop(page, 'notes.json', '{"bomFormat": "CycloneDX", "components": [');

  await page.getByText('notes.json could not be read').waitFor();
  await shoot(page, '1280-refused');
  await expectAccessible(page, 'refused');
  await context.close();
});

test('markup in a component or a reason stays text', async () => {
  const { page, context } = await openPage(browser, desktop);
  const hostile = JSON.parse(hospital) as { metadata: { component: { name: string } } };
  hostile.metadata.component.name = '<img src=x onerror=alert(1)>';
  await page.goto(instance.url, { waitUntil: 'networkidle' });

  await drop(page, 'hostile.cdx.json', JSON.stringify(hostile));
  await list(page).waitFor();

  expect(await page.locator('.eyebrow').textContent()).toContain('<img src=x onerror=alert(1)>');
  expect(await page.locator('img[src="x"]').count()).toBe(0);
  await context.close();
});
