import { useCallback } from 'react';
import type { Bin, CurvePoint, Span } from '../../domain/evidence/model-horizon.ts';
import { Chart } from '../parts/Chart.tsx';
import { count } from '../parts/numbers.ts';
import { ScrollArea } from '../parts/ScrollArea.tsx';
import type { Look } from './HorizonMark.tsx';
import { intervalWords, lengthWords } from './horizon-words.ts';
import type { WorkedModel } from './horizon-work.ts';

export interface ShownModel extends WorkedModel {
  look: Look;
}

/** Each of these lengths is four times the one before, as are the bins. */
const ticks = Array.from({ length: 24 }, (_, index) => {
  const [base, step] = index < 3 ? [1 / 60, index] : index < 6 ? [1, index - 3] : [60, index - 6];
  return base * 4 ** step;
});

/** `15 s`, `4 min`, `1 h`: whole numbers at the ticks. */
export const tickWords = (minutes: number) => lengthWords(minutes).replace(/^60 min$/, '1 h');
export { ticks as lengthTicks };

const per = (share: number) => `${Math.round(share * 100)}%`;
const rowHeight = 44;

/** Success against length: fitted curves with their bands, binned runs, and below them each P50 with its interval on the same axis. */
export function HorizonChart(props: { caption: string; span: Span; models: readonly ShownModel[] }) {
  const { caption, span, models } = props;
  const draw = useCallback(
    (plot: typeof import('@observablehq/plot'), width: number, document: Document) => {
      const isNarrow = width < 560;
      const within = ticks.filter((tick) => tick >= span.from && tick <= span.to);
      const shown = isNarrow ? within.filter((_, index) => index % 2 === 0) : within;
      const longest = Math.max(...models.map(({ horizon }) => horizon.longestMinutes));
      const sides = { marginLeft: 44, marginRight: 16 };
      const x = { type: 'log', domain: [span.from, span.to], axis: null } as const;
      const beyond = longest < span.to ? [{ x1: longest, x2: span.to }] : [];
      const curves = plot.plot({
        document,
        width,
        height: isNarrow ? 320 : 400,
        marginTop: 26,
        ...sides,
        marginBottom: 52,
        x,
        y: {
          domain: [0, 1],
          label: 'Solved',
          labelArrow: 'none',
          grid: true,
          ticks: [0, 0.25, 0.5, 0.75, 1],
          tickFormat: per,
        },
        r: { range: [2.5, isNarrow ? 6 : 8] },
        marks: [
          plot.rect(beyond, { x1: 'x1', x2: 'x2', y1: 0, y2: 1, fill: '#17211f', fillOpacity: 0.05 }),
          plot.text(beyond, {
            x: 'x2',
            y: 1,
            text: () => (isNarrow ? 'no tasks' : 'no tasks this long'),
            textAnchor: 'end',
            dy: -8,
            fill: '#495653',
          }),
          plot.axisX(shown, {
            // Given as a channel: the axis of a logarithmic scale leaves out labels by a rule of its own.
            text: tickWords as never,
            label: 'Length of the task for a human expert',
            labelAnchor: 'center',
            labelArrow: 'none',
          }),
          plot.ruleY([0.5], { stroke: '#495653', strokeDasharray: '2,3' }),
          ...models.flatMap(({ curve, horizon, look }) => [
            plot.areaY(
              curve.filter(({ low }) => low !== undefined),
              { x: 'minutes', y1: 'low', y2: 'high', fill: look.colour, fillOpacity: 0.1 },
            ),
            plot.line(partOf(curve, 0, horizon.longestMinutes), {
              x: 'minutes',
              y: 'share',
              stroke: look.colour,
              strokeWidth: 2.25,
            }),
            plot.line(partOf(curve, horizon.longestMinutes, Number.POSITIVE_INFINITY), {
              x: 'minutes',
              y: 'share',
              stroke: look.colour,
              strokeWidth: 2.25,
              strokeDasharray: '5,5',
            }),
          ]),
          ...models.map(({ bins, look }) =>
            plot.dot(bins, {
              x: (bin: Bin) => Math.min(span.to, Math.max(span.from, bin.minutes)),
              y: 'share',
              r: 'runs',
              symbol: look.symbol,
              fill: look.colour,
              fillOpacity: 0.55,
              stroke: '#fff',
              strokeWidth: 0.75,
            }),
          ),
          ...models.map(({ horizon, look }) =>
            plot.dot(isWithin(horizon.p50Minutes, span) ? [horizon.p50Minutes] : [], {
              x: (value: number) => value,
              y: 0.5,
              r: 6,
              symbol: look.symbol,
              fill: '#fff',
              stroke: look.colour,
              strokeWidth: 2.5,
            }),
          ),
        ],
      });
      const rows = models.map(({ horizon, look }, index) => ({
        ...horizon,
        colour: look.colour,
        at: index + 0.7,
        top: index + 0.3,
        from: Math.min(span.to, Math.max(span.from, horizon.low ?? span.to)),
        to: Math.min(span.to, Math.max(span.from, horizon.high ?? span.to)),
      }));
      const drawn = rows.filter(({ bootstrap }) => bootstrap > 0);
      const isBeyond = ({ high }: { high: number | null }) => high === null || high > span.to;
      const ends = plot.plot({
        document,
        width,
        height: models.length * rowHeight + 10,
        ...sides,
        marginTop: 4,
        marginBottom: 6,
        x,
        y: { domain: [models.length, 0], axis: null },
        marks: [
          plot.ruleX(shown, { stroke: '#dde3e0' }),
          plot.text(rows, {
            x: () => span.from,
            y: 'top',
            textAnchor: 'start',
            text: ({ model, p50Minutes, bootstrap, low, high }: (typeof rows)[number]) => {
              const ends = bootstrap > 0 && !isNarrow ? ` (${intervalWords(low, high)})` : '';
              return `${shortened(model, isNarrow ? 26 : 60)}: ${p50Minutes === null ? 'open' : lengthWords(p50Minutes)}${ends}`;
            },
            fontWeight: 600,
            fill: '#17211f',
            stroke: '#fff',
            strokeWidth: 4,
          }),
          plot.link(
            drawn.filter((row) => !isBeyond(row)),
            {
              x1: 'from',
              x2: 'to',
              y1: 'at',
              y2: 'at',
              stroke: 'colour',
              strokeWidth: 3,
              strokeLinecap: 'round',
            },
          ),
          plot.arrow(drawn.filter(isBeyond), {
            x1: 'from',
            x2: 'to',
            y1: 'at',
            y2: 'at',
            stroke: 'colour',
            strokeWidth: 3,
            headLength: 5,
          }),
          ...models.map(({ horizon, look }, index) =>
            plot.dot(isWithin(horizon.p50Minutes, span) ? [horizon.p50Minutes] : [], {
              x: (value: number) => value,
              y: index + 0.7,
              r: 6,
              symbol: look.symbol,
              fill: '#fff',
              stroke: look.colour,
              strokeWidth: 2.5,
            }),
          ),
        ],
      });
      const both = document.createElement('div');
      both.append(curves, ends);
      return both;
    },
    [models, span],
  );
  return (
    <div className={`horizon-picture horizon-rows-${models.length}`}>
      <Chart caption={caption} draw={draw} table={<Bins models={models} />} />
    </div>
  );
}

