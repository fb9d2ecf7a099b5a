import { expect, test } from 'vitest';
import { exposureBefore, type LocalList } from './local-store.ts';

const list = (over: Partial<LocalList>) =>
  ({
    system: 'hospital',
    fileName: 'hospital.json',
    madeAt: '2026-11-16T08:00:00.000Z',
    inventory: { name: 'hospital' },
    exposure: 'unknown',
    ...over,
  }) as LocalList;

test('the answer on exposure comes from the newest list of the same system, by serial number or by name', () => {
  const answered = list({ exposure: 'no' });
  const older = list({ exposure: 'yes', madeAt: '2026-11-09T08:00:00.000Z' });
  const expected = { exposure: 'no', exposureSince: answered.madeAt };

  expect(exposureBefore([answered, older], list({}))).toEqual(expected);
  expect(exposureBefore([answered, older], list({ system: 'urn:uuid:1' }))).toEqual(expected);
  expect(exposureBefore([list({}), answered], list({}))).toBeUndefined();
  expect(exposureBefore([], list({}))).toBeUndefined();
});

test('the answer for one system says nothing of another', () => {
  const other = list({ system: 'clinic', inventory: { name: 'clinic' } as LocalList['inventory'], exposure: 'yes' });

  expect(exposureBefore([other], list({}))).toBeUndefined();
});
