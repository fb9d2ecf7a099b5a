import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as runImport from '../../src/app/evidence/run-import.ts';
import type { Started } from '../../src/main.ts';
import { header, jsonLog, sample } from '../eval-logs.ts';
import { desktop, expectAccessible, launch, phone, settle, shoot } from './browser.ts';
import { actorOf, openAs, startInstance } from './instance.ts';

const reader = 'Pia Lindgren';

let instance: Started;
let browser: Browser;
let address: string;

/** A log with three scores a sample; each text says, item by item, which were solved. */
function logOf(model: string, scores: Record<string, string>): Buffer {
  const samples = Array.from({ length: 24 }, (_, at) =>
    sample(`item-${at}`, 1, 0, {
      uuid: `${model}-${at}`,
      scores: Object.fromEntries(Object.entries(scores).map(([name, solved]) => [name, { value: Number(solved[at]) }])),
    }),
  );
  const head = header({ samples: 24 });
  return jsonLog({ ...head, eval: { ...head.eval, model } }, samples);
}

const first = (solved: number) => '1'.repeat(solved).padEnd(24, '0');

beforeAll(async () => {
  instance = await startInstance();
  browser = await launch();
  const actor = await actorOf(instance, reader);
  const imported = async (model: string, scores: Record<string, string>) => {
    const bytes = (async function* () {
      yield logOf(model, scores);
    })();
    return (await runImport.receive(instance.system, actor, { fileName: `${model}.json`, bytes })).run.id;
  };
  const a = await imported('tidewater/gull-1', { match: first(12), tidy: first(8), quick: first(6) });
  const b = await imported('tidewater/gull-2', { match: first(17), tidy: first(9), quick: first(6) });
  address = `${instance.url}/evidence/compare?a=${a}&b=${b}&scorer=match`;
});

afterAll(() => browser?.close());

describe.each([
  ['1280', desktop],
  ['390', phone],
] as const)('at %s px', (width, viewport) => {
  test('b14: the margin is the reader’s, and the page says within it or not shown to be, never a judgement', async () => {
    const { page, context } = await openAs(instance, browser, reader, viewport);
    await page.goto(address, { waitUntil: 'networkidle' });
    await settle(page);
    const similar = page.getByRole('region', { name: 'Is the new one like one already seen?' });

    // Of 24 items B solves 17 and A 12: +0.208 with a standard error of 0.085.
    await similar.getByText('Not shown to be within the margin').waitFor();
    expect(await similar.innerText()).toContain('B minus A is +0.208; the upper end of its interval is +0.374');
    await shoot(page, `${width}-compare-similar`);
    await expectAccessible(page, 'comparison');

    await similar.getByLabel('Margin, in the units of the score').fill('0.5');
    await similar.getByText('Within the margin', { exact: true }).waitFor();
    await similar.getByLabel('Margin, in the units of the score').fill('0.05');
    await similar.getByText('A: tidewater/gull-1').click();
    await similar.getByText('Within the margin', { exact: true }).waitFor();
    await similar.getByLabel('Margin, in the units of the score').fill('wide');
    await similar.getByText('Give a number between 0 and 1.').waitFor();
    await context.close();
  });
});

test('b13: where two runs share several scores, p values stand beside those adjusted by Holm', async () => {
  const { page, context } = await openAs(instance, browser, reader, desktop);
  await page.goto(address, { waitUntil: 'networkidle' });
  const together = page.getByRole('region', { name: 'All scores together' });
  await together.getByRole('row').nth(3).waitFor();
  const cells = async (name: string) =>
    (await together.getByRole('row').filter({ hasText: name }).getByRole('cell').allInnerTexts()).slice(-2).map(Number);

  const [match, matchAdjusted] = await cells('match');
  const [tidy, tidyAdjusted] = await cells('tidy');

  // Three of them: the smallest counts three times, the next twice; two that never differ have a p of 1.
  expect(matchAdjusted).toBeCloseTo(3 * match!, 2);
  expect(tidyAdjusted).toBeCloseTo(2 * tidy!, 2);
  expect(await cells('quick')).toEqual([1, 1]);
  await context.close();
});

test('the name of a method leads to its row in the table of methods', async () => {
  const { page, context, complaints } = await openAs(instance, browser, reader, desktop);
  await page.goto(address, { waitUntil: 'networkidle' });

  await page.getByRole('link', { name: 'method b14' }).click();

  await page.getByRole('heading', { name: 'Statistical methods', level: 1 }).waitFor();
  const row = page.locator('#b14');
  expect(await row.innerText()).toContain('EU Code of Practice');
  expect(page.url()).toMatch(/\/evidence\/methods#b14$/);
  expect(complaints).toEqual([]);
  await shoot(page, '1280-methods');
  await expectAccessible(page, 'methods');
  await page.setViewportSize(phone);
  await shoot(page, '390-methods');
  await expectAccessible(page, 'methods on a phone');
  await context.close();
});
