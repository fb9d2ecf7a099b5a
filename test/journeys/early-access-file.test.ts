/** A small lab's self-check without an account, and a release manager's file: written, handed over, shown, and closed again. */
import { readFileSync } from 'node:fs';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as members from '../../src/app/directory/members.ts';
import * as signIn from '../../src/app/directory/sign-in.ts';
import { system as itself, type Role } from '../../src/domain/directory/actor.ts';
import type { Started } from '../../src/main.ts';
import { desktop, expectAccessible, expectText, launch, openPage, phone, type Sent, shoot } from './browser.ts';
import { startInstance } from './instance.ts';

let instance: Started;
let browser: Browser;
let lab: Side;
let office: Side;

interface Side {
  page: Page;
  context: BrowserContext;
  sent: Sent[];
  complaints: string[];
}

async function newSide(name: string, person: string, roles: Role[]): Promise<Side> {
  const { system } = instance;
  const made = await system.database.transaction(itself, (tx) =>
    members.found(system, tx, itself, { name, isHost: false, isSample: false }, [{ name: person, roles }]),
  );
  const link = await signIn.createLink(system, made.people[0]!.id);
  const opened = await openPage(browser, desktop);
  const value = await signIn.signInByLink(system, link.slice(link.indexOf('token=') + 6));
  await opened.context.addCookies([{ name: 'session', value, url: instance.url }]);
  return opened;
}

beforeAll(async () => {
  instance = await startInstance();
  browser = await launch();
  lab = await newSide('Estuary Models (sample)', 'Robin Vale', ['release_manager']);
  office = await newSide('Bureau of Known Quantities (sample)', 'Dana Quill', ['administrator', 'evaluator']);
});

afterAll(() => browser?.close());

const visit = (page: Page, path: string) => page.goto(instance.url + path, { waitUntil: 'networkidle' });

/** Looks at a page in both widths. */
async function look(page: Page, name: string): Promise<void> {
  await expectText(page);
  for (const [width, viewport] of [
    ['1280', desktop],
    ['390', phone],
  ] as const) {
    await page.setViewportSize(viewport);
    await shoot(page, `${width}-${name}`);
    await expectAccessible(page, `${name} at ${width}`);
  }
  await page.setViewportSize(desktop);
}

test('a small lab finds out by itself what a file would take: ten questions, no account, and nothing leaves the browser', async () => {
  const { page, context, sent } = await openPage(browser, desktop);
  await visit(page, '/early-access');
  await page.getByText('Nothing here is needed to release a model.').waitFor();
  await look(page, 'early-access-anonymous');
  await page.getByRole('link', { name: 'Start the self-check' }).click();
  await page.getByRole('heading', { name: 'Self-check', level: 1 }).waitFor();
  await page.waitForLoadState('networkidle');
  const before = sent.length;

  await page.getByLabel('Yes, we train it ourselves').check();
  await page.getByLabel('Yes, openly').check();
  await page.getByLabel('To ask whether the model is a covered frontier model').check();
  await page.getByLabel('Yes, but without digests').check();
  await page.getByLabel('Yes, but only scores are left').check();
  await page.getByLabel('An OpenAI-compatible endpoint').check();
  await page.getByText('Make a digest of the weights now').waitFor();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Save as text' }).click(),
  ]);
  const summary = readFileSync(await download.path(), 'utf8');

  expect(sent.slice(before).filter(({ url }) => !url.startsWith('blob:'))).toEqual([]);
  expect(sent.every(({ method, bodyBytes }) => method === 'GET' && bodyBytes === 0)).toBe(true);
  expect(summary).toContain('nothing was sent');
  expect(summary).toContain('Whether your model is a covered frontier model. The authority decides that');
  const text = await page.locator('main').innerText();
  expect(text).not.toMatch(/\byour score\b|\d+ ?%|\b(is|not|likely) covered\b/i);
  await page.reload({ waitUntil: 'networkidle' });
  expect(await page.getByLabel('Yes, openly').isChecked()).toBe(true);
  await look(page, 'self-check');
  await context.close();
});

