import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run } from '../../src/cli/main.ts';
import type { Started } from '../../src/main.ts';
import { desktop, drop, expectAccessible, expectText, launch, openPage, phone, shoot } from './browser.ts';
import { openAs, startInstance } from './instance.ts';

let instance: Started;
let browser: Browser;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-horizon-'));
  instance = await startInstance();
  browser = await launch();
});

afterAll(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

const testdata = join(import.meta.dirname, '../../src/formats/runs/testdata');
const publishedPath = join(testdata, 'runs_human_cybench_adjusted.jsonl.gz');
const published = gunzipSync(readFileSync(publishedPath)).toString();

const picture = (page: Page) => page.locator('.horizon-picture svg').first();
const table = (page: Page) => page.locator('.horizon-table');

/** What `assay horizon` prints for a file, in order. */
async function horizonsOf(file: string, ...options: string[]): Promise<Record<string, unknown>[]> {
  const io = { stdin: Readable.from([]), stdout: new PassThrough(), stderr: new PassThrough(), env: {} };
  const output = text(io.stdout);
  await run(['horizon', file, '--format', 'json', ...options], io);
  io.stdout.end();
  return (await output)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

async function saved(page: Page, button: string): Promise<string> {
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: button }).click();
  return readFileSync(await (await download).path(), 'utf8');
}

const linesOf = (content: string): Record<string, unknown>[] =>
  content
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

/** Engines may differ in the last digits of an exponential. */
function expectSame(actual: Record<string, unknown>[], expected: Record<string, unknown>[]): void {
  const rounded = (rows: Record<string, unknown>[]) =>
    rows.map((row) =>
      Object.fromEntries(
        Object.entries(row).map(([name, value]) => [
          name,
          typeof value === 'number' ? Number(value.toPrecision(9)) : value,
        ]),
      ),
    );
  expect(rounded(actual)).toEqual(rounded(expected));
}

/** Counts what moves without a person's act, and how long the page could not answer. */
async function watch(page: Page): Promise<() => Promise<{ shift: number; blockedMs: number }>> {
  await page.evaluate(() => {
    const seen = { shift: 0, blockedMs: 0 };
    (globalThis as unknown as { seen: typeof seen }).seen = seen;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as (PerformanceEntry & { value: number; hadRecentInput: boolean })[])
        if (!entry.hadRecentInput) seen.shift += entry.value;
    }).observe({ type: 'layout-shift' });
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) seen.blockedMs = Math.max(seen.blockedMs, duration);
    }).observe({ type: 'longtask' });
  });
  return () => page.evaluate(() => (globalThis as unknown as { seen: { shift: number; blockedMs: number } }).seen);
}

describe.each([
  ['1280', desktop],
  ['390', phone],
] as const)('at %s px', (width, viewport) => {
  test('without a file the page explains what a horizon is, with a drawn example', async () => {
    const { page, context, complaints } = await openPage(browser, viewport);

    await page.goto(`${instance.url}/evidence/horizon`, { waitUntil: 'networkidle' });
    await picture(page).waitFor();

    await expectText(page);
    await page.getByText('A drawn example, not a measurement').waitFor();
    expect(complaints).toEqual([]);
    await shoot(page, `${width}-horizon-start`);
    await expectAccessible(page, 'horizon');
    await context.close();
  });

  test('a file is read, fitted and drawn; nothing of it leaves the page; nothing jumps', async () => {
    const { page, context, sent, complaints } = await openPage(browser, viewport);
    await page.goto(`${instance.url}/evidence/horizon`, { waitUntil: 'networkidle' });
    await picture(page).waitFor();
    const seen = await watch(page);
    sent.length = 0;

    const milliseconds = await drop(page, 'runs.jsonl', published, '.horizon-table');

    await picture(page).waitFor();
    await page.waitForLoadState('networkidle');
    const { shift, blockedMs } = await seen();
    console.log(
      `${width} px: 1,941 runs of 8 models, 1,000 draws: ${Math.round(milliseconds ?? 0)} ms; layout shift ${shift.toFixed(3)}; longest task of the page ${Math.round(blockedMs)} ms`,
    );
    const gone = sent.filter(({ url }) => new URL(url).protocol !== 'blob:');
    expect(gone.filter(({ method, bodyBytes }) => method !== 'GET' || bodyBytes > 0)).toEqual([]);
    expect(gone.filter(({ url }) => !new URL(url).pathname.startsWith('/assets/'))).toEqual([]);
    expect(gone.filter(({ url }) => new URL(url).search !== '')).toEqual([]);
    expect(shift).toBeLessThan(0.1);
    expect(blockedMs).toBeLessThan(1000);
    expect(complaints).toEqual([]);
    await page.getByText('The same as a table').first().click();
    await shoot(page, `${width}-horizon-file`);
    await expectAccessible(page, 'horizon of a file');
    await context.close();
  });

  test('runs from logs that are kept here give a curve for each model', async () => {
    const { page, context } = await openAs(instance, browser, 'Pia Lindgren', viewport);
    await page.goto(`${instance.url}/evidence/horizon`, { waitUntil: 'networkidle' });
    await page.getByText('Or from logs kept here').waitFor();
    await shoot(page, `${width}-horizon-kept-choice`);
    await expectAccessible(page, 'choice of logs');

    for (const name of await page.locator('.horizon-kept label').all()) await name.click();
    await page.getByRole('button', { name: /^Fit the/ }).click();
    await table(page).waitFor();
    await picture(page).waitFor();

    const text = await table(page).innerText();
    expect(text).toMatch(/tern-1/);
    expect(text).toMatch(/tern-2/);
    await shoot(page, `${width}-horizon-kept`);
    await expectAccessible(page, 'horizon of kept logs');
    await context.close();
  });
});

