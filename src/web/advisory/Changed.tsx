import { useCallback } from 'react';
import type { Changes, Outcome } from '../../domain/advisory/outcome.ts';
import type { Instant } from '../../domain/instant.ts';
import { Chart } from '../parts/Chart.tsx';
import { moments } from '../parts/dates.ts';
import { counted } from '../parts/numbers.ts';

const groups = [
  { key: 'added', name: 'New', colour: '#9b1c1c' },
  { key: 'moved', name: 'Changed', colour: '#b36b00' },
  { key: 'gone', name: 'Gone', colour: '#0b6b57' },
] as const;

/** What is new, gone and changed since an earlier list of the same system, drawn and told. */
export function Changed(props: { changes: Changes; since: Instant }) {
  const { changes, since } = props;
  const draw = useCallback(
    (plot: typeof import('@observablehq/plot'), width: number, document: Document) => {
      const bars = groups.map(({ key, name, colour }) => ({ name, colour, count: changes[key].length }));
      return plot.plot({
        document,
        width,
        height: 56 + bars.length * 34,
        marginLeft: 80,
        marginRight: 36,
        x: {
          label: null,
          domain: [0, Math.max(1, ...bars.map(({ count }) => count))],
          ticks: 5,
          grid: true,
          tickFormat: (tick: number) => (Number.isInteger(tick) ? String(tick) : ''),
        },
        y: { label: null, domain: bars.map(({ name }) => name), tickSize: 0 },
        marks: [
          plot.barX(bars, { x: 'count', y: 'name', fill: 'colour', rx: 3, insetTop: 4, insetBottom: 4 }),
          plot.text(bars, {
            x: 'count',
            y: 'name',
            text: (bar: { count: number }) => String(bar.count),
            dx: 6,
            textAnchor: 'start',
            fontWeight: 600,
          }),
          plot.ruleX([0], { stroke: '#73807c' }),
        ],
      });
    },
    [changes],
  );
  return (
    <div className="card">
      <Chart
        caption={`What changed since ${moments(since)}, in items`}
        draw={draw}
        table={
          <div className="stack">
            <Told heading="New" rows={changes.added.map((after) => ({ after }))} />
            <Told heading="Changed" rows={changes.moved} />
            <Told heading="Gone" rows={changes.gone.map((before) => ({ before }))} />
            <p className="small soft">{counted(changes.same, 'item')} as before.</p>
          </div>
        }
      />
    </div>
  );
}

const shownMax = 100;

function Told(props: { heading: string; rows: { before?: Outcome; after?: Outcome }[] }) {
  const { heading, rows } = props;
  if (rows.length === 0) return <p>{heading}: none.</p>;
  return (
    <table className="usa-table">
      <caption>{heading}</caption>
      <thead>
        <tr>
          <th scope="col">What</th>
          <th scope="col">Before</th>
          <th scope="col">Now</th>
        </tr>
      </thead>
      <tbody>
        {rows.slice(0, shownMax).map(({ before, after }) => (
          <tr key={(after ?? before)?.key}>
            <th scope="row">{(after ?? before)?.title}</th>
            <td>{stateOf(before)}</td>
            <td>{stateOf(after)}</td>
          </tr>
        ))}
        {rows.length > shownMax && (
          <tr>
            <td colSpan={3}>and {rows.length - shownMax} more</td>
          </tr>
        )}
      </tbody>
    </table>
  );
}

const stateOf = (outcome: Outcome | undefined) =>
  outcome ? `${outcome.decision}, ${counted(outcome.advisories.length, 'advisory', 'advisories')}` : 'not on the list';
