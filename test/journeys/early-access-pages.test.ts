/** Every page of early access and evidence, before whoever it is for, in both widths. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Started } from '../../src/main.ts';
import { desktop, expectAccessible, expectReachable, expectText, launch, phone, settle, shoot } from './browser.ts';
import { addressesOf, openAs, startInstance } from './instance.ts';

let instance: Started;
let browser: Browser;
let addresses: Map<string, string[]>;

beforeAll(async () => {
  instance = await startInstance();
  browser = await launch();
  addresses = await addressesOf(instance);
});
afterAll(() => browser?.close());

/** A page at rest, in both widths: text, one heading, a title, nothing serious by axe, and no scrolling sideways. */
async function look(page: Page, path: string, name: string): Promise<void> {
  await page.goto(instance.url + path);
  await settle(page);
  await expectText(page);
  expect(await page.locator('h1').count(), `headings of ${name}`).toBe(1);
  expect(await page.title(), name).toMatch(/\S · Assay$/);
  for (const [width, viewport] of [
    ['1280', desktop],
    ['390', phone],
  ] as const) {
    await page.setViewportSize(viewport);
    await settle(page);
    await shoot(page, `${width}-${name}`);
    await expectAccessible(page, `${name} at ${width}`);
  }
  await expectReachable(page, name);
  await page.setViewportSize(desktop);
}

const inWindow = /^\/early-access(\/\$id(\/(?!incidents).*)?|\/self-check)?$/;
test.each([
  ['release manager', 'Maren Holt', inWindow],
  ['security lead', 'Ines Okafor', /\/(access|incidents\/.*)$/],
  ['evaluator', 'Pia Lindgren', /^\/evidence|^\/early-access\/\$id(\/(access|file))?$/],
  ['delegate', 'Sol Adeyemi', /\/(decision|partners)$/],
  ['partner', 'Wren Castellan', /^\/(early-access(\/invitations|\/\$id)?|evidence\/desk\/\$id)$/],
  ['person who is not signed in', undefined, /^\/(early-access(\/\$id)?|evidence(\/(desk|desk\/\$id|runs\/\$id))?)$/],
] as const)('the pages of the %s', async (role, person, patterns) => {
  const { page, context, complaints } = await openAs(instance, browser, person, desktop);
  for (const [pattern, [path]] of addresses) {
    if (!patterns.test(pattern) || path === undefined) continue;
    await look(page, path, `${role.replaceAll(' ', '-')}${pattern.replaceAll(/[/$]+/g, '-')}`);
  }
  // A refusal is shown by the page; the browser notes each in its console as well.
  expect(complaints.filter((text) => !/status of 40[134]/.test(text))).toEqual([]);
  await context.close();
});
