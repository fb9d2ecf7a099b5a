import { useQuery } from '@tanstack/react-query';
import type { PackList } from '../advisory/advisory-api.ts';
import { ask } from '../api.ts';
import { moments } from '../parts/dates.ts';
import { Failure } from '../parts/Failure.tsx';
import { count, counted } from '../parts/numbers.ts';

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
  const newest = held
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
            <dt>Advisories</dt>
            <dd>
              {count(held.reduce((sum, pack) => sum + pack.advisories, 0))} in {counted(held.length, 'pack', 'packs')}
              {newest && <span className="soft"> · newest of {moments(newest)}</span>}
            </dd>
          </>
        )}
      </dl>
      <p className="small soft">
        More for operators: <code>assay doctor</code>, <code>/metrics</code>.
      </p>
    </section>
  );
}
