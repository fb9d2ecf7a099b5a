/** A rule is registered, a result computed by it, a letter written on that, signed by two people, released, and read by the lab. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from '../../src/cli/main.ts';
import { questions } from '../../src/domain/evidence/elicitation.ts';
import type { Started } from '../../src/main.ts';
import { desktop, expectAccessible, expectText, launch, type openPage, phone, shoot } from './browser.ts';
import { openAs, startInstance } from './instance.ts';

let instance: Started;
let browser: Browser;

beforeAll(async () => {
  instance = await startInstance();
  browser = await launch();
});
afterAll(() => browser?.close());

type Opened = Awaited<ReturnType<typeof openPage>>;

/** The same page in both widths, looked at and held to WCAG. */
async function look({ page }: Opened, name: string): Promise<void> {
  for (const [viewport, width] of [
    [phone, '390'],
    [desktop, '1280'],
  ] as const) {
    await page.setViewportSize(viewport);
    // Charts are drawn anew for the width.
    await page.waitForTimeout(400);
    await shoot(page, `${width}-${name}`);
    await expectAccessible(page, `${name} at ${width}`);
  }
}

const goTo = (page: Page, path: string) => page.goto(`${instance.url}${path}`, { waitUntil: 'networkidle' });

async function assay(...args: string[]): Promise<{ code: number; out: string }> {
  const out = new PassThrough();
  const chunks: Buffer[] = [];
  out.on('data', (chunk: Buffer) => chunks.push(chunk));
  const code = await run(args, { stdin: Readable.from(['']), stdout: out, stderr: out, env: {} });
  return { code, out: Buffer.concat(chunks).toString() };
}

let letterPath: string;

test('the evaluator registers a rule, then computes what the runs say beside it', async () => {
  const pia = await openAs(instance, browser, 'Pia Lindgren', desktop);
  const { page } = pia;
  page.setDefaultTimeout(15_000);
  await goTo(page, '/evidence');
  await expectText(page);
  await page.getByRole('navigation', { name: 'Evidence' }).getByRole('link', { name: 'Rules' }).click();
  await page.getByRole('heading', { name: 'Rules', exact: true }).waitFor();
  const form = page.getByRole('region', { name: 'Register a rule' });
  await form.getByRole('button', { name: 'Register the rule' }).click();
  await form.getByText('Some fields want another look').waitFor();
  await form.getByLabel('What is asked').fill('Does the model do more than a quarter of the harbour tasks?');
  await form.getByLabel('Threshold, in per cent').fill('25');
  await form.getByLabel('Task', { exact: true }).fill('harbour');
  await form.getByLabel('Scorer').fill('flag');
  await form.getByLabel('Items', { exact: true }).fill('40');
  await form.getByLabel('Items are grouped by').fill('family');
  await form.getByLabel('Attempts at each item').fill('3');
  await form.getByText('What else is fixed').click();
  await form.getByLabel('Fewest groups of items').fill('6');
  await form.getByText('How many items would I need?').click();
  await form.getByLabel('Suppose the true rate is').fill('40');
  await form.getByRole('button', { name: 'Work it out' }).click();
  await form.getByText(/\d+ independent items/).waitFor();
  await look(pia, 'rules');
  await form.getByRole('button', { name: 'Register the rule' }).click();

  await page.getByRole('heading', { level: 1, name: 'Does the model do more than a quarter' }).waitFor();
  await look(pia, 'rule');
  await page.getByRole('link', { name: 'Compute a result' }).click();
  await page.getByText('Came before the rule').first().waitFor();
  await page.locator('label', { hasText: 'tern-1' }).click();
  for (const { label } of Object.values(questions)) {
    if (label !== 'Fine-tuning') await page.getByLabel(label, { exact: true }).fill(`Said of ${label} (sample).`);
  }
  await page.getByLabel('Fine-tuning: how it stands').selectOption('withheld');
  await page.getByLabel('Fine-tuning', { exact: true }).fill('The lab asked us not to say (sample).');
  // What was typed is still there after a reload.
  await page.reload({ waitUntil: 'networkidle' });
  expect(await page.getByLabel('Scaffold', { exact: true }).inputValue()).toBe('Said of Scaffold (sample).');
  await page.locator('label', { hasText: 'tern-1' }).click();
  await look(pia, 'result-new');
  await page.getByRole('button', { name: 'Compute the result' }).click();

  await page.getByRole('heading', { name: /^(The rule is|Undecided: )/ }).waitFor();
  await page.getByText('came here before the rule was registered').waitFor();
  await page.getByText('What it was computed from').click();
  await look(pia, 'result');

  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Save everything as JSON' }).click();
  const exported = readFileSync(await (await download).path(), 'utf8');
  const folder = mkdtempSync(join(tmpdir(), 'assay-result-'));
  try {
    const file = join(folder, 'result.json');
    writeFileSync(file, exported);
    const same = await assay('evidence', 'result', file);
    expect(same.out).toContain('the same');
    expect(same.code).toBe(0);
    writeFileSync(file, exported.replace('"score":1', '"score":0'));
    expect((await assay('evidence', 'result', file)).code).toBe(1);
  } finally {
    rmSync(folder, { recursive: true });
  }
  await look(pia, 'results-before-letter');
  expect(pia.complaints).toEqual([]);

  await page.getByRole('button', { name: 'Write a letter' }).click();
  await page.getByRole('heading', { level: 1, name: 'Findings on' }).waitFor();
  letterPath = new URL(page.url()).pathname;
  await pia.context.close();
});

