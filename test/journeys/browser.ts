import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { type Browser, type BrowserContext, chromium, type Page, type Request } from 'playwright-core';
import { expect } from 'vitest';
import { findBrowser } from '../../scripts/browser.mjs';

export const desktop = { width: 1280, height: 900 };
export const phone = { width: 390, height: 844 };

/** Starts an installed Chromium (`CHROME_PATH` names another one), or the one that npm brought. */
export async function launch(): Promise<Browser> {
  const executablePath = await findBrowser();
  if (executablePath === undefined) throw new Error('No Chromium was found: set CHROME_PATH to one.');
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'] });
}

/** Without fonts Chromium draws no text and contrast checks see nothing, so this comes before everything else. */
export async function expectText(page: Page): Promise<void> {
  const width = await page.evaluate(() => {
    const probe = document.createElement('span');
    probe.textContent = 'Text';
    document.body.append(probe);
    const { width } = probe.getBoundingClientRect();
    probe.remove();
    return width;
  });
  expect(width, 'text has no width: the browser has no fonts').toBeGreaterThan(0);
}

/** What a page has asked for and not yet been answered. */
const asked = new WeakMap<Page, Map<Request, number>>();

/**
 * Waits until the page has drawn what it asked for: no request is under way, and nothing says that it opens or loads. Quicker than
 * Playwright's `networkidle`, which waits half a second after the last answer.
 */
export async function settle(page: Page, quietMs = 120): Promise<void> {
  const waitMs = 4_000;
  const end = performance.now() + 15_000;
  let since = performance.now();
  while (performance.now() - since < quietMs) {
    const isDrawn = await page.evaluate(() => {
      const main = document.querySelector('main');
      const isBusy = /\b(Opening|Loading|Reading)\b[^.]{0,60}…/.test(main?.textContent ?? '');
      return document.readyState === 'complete' && main !== null && main.querySelector('h1') !== null && !isBusy;
    });
    // Of what a worker asks before it is stopped no end is told.
    const isWaiting = [...(asked.get(page)?.values() ?? [])].some((from) => performance.now() - from < waitMs);
    if (!isDrawn || isWaiting) since = performance.now();
    if (performance.now() > end) throw new Error(`${page.url()} did not come to rest`);
    await page.waitForTimeout(20);
  }
}

/** What left the page: every request with its method, address and body size. */
export interface Sent {
  method: string;
  url: string;
  bodyBytes: number;
}

/** A page that keeps account of what it sends and of what its console complains about. */
export async function openPage(
  browser: Browser,
  viewport: { width: number; height: number },
): Promise<{ page: Page; context: BrowserContext; sent: Sent[]; complaints: string[] }> {
  const context = await browser.newContext({
    viewport,
    deviceScaleFactor: 1,
    reducedMotion: 'reduce',
    acceptDownloads: true,
  });
  const page = await context.newPage();
  const sent: Sent[] = [];
  const complaints: string[] = [];
  const open = new Map<Request, number>();
  asked.set(page, open);
  page.on('request', (request) => open.set(request, performance.now()));
  page.on('requestfinished', (request) => open.delete(request));
  page.on('requestfailed', (request) => open.delete(request));
  // On the context: requests of workers are seen as well.
  context.on('request', (request) => {
    sent.push({ method: request.method(), url: request.url(), bodyBytes: request.postDataBuffer()?.length ?? 0 });
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  return { page, context, sent, complaints };
}

const shots = join(import.meta.dirname, '../../build/screenshots');

/** Keeps a picture of the whole page under build/screenshots, for people to look at. */
export async function shoot(page: Page, name: string): Promise<void> {
  await mkdir(shots, { recursive: true });
  await page.screenshot({ path: join(shots, `${name}.png`), fullPage: true });
}

/** Nothing serious or critical by axe-core, at WCAG 2.2 AA; and nothing wider than the window. */
export async function expectAccessible(page: Page, name: string): Promise<void> {
  // No page of ours has frames: without its own blank page to join them in, axe takes half the time.
  const { violations } = await new AxeBuilder({ page })
    .setLegacyMode(true)
    .options({ resultTypes: ['violations'] })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
    .analyze();
  const grave = violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(' | ')}`);
  expect(grave, name).toEqual([]);
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(overflow, `${name} scrolls sideways`).toBeLessThanOrEqual(0);
}

/** Whatever can be pressed or filled in is come to with the Tab key, and shows that it has been. */
export async function expectReachable(page: Page, name: string): Promise<void> {
  const presses = await page.evaluate(() => {
    (document.activeElement as HTMLElement | null)?.blur();
    document.addEventListener('focusin', ({ target }) => {
      const element = target as HTMLElement;
      const { outlineStyle, boxShadow } = getComputedStyle(element);
      // A radio button or a box is drawn by its label.
      const label = element.matches('input') ? element.nextElementSibling : null;
      const drawn = label === null ? '' : getComputedStyle(label, '::before').outlineStyle;
      const isShown = outlineStyle !== 'none' || boxShadow !== 'none' || (drawn !== '' && drawn !== 'none');
      element.dataset['reached'] = isShown ? 'shown' : 'not shown';
    });
    return document.querySelectorAll('a, button, input, select, textarea, summary, [tabindex="0"]').length + 5;
  });
  for (let press = 0; press < presses; press += 1) await page.keyboard.press('Tab');
  const missed = await page.evaluate(() => {
    const all = document.querySelectorAll<HTMLElement>(
      'a[href], button:enabled, input:enabled, select:enabled, textarea:enabled, summary, [tabindex="0"]',
    );
    return (
      [...all]
        .filter((one) => one.tabIndex >= 0 && one.checkVisibility({ visibilityProperty: true }))
        // Of a group of radio buttons the arrow keys reach the others.
        .filter((one) => !one.matches('input[type="radio"]:not(:checked)'))
        .filter((one) => one.dataset['reached'] !== 'shown')
        .map((one) => `${one.outerHTML.slice(0, 120)} (${one.dataset['reached'] ?? 'not reached'})`)
    );
  });
  expect(missed, `${name}: not reached by the Tab key, or without a mark of it`).toEqual([]);
}

/**
 * Drops a file as a person would, through the events of the drop zone. Gives the milliseconds, measured in the page, from
 * the drop until something fits `until`; `undefined` without waiting.
 */
export async function drop(page: Page, name: string, text: string, until?: string): Promise<number | undefined> {
  const transfer = await page.evaluateHandle(
    ([fileName, content]) => {
      const data = new DataTransfer();
      data.items.add(new File([content as string], fileName as string));
      return data;
    },
    [name, text],
  );
  return page.evaluate(
    ([dataTransfer, selector]) => {
      const zone = document.querySelector('.drop') as Element;
      const began = performance.now();
      for (const kind of ['dragover', 'drop']) {
        const event = new DragEvent(kind, {
          bubbles: true,
          cancelable: true,
          dataTransfer: dataTransfer as DataTransfer,
        });
        zone.dispatchEvent(event);
      }
      if (selector === undefined) return undefined;
      return new Promise<number>((resolve) => {
        const observer = new MutationObserver(() => {
          if (!document.querySelector(selector as string)) return;
          observer.disconnect();
          // After the next paint: what counts is that a person sees it.
          requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - began)));
        });
        observer.observe(document.body, { childList: true, subtree: true });
      });
    },
    [transfer, until] as const,
  );
}
