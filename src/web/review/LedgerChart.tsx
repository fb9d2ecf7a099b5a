import { useCallback, useMemo, useState } from 'react';
import { Chart } from '../parts/Chart.tsx';
import { moments, shortDay } from '../parts/dates.ts';
import { Failure } from '../parts/Failure.tsx';
import { count } from '../parts/numbers.ts';
import { Segments } from '../parts/Segments.tsx';
import { type Totals, useTotals } from './access-api.ts';
import { nameless } from './ledger-words.ts';

const spans = [
  { value: '1', label: '1 day' },
  { value: '7', label: '7 days' },
  { value: '30', label: '30 days' },
] as const;
type Span = (typeof spans)[number]['value'];
const colours = { uses: '#1f6b58', refused: '#b3541e' };
const what = { uses: 'Let through or reported', refused: 'Refused' };

/** Uses over time and in total by day and person. */
export function LedgerChart({ id }: { id: string }) {
  const [span, setSpan] = useState<Span>('30');
  const totals = useTotals(id, Number(span));
  return (
    <section className="card stack" aria-label="Access over time">
      <Segments legend="Time" options={spans} value={span} onChange={setSpan} />
      {totals.error && !totals.data && <Failure error={totals.error} doing="show access over time" />}
      {totals.data && <Picture totals={totals.data} days={Number(span)} />}
    </section>
  );
}

function Picture({ totals, days }: { totals: Totals; days: number }) {
  const { overTime, by, names } = totals;
  const bars = useMemo(() => barsOf(overTime), [overTime]);
  const draw = useCallback(
    (plot: typeof import('@observablehq/plot'), width: number, document: Document) => {
      const end = new Date();
      const start = new Date(end.getTime() - days * 86_400_000);
      return plot.plot({
        document,
        width,
        height: 220,
        marginLeft: 48,
        x: { type: 'utc', label: null, domain: [start, end] },
        y: {
          label: 'Uses',
          labelArrow: 'none',
          grid: true,
          nice: true,
          tickFormat: (tick: number) => (Number.isInteger(tick) ? String(tick) : ''),
        },
        color: { domain: [what.uses, what.refused], range: [colours.uses, colours.refused] },
        marks: [
          plot.rectY(bars, { x: 'at', interval: by, y: 'count', fill: 'what', insetLeft: 0.5, insetRight: 0.5 }),
          plot.ruleY([0]),
        ],
      });
    },
    [bars, by, days],
  );
  if (overTime.length === 0) {
    return (
      <div className="stack-tight">
        <h3>Access over time</h3>
        <p className="soft">No use of the model is recorded in this time.</p>
      </div>
    );
  }
  return (
    <>
      <Chart
        caption={`Access over time, by the ${by}`}
        draw={draw}
        table={
          <div className="table-scroll">
            <table className="usa-table">
              <thead>
                <tr>
                  <th scope="col">{by === 'hour' ? 'Hour from' : 'Day'}</th>
                  <th scope="col">Organisation</th>
                  <th scope="col" className="number">
                    {what.uses}
                  </th>
                  <th scope="col" className="number">
                    {what.refused}
                  </th>
                </tr>
              </thead>
              <tbody>
                {overTime.map((row) => (
                  <tr key={`${row.at}${row.organisation}`}>
                    <th scope="row">{by === 'hour' ? moments(row.at) : shortDay(row.at)}</th>
                    <td>{names[row.organisation] ?? row.organisation}</td>
                    <td className="number">{count(row.uses)}</td>
                    <td className="number">{count(row.refused)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        }
      />
      <p className="small soft">
        <span className="access-key access-key-uses" /> {what.uses} · <span className="access-key access-key-refused" />{' '}
        {what.refused}
      </p>
      <details>
        <summary>Totals by day and person</summary>
        <div className="table-scroll">
          <table className="usa-table">
            <thead>
              <tr>
                <th scope="col">Day</th>
                <th scope="col">Person</th>
                <th scope="col">Organisation</th>
                <th scope="col" className="number">
                  Uses
                </th>
                <th scope="col" className="number">
                  Refused
                </th>
                <th scope="col" className="number">
                  Tokens in
                </th>
                <th scope="col" className="number">
                  Tokens out
                </th>
              </tr>
            </thead>
            <tbody>
              {totals.days.map((row) => (
                <tr key={`${row.day}${row.person}`}>
                  <th scope="row">{shortDay(row.day)}</th>
                  <td className="break-all" title={row.person}>
                    {names[row.person] ?? nameless(row.person, names[row.organisation])}
                  </td>
                  <td>{names[row.organisation] ?? row.organisation}</td>
                  <td className="number">{count(row.uses)}</td>
                  <td className="number">{count(row.refused)}</td>
                  <td className="number">{count(row.promptTokens)}</td>
                  <td className="number">{count(row.completionTokens)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </>
  );
}

/** All organisations together; which one it was is in the table. */
function barsOf(overTime: Totals['overTime']): { at: Date; count: number; what: string }[] {
  const sums = new Map<string, { uses: number; refused: number }>();
  for (const { at, uses, refused } of overTime) {
    const sum = sums.get(at) ?? { uses: 0, refused: 0 };
    sums.set(at, { uses: sum.uses + uses, refused: sum.refused + refused });
  }
  return [...sums].flatMap(([at, { uses, refused }]) => [
    { at: new Date(at), count: uses, what: what.uses },
    { at: new Date(at), count: refused, what: what.refused },
  ]);
}
