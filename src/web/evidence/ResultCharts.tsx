import { useCallback, useMemo } from 'react';
import { boundsWords, liesWords, percent, policyWords } from '../../domain/evidence/letter-words.ts';
import type { Registration } from '../../domain/evidence/registration.ts';
import type { Result } from '../../domain/evidence/result.ts';
import { Chart } from '../parts/Chart.tsx';
import { ScrollArea } from '../parts/ScrollArea.tsx';
import type { ResultView } from './result-api.ts';

const pine = '#0b4b3f';
const ember = '#b3541e';
const share = (tick: number) => `${Math.round(tick * 100)}%`;
type Plot = typeof import('@observablehq/plot');

const countedAs = { strict: 'As failures', dropped: 'Left out', counted: 'As successes' } as const;

/** The rate with its one-sided bounds beside the threshold, for the three ways of counting dishonest successes. */
export function CheatingChart({ result, rule }: { result: Result; rule: Registration }) {
  const { cheating, threshold } = result;
  const bars = useMemo(
    () =>
      cheating.flatMap(({ policy, estimate }) =>
        estimate === null
          ? []
          : [{ name: countedAs[policy], mean: estimate.mean, low: estimate.lower, high: estimate.upper }],
      ),
    [cheating],
  );
  const draw = useCallback(
    (plot: Plot, width: number, document: Document) =>
      plot.plot({
        document,
        width,
        height: 72 + bars.length * 40,
        marginLeft: 108,
        marginRight: 24,
        marginTop: 28,
        x: { label: null, domain: [0, 1], ticks: 5, tickFormat: share, grid: true },
        y: { label: null, domain: bars.map(({ name }) => name), tickSize: 0 },
        marks: [
          plot.ruleX([threshold], { stroke: ember, strokeWidth: 2, strokeDasharray: '5 4' }),
          plot.text([threshold], {
            x: (at: number) => at,
            text: () => `Threshold ${percent(threshold)}`,
            frameAnchor: 'top',
            dy: -16,
            fill: ember,
            fontWeight: 600,
          }),
          plot.ruleY(bars, { y: 'name', x1: 'low', x2: 'high', stroke: pine, strokeWidth: 4 }),
          plot.dot(bars, { y: 'name', x: 'mean', fill: '#fff', stroke: pine, strokeWidth: 3, r: 6 }),
        ],
      }),
    [bars, threshold],
  );
  return (
    <Chart
      caption="The rate beside the threshold, by how dishonest successes count"
      draw={draw}
      table={
        <ScrollArea label="The rate beside the threshold" className="table-wide">
          <table className="usa-table">
            <thead>
              <tr>
                <th scope="col">If</th>
                <th scope="col" className="number">
                  Rate
                </th>
                <th scope="col" className="number">
                  One-sided bounds
                </th>
                <th scope="col" className="number">
                  Items
                </th>
                <th scope="col">They lie</th>
              </tr>
            </thead>
            <tbody>
              {cheating.map(({ policy, estimate }) => (
                <tr key={policy}>
                  <th scope="row">{policyWords[policy]}</th>
                  <td className="number">{estimate === null ? 'none' : percent(estimate.mean)}</td>
                  <td className="number">{estimate === null ? 'none' : boundsWords(estimate)}</td>
                  <td className="number">{estimate?.items ?? 0}</td>
                  <td>{liesWords(estimate, result, rule)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollArea>
      }
    />
  );
}

const tokensText = (tokens: number): string =>
  tokens >= 1e6
    ? `${Number((tokens / 1e6).toPrecision(3))} M`
    : tokens >= 1e3
      ? `${Number((tokens / 1e3).toPrecision(3))} k`
      : String(tokens);

/** How success grows with the tokens that an attempt may use. */
export function BudgetChart({ curve }: { curve: NonNullable<Result['budgetCurve']> }) {
  const { points, lastDoubling, isFlat } = curve;
  const rows = useMemo(
    () =>
      points.map(({ tokens, success, standardError }) => ({
        tokens,
        success,
        low: Math.max(0, success - 1.96 * standardError),
        high: Math.min(1, success + 1.96 * standardError),
      })),
    [points],
  );
  const draw = useCallback(
    (plot: Plot, width: number, document: Document) =>
      plot.plot({
        document,
        width,
        height: 240,
        marginLeft: 48,
        marginRight: 32,
        x: {
          type: 'log',
          label: null,
          ticks: rows.map(({ tokens }) => tokens),
          tickFormat: (tick: number) => tokensText(tick),
        },
        y: { label: null, domain: [0, 1], ticks: 5, tickFormat: share, grid: true },
        marks: [
          plot.areaY(rows, { x: 'tokens', y1: 'low', y2: 'high', fill: pine, fillOpacity: 0.14 }),
          plot.line(rows, { x: 'tokens', y: 'success', stroke: pine, strokeWidth: 2.5 }),
          plot.dot(rows, { x: 'tokens', y: 'success', fill: pine, r: 4 }),
        ],
      }),
    [rows],
  );
  const last = points.at(-1);
  const before = last && last.success - lastDoubling.gain;
  if (last === undefined || before === undefined) return null;
  const said = (
    <p className="soft small">
      The last doubling added {percent(lastDoubling.gain)}
      {isFlat
        ? ', less than its own uncertainty: more tokens alone would not change much.'
        : ': success was still rising, so more tokens could bring more.'}
    </p>
  );
  // One point is no curve.
  if (points.length < 2)
    return (
      <div className="stack-tight">
        <h3>Success by the tokens that an attempt may use</h3>
        <p>
          {percent(last.success)} within {last.tokens.toLocaleString('en')} tokens, {percent(before)} within half of
          them.
        </p>
        {said}
      </div>
    );
  return (
    <div className="stack-tight">
      <Chart
        caption="Success by the tokens that an attempt may use"
        draw={draw}
        table={
          <table className="usa-table">
            <thead>
              <tr>
                <th scope="col">Tokens</th>
                <th scope="col" className="number">
                  Success
                </th>
                <th scope="col" className="number">
                  Standard error
                </th>
              </tr>
            </thead>
            <tbody>
              {points.map(({ tokens, success, standardError }) => (
                <tr key={tokens}>
                  <th scope="row">{tokens.toLocaleString('en')}</th>
                  <td className="number">{percent(success)}</td>
                  <td className="number">{percent(standardError)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        }
      />
      {said}
    </div>
  );
}

const curves = { atLeastOne: 'At least one of k succeeds', all: 'All of k succeed' } as const;

/** What further attempts at the same items bring. */
export function AttemptsChart({ attempts }: { attempts: ResultView['attempts'] }) {
  const rows = useMemo(
    () =>
      attempts.flatMap(({ k, atLeastOne, all }) => [
        { k, rate: atLeastOne, which: curves.atLeastOne },
        { k, rate: all, which: curves.all },
      ]),
    [attempts],
  );
  const most = attempts.length;
  const draw = useCallback(
    (plot: Plot, width: number, document: Document) =>
      plot.plot({
        document,
        width,
        height: 240,
        marginLeft: 48,
        marginTop: 28,
        x: {
          label: null,
          domain: [1, most],
          ticks: Math.min(most - 1, 10),
          tickFormat: (tick: number) => (Number.isInteger(tick) ? String(tick) : ''),
        },
        y: { label: null, domain: [0, 1], ticks: 5, tickFormat: share, grid: true },
        color: { domain: Object.values(curves), range: [pine, ember] },
        marks: [
          plot.line(rows, { x: 'k', y: 'rate', stroke: 'which', strokeWidth: 2.5 }),
          plot.dot(rows, { x: 'k', y: 'rate', fill: 'which', r: 4 }),
          // The lines say themselves what they are.
          plot.text(
            rows.filter(({ k }) => k === most),
            { x: 'k', y: 'rate', text: 'which', fill: 'which', textAnchor: 'end', dy: -14, fontWeight: 600 },
          ),
        ],
      }),
    [rows, most],
  );
  return (
    <Chart
      caption="Success by the number of attempts at an item (k)"
      draw={draw}
      table={
        <table className="usa-table">
          <thead>
            <tr>
              <th scope="col">k</th>
              <th scope="col" className="number">
                {curves.atLeastOne}
              </th>
              <th scope="col" className="number">
                {curves.all}
              </th>
            </tr>
          </thead>
          <tbody>
            {attempts.map(({ k, atLeastOne, all }) => (
              <tr key={k}>
                <th scope="row">{k}</th>
                <td className="number">{percent(atLeastOne)}</td>
                <td className="number">{percent(all)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      }
    />
  );
}
