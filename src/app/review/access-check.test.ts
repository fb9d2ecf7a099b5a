import { expect, test } from 'vitest';
import { testSystem } from '../../../test/system/test-system.ts';
import { type Actor, system as itself, type OrganisationId, type Role } from '../../domain/directory/actor.ts';
import * as members from '../directory/members.ts';
import * as accessCheck from './access-check.ts';
import * as grants from './grants.ts';
import * as submissions from './submissions.ts';
import * as windows from './windows.ts';

test('W2: each side says once that access works; the grant is active and the clock runs', async () => {
  const system = await testSystem({ now: '2026-03-01T09:30:00.000Z' });
  const newPerson = async (organisation: string, roles: Role[]): Promise<Actor> => {
    const kind = { name: organisation, isHost: false, isSample: false };
    const made = await system.database.transaction(itself, (tx) =>
      members.found(system, tx, itself, kind, [{ name: 'Somebody', roles }]),
    );
    const { id, organisation: of } = made.people[0]!;
    return { kind: 'person', id, organisation: of, roles };
  };
  const lead = await newPerson('Tidewater Models', ['release_manager', 'security_lead']);
  const office = await newPerson('Office of Measured Capability', ['evaluator', 'administrator']);
  await members.changeOrganisation(system, office, office.organisation as string, { isShared: true });
  const { submission } = await submissions.open(system, lead, { name: 'Tern', version: '2', digest: null });
  await submissions.admit(system, lead, submission.id, office.organisation as OrganisationId);
  const offer = { act: 'offer', policy: { name: 'window-30' }, terms: 'Terms 1' } as const;
  await windows.act(system, lead, submission.id, offer, 0);
  await windows.act(system, office, submission.id, { act: 'accept_terms' }, 1);
  const grant = await grants.offer(system, lead, submission.id, {
    to: office.organisation as string,
    method: 'vendor_api',
    variant: 'shipping',
    model: 'tern-2',
    purposes: ['capability_evaluation'],
    ratePerMinute: null,
    hours: null,
    logging: 'counts_only',
    retentionDays: 30,
    notes: '',
    startsAt: '2026-03-01T09:00:00.000Z',
    expiresAt: '2026-03-20T09:00:00.000Z',
  });
  await grants.accept(system, office, grant.id, { people: [], canaries: [] });

  await accessCheck.verify(system, lead, grant.id);
  const { view: before } = await windows.load(system, lead, submission.id);
  const verified = await accessCheck.verify(system, office, grant.id);
  const { view, events } = await windows.load(system, lead, submission.id);

  expect(before.state).toBe('terms_agreed');
  expect(verified.state).toBe('active');
  expect(view).toMatchObject({ state: 'running', isAccessOpen: true });
  expect(events.map(({ act, party }) => [act, party]).slice(2)).toEqual([
    ['verify_access', 'developer'],
    ['verify_access', 'authority'],
  ]);
});
