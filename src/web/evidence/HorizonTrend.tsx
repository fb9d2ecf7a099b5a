import { useCallback, useMemo } from 'react';
import { trendOf } from '../../domain/evidence/statistics/horizon.ts';
import { Chart } from '../parts/Chart.tsx';
import { count } from '../parts/numbers.ts';
import { ScrollArea } from '../parts/ScrollArea.tsx';
import { lengthTicks, type ShownModel, tickWords } from './HorizonChart.tsx';
import { intervalWords, lengthWords } from './horizon-words.ts';
import type { WorkedModel } from './horizon-work.ts';

const dayMs = 86_400_000;
/** Models that the picture above does not show. */
const other = { colour: '#73807c', symbol: 'circle' } as const;

/** Horizons over the days of release, where the source names them; nothing where fewer than three models have one. */
export function HorizonTrend(props: { models: readonly WorkedModel[]; shown: readonly ShownModel[] }) {
  const { models, shown } = props;
  const dated = useMemo(
    () =>
      models.flatMap(({ horizon }) => {
        const { released, p50Minutes: minutes, model, low, high } = horizon;
        if (released === undefined || minutes === null || minutes === 0) return [];
        const look = shown.find((one) => one.horizon.model === model)?.look;
        return [{ model, at: new Date(`${released}T00:00:00Z`), released, minutes, low, high, look }];
      }),
    [models, shown],
  );
  const trend = useMemo(() => {
    const days = new Set(dated.map(({ released }) => released));
    if (dated.length < 3 || days.size < 2) return undefined;
    return trendOf(dated.map(({ at, minutes }) => ({ day: at.getTime() / dayMs, minutes })));
  }, [dated]);
  const draw = useCallback(
    (plot: typeof import('@observablehq/plot'), width: number, document: Document) => {
      const ends = dated.map(({ at }) => at.getTime());
      const line = [Math.min(...ends), Math.max(...ends)].map((at) => ({
        at: new Date(at),
        minutes: trend ? Math.exp(trend.intercept + (trend.slope * at) / dayMs) : 1,
      }));
      const values = dated.flatMap(({ minutes, low, high }) => [
        minutes,
        ...(low ? [low] : []),
        ...(high ? [high] : []),
      ]);
      const domain = [Math.min(...values) / 1.2, Math.max(...values) * 1.2] as const;
      const marked = lengthTicks.filter((tick) => tick >= domain[0] && tick <= domain[1]);
      return plot.plot({
        document,
        width,
        height: 300,
        marginLeft: 64,
        marginTop: 24,
        marginRight: 24,
        x: { type: 'utc', label: null, inset: 16 },
        y: { type: 'log', domain, label: 'P50', axis: null },
        marks: [
          plot.gridY(marked),
          plot.axisY(marked, { text: tickWords as never, label: 'P50', labelArrow: 'none' }),
          plot.line(line, { x: 'at', y: 'minutes', stroke: '#495653', strokeDasharray: '4,4' }),
          plot.ruleX(
            dated.filter(({ low, high }) => low !== null && low > 0 && high !== null),
            {
              x: 'at',
              y1: 'low',
              y2: 'high',
              stroke: ({ look }: (typeof dated)[number]) => look?.colour ?? other.colour,
              strokeWidth: 2,
            },
          ),
          ...dated.map((one) =>
            plot.dot([one], {
              x: 'at',
              y: 'minutes',
              r: 6,
              symbol: (one.look ?? other).symbol,
              fill: (one.look ?? other).colour,
            }),
          ),
        ],
      });
    },
    [dated, trend],
  );
  if (trend === undefined) return null;
  return (
    <section className="card stack" aria-label="Trend over days of release">
      <div className="horizon-trend">
        <Chart
          caption="P50 over the day of release"
          draw={draw}
          table={
            <ScrollArea label="Horizons by day of release" className="table-wide">
              <table className="usa-table">
                <thead>
                  <tr>
                    <th scope="col">Model</th>
                    <th scope="col">Released</th>
                    <th scope="col">P50</th>
                    <th scope="col">95% interval</th>
                  </tr>
                </thead>
                <tbody>
                  {dated.map(({ model, released, minutes, low, high }) => (
                    <tr key={model}>
                      <th scope="row">{model}</th>
                      <td>{released}</td>
                      <td>{lengthWords(minutes)}</td>
                      <td>{intervalWords(low, high)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </ScrollArea>
          }
        />
      </div>
      <p>
        {trend.doublingDays > 0
          ? `A straight line through ${dated.length} models on this scale doubles every ${count(Math.round(trend.doublingDays))} days`
          : `A straight line through ${dated.length} models on this scale does not rise`}{' '}
        (R² = {trend.rSquared.toFixed(2)}).
      </p>
      <p className="small soft">
        Least squares of ln P50 on the day of release, each model counted the same. It says how these models lie, not
        what the next one will do.
      </p>
    </section>
  );
}
