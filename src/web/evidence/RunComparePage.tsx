import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import { clustersWanted } from '../../domain/evidence/statistics/standard-error.ts';
import { ask, query } from '../api.ts';
import { Chart } from '../parts/Chart.tsx';
import { Empty } from '../parts/Empty.tsx';
import { Failure } from '../parts/Failure.tsx';
import { Field } from '../parts/Field.tsx';
import { Notice } from '../parts/Notice.tsx';
import { count } from '../parts/numbers.ts';
import { PageHeading } from '../parts/PageHeading.tsx';
import { ScrollArea } from '../parts/ScrollArea.tsx';
import { Segments } from '../parts/Segments.tsx';
import { CompareScorers } from './CompareScorers.tsx';
import { CompareSimilar } from './CompareSimilar.tsx';
import { keyOf, probability, signed } from './compare-words.ts';
import { digits } from './RunScores.tsx';
import type { ComparedItems, Comparison } from './run-api.ts';
import { TranscriptReader } from './TranscriptReader.tsx';

interface Pair {
  a?: string;
  b?: string;
  scorer?: string;
  cluster?: string;
}

const pairOf = (search: Pair): Pair => ({
  ...(search.a !== undefined && { a: search.a }),
  ...(search.b !== undefined && { b: search.b }),
  ...(search.scorer !== undefined && { scorer: search.scorer }),
  ...(search.cluster !== undefined && { cluster: search.cluster }),
});

/** Two runs on the items that both attempted: whether they can be compared, by how much they differ, and where. */
export function RunComparePage() {
  const search = useSearch({ from: '/evidence/compare' });
  const pair = pairOf(search);
  const made = useQuery({
    queryKey: ['compare', pair],
    queryFn: () => ask<Comparison>(`/api/v1/runs/compare${query({ ...pair })}`),
    enabled: search.a !== undefined && search.b !== undefined,
    retry: false,
  });
  if (search.a === undefined || search.b === undefined) {
    return (
      <div className="stack">
        <PageHeading>Side by side</PageHeading>
        <Empty heading="Choose two logs">
          <p>
            Choose them in the list of <Link to="/evidence">Evidence</Link>, then press Compare.
          </p>
        </Empty>
      </div>
    );
  }
  return (
    <div className="stack-wide">
      <div className="stack">
        <p className="small soft eyebrow">
          <Link to="/evidence">Evidence</Link> / side by side
        </p>
        <PageHeading lead="Two runs on the items that both attempted with a score.">Side by side</PageHeading>
      </div>
      {made.error && <Failure error={made.error} doing="compare the two" onRetry={() => made.refetch()} />}
      {made.isPending && <p className="soft">Comparing…</p>}
      {made.data && <Compared made={made.data} pair={pair} />}
    </div>
  );
}

const verdictWords = {
  comparable: 'The two measure the same thing under the same conditions.',
  comparable_with_differences: 'The two can be compared, with these differences said beside the numbers.',
  not_comparable: 'Not comparable: the two measure different things. Read the numbers below as two separate results.',
} as const;

function Compared(props: { made: Comparison; pair: Pair }) {
  const { made, pair } = props;
  const { a, b } = made.sides;
  return (
    <>
      <div className="two-columns">
        <Side name="A" side={a} success={made.a} />
        <Side name="B" side={b} success={made.b} />
      </div>
      <Notice
        kind={made.comparable.verdict === 'comparable' ? 'info' : 'warning'}
        isQuiet
        heading={verdictWords[made.comparable.verdict]}
      >
        {made.comparable.reasons.length > 0 && (
          <ul className="plain-list">
            {made.comparable.reasons.slice(0, 30).map((reason) => (
              <li key={`${reason.field} ${reason.text}`}>
                {reason.text} <span className="mono soft">{keyOf(reason.field)}</span>
              </li>
            ))}
          </ul>
        )}
      </Notice>
      <Difference made={made} />
      <CompareScorers made={made} pair={pair} />
      <CompareSimilar made={made} />
      <Items made={made} />
    </>
  );
}

