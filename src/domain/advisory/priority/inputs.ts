/** From facts about a vulnerability and what is known of the asset to the inputs of a policy. */
import type { Facts } from '../fact.ts';
import type { Inputs } from './policy.ts';

/** What the operator says about where the component runs. Left out means unknown. */
export interface Asset {
  exposed?: 'yes' | 'no';
  systemExposure?: 'small' | 'controlled' | 'open';
  missionImpact?: 'low' | 'medium' | 'high';
  humanImpact?: 'low' | 'medium' | 'high' | 'very high';
}

/**
 * Inputs as the facts give them. `isKevLoaded` tells whether a KEV catalog was at hand at all: only then does its silence
 * mean "no". The highest CVSS score of the newest CVSS version counts, as v4.0 supersedes v3 and v3 supersedes v2.
 */
export function inputsOf(facts: Facts, asset: Asset, isKevLoaded: boolean): Inputs {
  const { kev, epss, ssvc } = facts;
  const newest = facts.cvss
    .map((fact) => fact.version)
    .sort()
    .at(-1);
  const scores = facts.cvss.filter((fact) => fact.version === newest).map((fact) => fact.score);
  return {
    inKev: kev ? 'yes' : isKevLoaded ? 'no' : 'unknown',
    // KEV membership is evidence of exploitation, also where an older record says otherwise.
    exploitation: kev ? 'active' : (ssvc?.exploitation ?? 'unknown'),
    automatable: ssvc?.automatable ?? 'unknown',
    technicalImpact: ssvc?.technicalImpact ?? 'unknown',
    cvss: scores.length > 0 ? Math.max(...scores) : 'unknown',
    epss: epss?.score ?? 'unknown',
    ...asset,
  };
}
