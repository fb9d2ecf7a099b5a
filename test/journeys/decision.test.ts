/** A lab, an authority and a partner, each in its own browser: a request and its outcome, and the way of a partner. */
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as members from '../../src/app/directory/members.ts';
import * as signIn from '../../src/app/directory/sign-in.ts';
import * as submissions from '../../src/app/review/submissions.ts';
import { type Actor, system as itself, type OrganisationId, type Role } from '../../src/domain/directory/actor.ts';
import type { Started } from '../../src/main.ts';
import { desktop, expectAccessible, expectText, launch, openPage, phone, shoot } from './browser.ts';
import { startInstance } from './instance.ts';

let instance: Started;
let browser: Browser;
const sides = {} as Record<'lab' | 'office' | 'hospital', { page: Page; context: BrowserContext; actor: Actor }>;
let file: string;

async function newSide(name: string, person: string, roles: Role[]) {
  const { system } = instance;
  const made = await system.database.transaction(itself, async (tx) => {
    const all = await members.found(system, tx, itself, { name, isHost: false, isSample: false }, [
      { name: person, roles },
    ]);
    await tx.updateTable('organisations').set({ is_shared: true }).where('id', '=', all.organisation.id).execute();
    return all;
  });
  const { id, organisation } = made.people[0]!;
  const link = await signIn.createLink(system, id);
  const opened = await openPage(browser, desktop);
  const value = await signIn.signInByLink(system, link.slice(link.indexOf('token=') + 6));
  await opened.context.addCookies([{ name: 'session', value, url: instance.url }]);
  return { ...opened, actor: { kind: 'person', id, organisation, roles } as Actor };
}

beforeAll(async () => {
  instance = await startInstance();
  browser = await launch();
  sides.lab = await newSide('Tidewater Models (sample)', 'Robin Vale', ['release_manager']);
  sides.office = await newSide('Office of Measured Capability (sample)', 'Dana Quill', ['delegate']);
  sides.hospital = await newSide('Harrow Rural Hospital Network (sample)', 'Sam Hollis', ['administrator']);
  const model = { name: 'Tern', version: '2', digest: `sha256:${'ab'.repeat(32)}` };
  const { submission } = await submissions.open(instance.system, sides.lab.actor, model);
  file = submission.id;
  await submissions.admit(instance.system, sides.lab.actor, file, sides.office.actor.organisation as OrganisationId);
});

afterAll(() => browser?.close());

const visit = (page: Page, path: string) => page.goto(instance.url + path, { waitUntil: 'networkidle' });

/** Looks at a page in both widths. */
async function look(page: Page, name: string): Promise<void> {
  await expectText(page);
  for (const [width, viewport] of [
    ['1280', desktop],
    ['390', phone],
  ] as const) {
    await page.setViewportSize(viewport);
    await shoot(page, `${width}-${name}`);
    await expectAccessible(page, `${name} at ${width}`);
  }
  await page.setViewportSize(desktop);
}

test('W1: the developer asks, the delegate sees what the developer will read and records it, the developer reads just that', async () => {
  const { page: lab } = sides.lab;
  const { page: office } = sides.office;
  await visit(lab, `/early-access/${file}/decision`);
  await lab.getByText('Nothing is on record').waitFor();
  await look(lab, 'decision-empty');

  await lab.getByRole('button', { name: 'Prepare a request' }).click();
  await lab.getByText('Who will learn of it').waitFor();
  await visit(office, `/early-access/${file}/decision`);
  await office.getByText('Nothing is on record').waitFor();
  await lab.getByRole('button', { name: 'Send to Office' }).click();
  await lab.getByText('The authority has it').waitFor();
  await look(lab, 'decision-sent');

  await visit(office, `/early-access/${file}/decision`);
  await office.getByRole('button', { name: 'Say that it was received' }).click();
  await office.getByRole('button', { name: 'Record the outcome' }).click();
  const form = office.getByRole('dialog');
  await form.getByLabel('Covered', { exact: true }).check();
  await form.getByLabel('Sentence for the developer').fill('(S//NF) The range fell.');
  await form.getByText('looks like a classification or control marking').waitFor();
  await form.getByLabel('Sentence for the developer').fill('The version named in your request is covered.');
  await form.getByLabel('Your reference number').fill('OMC-2026/17');
  const preview = await form.getByRole('region', { name: 'Preview' }).innerText();
  expect(preview).toContain('The version named in your request is covered.');
  expect(preview).not.toContain('OMC-2026/17');
  await look(office, 'decision-record');
  await office.getByRole('button', { name: 'Record, and let Tidewater' }).click();
  await office.getByText('OMC-2026/17').waitFor();

  await visit(lab, `/early-access/${file}/decision`);
  await lab.getByText('The version named in your request is covered.').waitFor();
  expect(await lab.getByText('OMC-2026/17').count()).toBe(0);
  expect(await lab.getByText('Dana Quill').count()).toBe(1);
  await look(lab, 'decision-covered');
});