test('a release manager opens a file with the answers of the self-check, and nobody else knows of it', async () => {
  const { page } = lab;
  await visit(page, '/early-access/self-check');
  await page.getByLabel('To let them look before release').check();
  await page.getByLabel('An API of our own').check();
  await page.getByLabel('Name of the model').fill('Plover');
  await page.getByLabel('Version', { exact: true }).fill('3');
  await page.getByRole('button', { name: 'Open the file' }).click();

  await page.waitForURL(/\/early-access\/submission_\w+\/file$/);
  await page.getByRole('button', { name: /Question Given/ }).waitFor();
  await page.getByRole('button', { name: /Access offer Given/ }).waitFor();
  await page.getByText('nothing here is required').waitFor();
  await visit(office.page, new URL(page.url()).pathname);
  await office.page.getByRole('heading', { name: 'There is no such file' }).waitFor();
  await visit(office.page, '/early-access');
  expect(await office.page.getByText('Plover').count()).toBe(0);
});

test('what is typed into a part survives a reload, is saved by keyboard as a version, and closes its gap', async () => {
  const { page } = lab;
  await page.getByRole('button', { name: /Terms/ }).first().click();
  await page.getByLabel('Given', { exact: true }).check();
  await page.getByLabel('Permitted use').fill('Evaluation under this agreement, and nothing else.');
  await page.reload({ waitUntil: 'networkidle' });

  expect(await page.getByLabel('Permitted use').inputValue()).toContain('nothing else');
  await page.getByText('Not saved', { exact: true }).waitFor();
  await look(page, 'file-editing');
  await page.getByLabel('Permitted use').press('Control+s');
  await page.getByRole('button', { name: /Terms Given/ }).waitFor();
  await page.getByText('As in version 2.').waitFor();
  expect(await page.getByText('Not saved', { exact: true }).count()).toBe(0);
});

test('what somebody else saved in the same part meanwhile is shown beside what was typed, and nothing is lost', async () => {
  const { page, context } = lab;
  const id = new URL(page.url()).pathname.split('/')[2];
  await page.getByLabel('Permitted use').fill('Evaluation under this agreement, and nothing else at all.');
  const parts = { 10: { state: 'given', content: { use: 'Evaluation only.' } } };
  const other = await context.request.post(`${instance.url}/api/v1/submissions/${id}/versions`, {
    data: { basedOn: 2, parts },
    headers: { origin: instance.url },
  });
  expect(other.status()).toBe(201);

  await page.getByRole('button', { name: 'Save part 10' }).click();

  await page.getByText('Somebody else changed this part meanwhile').waitFor();
  await page.getByText('Evaluation only.').waitFor();
  expect(await page.getByLabel('Permitted use').inputValue()).toContain('nothing else at all');
  await look(page, 'file-conflict');
  await page.getByRole('button', { name: 'Save mine over it' }).click();
  await page.getByText('As in version 4.').waitFor();
});

test('a part is withheld with a reason, and refused without one before anything is sent', async () => {
  const { page } = lab;
  await page.getByRole('button', { name: /^8 Security/ }).click();
  await page.getByLabel('Withheld', { exact: true }).check();
  expect(await page.getByRole('button', { name: 'Save part 8' }).isDisabled()).toBe(true);
  await page.getByText('Give a reason; other parties read it in place of the part.').waitFor();

  await page.getByLabel('Reason').fill('We show it on site.');
  await page.getByRole('button', { name: 'Save part 8' }).click();

  await page.getByRole('button', { name: /Security Withheld/ }).waitFor();
});

test('a list of partners is written row by row', async () => {
  const { page } = lab;
  await page.getByRole('button', { name: /^15 Partner proposals/ }).click();
  await page.getByLabel('Given', { exact: true }).check();
  await page.getByRole('button', { name: 'Add a row' }).click();
  await page.getByLabel('Organisation', { exact: true }).fill('Harrow Rural Hospital Network (sample)');
  await page.getByLabel('Sector', { exact: true }).fill('health');
  await look(page, 'file-rows');

  await page.getByRole('button', { name: 'Save part 15' }).click();

  await page.getByRole('button', { name: /Partner proposals Given/ }).waitFor();
});