test('two people sign the letter, a copy is released, and the lab reads it without what is withheld', async () => {
  const pia = await openAs(instance, browser, 'Pia Lindgren', desktop);
  const { page } = pia;
  await goTo(page, letterPath);
  await page
    .getByLabel('What the finding means')
    .fill('The model did most of the short tasks and few of the long ones.');
  await page.locator('label', { hasText: 'Attempts drawn by lot' }).click();
  // What is typed is not in the letter yet: nobody signs without it, and a grey Save says what is missing.
  await page.getByText('You have unsaved words: save or discard them first.').waitFor();
  expect(await page.getByRole('button', { name: 'Sign the letter as it stands' }).isDisabled()).toBe(true);
  await page.getByText('Give the reason for withholding “Attempts drawn by lot”').waitFor();
  expect(await page.getByRole('button', { name: 'Save the letter' }).isDisabled()).toBe(true);
  await page.getByLabel('Why “Attempts drawn by lot” is withheld').fill('The tasks are used again.');
  await page.getByRole('button', { name: 'Save the letter' }).click();
  await page.getByText('Withheld from the copy: The tasks are used again.').waitFor();
  await page.getByRole('button', { name: 'Sign the letter as it stands' }).click();
  await page.getByText('The second signature is another person’s.').waitFor();
  await page.getByText('A copy can be released once two people have signed.').waitFor();
  await look(pia, 'letter');

  const rhys = await openAs(instance, browser, 'Rhys Calder', desktop);
  await goTo(rhys.page, letterPath);
  await rhys.page.getByRole('button', { name: 'Sign the letter as it stands' }).click();
  await rhys.page.getByText('Two people signed it as it stands.').waitFor();
  await rhys.page.getByLabel('Release the copy to the parties of').selectOption({ label: 'Tern 1' });
  await rhys.page.getByRole('button', { name: 'See who would learn of it' }).click();
  const dialog = rhys.page.getByRole('dialog', { name: 'Release the copy' });
  await dialog.getByText('Tidewater Models (sample)').waitFor();
  await shoot(rhys.page, '1280-letter-release');
  await dialog.getByRole('button', { name: 'Release the copy to them' }).click();
  await dialog.waitFor({ state: 'detached' });
  await rhys.page.getByText('A copy is with others.').waitFor();

  const maren = await openAs(instance, browser, 'Maren Holt', desktop);
  await goTo(maren.page, '/evidence/results');
  await maren.page.getByRole('link', { name: 'Findings on tidewater/tern-1' }).click();
  await maren.page.getByText('Withheld: The tasks are used again.').waitFor();
  await maren.page.getByText('The model did most of the short tasks').waitFor();
  await maren.page.getByText('It neither permits nor stops a release.').waitFor();
  expect(await maren.page.getByRole('button', { name: /Sign|Save the letter/ }).count()).toBe(0);
  await look(maren, 'letter-copy');
  for (const { context, complaints } of [pia, rhys, maren]) {
    expect(complaints).toEqual([]);
    await context.close();
  }
});
