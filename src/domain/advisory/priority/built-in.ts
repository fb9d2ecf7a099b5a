/** The policies that come with Assay. Released versions are pinned by digest in released.test.ts. */
import bod2604 from '../policies/bod-26-04.json' with { type: 'json' };
import cvss4Epss from '../policies/cvss4-epss.json' with { type: 'json' };
import ssvcDeployer from '../policies/ssvc-deployer.json' with { type: 'json' };
import type { Policy } from './policy.ts';
import { read } from './policy-document.ts';

function own(document: unknown): Policy {
  const result = read(document);
  if ('problems' in result) throw new Error(`Built-in policy: ${JSON.stringify(result.problems)}`);
  return result.policy;
}

/**
 * Newest version first where there are several: released versions stay, because an item keeps the one it started with
 * (invariant I22). `priority.profile` defaults to the first.
 */
export const builtInPolicies: readonly Policy[] = [own(bod2604), own(ssvcDeployer), own(cvss4Epss)];

/** A built-in policy by name, such as `bod-26-04`; the newest version unless one is named. */
export function builtIn(name: string, version?: string): Policy | undefined {
  return builtInPolicies.find(
    (policy) => policy.name === name && (version === undefined || policy.version === version),
  );
}
