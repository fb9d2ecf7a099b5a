import type { Moment, WindowEvent, WindowView } from '../../domain/review/window.ts';
import { actNames, detail as detailOf, next, standing, stateNames } from '../../domain/review/window-words.ts';
import { EntryProof } from '../log/EntryProof.tsx';
import { moments } from '../parts/dates.ts';
import { Failure } from '../parts/Failure.tsx';
import { count } from '../parts/numbers.ts';
import { ScrollArea } from '../parts/ScrollArea.tsx';
import { type Submission, submissionPath } from './submission-api.ts';
import { WindowActs } from './WindowActs.tsx';
import { WindowMeters } from './WindowMeters.tsx';
import { type Detail, useViewNow, useWindow } from './window-api.ts';

/** The window of early access: where it stands, both meters, what comes next and by whom, and what happened. */
export function WindowPanel({ submission }: { submission: Submission }) {
  const { id, model } = submission;
  const window = useWindow(id);
  const view = useViewNow(window.data);
  const isWithoutGrant = view?.state === 'running' && window.data?.noGrantSince !== undefined;
  return (
    <section className="card stack" aria-labelledby="window">
      <div className="row spread">
        <h2 id="window">Window</h2>
        {view && <span className={`tag ${tones[view.state]}`}>{stateNames[view.state]}</span>}
      </div>
      {window.error && !window.data && (
        <Failure error={window.error} doing="read the window" onRetry={() => window.refetch()} />
      )}
      {!window.data && !window.error && <p className="soft">Reading the window…</p>}
      {window.data && view && (
        <>
          <p role="status">
            {isWithoutGrant
              ? `The clock runs, but nobody has access through a grant since ${moments(window.data.noGrantSince as string)}.`
              : standing(view, moments)}
          </p>
          {isWithoutGrant && (
            <p className="soft">
              The end of grants does not stop the clock. Whether to pause, to withdraw or to offer access anew is the
              developer’s choice.
            </p>
          )}
          <WindowActs id={id} model={`${model.name} ${model.version}`} detail={window.data} view={view} />
          {(view.startedAt !== undefined || view.state === 'terms_agreed') && (
            <WindowMeters view={view} isPauseCounted={window.data.policy.rules['window.pause_counts'].value} />
          )}
          <Next view={view} />
          <Timeline detail={window.data} view={view} />
          <Policy policy={window.data.policy} />
          {window.data.events.length > 0 && <Recompute id={id} />}
        </>
      )}
    </section>
  );
}

const tones: Record<WindowView['state'], string> = {
  planned: '',
  offered: 'tag-later',
  terms_agreed: 'tag-later',
  running: 'tag-pine',
  paused: 'tag-soon',
  concluded_early: '',
  expired: '',
  withdrawn: '',
  released: 'tag-pine',
};

function Next({ view }: { view: WindowView }) {
  const lines = next(view, moments);
  if (lines.length === 0) return null;
  return (
    <div className="stack-tight">
      <h3>What comes next</h3>
      <ul className="plain-list">
        {lines.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    </div>
  );
}

/** Newest first; what time did stands among what people did. */
function Timeline({ detail, view }: { detail: Detail; view: WindowView }) {
  if (view.history.length === 0) return null;
  return (
    <div className="stack-tight">
      <h3>What happened</h3>
      <ol className="timeline">
        {view.history
          .map((moment) => <Line key={`${moment.at}${moment.event ?? 'time'}`} detail={detail} moment={moment} />)
          .reverse()}
      </ol>
    </div>
  );
}

function Line({ detail, moment }: { detail: Detail; moment: Moment }) {
  const event = moment.event === undefined ? undefined : detail.events[moment.event - 1];
  const more = event && detailOf(event as WindowEvent, moments);
  const organisation = detail.parties.find((one) => one.organisation === event?.organisation)?.name;
  const side = moment.party === 'developer' ? 'the developer' : 'the authority';
  return (
    <li>
      <p>
        <strong>{actNames[moment.act]}</strong>
        {more && <>. {more}</>}
      </p>
      <p className="small soft">
        {moments(moment.at)} ·{' '}
        {event === undefined ? (
          'by nobody: it follows from time'
        ) : (
          <>
            {event.byName ? `${event.byName}, ` : ''}
            {organisation ?? side}
            {event.entry === undefined && ' · gets its place in the log in a moment'}
          </>
        )}
      </p>
      {event?.entry && <EntryProof entry={event.entry} summary={`Entry #${count(event.entry.index)} of the log`} />}
    </li>
  );
}

const ruleNames = {
  'window.max_days': 'Days of access at most',
  'window.anchor': 'The planned date is that of',
  'window.start_event': 'The clock starts with',
  'window.pause_counts': 'Days go on counting in a pause',
  'return.days': 'Days until return or destruction is due',
  'retention.submission_days': 'Days that the file is kept after the end',
  'retention.findings_days': 'Days that findings are kept after their case is closed',
} as const;
const valueNames: Record<string, string> = {
  release_to_other_partners: 'release to other trusted partners',
  public_release: 'public release',
  access_verified: 'both sides having seen access work',
  terms: 'terms being agreed',
  notice: 'the offer',
  true: 'yes',
  false: 'no',
};

function Policy({ policy }: { policy: Detail['policy'] }) {
  return (
    <details className="details">
      <summary>
        Rules of this window: {policy.title} ({policy.name} {policy.version})
      </summary>
      <dl className="facts">
        {Object.entries(policy.rules).map(([name, { value, source, date, because }]) => (
          <div key={name} className="stack-tight">
            <dt>{ruleNames[name as keyof typeof ruleNames]}</dt>
            <dd>
              {valueNames[String(value)] ?? String(value)}
              <span className="small soft">
                {' '}
                · {because} {policy.sources[source]?.publisher}, {date}.
              </span>
            </dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

function Recompute({ id }: { id: string }) {
  return (
    <details className="details">
      <summary>Take it with you: export, calendar, and how anyone recomputes it</summary>
      <div className="stack">
        <p className="row">
          <a
            className="usa-button usa-button--outline button-small"
            href={submissionPath(id, '/window/export')}
            download
          >
            Export
          </a>
          <a className="usa-button usa-button--outline button-small" href={submissionPath(id, '/window.ics')} download>
            Calendar
          </a>
        </p>
        <p className="small">
          The export holds the events, the rules and the proofs. Whoever has it works out both meters alone, and finds
          each event in the log:
        </p>
        <ScrollArea label="Command to recompute the window" className="code">
          <pre>{`npx assay window window-${id}.json`}</pre>
        </ScrollArea>
      </div>
    </details>
  );
}
