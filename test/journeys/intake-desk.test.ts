/** W4, the coordinator's side: five reports of one flaw become one case by one key and are five again after another (I13). */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as findings from '../../src/app/intake/findings.ts';
import type { Started } from '../../src/main.ts';
import { desktop, expectAccessible, expectReachable, launch, phone, settle, shoot } from './browser.ts';
import { actorOf, openAs, startInstance } from './instance.ts';

let instance: Started;
let browser: Browser;
/** Four of the five reporters of the sample's flaw; the fifth has no account. */
const reporters = ['Ines Okafor', 'Bryn Tallow', 'Edda Norling', 'Odette Marsh'];

beforeAll(async () => {
  instance = await startInstance();
  browser = await launch();
});
afterAll(() => browser?.close());

/** All that a reporter reads of what they handed in. */
const readBy = async (name: string) => {
  const { system } = instance;
  const reporter = await actorOf(instance, name);
  const list = await findings.list(system, reporter, { limit: 50 });
  return JSON.stringify([list, await Promise.all(list.map(({ id }) => findings.load(system, reporter, id)))]);
};

test('five reports of one flaw: one entry, joined with one key, undone with another; no reporter sees any of it', async () => {
  const { page, context, complaints } = await openAs(instance, browser, 'Corin Vale', desktop);
  await page.goto(`${instance.url}/intake/queue`);
  await settle(page);
  await page.getByText('5 reports from 5 sources').waitFor();
  await shoot(page, '1280-queue');
  await expectAccessible(page, 'queue');
  await expectReachable(page, 'queue');
  await page.setViewportSize(phone);
  await settle(page);
  await shoot(page, '390-queue');
  await expectAccessible(page, 'queue at 390');
  await page.setViewportSize(desktop);

  const before = await Promise.all(reporters.map(readBy));
  const entry = page.locator('.queue-entry', { hasText: '5 reports from 5 sources' });
  // With the keyboard alone: to the entry, into it, side by side, joined, undone.
  for (let press = 0; press < 20; press += 1) {
    await page.keyboard.press('j');
    if (await entry.locator('.queue-link').evaluate((link) => link === document.activeElement)) break;
  }
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'May be the same' }).waitFor();
  await settle(page);
  // Back in the list one stands where one was.
  await page.keyboard.press('Escape');
  await expect.poll(() => entry.locator('.queue-link:focus').count()).toBe(1);
  expect(await entry.locator('.queue-link').evaluate((link) => link.getBoundingClientRect().bottom)).toBeLessThan(900);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'May be the same' }).waitFor();
  await settle(page);
  await page.keyboard.press('c');
  await page.getByRole('heading', { name: 'Side by side' }).waitFor();
  await page.locator('.compare-table mark').first().waitFor();
  await settle(page);
  await shoot(page, '1280-compare');
  await expectAccessible(page, 'compare');
  await page.setViewportSize(phone);
  await settle(page);
  await shoot(page, '390-compare');
  await expectAccessible(page, 'compare at 390');
  await page.setViewportSize(desktop);
  await page.getByRole('button', { name: 'Close', exact: true }).click();
  await settle(page);
  await shoot(page, '1280-queue-item');
  await page.keyboard.press('m');
  // What may be another flaw is left out until a person has looked at it.
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Join 4 reports' }).waitFor();
  await dialog.locator('label', { hasText: 'Patients page' }).click();
  await dialog.getByRole('button', { name: 'Join 5 reports' }).waitFor();
  await settle(page);
  await shoot(page, '1280-join');
  await expectAccessible(page, 'what would be joined');
  await dialog.getByRole('button', { name: 'Join 5 reports' }).click();
  await page.getByRole('heading', { name: 'Its case' }).waitFor();
  await settle(page);
  expect(await Promise.all(reporters.map(readBy))).toEqual(before);
  await page.locator('section[aria-labelledby=case] a').first().click();
  await page.getByRole('heading', { name: 'Credit, in the order received' }).waitFor();
  await settle(page);
  expect(await page.locator('section[aria-labelledby=credits] li').count()).toBe(5);
  await shoot(page, '1280-case');
  await expectAccessible(page, 'case');
  await page.setViewportSize(phone);
  await settle(page);
  await shoot(page, '390-case');
  await expectAccessible(page, 'case at 390');
  await page.setViewportSize(desktop);
  await page.goBack();
  await page.getByRole('heading', { name: 'Its case' }).waitFor();
  await settle(page);
  await page.keyboard.press('u');
  await page.getByRole('heading', { name: 'Its case' }).waitFor({ state: 'detached' });
  await settle(page);
  const { pool } = instance.system.database;
  const { rows } = await pool.query('select 1 from case_members where until is null');
  expect(rows).toEqual([]);
  expect(await Promise.all(reporters.map(readBy))).toEqual(before);
  expect(complaints).toEqual([]);
  await context.close();
});

