/** I1, I3: nothing that a person reads says that somebody vouched for something. Every page, sentence, mail, file and help is read. */
import { readFileSync } from 'node:fs';
import { PassThrough, Readable } from 'node:stream';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as signIn from '../../src/app/directory/sign-in.ts';
import * as incidents from '../../src/app/review/incidents.ts';
import * as windows from '../../src/app/review/windows.ts';
import { run } from '../../src/cli/main.ts';
import type { Started } from '../../src/main.ts';
import { desktop, launch, settle } from './browser.ts';
import { actorOf, addressesOf, openAs, startInstance } from './instance.ts';

const words = /\b(approved|cleared|certified|safe|passed)\b/gi;

let instance: Started;
let browser: Browser;
let submission: string;
let pressesOfAll = 0;

beforeAll(async () => {
  instance = await startInstance();
  browser = await launch();
  const { system } = instance;
  const { rows } = await system.database.pool.query<{ id: string }>(
    "select id from submissions where model_version = '2'",
  );
  submission = rows[0]?.id as string;
  await incidents.raise(system, await actorOf(instance, 'Ines Okafor'), submission, {
    what: 'A key was seen in a log.',
  });
  // An incident pauses the window; what its parties read while it runs is of more kinds.
  const manager = await actorOf(instance, 'Maren Holt');
  const { events } = await windows.load(system, manager, submission);
  await windows.act(system, manager, submission, { act: 'resume' }, events.length);
});
afterAll(() => browser?.close());

/** Each place where a word stands, with what is around it. */
const hits = (text: string, where: string): string[] =>
  [...text.matchAll(words)].map(
    ({ index }) => `${where}: …${text.slice(Math.max(0, index - 60), index + 40).replace(/\s+/g, ' ')}…`,
  );

/** All that the page says, seen or folded away, without what `data-source="outside"` marks as the text of others. */
const textsOf = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const isOwn = (node: Node) =>
      (node instanceof Element ? node : node.parentElement)?.closest('[data-source="outside"], script, style') === null;
    const heading = document.querySelector('h1');
    const said = [heading && isOwn(heading) ? document.title : ''];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) if (isOwn(walker.currentNode)) said.push(walker.currentNode.textContent ?? '');
    for (const element of document.querySelectorAll(
      '[aria-label], [aria-description], [title], [alt], [placeholder]',
    )) {
      if (!isOwn(element)) continue;
      for (const name of ['aria-label', 'aria-description', 'title', 'alt', 'placeholder'])
        said.push(element.getAttribute(name) ?? '');
    }
    return said.join('\n');
  });

describe.concurrent('no page says it, whatever is unfolded, pressed or refused', () => {
  const viewers = [
    undefined,
    'Maren Holt',
    'Ines Okafor',
    'Pia Lindgren',
    'Rhys Calder',
    'Sol Adeyemi',
    'Wren Castellan',
  ];
  // Every text is read before everybody; a button that stands on the pages of several people is pressed before one of them.
  const pressedOn = new Map<string, Set<string>>();
  test.each([...viewers, 'Odette Marsh', 'Ada Brightwater'])('before %s', { timeout: 300_000 }, async (name) => {
    const { page, context } = await openAs(instance, browser, name, desktop);
    const found = new Set<string>();
    let presses = 0;
    // Nothing is written: what writes is refused, and the refusal is read as well.
    await page.route('**/api/**', (route) => {
      const request = route.request();
      if (request.method() === 'GET' || request.url().endsWith('/preview')) return route.continue();
      return route.abort();
    });
    const read = async (where: string) => {
      for (const hit of hits(await textsOf(page), where)) found.add(hit);
    };
    await page.goto(instance.url);
    for (const [pattern, addresses] of await addressesOf(instance)) {
      const pressed = pressedOn.get(pattern) ?? new Set<string>();
      pressedOn.set(pattern, pressed);
      for (const address of addresses.slice(0, 2)) {
        await page.evaluate((to) => window.history.pushState({}, '', to), address);
        await settle(page);
        await read(pattern);
        presses += await pressAll(page, address, pressed, (what) => read(`${pattern}, ${what}`));
      }
    }
    expect([...found].join('\n')).toBe('');
    pressesOfAll += presses;
    await context.close();
  });
});
test('and buttons were pressed', () => expect(pressesOfAll).toBeGreaterThan(300));

