import { readFileSync } from 'node:fs';
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

test('an administrator proposes an organisation, adds a person who comes in by the link shown, and removes them', async () => {
  const administrator = instance.links.find(({ who }) => /administrator/i.test(who));
  const admin = await openPage(browser, desktop);
  const { page } = admin;
  await page.goto(String(administrator?.url).replace(/^https?:\/\/[^/]+/, instance.url), { waitUntil: 'networkidle' });
  await page.getByRole('button', { name: 'Finish signing in' }).click();
  await page.waitForURL(`${instance.url}/`);
  await page.goto(`${instance.url}/settings`, { waitUntil: 'networkidle' });
  await page.getByLabel('Name of the new passkey').waitFor();

  await page.getByText('Change your name or address').click();
  await page.getByLabel('Your name').fill('Ada Example');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByRole('rowheader', { name: 'Ada Example' }).waitFor();

  await page.getByText('Admit an organisation').click();
  await page.getByLabel('Name of the organisation').fill('Cedar Works');
  await page.getByLabel('Name of its first administrator').fill('C. Example');
  await page.getByLabel('Address of its first administrator').fill('c@cedar.example');
  await page.getByRole('button', { name: 'Admit' }).click();
  await page.getByText('Cedar Works waits for a second person').waitFor();

  await page.getByText('Add a person to your organisation').click();
  const people = page.getByRole('region', { name: 'People and organisations' });
  await people.getByLabel('Name', { exact: true }).fill('New Example');
  await people.getByLabel('Address', { exact: true }).fill('new@example.org');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByText('Hand this link to New Example').waitFor();
  const url = await page.getByLabel('Sign-in link').innerText();
  await shoot(page, '1280-settings-administrator');
  await expectAccessible(page, 'settings of an administrator');

  const newcomer = await openPage(browser, desktop);
  await newcomer.page.goto(url.trim().replace(/^https?:\/\/[^/]+/, instance.url), { waitUntil: 'networkidle' });
  await newcomer.page.getByRole('button', { name: 'Finish signing in' }).click();
  await newcomer.page.waitForURL(`${instance.url}/`);

  await page.getByRole('button', { name: 'Change New Example' }).click();
  await page.getByRole('button', { name: 'Make their first sign-in link' }).click();
  await page.getByText('They have signed in before').waitFor();
  await page.getByText('Auditor: checks the record').click();
  await expectAccessible(page, 'changing a person');
  await page.getByRole('button', { name: 'Save the roles' }).click();
  await page.getByRole('cell', { name: 'Operator, Auditor' }).waitFor();
  await page.getByRole('button', { name: 'Change New Example' }).click();
  await page.getByRole('button', { name: 'Remove from the organisation' }).click();
  await page.getByRole('button', { name: 'Remove New Example' }).click();
  await page.getByRole('rowheader', { name: 'New Example' }).waitFor({ state: 'detached' });
  await newcomer.context.close();
  await admin.context.close();
});

test('where no mail is sent, the sign-in page says so to everybody alike', async () => {
  const { page, context } = await openPage(browser, desktop);
  await page.goto(`${instance.url}/sign-in`, { waitUntil: 'networkidle' });

  await page.getByText('This instance sends no mail; ask whoever runs it for a link').waitFor();
  await page.getByLabel('Your address').fill('nobody@nowhere.example');
  await page.getByRole('button', { name: 'Make a link' }).click();

  await page.getByText('If it knows nobody@nowhere.example').waitFor();
  await context.close();
});

test('the PDF is short enough to take along; the CSV says in words what to do', async () => {
  const { page, context } = await openPage(browser, desktop);
  await page.goto(instance.url, { waitUntil: 'networkidle' });
  await page.getByRole('button', { name: 'Try the sample hospital' }).click();
  await page.getByRole('region', { name: 'Upgrades in order of work' }).waitFor();
  const fileOf = async (format: string) => {
    await page.locator('.menu > summary').click();
    const download = page.waitForEvent('download');
    await page.locator('.menu-item', { hasText: format }).click();
    return readFileSync(await (await download).path());
  };

  const pdf = (await fileOf('PDF')).toString('latin1');
  const csv = (await fileOf('CSV')).toString('utf8');

  expect(pdf.startsWith('%PDF-')).toBe(true);
  const pages = pdf.match(/\/Type \/Page\b(?!s)/g) ?? [];
  expect(pages.length).toBeGreaterThan(1);
  expect(pages.length).toBeLessThan(18);
  expect(csv).toMatch(/^\uFEFFaction,due,decision,kev,epss,cvss,why,/);
  expect(csv).toMatch(/\r\nUpgrade \S+ \S+ to \S+,\d{4}-/);
  await context.close();
});

test('the log names what an entry is about, and shows what one read oneself only when asked', async () => {
  const { page, context } = await openPage(browser, desktop);
  await page.goto(`${instance.url}/record`, { waitUntil: 'networkidle' });
  const entry = (index: number, type: string, did: string, name: string) => ({
    index,
    type,
    did,
    object: 'inventory_1',
    at: '2026-03-01T09:30:00.000Z',
    body: JSON.stringify({ by: 'person_1', name }),
    nonce: '',
  });
  const items = [entry(1, 'act', 'inventory_kept', 'Ward 3'), entry(2, 'access', 'inventory_read', 'Ward 4')];
  await page.route('**/api/v1/session', (route) =>
    route.fulfill({ json: { person: { id: 'person_1', name: 'A' }, roles: [], hasSample: false, sendsMail: false } }),
  );
  await page.route('**/api/v1/log/entries?*', (route) => route.fulfill({ json: { items } }));
  await page.reload({ waitUntil: 'networkidle' });

  await page.getByText('inventory kept Ward 3').waitFor();
  expect(await page.getByText('inventory read').count()).toBe(0);
  await page.getByRole('button', { name: 'Show reads' }).click();
  await page.getByText('inventory read Ward 4').waitFor();
  await context.close();
});