test('sealed dates are kept apart, and a version is handed over after a preview', async () => {
  const { page } = lab;
  await page.getByLabel('Release to other trusted partners').fill('2031-07-19');
  await page.getByRole('button', { name: 'Keep the dates' }).click();
  await page.getByRole('button', { name: 'Hand over version 6…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('Withheld, with your reason in its place: 8 Security.').waitFor();
  await dialog.getByText('Nobody else may know of this file yet.').waitFor();
  await look(page, 'file-hand-over');

  await dialog.getByRole('button', { name: 'Hand it over' }).click();

  await page.getByText('Handed over').first().waitFor();
});

test('the list and the overview say where the file stands, with whom, and what comes next', async () => {
  const { page } = lab;
  await page.getByRole('link', { name: 'Overview', exact: true }).click();
  await page.getByText('Whoever you let in reads it.').waitFor();
  await look(page, 'file-overview');

  await visit(page, '/early-access');

  await page.getByText('Window: planned').waitFor();
  await look(page, 'early-access-files');
  await page.getByRole('link', { name: 'Plover 3' }).click();
});

test('an authority that shows its name is let in after a preview of what it will learn', async () => {
  const { page } = lab;
  await page.getByRole('link', { name: 'Who may know', exact: true }).click();
  await page.getByRole('heading', { name: 'Who may know', level: 1 }).waitFor();
  await visit(office.page, '/settings');
  await office.page.getByText('Show the name “Bureau of Known Quantities (sample)” to everybody').click();
  await office.page.waitForLoadState('networkidle');
  expect(await office.page.getByRole('checkbox', { name: /Show the name “Bureau/ }).isChecked()).toBe(true);
  await look(office.page, 'settings-name-shown');
  await page.reload({ waitUntil: 'networkidle' });

  await page.getByLabel('Organisation', { exact: true }).selectOption('Bureau of Known Quantities (sample)');
  await page.getByText('Intended dates, until you show them.').waitFor();
  await look(page, 'audience-preview');
  await page.getByRole('button', { name: 'Let Bureau of Known Quantities (sample) know' }).click();

  await page.getByText('does not read the intended dates').waitFor();
  await look(page, 'audience');
});

test('the authority reads what was handed over, with the reason of what is withheld, and never the dates', async () => {
  const { page, sent } = office;
  await visit(page, '/early-access');
  await page.getByRole('link', { name: 'Plover 3' }).click();
  await page.getByRole('link', { name: 'File', exact: true }).click();

  await page.getByText('We show it on site.').waitFor();
  await page.getByText('Evaluation under this agreement, and nothing else at all.').waitFor();
  await page.getByText('The developer has not answered these parts: 2 Description, 4').waitFor();
  expect(await page.content()).not.toContain('2031');
  expect(await page.content()).not.toContain('19 Jul');
  await look(page, 'file-reading');
  await page.getByRole('link', { name: 'Versions', exact: true }).click();
  await page.getByText('Handed over, interim').waitFor();
  expect(sent.some(({ method }) => method === 'PUT')).toBe(false);
});

test('versions and what changed are told in plain words', async () => {
  const { page } = lab;
  await page.getByRole('link', { name: 'Versions', exact: true }).click();

  await page.getByLabel('From').selectOption('1');

  await page.getByText('now withheld: We show it on site.').waitFor();
  await look(page, 'file-versions');
});

test('I9: the developer ends the reading at once; for the authority the file does not exist any more', async () => {
  const { page } = lab;
  await page.getByRole('link', { name: 'Who may know', exact: true }).click();
  await page.getByRole('button', { name: /^End reading….*by Bureau of Known Quantities/ }).click();
  await page.getByRole('button', { name: 'End it now' }).click();
  await page.getByText('Could read it once').waitFor();

  await office.page.reload({ waitUntil: 'networkidle' });

  await office.page.getByRole('heading', { name: 'There is no such file' }).waitFor();
  await visit(office.page, '/early-access');
  expect(await office.page.getByText('Plover').count()).toBe(0);
  expect(lab.complaints.filter((text) => /Content Security Policy|Trusted/i.test(text))).toEqual([]);
});