/** Unfolds all and presses each button and choice that is not `done`, in the page and in the dialogs that it opens. Gives how many. */
async function pressAll(
  page: Page,
  address: string,
  done: Set<string>,
  read: (what: string) => Promise<void>,
): Promise<number> {
  const before = done.size;
  for (let count = 0; count < 80; count += 1) {
    // Of a dialog first; its Close last. Found and pressed in one go: what is drawn anew meanwhile would be lost.
    const next = await page.evaluate(
      (pressed) => {
        for (const details of document.querySelectorAll('details:not([open])'))
          (details as HTMLDetailsElement).open = true;
        const dialog = document.querySelector('dialog[open]');
        const place = dialog ?? document.querySelector('main');
        const heading = dialog?.querySelector('h2')?.textContent ?? '';
        const kinds = 'button:enabled, .usa-radio__label, .usa-checkbox__label';
        for (const one of place?.querySelectorAll<HTMLElement>(kinds) ?? []) {
          // Rows of a list differ in their names alone.
          const key = `${heading}/${one.textContent?.replace(/\d+/g, '#')}/${one.closest('li, tr') ? 'row' : ''}`;
          if (pressed.includes(key) || !one.checkVisibility() || (dialog && one.textContent === 'Close')) continue;
          one.click();
          return key;
        }
        return dialog ? 'close' : undefined;
      },
      [...done],
    );
    if (next === undefined) break;
    if (next === 'close') {
      await page.keyboard.press('Escape');
      await page.locator('dialog[open]').waitFor({ state: 'detached', timeout: 2_000 });
      continue;
    }
    done.add(next);
    if (new URL(page.url()).pathname !== address.split('?')[0]) {
      await page.evaluate((to) => window.history.pushState({}, '', to), address);
    }
    // What a worker matches is no request that could be waited for.
    await settle(page, address === '/' ? 400 : 40);
    await read(next);
  }
  return done.size - before;
}

test('no sentence of a refusal says it', async () => {
  const answer = await fetch(`${instance.url}/api/problems`);
  const sentences = await answer.text();

  expect(sentences.length).toBeGreaterThan(5_000);
  expect(hits(sentences, 'problems')).toEqual([]);
});

/** An answer without what others wrote into it: a patch list repeats the summaries of its advisories, the coverage board names packages. */
function ownOf(path: string, answer: string): string {
  const ofOthers = path.endsWith('/patch-list') ? 'summary' : path.endsWith('/coverage') ? 'purl' : undefined;
  if (ofOthers === undefined) return answer;
  return JSON.stringify(JSON.parse(answer), (key, value) => (key === ofOthers ? undefined : value));
}

