import { type CurvePoint, curveOf, type ModelHorizon, type Span } from '../../domain/evidence/model-horizon.ts';
import { HorizonChart, type ShownModel } from './HorizonChart.tsx';
import { looks } from './HorizonMark.tsx';

const span: Span = { from: 0.5, to: 1920 };
/** Log odds of 0 at one hour. */
const slope = -0.75;
const intercept = -slope * Math.log2(60);
/** A drawn band: curves beside the one in the middle. */
const draws = {
  intercepts: Float64Array.from({ length: 41 }, (_, index) => intercept + (index - 20) / 26),
  slopes: new Float64Array(41).fill(slope),
};
const curve: CurvePoint[] = curveOf({ fit: { intercept, slope }, draws }, span);

const horizon: ModelHorizon = {
  model: 'A model that was drawn',
  p50Minutes: 60,
  p80Minutes: 60 * 2 ** (-Math.log(4) / -slope),
  low: 60 * 2 ** (20 / 26 / slope),
  high: 60 * 2 ** (-20 / 26 / slope),
  p80Low: null,
  p80High: null,
  slope,
  intercept,
  runs: 120,
  tasks: 40,
  families: 8,
  shortestMinutes: 1,
  longestMinutes: 480,
  weights: 'equal_task_weight',
  lambda: 0,
  bootstrap: 41,
  seed: 0,
};
const drawn: ShownModel[] = [
  {
    horizon,
    curve,
    look: looks[0],
    bins: [
      { from: 1, to: 4, minutes: 2, share: 0.98, runs: 24, tasks: 8 },
      { from: 4, to: 16, minutes: 8, share: 0.86, runs: 30, tasks: 10 },
      { from: 16, to: 64, minutes: 32, share: 0.66, runs: 30, tasks: 10 },
      { from: 64, to: 256, minutes: 128, share: 0.3, runs: 24, tasks: 8 },
      { from: 256, to: 1024, minutes: 400, share: 0.14, runs: 12, tasks: 4 },
    ],
  },
];

/** What a time horizon is, with a drawn picture. */
export function HorizonExplained() {
  return (
    <section className="card stack" aria-labelledby="what">
      <h2 id="what">What a time horizon is</h2>
      <p>
        Longer tasks are harder. The time horizon puts that into one number: the length of tasks, measured by how long a
        human expert takes, that a model solves half the time. It is written P50. P80 is the length that it solves four
        times out of five, and is always shorter.
      </p>
      <HorizonChart caption="A drawn example, not a measurement" span={span} models={drawn} />
      <ul className="plain-bullets">
        <li>
          <strong>Marks</strong> are runs at tasks of like length: how many of them were solved. Larger marks are more
          runs.
        </li>
        <li>
          <strong>The curve</strong> is fitted to all runs, and its shaded band holds 95% of the curves that other tasks
          like these would have given.
        </li>
        <li>
          <strong>The open mark</strong> is P50, with its 95% interval below the picture.
        </li>
        <li>
          <strong>The dashed part</strong> lies beyond the longest task. A horizon there is extrapolation: nobody tried
          tasks of that length.
        </li>
      </ul>
    </section>
  );
}
