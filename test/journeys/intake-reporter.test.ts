/** W4, the reporter's side: one finding without an account, a campaign with its refused rows, questions and answers. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as agents from '../../src/app/directory/agents.ts';
import * as findings from '../../src/app/intake/findings.ts';
import * as queue from '../../src/app/intake/queue.ts';
import * as screen from '../../src/app/intake/screen.ts';
import { run } from '../../src/cli/main.ts';
import type { Started } from '../../src/main.ts';
import { desktop, expectAccessible, expectReachable, launch, phone, settle, shoot } from './browser.ts';
import { actorOf, openAs, startInstance } from './instance.ts';

let instance: Started;
let browser: Browser;

beforeAll(async () => {
  instance = await startInstance();
  browser = await launch();
});
afterAll(() => browser?.close());

test('an anonymous reporter hands in a finding, keeps the link, follows it and withdraws it', async () => {
  const { page, context, complaints } = await openAs(instance, browser, undefined, desktop);
  await page.goto(`${instance.url}/intake`);
  await settle(page);
  await page.getByRole('main').getByRole('link', { name: 'Hand in a finding' }).first().click();
  await settle(page);
  await page.getByRole('button', { name: 'Hand in', exact: true }).click();
  await expect.poll(() => page.locator('.usa-error-message').textContent()).toMatch(/one line/);
  await page.getByLabel('In one line').fill('A crafted header makes the parser write past its buffer');
  await page.getByLabel('Component', { exact: true }).fill('pkg:npm/quillpress@2.4.0');
  await page.getByLabel('Weakness').fill('787');
  await page
    .getByLabel('What is wrong, and why')
    .fill('<img src=x onerror=alert(1)> The length of the header is trusted.');
  await page.getByLabel('Steps, input or code').fill('printf "\\xff" | quillpress');
  await page.setViewportSize(phone);
  await settle(page);
  await shoot(page, '390-report-form');
  await expectAccessible(page, 'report form at 390');
  await page.setViewportSize(desktop);
  await shoot(page, '1280-report-form');
  // What was typed survives a reload of the tab.
  await page.reload();
  await settle(page);
  expect(await page.getByLabel('In one line').inputValue()).toMatch(/crafted header/);
  await page.getByRole('button', { name: 'Hand in', exact: true }).click();
  await page.getByRole('heading', { name: 'Received' }).waitFor();
  await shoot(page, '1280-report-receipt');
  await expectAccessible(page, 'receipt');
  const link = (await page.locator('.secret').textContent()) as string;
  expect(link).toMatch(/\/intake\/follow#.{20,}/);

  const later = await openAs(instance, browser, undefined, desktop);
  const told: string[] = [];
  later.context.on('request', (request) => told.push(request.url()));
  await later.page.goto(link);
  await settle(later.page);
  await later.page.getByText('crafted header').waitFor();
  // The secret is behind the #: no address that a server sees holds it.
  expect(told.filter((url) => new URL(url).pathname.includes(link.split('#')[1] as string))).toEqual([]);
  await shoot(later.page, '1280-report-follow');
  await expectAccessible(later.page, 'follow');
  await later.page.getByRole('button', { name: 'Withdraw it' }).click();
  await later.page.getByRole('dialog').getByRole('button', { name: 'Withdraw', exact: true }).click();
  await later.page.getByText('Nobody works on it any more').waitFor();
  await later.context.close();
  expect(complaints).toEqual([]);
  await context.close();
});

test('a campaign: what is in the file is shown before it is sent, good rows are taken, each refused one says why', async () => {
  const { page, context, complaints, sent } = await openAs(instance, browser, 'Ines Okafor', desktop);
  await page.goto(`${instance.url}/intake/batches`);
  await settle(page);
  const rows = Array.from({ length: 300 }, (_, index) =>
    index % 50 === 49
      ? JSON.stringify({ title: '', component: {} })
      : JSON.stringify({
          key: `campaign-${index}`,
          title: `Parser ${index} reads past the end of chunk ${index * 7}`,
          component: { purl: `pkg:npm/quillpress-${index}@1.0.${index}` },
          weaknesses: ['CWE-125'],
          provenance: { tool: 'tidewater-hunter', model: 'tide-3' },
        }),
  );
  const before = sent.length;
  await page.setInputFiles('input[type=file]', {
    name: 'campaign.ndjson',
    mimeType: 'application/x-ndjson',
    buffer: Buffer.from(rows.join('\n')),
  });
  await page.getByText('294 findings can be read here, 6 rows cannot').waitFor();
  expect(sent.slice(before).filter(({ method }) => method === 'POST')).toEqual([]);
  await shoot(page, '1280-batch-preview');
  await expectAccessible(page, 'what is in the file');
  await page.getByRole('button', { name: 'Send 294 findings' }).click();
  await page.getByRole('heading', { name: '6 rows refused' }).waitFor({ timeout: 60_000 });
  await page.getByText('Read to its end').waitFor({ timeout: 60_000 });
  await expect
    .poll(() => page.getByRole('main').textContent(), { timeout: 60_000 })
    .toMatch(/294 taken, 6 rows refused/);
  await settle(page);
  await shoot(page, '1280-batch');
  await page.setViewportSize(phone);
  await settle(page);
  await shoot(page, '390-batch');
  await expectAccessible(page, 'a batch at 390');
  await page.setViewportSize(desktop);
  await page.getByRole('link', { name: 'Open its findings' }).click();
  await settle(page);
  await shoot(page, '1280-own-findings');
  await expectAccessible(page, 'own findings');
  await expectReachable(page, 'own findings');
  await page
    .getByRole('link', { name: /Parser 2\d\d reads/ })
    .first()
    .click();
  await page.getByRole('heading', { name: 'Receipt' }).waitFor();
  await settle(page);
  await shoot(page, '1280-own-finding');
  await page.setViewportSize(phone);
  await settle(page);
  await shoot(page, '390-own-finding');
  await expectAccessible(page, 'own finding at 390');
  expect(complaints).toEqual([]);
  await context.close();
});

test('a batch that the command line sent bears the name of its file, and no format that nobody read', async () => {
  const { system, url } = instance;
  const ines = await actorOf(instance, 'Ines Okafor');
  const { token } = await agents.add(system, ines, {
    name: 'campaign',
    scopes: ['findings:write'],
    expiresAt: new Date(Date.now() + 86_400_000).toISOString(),
  });
  const folder = mkdtempSync(join(tmpdir(), 'assay-campaign-'));
  const file = join(folder, 'camp.jsonl');
  writeFileSync(file, JSON.stringify({ title: 'A short read', component: { purl: 'pkg:npm/quillpress@2.4.0' } }));
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const io = { stdin: Readable.from([]), stdout, stderr, env: { ASSAY_URL: url, ASSAY_TOKEN: token } };
  expect(await run(['finding', 'submit', file], io), stderr.read()?.toString()).toBe(0);
  rmSync(folder, { recursive: true });

  const { page, context, complaints } = await openAs(instance, browser, 'Ines Okafor', desktop);
  await page.goto(`${url}/intake/batches`);
  await settle(page);
  const entry = page.getByRole('list', { name: 'Batches' }).getByRole('listitem').first();
  await entry.getByRole('link', { name: 'camp.jsonl', exact: true }).waitFor();
  expect(await entry.innerText()).not.toContain('auto');
  for (const [width, viewport] of [
    ['1280', desktop],
    ['390', phone],
  ] as const) {
    await page.setViewportSize(viewport);
    await page.goto(`${url}/intake/batches`);
    await settle(page);
    await shoot(page, `${width}-batches`);
    await expectAccessible(page, `batches at ${width}`);
    await entry.getByRole('link', { name: 'camp.jsonl' }).click();
    await page.getByRole('heading', { name: 'camp.jsonl', exact: true }).waitFor();
    await settle(page);
    expect(await page.getByRole('main').innerText()).not.toContain('auto');
    await shoot(page, `${width}-batch-of-command`);
    await expectAccessible(page, `a batch at ${width}`);
  }
  expect(complaints).toEqual([]);
  await context.close();
});

test('a question stands before the one who reported, and the answer reaches the coordinators', async () => {
  const { system } = instance;
  const ines = await actorOf(instance, 'Ines Okafor');
  const { id } = await findings.submit(system, ines, {
    report: { title: 'A cookie is compared byte by byte', component: { purl: 'pkg:npm/gatewright@0.9.1' } },
  });
  const corin = await actorOf(instance, 'Corin Vale');
  await screen.run(system);
  await queue.ask(system, corin, id, 'Which of the two comparisons do you mean?');

  const { page, context } = await openAs(instance, browser, 'Ines Okafor', desktop);
  await page.goto(`${instance.url}/intake?asked=true`);
  await settle(page);
  await page.getByRole('link', { name: 'A cookie is compared byte by byte' }).click();
  await page.getByText('Which of the two comparisons').waitFor();
  await page.getByLabel('Your answer').fill('The one in session.ts.');
  await page.getByRole('button', { name: 'Send the answer' }).click();
  await page.getByText('The one in session.ts.').waitFor();
  await settle(page);
  await shoot(page, '1280-own-finding-asked');
  await expectAccessible(page, 'a finding with a question');
  await context.close();
  const { messages } = await findings.load(system, ines, id);
  expect(messages.map(({ kind }) => kind)).toEqual(['question', 'answer']);
});