test('neither the OpenAPI document nor any answer or file of the API says it', async () => {
  const document = (await (await fetch(`${instance.url}/api/openapi.json`)).json()) as {
    paths: Record<string, { get?: { parameters?: { name: string; in: string; schema: { enum?: string[] } }[] } }>;
  };
  const found = new Set(hits(JSON.stringify(document), 'openapi.json'));
  const { pool } = instance.system.database;
  const first = async (table: string) =>
    (await pool.query<{ id: string }>(`select id from ${table}`)).rows.map(({ id }) => id);
  const named: Record<string, string[]> = {};
  for (const table of [
    'submissions',
    'runs',
    'inventories',
    'determinations',
    'partners',
    'results',
    'registrations',
    'letters',
    'incidents',
    'organisations',
    'people',
  ])
    named[table] = await first(table);
  named['task-packs'] = await first('task_packs');
  named['desk'] = (await first('desk_items')).slice(0, 2);
  // Texts of others: advisories and packs of them, and what a model and its tools said.
  const ofOthers = /^\/api\/v1\/(advisories|packs)|\/samples|^\/(v1|feeds)\//;
  let files = 0;
  for (const name of [undefined, 'Maren Holt', 'Pia Lindgren', 'Sol Adeyemi', 'Wren Castellan', 'Odette Marsh']) {
    const { context } = await openAs(instance, browser, name, desktop);
    for (const [path, { get }] of Object.entries(document.paths)) {
      if (get === undefined || ofOthers.test(path)) continue;
      const stem = /^\/api\/v1\/([a-z-]+)\/\{/.exec(path)?.[1] ?? '';
      const enums = get.parameters?.find(({ name, in: place }) => place === 'query' && /^(as|format)$/.test(name));
      for (const id of named[stem]?.slice(0, 4) ?? ['']) {
        for (const form of enums?.schema.enum ?? ['']) {
          const address = path.replace(/\{[a-z]+\}/, id) + (form === '' ? '' : `?${enums?.name}=${form}`);
          if (address.includes('{')) continue;
          const answer = await context.request.get(instance.url + address);
          if (answer.ok()) files += 1;
          for (const hit of hits(ownOf(path, await answer.text()), `${path} ${form}`)) found.add(hit);
        }
      }
    }
    await context.close();
  }

  expect([...found].join('\n')).toBe('');
  expect(files).toBeGreaterThan(60);
});

test('no file that a page makes of a patch list says it', async () => {
  const { page, context } = await openAs(instance, browser, 'Odette Marsh', desktop);
  const { rows } = await instance.system.database.pool.query<{ id: string }>('select id from inventories');
  await page.goto(`${instance.url}/inventories/${rows[0]?.id}`);
  await settle(page);
  // Without a mark there is nothing for a VEX document to say.
  await page
    .getByRole('button', { name: /^Planned/ })
    .first()
    .click();
  await page.locator('[aria-pressed=true]', { hasText: 'Planned' }).first().waitFor();
  const found: string[] = [];
  for (const format of ['CSV', 'Calendar', 'VEX']) {
    await page.locator('.menu > summary').click();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.locator('.menu-item', { hasText: format }).first().click(),
    ]);
    const text = readFileSync(await download.path(), 'utf8');
    expect(text.length, format).toBeGreaterThan(300);
    found.push(...hits(text, format));
  }

  expect(found).toEqual([]);
  await context.close();
});

test('no mail says it', async () => {
  const { system } = instance;
  await signIn.requestLink(system, 'maren@tidewater.example');
  // Two days before the end of the sample's window its parties are told.
  const { view } = await windows.load(system, await actorOf(instance, 'Maren Holt'), submission);
  const ends = Date.parse(view.endsAt as string);
  await windows.watch({ ...system, now: () => new Date(ends - 2 * 86_400_000).toISOString() });
  const read = () => readFileSync(system.mail.place, 'utf8');
  // Of the incident, of the window, and the link.
  const subjects = [/Something waits for you/, /window of early access ends soon/, /[Ss]ign in/];
  await expect.poll(() => subjects.filter((subject) => !subject.test(read())), { timeout: 20_000 }).toEqual([]);

  expect(hits(read(), 'mail')).toEqual([]);
});

test('no help of the command line says it', async () => {
  const help = async (command: string[]): Promise<string> => {
    const out = new PassThrough();
    await run([...command, '--help'], { stdin: Readable.from(['']), stdout: out, stderr: out, env: {} });
    return String(out.read());
  };
  const found: string[] = [];
  let commands = 0;
  const walk = async (command: string[]) => {
    const text = await help(command);
    commands += 1;
    found.push(...hits(text, command.join(' ')));
    const below = /\nCommands:\n([\s\S]*)$/.exec(text)?.[1] ?? '';
    for (const [, name] of below.matchAll(/^ {2}([a-z][\w-]*)/gm))
      if (name && name !== 'help') await walk([...command, name]);
  };
  await walk([]);

  expect(commands).toBeGreaterThan(30);
  expect(found).toEqual([]);
});
