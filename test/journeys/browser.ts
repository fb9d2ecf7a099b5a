import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
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
  const { violations } = await new AxeBuilder({ page })
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
