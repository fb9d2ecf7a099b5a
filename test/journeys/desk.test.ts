/** The reviewer's desk: two people read one attempt, neither knowing what the other notes; a third settles; two sign. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as members from '../../src/app/directory/members.ts';
import type { Started } from '../../src/main.ts';
import { desktop, expectAccessible, launch, phone, settle, shoot } from './browser.ts';
import { actorOf, openAs, startInstance } from './instance.ts';

let instance: Started;
let browser: Browser;
let run: string;

beforeAll(async () => {
  instance = await startInstance();
  browser = await launch();
  const { rows } = await instance.system.database.pool.query<{ id: string }>(
    "select id from runs where file_name = 'harbour-tern-1.eval'",
  );
  run = rows[0]?.id as string;
  await members.add(instance.system, await actorOf(instance, 'Sol Adeyemi'), {
    name: 'Thea Ruddock',
    email: 'thea@measured.example',
    roles: ['evaluator'],
  });
});
afterAll(() => browser?.close());

/** A reader's page, with the body of every answer that it was given. */
async function readerOf(name: string, viewport = desktop) {
  const opened = await openAs(instance, browser, name, viewport);
  opened.page.setDefaultTimeout(15_000);
  const bodies: string[] = [];
  opened.page.on('response', async (response) => {
    if (response.url().includes('/api/')) bodies.push(await response.text().catch(() => ''));
  });
  const visit = async (path: string) => {
    await opened.page.goto(instance.url + path);
    await settle(opened.page);
  };
  const knows = async (words: string) =>
    bodies.some((body) => body.includes(words)) || (await opened.page.locator('body').innerText()).includes(words);
  return { ...opened, visit, knows };
}

/** On the desk: to the first attempt with j, into one's hands with t, open with Enter. */
async function take(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^Take it/ }).waitFor();
  await page.keyboard.press('j');
  expect(await page.evaluate(() => document.activeElement?.closest('.entry-name') !== null)).toBe(true);
  await page.keyboard.press('t');
  await page.getByRole('button', { name: /^Take it/ }).waitFor({ state: 'detached' });
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'What you observed' }).waitFor();
}

async function observe(page: Page, cheated: string, isScoreRight: 'Yes' | 'No', note: string): Promise<void> {
  const choose = (question: RegExp, answer: string) =>
    page
      .getByRole('group', { name: question })
      .locator('label', { hasText: new RegExp(`^${answer}`) })
      .click();
  await choose(/^Was the task cheated/, cheated);
  await choose(/^Is the score what/, isScoreRight);
  await choose(/^Did the model reach/, 'No');
  await page.getByLabel('Note (optional)').fill(note);
}

test('two read blind, by keyboard and on a phone; a third settles; the places lead into the transcript; two sign', async () => {
  const pia = await readerOf('Pia Lindgren');
  const rhys = await readerOf('Rhys Calder');
  const thea = await readerOf('Thea Ruddock', phone);

  await pia.visit(`/evidence/runs/${run}`);
  await pia.page.getByText('Put attempts on the desk').click();
  await pia.page.getByLabel('How many, drawn by lot').fill('1');
  await pia.page.getByLabel('Why these are to be read').fill('One by lot');
  await pia.page.getByRole('button', { name: 'Put them on the desk' }).click();
  await pia.page.getByText('1 attempt put on the desk.').waitFor();

  // The first reader notes a place that the key t leads to.
  await pia.visit(`/evidence/desk?run=${run}`);
  await take(pia.page);
  await pia.page.getByRole('listbox').focus();
  await pia.page.keyboard.press('t');
  const shown = pia.page.getByRole('heading', { name: /^Event \d+: a tool is used$/ });
  await shown.waitFor();
  const event = Number(/\d+/.exec(await shown.innerText())?.[0]);
  await pia.page.waitForURL(new RegExp(`#event-${event}$`));
  await pia.page.getByLabel('Some words of it (optional)').fill('the note of a keeper');
  await pia.page.getByRole('button', { name: 'Add the open event' }).click();
  await observe(pia.page, 'Answer was found', 'No', 'It lay in a note beside the task.');
  await shoot(pia.page, '1280-desk-noting');
  await expectAccessible(pia.page, 'noting');
  await pia.page.getByRole('button', { name: 'Hand in', exact: true }).click();
  await pia.page.getByText('This attempt wants a second reader').waitFor();
  const item = new URL(pia.page.url()).pathname;

  // The second reader, who is given nothing of it: on no page, and in no answer.
  await rhys.visit(`/evidence/desk?run=${run}`);
  await take(rhys.page);
  await rhys.page.getByText('Pia Lindgren').first().waitFor();
  for (const secret of ['It lay in a note', 'the note of a keeper', 'contamination'])
    expect(await rhys.knows(secret), secret).toBe(false);
  // Nor is a third: whoever would settle it reads neither note before both stand.
  await thea.visit(item);
  expect(await thea.knows('It lay in a note')).toBe(false);
  await observe(rhys.page, 'No', 'Yes', 'The steps lead to the answer.');
  await pia.visit(item);
  expect(await pia.knows('The steps lead')).toBe(false);
  await rhys.page.getByRole('button', { name: 'Hand in', exact: true }).click();
  await rhys.page.getByText('The readers differ.').waitFor();
  expect(await rhys.knows('It lay in a note')).toBe(true);
  await pia.visit(item);
  await pia.page.getByText('The steps lead to the answer.').waitFor();
  expect(await pia.page.getByRole('heading', { name: 'Settle it' }).count()).toBe(0);
  await shoot(pia.page, '1280-desk-differing');

  // The third, on a phone: the transcript is read by touch, and the page never moves sideways.
  await thea.visit(item);
  await thea.page.getByRole('option', { name: /model/ }).first().click();
  await thea.page.getByRole('heading', { name: /^Event \d+: the model answers$/ }).waitFor();
  await thea.page.getByRole('button', { name: /^Next tool/ }).click();
  await thea.page.getByRole('heading', { name: /^Event \d+: a tool is used$/ }).waitFor();
  const list = await thea.page.getByRole('listbox').boundingBox();
  expect(list?.height, 'some rows are in sight').toBeGreaterThan(150);
  expect(list?.height, 'there is room to scroll the page beside it').toBeLessThan(phone.height * 0.75);
  await shoot(thea.page, '390-desk-settle');
  await expectAccessible(thea.page, 'settling on a phone');
  await observe(thea.page, 'Answer was found', 'No', 'The file was opened before the first try.');
  await thea.page.getByRole('button', { name: 'Settle it', exact: true }).click();
  await thea.page.getByText('A third person settled it.').waitFor();

  // What the first reader pointed at opens in the transcript.
  await thea.page.getByRole('link', { name: `Event ${event}`, exact: true }).click();
  await thea.page.getByRole('heading', { name: `Event ${event}: a tool is used` }).waitFor();
  await shoot(thea.page, '390-desk-anchor');
  await expectAccessible(thea.page, 'the place of a note, on a phone');

  for (const { visit, page } of [pia, rhys]) {
    await visit(`/evidence/runs/${run}`);
    await page.getByRole('button', { name: 'Sign for these outcomes' }).click();
    await page.getByRole('button', { name: 'Sign for these outcomes' }).waitFor({ state: 'detached' });
  }
  await rhys.page.getByText(/^Signed by Pia Lindgren .* and Rhys Calder/).waitFor();
  await rhys.page.getByText('Found to be cheated:').waitFor();
  await shoot(rhys.page, '1280-desk-signed');
  for (const { complaints, context } of [pia, rhys, thea]) {
    expect(complaints).toEqual([]);
    await context.close();
  }
});
