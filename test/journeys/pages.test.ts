import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Started } from '../../src/main.ts';
import { desktop, expectAccessible, expectText, launch, openPage, phone, shoot } from './browser.ts';
import { startInstance } from './instance.ts';

let instance: Started;
let browser: Browser;

beforeAll(async () => {
  instance = await startInstance();
  browser = await launch();
});

afterAll(() => browser?.close());

const pages = [
  ['start', '/'],
  ['advisories', '/advisories'],
  ['advisories-search', '/advisories?q=tomcat'],
  ['advisories-none', '/advisories?q=nothingofthiskind'],
  ['advisory', '/advisories/GHSA-83qj-6fr2-vhqg'],
  ['advisory-missing', '/advisories/GHSA-0000-0000-0000'],
  ['log', '/record'],
  ['settings', '/settings'],
  ['sign-in', '/sign-in'],
  ['sign-in-link', '/sign-in#token=not-a-token'],
  ['not-found', '/no/such/page'],
] as const;

describe.each([
  ['1280', desktop],
  ['390', phone],
] as const)('at %s px', (width, viewport) => {
  test.each(pages)(
    'the page "%s" has text, a heading, nothing serious by axe, and asks no other host',
    async (name, path) => {
      const { page, context, sent } = await openPage(browser, viewport);

      await page.goto(instance.url + path, { waitUntil: 'networkidle' });

      await expectText(page);
      expect(await page.locator('h1').count()).toBe(1);
      expect(await page.title()).toMatch(/· Assay$/);
      await shoot(page, `${width}-${name}`);
      await expectAccessible(page, name);
      expect(sent.map(({ url }) => new URL(url).origin).filter((origin) => origin !== instance.url)).toEqual([]);
      await context.close();
    },
  );
});

test('the interface breaks none of its own content security policy', async () => {
  const { page, context, complaints } = await openPage(browser, desktop);

  for (const [, path] of pages) await page.goto(instance.url + path, { waitUntil: 'networkidle' });

  expect(complaints.filter((text) => /Content Security Policy|Trusted/i.test(text))).toEqual([]);
  await context.close();
});

test('the browser recomputes the log and says that it holds', async () => {
  const { page, context } = await openPage(browser, desktop);
  await page.goto(`${instance.url}/record`, { waitUntil: 'networkidle' });

  await page.getByRole('button', { name: 'Verify the whole log' }).click();

  await page.getByText('the log is what its checkpoint says').waitFor();
  expect(await page.getByText('it is the one in the checkpoint').count()).toBe(1);
  await shoot(page, '1280-log-verified');
  await expectAccessible(page, 'log verified');
  await context.close();
});

test('Settings count records and tell when packs were built; neither is called the newest advisory', async () => {
  const { page, context } = await openPage(browser, desktop);
  await page.goto(`${instance.url}/settings`, { waitUntil: 'networkidle' });

  const text = await page.getByRole('region', { name: 'This instance' }).innerText();

  expect(text).toMatch(/\d+ packs? with [\d,]+ advisory records/);
  expect(text).toContain('Packs built');
  expect(text).not.toMatch(/newest/i);
  await context.close();
});

test('where no advisories are loaded, the page says so and how to load them', async () => {
  const { page, context } = await openPage(browser, desktop);
  await page.route('**/api/v1/packs', (route) => route.fulfill({ json: { packs: [] } }));
  await page.route('**/api/v1/advisories?*', (route) => route.fulfill({ json: { items: [] } }));

  await page.goto(`${instance.url}/advisories`, { waitUntil: 'networkidle' });

  await page.getByRole('heading', { name: 'No advisories are loaded' }).waitFor();
  expect(await page.getByText('npx assay advisories sync').count()).toBe(1);
  expect(await page.getByText('Try fewer words').count()).toBe(0);
  await expectAccessible(page, 'advisories of an empty instance');
  await context.close();
});
