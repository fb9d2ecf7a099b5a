import { useQuery } from '@tanstack/react-query';
import { adjust } from '../../domain/evidence/statistics/holm.ts';
import { ask, query } from '../api.ts';
import { Failure } from '../parts/Failure.tsx';
import { count } from '../parts/numbers.ts';
import { ScrollArea } from '../parts/ScrollArea.tsx';
import { probability, signed } from './compare-words.ts';
import { MethodLink } from './MethodLink.tsx';
import { digits } from './RunScores.tsx';
import type { Comparison } from './run-api.ts';

/** More scores than this are not compared at once. */
const scorersMax = 20;

/** Every score that both runs have, with p values adjusted for being many; nothing where there is one score only. */
export function CompareScorers(props: { made: Comparison; pair: { a?: string; b?: string; cluster?: string } }) {
  const { made, pair } = props;
  const scorers = made.scorers.slice(0, scorersMax);
  const { a, b, cluster } = pair;
  const compared = useQuery({
    queryKey: ['compare scorers', a, b, cluster, scorers],
    queryFn: async ({ signal }) => {
      const each: Comparison[] = [];
      // One after the other: each is a statistic over all samples of both runs.
      for (const scorer of scorers) {
        const own = scorer === made.scorer;
        each.push(
          own ? made : await ask<Comparison>(`/api/v1/runs/compare${query({ a, b, cluster, scorer })}`, { signal }),
        );
      }
      return each;
    },
    enabled: scorers.length > 1,
    retry: false,
  });
  if (scorers.length < 2) return null;
  const rows = (compared.data ?? []).flatMap(({ scorer, items, paired }) =>
    paired ? [{ scorer, items, paired }] : [],
  );
  const adjusted = adjust(rows.map(({ paired }) => paired.p));
  return (
    <section className="card stack" aria-labelledby="scorers">
      <h2 id="scorers">All scores together</h2>
      <p className="small soft">
        Who looks at many differences finds some by chance. The last column is adjusted for that by Holm's method (
        <MethodLink id="b13" />
        ); each difference is paired by item (<MethodLink id="b4" />
        ).
        {made.scorers.length > scorersMax &&
          ` The first ${scorersMax} of ${count(made.scorers.length)} scores are compared and adjusted for.`}
      </p>
      {compared.error && (
        <Failure error={compared.error} doing="compare the scores" onRetry={() => compared.refetch()} />
      )}
      {compared.isPending && <p className="soft">Comparing {scorers.length} scores…</p>}
      {compared.data && (
        <ScrollArea label="Scores" className="table-wide">
          <table className="usa-table">
            <thead>
              <tr>
                <th scope="col">Score</th>
                <th scope="col" className="number">
                  A minus B
                </th>
                <th scope="col" className="number">
                  Standard error
                </th>
                <th scope="col" className="number">
                  Shared items
                </th>
                <th scope="col" className="number">
                  p
                </th>
                <th scope="col" className="number">
                  p, adjusted (Holm)
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map(({ scorer, items, paired }, index) => (
                <tr key={scorer}>
                  <th scope="row">{scorer}</th>
                  <td className="number">{signed(paired.difference)}</td>
                  <td className="number">{digits(paired.standardError)}</td>
                  <td className="number">{count(items)}</td>
                  <td className="number">{probability(paired.p).replace('= ', '')}</td>
                  <td className="number">{probability(adjusted[index]!).replace('= ', '')}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollArea>
      )}
    </section>
  );
}
