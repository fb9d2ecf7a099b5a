import { dayMs, type WindowView } from '../../domain/review/window.ts';
import { days, daysLeft } from '../../domain/review/window-words.ts';
import { moments, shortDay } from '../parts/dates.ts';

/** The two meters of a window: days of access used, and calendar days. Drawn, and said in words beside it. */
export function WindowMeters({ view, isPauseCounted }: { view: WindowView; isPauseCounted: boolean }) {
  const used = days(view.usedMs);
  const limit = days(view.limitMs);
  return (
    <div className="meters">
      <div className="meter">
        <h3>Days of access</h3>
        <p>
          <span className="meter-number">{used}</span> of {limit} used
          {view.startedAt !== undefined && (
            <>
              {' · '}
              <strong>{daysLeft(view)}</strong> {view.endedAt === undefined ? 'left' : 'not used'}
            </>
          )}
        </p>
        <UsedBar view={view} />
        <p className="small soft">
          A day is 24 hours of access{isPauseCounted ? ', and of pauses' : '; pauses stand apart'}.
        </p>
      </div>
      <div className="meter">
        <h3>Calendar days</h3>
        <p>
          <span className="meter-number">{days(view.calendarMs)}</span>{' '}
          {view.startedAt === undefined ? 'the clock has not started' : `from start to ${view.endedAt ? 'end' : 'now'}`}
        </p>
        <Stretch view={view} />
        <Span view={view} />
      </div>
    </div>
  );
}

function UsedBar({ view }: { view: WindowView }) {
  const share = Math.min(1, view.usedMs / view.limitMs);
  const limitDays = view.limitMs / dayMs;
  // One line for each day, for each week where there are many.
  const step = limitDays > 45 ? 7 : 1;
  const ticks = Array.from({ length: Math.ceil(limitDays / step) - 1 }, (_, index) => ((index + 1) * step) / limitDays);
  return (
    <svg className="meter-bar" viewBox="0 0 1000 28" preserveAspectRatio="none" aria-hidden="true">
      <rect className="meter-ground" width="1000" height="28" />
      <rect className="meter-used" width={share * 1000} height="28" />
      {ticks.map((at) => (
        <line key={at} className="meter-tick" x1={at * 1000} x2={at * 1000} y1="0" y2="28" />
      ))}
    </svg>
  );
}

/** From the start to the end, or to what is planned: where the clock ran, where access was paused, where now is. */
function Stretch({ view }: { view: WindowView }) {
  const { startedAt, endedAt, endsAt, at } = view;
  if (startedAt === undefined) {
    return (
      <svg className="meter-bar" viewBox="0 0 1000 28" preserveAspectRatio="none" aria-hidden="true">
        <rect className="meter-ground" width="1000" height="28" />
      </svg>
    );
  }
  const from = Date.parse(startedAt);
  const to = Math.max(from + dayMs, Date.parse(endedAt ?? endsAt ?? at), endedAt ? 0 : Date.parse(at));
  const place = (instant: string) => ((Date.parse(instant) - from) / (to - from)) * 1000;
  return (
    <svg className="meter-bar" viewBox="0 0 1000 28" preserveAspectRatio="none" aria-hidden="true">
      <rect className="meter-ground" width="1000" height="28" />
      {view.intervals.map(({ state, from: begin, to: end = at }) => (
        <rect
          key={`${state}${begin}`}
          className={state === 'running' ? 'meter-used' : 'meter-paused'}
          x={place(begin)}
          width={Math.max(0, place(end) - place(begin))}
          height="28"
        />
      ))}
      {endedAt === undefined && <line className="meter-now" x1={place(at)} x2={place(at)} y1="0" y2="28" />}
    </svg>
  );
}

function Span({ view }: { view: WindowView }) {
  const { startedAt, endedAt, endsAt } = view;
  if (startedAt === undefined) return <p className="small soft">They count from the start, pauses among them.</p>;
  const pauses = view.intervals.filter(({ state }) => state === 'paused').length;
  return (
    <p className="small soft meter-span">
      <span title={moments(startedAt)}>{shortDay(startedAt)}</span>
      {pauses > 0 && (
        <span>
          <span className="meter-key meter-key-paused" aria-hidden="true" />{' '}
          {pauses === 1 ? 'a pause' : `${pauses} pauses`}
        </span>
      )}
      <span>{endedAt ? shortDay(endedAt) : endsAt ? `ends ${shortDay(endsAt)}` : 'no end is set'}</span>
    </p>
  );
}
