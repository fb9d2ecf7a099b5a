import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as members from '../../src/app/directory/members.ts';
import * as signIn from '../../src/app/directory/sign-in.ts';
import * as submissions from '../../src/app/review/submissions.ts';
import { type Actor, system as itself } from '../../src/domain/directory/actor.ts';
import type { Started } from '../../src/main.ts';
import { desktop, expectAccessible, expectText, launch, openPage, phone, shoot } from './browser.ts';
import { startInstance } from './instance.ts';

const logs = join(import.meta.dirname, '../../src/formats/inspect/testdata');

let instance: Started;
let browser: Browser;
let evaluator: Actor;
let cookie: string;

beforeAll(async () => {
  instance = await startInstance();
  browser = await launch();
  const { system } = instance;
  const found = async (name: string, roles: Actor['roles']) => {
    const made = await system.database.transaction(itself, (tx) =>
      members.found(system, tx, itself, { name, isHost: false, isSample: false }, [{ name: 'Wren Holt', roles }]),
    );
    const person = made.people[0] as (typeof made.people)[number];
    return { kind: 'person', id: person.id, organisation: person.organisation, roles } as Actor;
  };
  evaluator = await found('Tidewater Models (sample)', ['evaluator', 'release_manager']);
  const authority = await found('Office of Measured Capability (sample)', ['evaluator']);
  await system.database.owner.updateTable('organisations').set({ is_shared: true }).execute();
  const { submission } = await submissions.open(system, evaluator, { name: 'Tern', version: '3', digest: null });
  await submissions.admit(system, evaluator, submission.id, authority.organisation as string);
  const link = await signIn.createLink(system, evaluator.id as 'person_x');
  cookie = await signIn.signInByLink(system, link.slice(link.indexOf('token=') + 6));
});

afterAll(() => browser?.close());

async function open(viewport: { width: number; height: number }) {
  const opened = await openPage(browser, viewport);
  await opened.context.addCookies([{ name: 'session', value: cookie, url: instance.url }]);
  return opened;
}

/** Sends a log over the API, as the page does. Gives the id of its run. */
async function send(name: string, bytes: Uint8Array): Promise<string> {
  const answer = await fetch(`${instance.url}/api/v1/runs?fileName=${encodeURIComponent(name)}`, {
    method: 'POST',
    headers: { cookie: `session=${cookie}`, 'content-type': 'application/octet-stream' },
    body: Buffer.from(bytes),
  });
  const run = (await answer.json()) as { id: string };
  expect(answer.ok, JSON.stringify(run)).toBe(true);
  return run.id;
}

const steps = (count: number) =>
  Array.from({ length: count }, (_, at) => {
    const timestamp = new Date(Date.UTC(2026, 1, 1, 10, 0, at)).toISOString();
    if (at % 20 === 0)
      return { event: 'span_begin', id: `s${at}`, parent_id: null, name: `turn ${at / 20}`, timestamp };
    const span_id = `s${at - (at % 20)}`;
    if (at % 20 === 19) return { event: 'span_end', id: span_id, timestamp };
    if (at % 4 === 1) {
      const message = { role: 'assistant', content: `I will look at the lock again, step ${at}.` };
      const input = [{ role: 'user', content: 'Open the lock. <b>Do not</b> force it.' }];
      const usage = { input_tokens: 120, output_tokens: 40, total_tokens: 160 };
      return { event: 'model', model: 'tern', span_id, timestamp, input, output: { choices: [{ message }], usage } };
    }
    const result = at % 100 === 2 ? 'a very long line '.repeat(600) : `tried pin ${at}\n`;
    return {
      event: 'tool',
      id: `c${at}`,
      function: 'bash',
      arguments: { cmd: `pick ${at}` },
      result,
      span_id,
      timestamp,
    };
  });

/** Two models on the same thirty items; the second solves fewer. */
const pairLog = (model: string, solves: (item: number) => boolean) =>
  Buffer.from(
    JSON.stringify({
      version: 2,
      status: 'success',
      eval: {
        task: 'locks',
        task_version: 1,
        created: '2026-02-01T10:00:00+00:00',
        model,
        dataset: { name: 'locks', samples: 30 },
        config: { epochs: 1 },
        scorers: [{ name: 'match' }],
      },
      results: {
        total_samples: 30,
        completed_samples: 30,
        scores: [{ name: 'match', scorer: 'match', metrics: { accuracy: { name: 'accuracy', value: 0.9 } } }],
      },
      stats: { started_at: '2026-02-01T10:00:00+00:00', completed_at: '2026-02-01T11:00:00+00:00' },
      samples: Array.from({ length: 30 }, (_, at) => ({
        id: `lock-${at + 1}`,
        epoch: 1,
        input: `Open lock ${at + 1}.`,
        target: 'open',
        metadata: { family: `maker ${at % 6}` },
        scores: { match: { value: solves(at) ? 'C' : 'I', answer: 'open' } },
        ...(at === 4 && { error_retries: [{ message: 'sandbox lost' }] }),
        ...(at === 7 && { model_fallbacks: ['tern-small'] }),
        events: steps(60),
      })),
    }),
  );