test('a question, a refusal with words, taking up again; what screening held is decided by a person', async () => {
  const { page, context, complaints } = await openAs(instance, browser, 'Corin Vale', desktop);
  await page.goto(`${instance.url}/intake/held`);
  await settle(page);
  await page.getByRole('link', { name: 'Path of an upload' }).waitFor();
  await shoot(page, '1280-held');
  await expectAccessible(page, 'held');
  await page.getByLabel('Your reason').fill('The sentence is the report itself.');
  await page.getByRole('button', { name: 'Release' }).click();
  await page.getByText('Nothing to look at').waitFor();

  await page.goto(`${instance.url}/intake/queue`);
  await settle(page);
  await page.getByRole('link', { name: 'SQL injection in the report filter' }).click();
  await page.getByRole('heading', { name: 'The report' }).waitFor();
  await settle(page);
  await page.keyboard.press('q');
  await page.getByLabel('Your question').fill('Which release did you try?');
  await page.getByRole('button', { name: 'Send the question' }).click();
  await page.getByText('Which release did you try?').waitFor();
  await settle(page);
  await page.keyboard.press('r');
  await page.getByLabel('Reason, for the reporter').fill('The parameter is checked against a list.');
  await page.getByRole('dialog').getByRole('button', { name: 'Refuse', exact: true }).click();
  await page.getByRole('button', { name: /Take up again/ }).waitFor();
  await settle(page);
  await shoot(page, '1280-queue-item-refused');
  await expectAccessible(page, 'a refused entry');
  await page.goto(`${instance.url}/intake/sources`);
  await settle(page);
  await page.getByRole('rowheader', { name: /Gullwing/ }).waitFor();
  await shoot(page, '1280-sources');
  await expectAccessible(page, 'sources');
  await page.setViewportSize(phone);
  await settle(page);
  await shoot(page, '390-sources');
  await expectAccessible(page, 'sources at 390');
  expect(complaints).toEqual([]);
  await context.close();
});

test('a case is named in the coordinator’s words and linked to another that needs a fix of its own', async () => {
  const { page, context, complaints } = await openAs(instance, browser, 'Corin Vale', desktop);
  const accept = async (title: string) => {
    await page.goto(`${instance.url}/intake/queue`);
    await settle(page);
    await page.getByRole('link', { name: title }).click();
    await page.getByRole('heading', { name: 'The report' }).waitFor();
    await settle(page);
    await page.keyboard.press('a');
    await page.getByRole('dialog').getByRole('button', { name: 'Accept', exact: true }).click();
    await page.getByRole('heading', { name: 'Its case' }).waitFor();
  };
  await accept('Token without a signature is taken');
  await accept('Secret is compared byte by byte');
  await page.locator('section[aria-labelledby=case] a').first().click();
  await page.getByText('Name it anew').click();
  await page.getByLabel('Title of the case').fill('lockgate: secrets are compared in uneven time');
  await page.getByRole('button', { name: 'Name it', exact: true }).click();
  await page.getByRole('heading', { name: 'lockgate: secrets are compared' }).waitFor();

  await page.getByText('Link it to another case').click();
  await page.getByLabel('This case is').selectOption('chain');
  await page.getByLabel('Words of the other case').fill('signature');
  await page.getByLabel('The other case').locator('option', { hasText: 'Token without a signature' }).waitFor({
    state: 'attached',
  });
  await settle(page);
  await shoot(page, '1280-case-link');
  await expectAccessible(page, 'linking a case');
  await page.getByRole('button', { name: 'Link them' }).click();
  await page.getByText('A link of a chain: Token without a signature').waitFor();
  await page.setViewportSize(phone);
  await settle(page);
  await shoot(page, '390-case-link');
  await expectAccessible(page, 'a linked case at 390');
  expect(complaints).toEqual([]);
  await context.close();
});