test('I5: what nobody asked for is seen by the authority alone until it is marked releasable', async () => {
  const { page: lab } = sides.lab;
  const { page: office } = sides.office;
  await visit(office, `/early-access/${file}/decision`);
  await office.getByText('Record what nobody asked for').click();
  await office.getByLabel('Not covered', { exact: true }).check();
  await office.getByLabel('Your reference number').fill('OMC-2026/18');
  await office.getByRole('button', { name: 'Record for your organisation alone' }).click();
  await office.getByText('cannot tell that it exists').waitFor();
  await look(office, 'decision-unrequested');
  await visit(lab, `/early-access/${file}/decision`);
  expect(await lab.getByText('without a request').count()).toBe(0);

  await office.getByRole('button', { name: 'Mark as releasable' }).click();
  await office.getByRole('button', { name: 'Let Tidewater Models (sample) read it' }).click();
  await office.getByText('cannot tell that it exists').waitFor({ state: 'detached' });
  await visit(lab, `/early-access/${file}/decision`);
  await lab.getByText('without a request').waitFor();
});

test('W3: suggested, proposed, a concern that stops nothing, invited, accepted, provided, seen to work', async () => {
  const { page: lab } = sides.lab;
  const { page: office } = sides.office;
  const { page: hospital } = sides.hospital;
  const act = async (page: Page, label: string, fill?: () => Promise<unknown>) => {
    await page.getByRole('button', { name: `${label}…`, exact: true }).click();
    await fill?.();
    await page.getByRole('button', { name: label, exact: true }).click();
    await page.getByRole('button', { name: label, exact: true }).waitFor({ state: 'detached' });
  };
  await visit(lab, `/early-access/${file}/partners`);
  await look(lab, 'partners-empty');
  for (const [name, sector] of [
    ['Harrow Rural Hospital Network', 'health'],
    ['Low Weir Water Company (sample)', 'water'],
    ['Saltmarsh Community Bank (sample)', 'finance'],
  ] as const) {
    await lab.getByLabel('Organisation', { exact: true }).fill(name);
    await lab.getByLabel('Sector', { exact: true }).selectOption(sector);
    await lab.getByRole('button', { name: 'Suggest', exact: true }).click();
    await lab.getByRole('button', { name }).waitFor();
  }
  await lab.getByRole('button', { name: 'Harrow' }).focus();
  await lab.keyboard.press('ArrowDown');
  expect(await lab.evaluate(() => document.activeElement?.textContent)).toContain('Low Weir');
  await lab.keyboard.press('ArrowUp');
  await lab.keyboard.press('Enter');
  await act(lab, 'Agree to consider it');
  await lab.getByText('an invitation needs both sides’ acts on record').waitFor();

  await visit(office, `/early-access/${file}/partners`);
  await look(office, 'partners-authority');
  await office.getByRole('button', { name: 'Harrow' }).click();
  await act(office, 'Say what you think', async () => {
    await office.getByLabel('Your view').selectOption('concern');
    await office.getByLabel('Words').fill('A small team.');
  });

  await visit(hospital, '/early-access/invitations');
  await hospital.getByText('No invitations').waitFor();
  const id = await hospital.locator('code').innerText();
  await visit(lab, `/early-access/${file}/partners`);
  await lab.getByRole('button', { name: 'Harrow' }).click();
  await lab.getByRole('button', { name: 'Invite…' }).click();
  await lab.getByLabel('Id of the organisation here').fill(id.trim());
  await lab.getByLabel('Terms for this partner').fill('For the defence of your own systems only. Thirty days.');
  await look(lab, 'partners-invite');
  await lab.getByRole('button', { name: 'Invite', exact: true }).click();
  await lab.getByText('Has invited it', { exact: true }).waitFor();

  await visit(hospital, '/early-access/invitations');
  await hospital.getByText('For the defence of your own systems only').first().waitFor();
  expect(await hospital.getByText('A small team').count()).toBe(0);
  await look(hospital, 'invitation');
  await act(hospital, 'Accept the terms');
  await lab.reload({ waitUntil: 'networkidle' });
  await lab.getByRole('button', { name: 'Harrow' }).click();
  await act(lab, 'Access is set up');
  await hospital.reload({ waitUntil: 'networkidle' });
  await act(hospital, 'We have seen access work', () =>
    hospital.getByLabel('How you saw it').fill('A test request was answered.'),
  );
  await hospital.locator('.tag', { hasText: 'Ready' }).waitFor();
  await look(hospital, 'invitation-ready');

  await visit(lab, `/early-access/${file}/partners`);
  await lab.locator('.chart svg').waitFor();
  await look(lab, 'partners-board');
  await lab.getByRole('button', { name: 'Harrow' }).click();
  await look(lab, 'partners-history');
});