test('the numbers of the page are those of the command that it shows, whatever is chosen', async () => {
  const { page, context } = await openPage(browser, desktop);
  await page.goto(`${instance.url}/evidence/horizon`, { waitUntil: 'networkidle' });
  await page.getByRole('button', { name: 'Try published runs' }).click();
  await table(page).waitFor();

  expectSame(linesOf(await saved(page, 'Save as JSON lines')), await horizonsOf(publishedPath));

  await page.getByLabel('Weight of a run').selectOption('equal_task_weight');
  await page.getByLabel('Penalty on the slope').fill('0.1');
  await page.getByLabel('Draws behind the intervals').fill('200');
  await page.getByLabel('Seed of the draws').fill('7');
  await page.getByRole('button', { name: 'Work it out again' }).click();
  // What is shown is of the fit before until the new one is there.
  await expect.poll(async () => linesOf(await saved(page, 'Save as JSON lines'))[0]?.['bootstrap']).toBe(200);
  const command = await page.getByRole('region', { name: 'Command', exact: true }).innerText();
  expect(command.trim()).toBe(
    'assay horizon runs_human_cybench_adjusted.jsonl.gz --weights equal_task_weight --lambda 0.1 --bootstrap 200 --seed 7 --format json',
  );
  expectSame(
    linesOf(await saved(page, 'Save as JSON lines')),
    await horizonsOf(publishedPath, ...command.trim().split(' ').slice(3)),
  );
  const csv = await saved(page, 'Save as CSV');
  expect(csv.split('\r\n').filter(Boolean)).toHaveLength(9);
  await context.close();
});

test('kept logs saved as a file give the command line the same numbers', async () => {
  const { page, context } = await openAs(instance, browser, 'Pia Lindgren', desktop);
  await page.goto(`${instance.url}/evidence/horizon`, { waitUntil: 'networkidle' });
  for (const name of await page.locator('.horizon-kept label').all()) await name.click();
  await page.getByRole('button', { name: /^Fit the/ }).click();
  await table(page).waitFor();
  const file = join(folder, 'kept-runs.jsonl');

  writeFileSync(file, await saved(page, 'Save these runs as kept-runs.jsonl'));

  expectSame(linesOf(await saved(page, 'Save as JSON lines')), await horizonsOf(file));
  await context.close();
});

test('refused lines are listed with number and reason, and a file without runs says what is wanted', async () => {
  const { page, context } = await openPage(browser, desktop);
  await page.goto(`${instance.url}/evidence/horizon`, { waitUntil: 'networkidle' });
  await drop(page, 'some.jsonl', `{\n${published}{"alias":"x","task_id":"y","human_minutes":0}\n`, '.horizon-table');

  const refused = await page.getByRole('region', { name: 'Refused lines' }).innerText();
  expect(refused).toContain('line 1: This is not JSON');
  expect(refused).toContain('line 1943: Give "human_minutes" as a number above 0, not');
  await expectAccessible(page, 'refused lines');

  await page.getByRole('button', { name: 'Other runs' }).click();
  await drop(page, 'none.jsonl', '{"x":1}\n');
  await page.getByText('There are no runs in none.jsonl').waitFor();
  await page.getByText('line 1: Name the model').waitFor();
  await context.close();
});

test('a trend over days of release stands only where the file names them', async () => {
  const releases = new Map(
    readFileSync(join(testdata, 'headline_model_summaries_human_2M.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
      .map(({ agent, release_date }) => [agent, release_date]),
  );
  const dated = published
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .map((one) => JSON.stringify({ ...one, release_date: releases.get(one.alias) }))
    .join('\n');
  const { page, context } = await openPage(browser, desktop);
  await page.goto(`${instance.url}/evidence/horizon`, { waitUntil: 'networkidle' });
  await drop(page, 'runs.jsonl', published, '.horizon-table');
  expect(await page.getByRole('region', { name: 'Trend over days of release' }).count()).toBe(0);

  await page.getByRole('button', { name: 'Other runs' }).click();
  await drop(page, 'dated.jsonl', dated, '.horizon-table');

  const trend = page.getByRole('region', { name: 'Trend over days of release' });
  await trend.locator('svg').waitFor();
  expect(await trend.innerText()).toMatch(/doubles every [\d,]+ days/);
  await shoot(page, '1280-horizon-trend');
  await expectAccessible(page, 'trend');
  await context.close();
});

test('by keyboard alone: models are chosen for the picture, and a faulty choice is named', async () => {
  const { page, context } = await openPage(browser, desktop);
  await page.goto(`${instance.url}/evidence/horizon`, { waitUntil: 'networkidle' });
  await page.getByRole('button', { name: 'Try published runs' }).focus();
  await page.keyboard.press('Enter');
  await table(page).waitFor();
  const shown = () => page.locator('.horizon-table input:checked').count();
  const before = await shown();

  await page.locator('.horizon-table input:checked').first().focus();
  await page.keyboard.press('Space');
  await expect.poll(shown).toBe(before - 1);

  await page.getByLabel('Penalty on the slope').fill('-1');
  await page.keyboard.press('Enter');
  await page.getByText('Give a number from 0 to 1,000,000.').waitFor();
  await expectAccessible(page, 'a faulty choice');
  await context.close();
});