function Side(props: { name: string; side: Comparison['sides']['a']; success: Comparison['a'] }) {
  const { name, side, success } = props;
  return (
    <section className="card stack-tight" aria-label={`Run ${name}`}>
      <h2>
        {name}: <span className="mono">{side.model}</span>
      </h2>
      <p>
        <Link to="/evidence/runs/$id" params={{ id: side.id }}>
          {side.task}
        </Link>
      </p>
      <p>
        <strong className="figure">{digits(success.mean)}</strong>{' '}
        {success.interval && (
          <span className="soft">
            {digits(success.interval.low)} to {digits(success.interval.high)} (95%) on the shared items
          </span>
        )}
      </p>
    </section>
  );
}

function Difference(props: { made: Comparison }) {
  const { made } = props;
  const navigate = useNavigate();
  const search = useSearch({ from: '/evidence/compare' });
  const { paired, interval, outcomes } = made;
  return (
    <section className="card stack" aria-labelledby="difference">
      <div className="row spread">
        <h2 id="difference">Difference, A minus B</h2>
        {made.scorers.length > 1 && (
          <Field label="Score by">
            {(control) => (
              <select
                {...control}
                className="usa-select"
                value={made.scorer}
                onChange={(event) =>
                  navigate({ to: '/evidence/compare', search: { ...search, scorer: event.target.value } })
                }
              >
                {made.scorers.map((name) => (
                  <option key={name}>{name}</option>
                ))}
              </select>
            )}
          </Field>
        )}
      </div>
      {paired === null || interval === null ? (
        <p>
          {made.items === 0
            ? 'No item was attempted with a score in both. There is nothing to compare.'
            : 'One shared item alone gives no difference that says anything.'}
        </p>
      ) : (
        <>
          <p>
            <strong className="figure">{signed(paired.difference)}</strong> from {signed(interval.low)} to{' '}
            {signed(interval.high)} (95%, paired by item)
          </p>
          <p className="soft small">
            {count(made.items)} shared items; standard error {digits(paired.standardError)}; p {probability(paired.p)}{' '}
            for no difference.{' '}
            {interval.low <= 0 && interval.high >= 0
              ? 'The interval holds zero: these items do not tell the two apart.'
              : 'The interval leaves zero out.'}
            {made.onlyA + made.onlyB > 0 &&
              ` Left out: ${count(made.onlyA)} items only in A, ${count(made.onlyB)} only in B.`}
            {made.clusters < clustersWanted &&
              ` With fewer than ${clustersWanted} items or groups (C = ${made.clusters}) the interval is a rough guide.`}
          </p>
          <p className="soft small">
            What the desk found is not applied here: an attempt found to be cheated counts as it was scored. The page of
            each run says how many there are.
          </p>
          <DifferenceChart low={interval.low} high={interval.high} difference={paired.difference} />
        </>
      )}
      {outcomes && (
        <div className="table-wide">
          <table className="usa-table outcome-table">
            <caption>How many items each solved (exact test of McNemar: p {probability(outcomes.mcNemar)})</caption>
            <thead>
              <tr>
                <td />
                <th scope="col" className="number">
                  B solved it
                </th>
                <th scope="col" className="number">
                  B did not
                </th>
              </tr>
            </thead>
            <tbody>
              <tr>
                <th scope="row">A solved it</th>
                <td className="number">{count(outcomes.both)}</td>
                <td className="number">{count(outcomes.onlyA)}</td>
              </tr>
              <tr>
                <th scope="row">A did not</th>
                <td className="number">{count(outcomes.onlyB)}</td>
                <td className="number">{count(outcomes.neither)}</td>
              </tr>
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function DifferenceChart(props: { low: number; high: number; difference: number }) {
  const { low, high, difference } = props;
  const rows = useMemo(() => [{ low, high, difference, name: 'A − B' }], [low, high, difference]);
  const draw = useCallback(
    (plot: typeof import('@observablehq/plot'), width: number, document: Document) => {
      const reach = Math.max(0.1, Math.abs(low), Math.abs(high)) * 1.1;
      return plot.plot({
        document,
        width,
        height: 84,
        marginLeft: 64,
        marginRight: 24,
        x: { label: null, domain: [-reach, reach], ticks: 5, grid: true },
        y: { label: null, domain: ['A − B'], tickSize: 0 },
        marks: [
          plot.ruleX([0], { stroke: '#495653', strokeDasharray: '4 3' }),
          plot.ruleY(rows, { y: 'name', x1: 'low', x2: 'high', stroke: '#0b4b3f', strokeWidth: 3 }),
          plot.dot(rows, { y: 'name', x: 'difference', fill: '#0b4b3f', r: 6 }),
        ],
      });
    },
    [rows, low, high],
  );
  return (
    <Chart
      caption="Difference with its 95% interval; the broken line is no difference"
      draw={draw}
      table={
        <table className="usa-table">
          <thead>
            <tr>
              <th scope="col">Difference</th>
              <th scope="col">Low</th>
              <th scope="col">High</th>
            </tr>
          </thead>
          <tbody>
            <tr>
              <td>{signed(difference)}</td>
              <td>{signed(low)}</td>
              <td>{signed(high)}</td>
            </tr>
          </tbody>
        </table>
      }
    />
  );
}

function Items(props: { made: Comparison }) {
  const { made } = props;
  const search = useSearch({ from: '/evidence/compare' });
  const navigate = useNavigate();
  const pair = pairOf(search);
  const differing = search.items !== 'all';
  const items = useInfiniteQuery({
    queryKey: ['compare items', pair, differing],
    queryFn: ({ pageParam }) =>
      ask<ComparedItems>(`/api/v1/runs/compare/items${query({ ...pair, differing, after: pageParam, limit: 100 })}`),
    initialPageParam: '',
    getNextPageParam: (page) => page.next,
  });
  const rows = items.data?.pages.flatMap((page) => page.items) ?? [];
  const open = rows.find((row) => String(row.place) === search.open);
  return (
    <section className="stack" aria-labelledby="items">
      <h2 id="items">Items</h2>
      <Segments
        legend="Show"
        options={[
          { value: 'differing', label: 'Where they differ' },
          { value: 'all', label: 'All shared items' },
        ]}
        value={differing ? 'differing' : 'all'}
        onChange={(value) => navigate({ to: '/evidence/compare', search: { ...pair, items: value }, replace: true })}
      />
      {items.error && <Failure error={items.error} doing="list the items" onRetry={() => items.refetch()} />}
      {items.data && rows.length === 0 && (
        <p className="card soft">{differing ? 'The two differ on no shared item.' : 'No item is shared.'}</p>
      )}
      {rows.length > 0 && (
        <ScrollArea label="Items" className="card table-wide items-table">
          <table className="usa-table">
            <caption className="visually-hidden">Shared items with both outcomes</caption>
            <thead>
              <tr>
                <th scope="col">Item</th>
                <th scope="col" className="number">
                  A
                </th>
                <th scope="col" className="number">
                  B
                </th>
                <th scope="col">Transcripts</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.place} className={row === open ? 'row-open' : ''}>
                  <th scope="row" className="item-name">
                    {row.item.slice(0, 200)}
                  </th>
                  <td className="number">{outcome(row.a)}</td>
                  <td className="number">{outcome(row.b)}</td>
                  <td>
                    <Link
                      to="/evidence/compare"
                      search={{ ...pair, items: differing ? 'differing' : 'all', open: String(row.place) }}
                      hash="beside"
                      resetScroll={false}
                      aria-label={`Open both transcripts of ${row.item.slice(0, 60)}`}
                    >
                      Open both
                    </Link>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollArea>
      )}
      {items.hasNextPage && (
        <p>
          <button
            type="button"
            className="usa-button usa-button--outline"
            disabled={items.isFetchingNextPage}
            onClick={() => items.fetchNextPage()}
          >
            More items
          </button>
        </p>
      )}
      {open && (
        <section className="stack" aria-labelledby="beside">
          <h2 id="beside">{`${open.item.slice(0, 200)} in both`}</h2>
          <div className="beside">
            {(['a', 'b'] as const).map((side) => (
              <section key={`${side} ${open.place}`} className="stack" aria-label={`Run ${side.toUpperCase()}`}>
                <h3>
                  {side.toUpperCase()}: <span className="mono">{made.sides[side].model}</span>
                </h3>
                <TranscriptReader run={made.sides[side].id} sample={open[side].number} isAnchored={false} />
              </section>
            ))}
          </div>
        </section>
      )}
    </section>
  );
}

/** `1`, `0`, or of several attempts the mean and how many. */
const outcome = ({ mean, attempts }: ComparedItems['items'][number]['a']): string =>
  attempts === 1 ? String(Number(mean.toFixed(3))) : `${digits(mean)}, mean of ${attempts}`;
