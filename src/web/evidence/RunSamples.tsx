import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { ask, query } from '../api.ts';
import { Failure } from '../parts/Failure.tsx';
import { Field } from '../parts/Field.tsx';
import { count } from '../parts/numbers.ts';
import { ScrollArea } from '../parts/ScrollArea.tsx';
import { type RunView, runPath, type SamplePageOf } from './run-api.ts';
import { SampleTags } from './SampleTags.tsx';

const filterWords = {
  error: 'Ended in an error',
  limit: 'Ended by a limit',
  unscored: 'Unscored',
  edited: 'Score edited',
  retried: 'Retried after an error',
  fallback: 'Another model answered',
  invalidated: 'Declared invalid',
} as const;

/** Every attempt of a run, and ways to find some. */
export function RunSamples(props: { run: RunView }) {
  const { run } = props;
  const [filter, setFilter] = useState('');
  const [score, setScore] = useState('');
  const [q, setQ] = useState('');
  const [words, setWords] = useState('');
  const scorer = run.scorers[0]?.name;
  const bounds = score === 'full' ? { scoreMin: 1 } : score === 'none' ? { scoreMax: 0 } : {};
  const samples = useInfiniteQuery({
    queryKey: ['run', run.id, 'samples', filter, score, words],
    queryFn: ({ pageParam }) =>
      ask<SamplePageOf>(
        `${runPath(run.id)}/samples${query({ is: filter, q: words, after: pageParam, limit: 50, ...(score !== '' && { scorer, ...boundsText(bounds) }) })}`,
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.next,
  });
  const items = samples.data?.pages.flatMap((page) => page.items) ?? [];
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setWords(q.trim());
  };
  return (
    <section className="stack" aria-labelledby="samples">
      <h2 id="samples">Samples</h2>
      <search aria-label="Samples">
        <form className="card search-form sample-search" onSubmit={submit}>
          <Field label="Item">
            {(control) => (
              <input
                {...control}
                className="usa-input"
                type="search"
                maxLength={200}
                value={q}
                onChange={(event) => setQ(event.target.value)}
              />
            )}
          </Field>
          <Field label="What happened">
            {(control) => (
              <select
                {...control}
                className="usa-select"
                value={filter}
                onChange={(event) => setFilter(event.target.value)}
              >
                <option value="">Anything</option>
                {Object.entries(filterWords).map(([name, label]) => (
                  <option key={name} value={name} disabled={run.counts[name as keyof typeof filterWords] === 0}>
                    {label} ({count(run.counts[name as keyof typeof filterWords])})
                  </option>
                ))}
              </select>
            )}
          </Field>
          <Field label={scorer ? `Score by ${scorer}` : 'Score'}>
            {(control) => (
              <select
                {...control}
                className="usa-select"
                disabled={scorer === undefined}
                value={score}
                onChange={(event) => setScore(event.target.value)}
              >
                <option value="">Any score</option>
                <option value="full">1 or more</option>
                <option value="none">0 or less</option>
              </select>
            )}
          </Field>
          <button type="submit" className="usa-button">
            Search
          </button>
        </form>
      </search>
      {samples.error && <Failure error={samples.error} doing="list the samples" onRetry={() => samples.refetch()} />}
      {samples.data && items.length === 0 && <p className="card soft">No sample fits. Ask for less.</p>}
      {items.length > 0 && (
        <ScrollArea label="Samples" className="card table-wide items-table">
          <table className="usa-table">
            <caption className="visually-hidden">Samples of this run</caption>
            <thead>
              <tr>
                <th scope="col">Item</th>
                <th scope="col" className="number">
                  Attempt
                </th>
                <th scope="col">Scores</th>
                <th scope="col">What happened</th>
                <th scope="col" className="number">
                  Events
                </th>
                <th scope="col" className="number">
                  Tokens
                </th>
              </tr>
            </thead>
            <tbody>
              {items.map(({ number, events, summary }) => (
                <tr key={number}>
                  <th scope="row" className="item-name">
                    <Link to="/evidence/runs/$id/samples/$sample" params={{ id: run.id, sample: String(number) }}>
                      {summary.id.slice(0, 200)}
                    </Link>
                  </th>
                  <td className="number">{summary.epoch}</td>
                  <td className="mono no-wrap">
                    {Object.entries(summary.scores)
                      .slice(0, 4)
                      .map(([name, { text }]) => `${name} ${text.slice(0, 40)}`)
                      .join(', ')}
                  </td>
                  <td>
                    <span className="row">
                      <SampleTags summary={summary} />
                    </span>
                  </td>
                  <td className="number">{count(events)}</td>
                  <td className="number">{summary.tokens === null ? '' : count(summary.tokens)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollArea>
      )}
      {samples.hasNextPage && (
        <p>
          <button
            type="button"
            className="usa-button usa-button--outline"
            disabled={samples.isFetchingNextPage}
            onClick={() => samples.fetchNextPage()}
          >
            More samples
          </button>
        </p>
      )}
    </section>
  );
}

/** A bound of 0 is one too. */
const boundsText = (bounds: { scoreMin?: number; scoreMax?: number }): Record<string, string> =>
  Object.fromEntries(Object.entries(bounds).map(([name, value]) => [name, String(value)]));