function isWithin(minutes: number | null, { from, to }: Span): minutes is number {
  return minutes !== null && minutes >= from && minutes <= to;
}

/** The points of a curve between two lengths, with one more before the first so that parts meet. */
function partOf(curve: readonly CurvePoint[], from: number, to: number): CurvePoint[] {
  return curve.filter(({ minutes }, index) => minutes < to && (curve[index + 1]?.minutes ?? minutes) >= from);
}

const shortened = (text: string, most: number) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

function Bins(props: { models: readonly ShownModel[] }) {
  return (
    <ScrollArea label="Binned runs" className="table-wide">
      <table className="usa-table">
        <thead>
          <tr>
            <th scope="col">Model</th>
            <th scope="col">Length of the tasks</th>
            <th scope="col" className="number">
              Tasks
            </th>
            <th scope="col" className="number">
              Runs
            </th>
            <th scope="col" className="number">
              Solved, weighted as in the fit
            </th>
          </tr>
        </thead>
        <tbody>
          {props.models.flatMap(({ horizon, bins }) =>
            bins.map((bin) => (
              <tr key={`${horizon.model} ${bin.from}`}>
                <th scope="row">{horizon.model}</th>
                <td>
                  {lengthWords(bin.from)} to {lengthWords(bin.to)}
                </td>
                <td className="number">{count(bin.tasks)}</td>
                <td className="number">{count(bin.runs)}</td>
                <td className="number">{per(bin.share)}</td>
              </tr>
            )),
          )}
        </tbody>
      </table>
    </ScrollArea>
  );
}
