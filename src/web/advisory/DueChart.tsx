import { useCallback, useMemo } from 'react';
import type { PatchItem } from '../../domain/advisory/patch-list.ts';
import type { Day } from '../../domain/instant.ts';
import { Chart } from '../parts/Chart.tsx';
import { shortDay } from '../parts/dates.ts';
import { tierColour, tierOf } from './tier.ts';

interface Bar {
  due: string;
  upgrades: number;
  advisories: number;
  colour: string;
}

/** How much work falls on which day; what is overdue is one bar, the first. */
export function DueChart(props: { items: PatchItem[]; today: Day }) {
  const { items, today } = props;
  const bars = useMemo(() => barsOf(items, today), [items, today]);
  const draw = useCallback(
    (plot: typeof import('@observablehq/plot'), width: number, document: Document) =>
      plot.plot({
        document,
        width,
        height: 56 + bars.length * 34,
        marginLeft: 128,
        marginRight: 36,
        x: {
          label: null,
          ticks: 5,
          tickFormat: (tick: number) => (Number.isInteger(tick) ? String(tick) : ''),
          grid: true,
        },
        y: { label: null, domain: bars.map(({ due }) => due), tickSize: 0 },
        marks: [
          plot.barX(bars, { x: 'upgrades', y: 'due', fill: 'colour', rx: 3, insetTop: 4, insetBottom: 4 }),
          plot.text(bars, {
            x: 'upgrades',
            y: 'due',
            text: (bar: Bar) => String(bar.upgrades),
            dx: 6,
            textAnchor: 'start',
            fontWeight: 600,
          }),
          plot.ruleX([0], { stroke: '#73807c' }),
        ],
      }),
    [bars],
  );
  return (
    <div className="card">
      <Chart
        caption="What is due when, in items"
        draw={draw}
        table={
          <table className="usa-table">
            <thead>
              <tr>
                <th scope="col">Due</th>
                <th scope="col" className="number">
                  Upgrades
                </th>
                <th scope="col" className="number">
                  Advisories
                </th>
              </tr>
            </thead>
            <tbody>
              {bars.map((bar) => (
                <tr key={bar.due}>
                  <th scope="row">{bar.due}</th>
                  <td className="number">{bar.upgrades}</td>
                  <td className="number">{bar.advisories}</td>
                </tr>
              ))}
            </tbody>
          </table>
        }
      />
    </div>
  );
}

/** Before every day in text order. */
const overdue = '';

function barsOf(items: PatchItem[], today: Day): Bar[] {
  const days = new Map<string, { due: Day | undefined; items: PatchItem[] }>();
  for (const item of items) {
    const key = item.due === undefined ? '~' : item.due < today ? overdue : item.due;
    const group = days.get(key) ?? { due: item.due, items: [] };
    group.items.push(item);
    days.set(key, group);
  }
  return [...days.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, { due, items: group }]) => ({
      due: key === overdue ? 'Overdue' : due ? shortDay(due) : 'Next upgrade',
      upgrades: group.length,
      advisories: group.reduce((sum, item) => sum + item.advisories.length, 0),
      colour: tierColour[tierOf(due, today)],
    }));
}
