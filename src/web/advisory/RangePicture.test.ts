import { expect, test } from 'vitest';
import type { RangeEvent } from '../../domain/advisory/advisory.ts';
import { orders } from '../../domain/advisory/version/order.ts';
import { stretchesOf } from './RangePicture.tsx';

const stretches = (...events: RangeEvent[]) =>
  stretchesOf({ type: 'SEMVER', events }, (a, b) => orders.semver.compare(a, b));

test('OSV events in any order give the stretches between introduced and fixed', () => {
  expect(stretches({ fixed: '2.1.0' }, { introduced: '0' }, { fixed: '1.5.0' }, { introduced: '2.0.0' })).toEqual([
    { from: '0', until: { version: '1.5.0', isIncluded: false } },
    { from: '2.0.0', until: { version: '2.1.0', isIncluded: false } },
  ]);
});

test('last_affected belongs to the stretch, fixed does not', () => {
  expect(stretches({ introduced: '1.0.0' }, { last_affected: '1.9.0' })).toEqual([
    { from: '1.0.0', until: { version: '1.9.0', isIncluded: true } },
  ]);
});

test('without an end the stretch stays open', () => {
  expect(stretches({ introduced: '3.0.0' })).toEqual([{ from: '3.0.0' }]);
});
