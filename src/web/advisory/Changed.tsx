import { useCallback } from 'react';
import type { Instant } from '../../domain/instant.ts';
import { Chart } from '../parts/Chart.tsx';
import { moments } from '../parts/dates.ts';
import type { Changes } from './changes.ts';
import type { Outcome } from './local-store.ts';

/** What is new, gone and changed since the list before, drawn and told. */
export function Changed(props: { changes: Changes; since: Instant }) {
  const { changes, since } = props;
  const draw = useCallback(
    (plot: typeof import('@observablehq/plot'), width: number, document: Document) => {
      const bars = [
        { what: 'New', upgrades: changes.added.length, colour: '#9b1c1c' },
        { what: 'Changed', upgrades: changes.moved.length, colour: '#b36b00' },
        { what: 'Gone', upgrades: changes.gone.length, colour: '#0b6b57' },
        { what: 'The same', upgrades: changes.same, colour: '#73807c' },
      ];
      return plot.plot({
        document,
        width,
        height: 56 + bars.length * 34,
        marginLeft: 80,
        marginRight: 36,
        x: {
          label: 'Upgrades',
          ticks: 5,
          grid: true,
          tickFormat: (tick: number) => (Number.isInteger(tick) ? String(tick) : ''),
        },
        y: { label: null, domain: bars.map(({ what }) => what), tickSize: 0 },
        marks: [
          plot.barX(bars, { x: 'upgrades', y: 'what', fill: 'colour', rx: 3, insetTop: 4, insetBottom: 4 }),
          plot.text(bars, {
            x: 'upgrades',
            y: 'what',
            text: (bar: { upgrades: number }) => String(bar.upgrades),
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
        caption={`What changed since ${moments(since)}`}
        draw={draw}
        table={
          <div className="stack">
            <Told heading="New" outcomes={changes.added} />
            <Told heading="Gone" outcomes={changes.gone} />
            <section className="stack-tight">
              <h4>Changed</h4>
              {changes.moved.length === 0 ? (
                <p className="soft">None.</p>
              ) : (
                <ul className="plain-list">
                  {changes.moved.map(({ before, after }) => (
                    <li key={after.key}>
                      {after.title}: {before.decision} → {after.decision}, {before.advisories.length} →{' '}
                      {after.advisories.length} advisories
                    </li>
                  ))}
                </ul>
              )}
            </section>
          </div>
        }
      />
    </div>
  );
}

function Told(props: { heading: string; outcomes: Outcome[] }) {
  return (
    <section className="stack-tight">
      <h4>{props.heading}</h4>
      {props.outcomes.length === 0 ? (
        <p className="soft">None.</p>
      ) : (
        <ul className="plain-list">
          {props.outcomes.map((outcome) => (
            <li key={outcome.key}>
              {outcome.title} ({outcome.decision})
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
