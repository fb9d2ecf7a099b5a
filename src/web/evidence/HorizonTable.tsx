import { useState } from 'react';
import type { ModelHorizon } from '../../domain/evidence/model-horizon.ts';
import { clustersWanted } from '../../domain/evidence/statistics/standard-error.ts';
import { count } from '../parts/numbers.ts';
import type { ShownModel } from './HorizonChart.tsx';
import { HorizonMark, looks } from './HorizonMark.tsx';
import { intervalWords, lengthWords } from './horizon-words.ts';
import type { WorkedModel } from './horizon-work.ts';

/** More rows come on request. */
const rowsAtFirst = 100;

/** Every model with its numbers, and the choice of those in the picture. */
export function HorizonTable(props: {
  models: readonly WorkedModel[];
  shown: readonly ShownModel[];
  onChoose: (names: readonly string[]) => void;
}) {
  const { models, shown, onChoose } = props;
  const [rows, setRows] = useState(rowsAtFirst);
  const names = shown.map(({ horizon }) => horizon.model);
  const toggle = (name: string) =>
    onChoose(names.includes(name) ? names.filter((one) => one !== name) : [...names, name]);
  const horizons = models.map(({ horizon }) => horizon);
  const thin = horizons.filter(({ families }) => families < clustersWanted);
  const isExtrapolated = horizons.some((one) => isBeyond(one) || (one.high ?? 0) > one.longestMinutes);
  const isOpen = horizons.some(
    ({ p50Minutes, high, bootstrap }) => p50Minutes === null || (bootstrap > 0 && high === null),
  );
  return (
    <div className="stack">
      <div className="table-wide">
        <table className="usa-table horizon-table">
          <caption>
            Models ({count(models.length)}), with 95% intervals. Up to {looks.length} are shown in the picture.
          </caption>
          <thead>
            <tr>
              <th scope="col">Model</th>
              <th scope="col">P50: solved half the time</th>
              <th scope="col">P80: four times of five</th>
              <th scope="col" className="number">
                Slope
              </th>
              <th scope="col" className="number">
                Runs
              </th>
              <th scope="col" className="number">
                Tasks
              </th>
              <th scope="col" className="number">
                Families
              </th>
            </tr>
          </thead>
          <tbody>
            {horizons.slice(0, rows).map((horizon, index) => (
              <Row
                key={horizon.model}
                id={`show-${index}`}
                horizon={horizon}
                shown={shown.find((one) => one.horizon.model === horizon.model)}
                isFull={shown.length >= looks.length}
                onToggle={() => toggle(horizon.model)}
              />
            ))}
          </tbody>
        </table>
      </div>
      {horizons.length > rows && (
        <p>
          <button type="button" className="usa-button usa-button--outline" onClick={() => setRows(rows + rowsAtFirst)}>
            Show more models
          </button>
        </p>
      )}
      <ul className="plain-bullets small">
        {isOpen && <li>An open end: the data name no longest task that the model solves at that rate.</li>}
        {isExtrapolated && (
          <li>
            A length beyond the longest task ({lengthWords(Math.max(...horizons.map((one) => one.longestMinutes)))}) is
            extrapolated from shorter ones: no task of that length was tried. Read it as “longer than the tasks there
            were”.
          </li>
        )}
        {thin.length > 0 && (
          <li>
            {thin.length === horizons.length
              ? 'Every model'
              : `${count(thin.length)} of ${count(horizons.length)} models`}{' '}
            ran on fewer than {clustersWanted} families of tasks, so the intervals are themselves a rough guide. Upper
            ends depend on the way of resampling far more than lower ends.
          </li>
        )}
        <li>
          The slope is the change in the log odds of success as the length doubles: the steeper, the sharper the limit.
        </li>
      </ul>
    </div>
  );
}

const isBeyond = ({ p50Minutes, longestMinutes }: ModelHorizon) => p50Minutes === null || p50Minutes > longestMinutes;

function Row(props: {
  id: string;
  horizon: ModelHorizon;
  shown: ShownModel | undefined;
  isFull: boolean;
  onToggle: () => void;
}) {
  const { id, horizon, shown, isFull, onToggle } = props;
  const { model, p50Minutes, p80Minutes, low, high, p80Low, p80High, slope, runs, tasks, families, bootstrap } =
    horizon;
  return (
    <tr>
      <th scope="row">
        <div className="usa-checkbox">
          <input
            id={id}
            className="usa-checkbox__input"
            type="checkbox"
            checked={shown !== undefined}
            disabled={shown === undefined && isFull}
            onChange={onToggle}
          />
          <label className="usa-checkbox__label" htmlFor={id}>
            <span className="visually-hidden">Show </span>
            {shown && <HorizonMark look={shown.look} />} <span data-source="outside">{model}</span>
          </label>
        </div>
      </th>
      <td>
        <Length minutes={p50Minutes} low={low} high={high} hasInterval={bootstrap > 0} />
        {isBeyond(horizon) && (
          <span className="tag tag-soon">beyond the longest task ({lengthWords(horizon.longestMinutes)})</span>
        )}
      </td>
      <td>
        <Length minutes={p80Minutes} low={p80Low} high={p80High} hasInterval={bootstrap > 0} />
      </td>
      <td className="number">{slope.toFixed(3)}</td>
      <td className="number">{count(runs)}</td>
      <td className="number">{count(tasks)}</td>
      <td className="number">{count(families)}</td>
    </tr>
  );
}

function Length(props: { minutes: number | null; low: number | null; high: number | null; hasInterval: boolean }) {
  const { minutes, low, high, hasInterval } = props;
  return (
    <div className="horizon-length">
      <strong>{minutes === null ? 'open' : lengthWords(minutes)}</strong>
      {minutes !== null && minutes >= 120 && <span className="small soft"> {minutes.toPrecision(4)} min</span>}
      {hasInterval && <div className="small soft">{intervalWords(low, high)}</div>}
    </div>
  );
}