test('a log is dropped on the page, read, and opened with what to know before its numbers', async () => {
  const { page, context, complaints } = await open(desktop);
  await page.goto(`${instance.url}/evidence`, { waitUntil: 'networkidle' });
  await page.getByRole('heading', { name: 'No logs yet' }).waitFor();
  await shoot(page, '1280-evidence-empty');
  await expectAccessible(page, 'evidence without logs');

  await page
    .getByLabel('Evaluation logs')
    .setInputFiles({ name: 'popularity.eval', mimeType: '', buffer: readFileSync(join(logs, 'popularity.eval')) });

  await page.getByRole('heading', { name: 'Know before you read the numbers' }).waitFor();
  await page.getByText('80.0%').first().waitFor();
  expect(await page.getByRole('table').getByRole('link').count()).toBeGreaterThan(5);
  await shoot(page, '1280-evidence-run-real');
  await expectAccessible(page, 'a run of a real log');

  // The same bytes again open nothing without a word.
  await page.goto(`${instance.url}/evidence`, { waitUntil: 'networkidle' });
  await page
    .getByLabel('Evaluation logs')
    .setInputFiles({ name: 'again.eval', mimeType: '', buffer: readFileSync(join(logs, 'popularity.eval')) });
  await page.getByText('This log was here already, since').waitFor();
  await page.getByRole('link', { name: 'Open the log that is here' }).click();
  await page.getByRole('heading', { name: 'Know before you read the numbers' }).waitFor();
  expect(complaints).toEqual([]);
  await context.close();
});

test('a file that is no log is refused on the page with the reason', async () => {
  const { page, context } = await open(desktop);
  await page.goto(`${instance.url}/evidence`, { waitUntil: 'networkidle' });

  const whole = readFileSync(join(logs, 'popularity.eval'));
  await page
    .getByLabel('Evaluation logs')
    .setInputFiles({ name: 'cut.eval', mimeType: '', buffer: whole.subarray(0, whole.length - 500) });

  await page.getByRole('alert').getByText('cut.eval was not taken').waitFor();
  expect(await page.getByRole('alert').innerText()).toMatch(/cut off|copy it again/i);
  await shoot(page, '1280-evidence-refused');
  await context.close();
});

describe.each([
  ['1280', desktop],
  ['390', phone],
] as const)('at %s px', (width, viewport) => {
  let a: string;
  let b: string;

  beforeAll(async () => {
    a = await send(
      'tern.json',
      pairLog('tidewater/tern', (at) => at % 10 !== 3),
    );
    b = await send(
      'gull.json',
      pairLog('tidewater/gull', (at) => at % 3 !== 0),
    );
  });

  test('list, run, transcript and comparison have text, a heading, and nothing serious by axe', async () => {
    const { page, context, complaints } = await open(viewport);
    const look = async (name: string) => {
      await expectText(page);
      expect(await page.locator('h1').count(), name).toBe(1);
      await shoot(page, `${width}-${name}`);
      await expectAccessible(page, name);
    };
    await page.goto(`${instance.url}/evidence`, { waitUntil: 'networkidle' });
    await page.getByRole('heading', { name: 'Logs' }).waitFor();
    await look('evidence');

    await page.goto(`${instance.url}/evidence/runs/${a}`, { waitUntil: 'networkidle' });
    await page.getByText(/Retried after an error, so/).waitFor();
    await page.getByText(/Another model answered in place of/).waitFor();
    await page.getByLabel('Items that resemble one another').selectOption('family');
    await page.getByText(/C = 6/).first().waitFor();
    await page.locator('.chart svg').first().waitFor();
    await look('evidence-run');

    await page.goto(`${instance.url}/evidence/runs/${a}/samples/1#event-41`, { waitUntil: 'networkidle' });
    await page.getByRole('heading', { name: 'Event 41: the model answers' }).waitFor();
    await look('evidence-transcript');

    await page.goto(`${instance.url}/evidence/compare?a=${a}&b=${b}&open=1`, { waitUntil: 'networkidle' });
    await page.getByRole('heading', { name: 'Difference, A minus B' }).waitFor();
    await page.locator('.beside .event-list').nth(1).waitFor();
    await page.locator('.chart svg').first().waitFor();
    await look('evidence-compare');
    expect(complaints).toEqual([]);
    await context.close();
  });
});

