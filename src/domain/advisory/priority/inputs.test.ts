import { describe, expect, test } from 'vitest';
import type { CvssFact, Facts, KevFact, SsvcFact } from '../fact.ts';
import { inputsOf } from './inputs.ts';

const cvss = (version: CvssFact['version'], score: number): CvssFact => ({
  kind: 'cvss',
  source: 'example',
  date: '2026-11-01',
  vector: '',
  version,
  score,
});
const kev: KevFact = {
  kind: 'kev',
  source: 'CISA KEV',
  date: '2026-11-01',
  dateAdded: '2026-10-30',
  isRansomwareUse: false,
};
const ssvc: SsvcFact = {
  kind: 'ssvc',
  source: 'CISA Vulnrichment',
  date: '2026-10-01',
  exploitation: 'poc',
  automatable: 'yes',
};
const none: Facts = { cvss: [] };

describe('inputs of a policy from facts and asset', () => {
  test('nothing known is unknown throughout, and no asset question is answered for the operator', () => {
    expect(inputsOf(none, {}, false)).toEqual({
      inKev: 'unknown',
      exploitation: 'unknown',
      automatable: 'unknown',
      technicalImpact: 'unknown',
      cvss: 'unknown',
      epss: 'unknown',
    });
  });

  test('a catalog at hand that does not list it means: not in KEV', () => {
    expect(inputsOf(none, {}, true).inKev).toBe('no');
  });

  test('KEV membership is active exploitation, also where an older record says less', () => {
    expect(inputsOf({ cvss: [], kev, ssvc }, {}, true)).toMatchObject({
      inKev: 'yes',
      exploitation: 'active',
      automatable: 'yes',
    });
  });

  test('the newest CVSS version counts, and its highest score', () => {
    expect(
      inputsOf({ cvss: [cvss('3.1', 9.8), cvss('4.0', 6.9), cvss('4.0', 8.7), cvss('2.0', 10)] }, {}, true).cvss,
    ).toBe(8.7);
  });

  test('what the operator says of the asset is passed on', () => {
    expect(inputsOf(none, { exposed: 'no', humanImpact: 'high' }, true)).toMatchObject({
      exposed: 'no',
      humanImpact: 'high',
    });
  });
});
