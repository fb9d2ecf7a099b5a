import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Started } from '../../src/main.ts';
import { desktop, expectAccessible, expectReachable, launch, openPage, phone, settle, shoot } from './browser.ts';
import { openAs, startInstance } from './instance.ts';

let instance: Started;
let browser: Browser;

beforeAll(async () => {
  instance = await startInstance();
  browser = await launch();
});

afterAll(() => browser?.close());

/** The link of this kind that was mailed last to an address; the worker of the instance sends it. */
async function mailed(to: string, link: RegExp): Promise<string> {
  for (;;) {
    let lines: string[] = [];
    try {
      lines = readFileSync(instance.system.mail.place, 'utf8').trim().split('\n');
    } catch {
      // No mail yet.
    }
    const found = lines
      .map((line): { to: string; text: string } => JSON.parse(line))
      .filter((message) => message.to === to)
      .map(({ text }) => link.exec(text)?.[0])
      .filter((one) => one !== undefined)
      .at(-1);
    if (found !== undefined) return found.replace(/^https?:\/\/[^/]+/, instance.url);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const narrow = [['390', phone]] as const;
const both = [['1280', desktop], ...narrow] as const;

/** Pictures for people, and nothing serious by axe: at both widths where the two are laid out differently. */
async function look(
  page: Page,
  name: string,
  widths: readonly (readonly [string, typeof phone])[] = narrow,
): Promise<void> {
  await settle(page);
  for (const [width, viewport] of widths) {
    await page.setViewportSize(viewport);
    await shoot(page, `participation-${width}-${name}`);
    await expectAccessible(page, `${name} at ${width}`);
  }
  await page.setViewportSize(desktop);
}

test('an organisation applies without an account, two people let it in, it accepts the terms, and leaves with what is its own', async () => {
  const applicant = await openPage(browser, phone);
  const { page } = applicant;
  await page.goto(`${instance.url}/apply`);
  await settle(page);
  await page.getByRole('button', { name: 'Send the application' }).click();
  await page.getByText('Write the name of your organisation.').waitFor();
  await look(page, 'apply-faults', both);
  await expectReachable(page, 'apply');
  await page.getByLabel('Name of the organisation').fill('Juniper Works');
  await page.getByLabel('What it is').selectOption('vendor');
  await page.getByLabel('Country').fill('Norway');
  await page.getByLabel('What you want to do here').fill('We answer reports on two libraries.\n<b>Not markup.</b>');
  await page.getByLabel('Domain (if you have one)').fill('juniper.example');
  await page.getByLabel('Your name').fill('Dag Ellingsen');
  await page.getByLabel('Your address').fill('dag@juniper.example');
  await page.reload();
  await settle(page);
  expect(await page.getByLabel('Name of the organisation').inputValue(), 'a reload loses nothing').toBe(
    'Juniper Works',
  );
  await page.getByText('I have read them').click();
  await page.getByRole('button', { name: 'Send the application' }).click();
  await page.getByRole('heading', { name: 'One step is left: your address' }).waitFor();
  await look(page, 'apply-sent');
  const receipt = await page.getByText(/apply\/receipt#receipt=/).innerText();

  await page.goto(await mailed('dag@juniper.example', /\S+\/apply\/proof#token=\S+/));
  await look(page, 'proof');
  await page.getByRole('button', { name: 'Yes, I applied' }).click();
  await page.getByText('Your address is proved').waitFor();
  await page.goto(receipt);
  await page.getByRole('heading', { name: 'Received' }).waitFor();
  await look(page, 'receipt');

  const ada = await openAs(instance, browser, 'Ada Brightwater', desktop);
  await ada.page.goto(instance.url);
  await ada.page.getByRole('link', { name: 'Applications that wait: 1' }).waitFor();
  await look(ada.page, 'home', both);
  await ada.page.goto(`${instance.url}/settings`);
  await ada.page.getByText('1 to look at').waitFor();
  await look(ada.page, 'settings', both);
  await ada.page.getByRole('link', { name: 'Applications that wait: 1' }).click();
  await ada.page.locator('summary.application').waitFor();
  await settle(ada.page);
  await ada.page.keyboard.press('j');
  await ada.page.keyboard.press('Enter');
  await ada.page.getByText('<b>Not markup.</b>').waitFor();
  await look(ada.page, 'board', both);
  await ada.page.getByText('Propose to let it in').click();
  await ada.page.getByLabel('Why it should take part').fill('We know them from two coordinated disclosures.');
  await ada.page.getByRole('button', { name: 'Propose', exact: true }).click();
  await ada.page.getByText('Corin Vale may confirm it').waitFor();
  expect(await ada.page.getByRole('button', { name: 'Confirm, let it in' }).count(), 'not by oneself').toBe(0);

  const corin = await openAs(instance, browser, 'Corin Vale', desktop);
  await corin.page.goto(`${instance.url}/participation`);
  await corin.page.locator('summary.application').click();
  await corin.page.getByText('Waits for you').waitFor();
  await look(corin.page, 'board-second');
  await corin.page.getByRole('button', { name: 'Confirm, let it in' }).click();
  await corin.page.getByText('Juniper Works takes part.').waitFor();
  await corin.page.getByRole('heading', { name: 'Nobody waits' }).waitFor();
  await corin.page.getByRole('link', { name: 'Applications that wait' }).waitFor({ state: 'detached' });

  await page.goto(await mailed('dag@juniper.example', /\S+\/sign-in#token=\S+/));
  await page.getByRole('button', { name: 'Finish signing in' }).click();
  await page.getByText('Nobody has accepted the terms in use for Juniper Works yet.').waitFor();
  await page.getByRole('link', { name: 'Read them' }).click();
  await page.getByRole('button', { name: /^Accept version/ }).waitFor();
  await look(page, 'terms', both);
  await page.getByRole('button', { name: /^Accept version/ }).click();
  await page.getByText(/Dag Ellingsen accepted version/).waitFor();
  await page.getByText('Nobody has accepted the terms').waitFor({ state: 'detached' });

  await corin.page.getByText('Taking part', { exact: true }).click();
  const row = corin.page.getByRole('listitem').filter({ hasText: 'Juniper Works' });
  await row.getByText('Suspend', { exact: false }).first().click();
  await row.getByLabel('Why').fill('A key of theirs was published.');
  await row.getByRole('button', { name: 'Suspend' }).click();
  await corin.page.getByText('Suspended', { exact: true }).click();
  await corin.page.getByText('Ada Brightwater may confirm it.').waitFor();
  await look(corin.page, 'board-suspended');
  await page.goto(`${instance.url}/participation`);
  await page.getByText('A key of theirs was published.').waitFor();
  await look(page, 'own-suspended');
  await corin.page.getByRole('button', { name: 'End the suspension of Juniper Works' }).click();
  await corin.page.getByText('No organisation is suspended.').waitFor();

  await page.reload();
  await settle(page);
  await page.getByRole('button', { name: 'Leave…' }).click();
  await page.getByRole('heading', { name: 'Ends at once' }).waitFor();
  await look(page, 'leave', both);
  await page.getByText('Juniper Works leaves now').click();
  await page.getByRole('button', { name: 'Leave', exact: true }).click();
  await page.getByRole('heading', { name: 'Your organisation has left' }).waitFor();
  await look(page, 'left');
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download the export' }).click();
  const lines = readFileSync(await (await download).path(), 'utf8')
    .trim()
    .split('\n');
  const parts = lines.map((line) => JSON.parse(line));
  expect(parts.find(({ part }) => part === 'organisation').item.name).toBe('Juniper Works');
  expect(parts.find(({ part }) => part === 'people').item.name).toBe('Dag Ellingsen');
  expect(parts.at(-1).part).toBe('end');
  await page.goto(`${instance.url}/participation`);
  await page.getByText('You are not signed in').waitFor();
  await look(page, 'nobody');
  for (const one of [applicant, ada, corin]) {
    expect(one.complaints.filter((text) => !/401|403/.test(text))).toEqual([]);
    await one.context.close();
  }
});

test('links that are not whole, used up or of nobody say so', async () => {
  const { page, context } = await openPage(browser, desktop);
  for (const [path, text] of [
    ['/apply/receipt', 'The link is not whole'],
    ['/left', 'The link is not whole'],
    ['/apply/receipt#receipt=nothing', 'This link was used already'],
  ] as const) {
    await page.goto(`${instance.url}${path}`);
    await page.getByText(text).waitFor();
    await expectAccessible(page, path);
  }
  await context.close();
});
