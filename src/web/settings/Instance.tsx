import { useQuery } from '@tanstack/react-query';
import type { PackList } from '../advisory/advisory-api.ts';
import { ask } from '../api.ts';
import { moments } from '../parts/dates.ts';
import { Failure } from '../parts/Failure.tsx';
import { counted } from '../parts/numbers.ts';

interface Readiness {
  status: string;
  checks: Record<string, string>;
}

/** Also an instance that is not ready (503) says which check fails. */
async function readiness(): Promise<Readiness> {
  const response = await fetch('/readyz', { redirect: 'error' });
  if (!response.ok && response.status !== 503) throw new Error(`/readyz answered ${response.status}.`);
  return (await response.json()) as Readiness;
}

/** How this instance does, and what it holds. */
export function Instance() {
  const health = useQuery({ queryKey: ['readiness'], queryFn: readiness, refetchInterval: 30_000 });
  const packs = useQuery({ queryKey: ['packs'], queryFn: () => ask<PackList>('/api/v1/packs'), staleTime: 300_000 });
  const held = packs.data?.packs ?? [];
  // When a pack was built says nothing about the age of the advisories in it.
  const built = held
    .map((pack) => pack.updatedAt)
    .sort()
    .at(-1);
  return (
    <section className="card stack" aria-labelledby="instance">
      <h2 id="instance">This instance</h2>
      {health.error && <Failure error={health.error} doing="ask the instance" onRetry={() => health.refetch()} />}
      <dl className="facts">
        {health.data && (
          <>
            <dt>State</dt>
            <dd>{health.data.status}</dd>
            {Object.entries(health.data.checks).map(([name, check]) => (
              <div key={name} className="facts-row">
                <dt>{name.replaceAll('_', ' ')}</dt>
                <dd>{check}</dd>
              </div>
            ))}
          </>
        )}
        {packs.data && (
          <>
            <dt>Packs</dt>
            <dd>
              {counted(held.length, 'pack', 'packs')} with{' '}
              {counted(
                held.reduce((sum, pack) => sum + pack.advisories, 0),
                'advisory record',
              )}
              {held.length > 1 && <span className="soft"> (one of several ecosystems counts in each)</span>}
            </dd>
            {built && (
              <>
                <dt>Packs built</dt>
                <dd>
                  {moments(built)}
                  <span className="soft"> (how old what they hold is, a patch list says)</span>
                </dd>
              </>
            )}
          </>
        )}
      </dl>
      <p className="small soft">
        More for operators: <code>assay doctor</code>, <code>/metrics</code>.
      </p>
    </section>
  );
}