test('the transcript is read by keyboard: down, next tool, fold, search; the address names the event', async () => {
  const run = await send(
    'keys.json',
    pairLog('tidewater/keys', () => true),
  );
  const { page, context } = await open(desktop);
  await page.goto(`${instance.url}/evidence/runs/${run}/samples/2`, { waitUntil: 'networkidle' });
  const list = page.getByRole('listbox');
  await list.focus();

  await page.keyboard.press('ArrowDown');
  await page.getByRole('heading', { name: 'Event 1: the model answers' }).waitFor();
  expect(await page.locator('.message').getByText('Open the lock. <b>Do not</b> force it.').count()).toBe(1);
  await page.keyboard.press('t');
  await page.getByRole('heading', { name: 'Event 2: a tool is used' }).waitFor();
  await page
    .getByRole('button', { name: /^Show all/ })
    .first()
    .click();
  await page
    .getByRole('button', { name: /^Show less/ })
    .first()
    .waitFor();
  await list.focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowDown');
  await page.getByRole('heading', { name: 'Event 20: part begins' }).waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('pick 46');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Event 46: a tool is used' }).waitFor();
  await page.waitForURL(/#event-46$/);
  await shoot(page, '1280-evidence-keys');
  await page.reload({ waitUntil: 'networkidle' });
  await page.getByRole('heading', { name: 'Event 46: a tool is used' }).waitFor();
  await context.close();
});

test('who would learn of a log is shown before it is shared; sharing is taken back by one press', async () => {
  const run = await send(
    'share.json',
    pairLog('tidewater/share', () => true),
  );
  const { page, context } = await open(desktop);
  await page.goto(`${instance.url}/evidence/runs/${run}`, { waitUntil: 'networkidle' });

  await page.getByLabel('Share with the parties of').selectOption({ label: 'Tern 3' });
  await page.getByRole('button', { name: 'See who would learn of it' }).click();
  await page.getByRole('dialog').getByText('Office of Measured Capability (sample)').waitFor();
  await shoot(page, '1280-evidence-share');
  await expectAccessible(page, 'who would learn of a log');
  await page.getByRole('button', { name: 'Share it' }).click();
  await page.getByText('Audience: 2 organisations').waitFor();
  await page.getByRole('button', { name: 'Take back' }).click();
  await page.getByText('Audience: Tidewater Models (sample)').waitFor();
  await context.close();
});

test('a transcript of 300,000 events is on the screen within a second, and its end as well', {
  timeout: 300_000,
}, async () => {
  const run = await send(
    'one.json',
    pairLog('tidewater/long', () => true),
  );
  // Written straight into the table: what is measured is the reading of it.
  await instance.system.database.pool.query(
    `insert into run_events (run, sample, index, kind, depth, text, payload)
     select number, 30, i, case when i % 3 = 0 then 'model' else 'tool' end, 0, 'step ' || i, json_build_object('event', 'tool', 'result', repeat('x', 600))
     from runs, generate_series(60, 299999) i where id = $1`,
    [run],
  );
  await instance.system.database.pool.query(
    `update run_samples set events = 300000, kinds = '{"tool": 200000, "model": 100000}'
     from runs where runs.number = run and runs.id = $1 and run_samples.number = 30`,
    [run],
  );
  const { page, context } = await open(desktop);
  await page.goto(`${instance.url}/evidence/runs/${run}`, { waitUntil: 'networkidle' });
  const timed = async (act: () => Promise<unknown>, shown: string) => {
    const began = performance.now();
    await act();
    await page.locator('.event-text', { hasText: shown }).first().waitFor();
    return Math.round(performance.now() - began);
  };

  const first = await timed(() => page.goto(`${instance.url}/evidence/runs/${run}/samples/30`), 'turn 0');
  await page.getByRole('listbox').focus();
  const last = await timed(() => page.keyboard.press('End'), 'step 299999');
  await page.keyboard.press('Home');
  const jump = await timed(async () => {
    await page.keyboard.press('/');
    await page.keyboard.type('step 77777');
    await page.keyboard.press('Enter');
  }, 'step 77777');
  await shoot(page, '1280-evidence-300000');
  process.stderr.write(`300,000 events: first paint ${first} ms, end ${last} ms, search ${jump} ms\n`);

  expect(await page.getByRole('option').count()).toBeLessThan(120);
  expect(first).toBeLessThan(process.env.CI ? 5_000 : 3_000);
  expect(last).toBeLessThan(process.env.CI ? 5_000 : 2_000);
  await context.close();
});
