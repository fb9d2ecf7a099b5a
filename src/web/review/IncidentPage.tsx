import { Link, useParams } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { clockAt, incidentStateNames } from '../../domain/review/incident.ts';
import { useSession } from '../directory/session.ts';
import { moments } from '../parts/dates.ts';
import { Failure } from '../parts/Failure.tsx';
import { Field } from '../parts/Field.tsx';
import { counted } from '../parts/numbers.ts';
import { PageHeading } from '../parts/PageHeading.tsx';
import {
  type Incident,
  incidentPath,
  isGranted,
  isGranter,
  useAccessAct,
  useIncident,
  useThread,
} from './access-api.ts';
import { useSubmission } from './submission-api.ts';

/** `2 days 3 hours`, `45 minutes`. */
function lasting(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  const hours = Math.floor(minutes / 60);
  if (hours === 0) return counted(minutes, 'minute');
  const days = Math.floor(hours / 24);
  return days === 0
    ? `${counted(hours, 'hour')} ${counted(minutes % 60, 'minute')}`
    : `${counted(days, 'day')} ${counted(hours % 24, 'hour')}`;
}

/** One containment incident: what was done at once, how it stands, and what those who know of it say. */
export function IncidentPage() {
  const { id, incident } = useParams({ from: '/early-access/$id/incidents/$incident' });
  const { data: submission } = useSubmission(id);
  const session = useSession();
  const loaded = useIncident(incident);
  if (submission === undefined) return null;
  const one = loaded.data;
  const roles = session.data?.roles ?? [];
  return (
    <div className="stack-wide">
      <PageHeading
        lead={one && `${incidentStateNames[one.state]}. Raised ${moments(one.raisedAt)}.`}
        aside={
          <Link to="/early-access/$id/access" params={{ id }}>
            Access
          </Link>
        }
      >
        Containment incident
      </PageHeading>
      {loaded.error && !one && (
        <Failure error={loaded.error} doing="open the incident" onRetry={() => loaded.refetch()} />
      )}
      {one && (
        <div className="two-columns">
          <div className="stack">
            <section className="card stack-tight" aria-labelledby="what">
              <h2 id="what">What happened</h2>
              <p className="pre-line">{one.what}</p>
              <p className="soft">
                Access was cut first: {counted(one.grantsCut, 'grant')} ended with the press that raised it.
              </p>
              {one.containedFacts && (
                <>
                  <h3>Contained {moments(one.containedAt ?? '')}</h3>
                  <p className="pre-line">{one.containedFacts}</p>
                </>
              )}
              {one.resolvedFacts && (
                <>
                  <h3>Resolved {moments(one.resolvedAt ?? '')}</h3>
                  <p className="pre-line">{one.resolvedFacts}</p>
                </>
              )}
            </section>
            {one.capacity === 'developer' && isGranter(roles) && one.state !== 'resolved' && <Settle incident={one} />}
            <Thread incident={one} mayWrite={one.capacity === 'developer' ? isGranter(roles) : isGranted(roles)} />
          </div>
          <div className="stack">
            <Clock incident={one} />
            <section className="card stack-tight" aria-labelledby="who">
              <h2 id="who">Who knows of it</h2>
              <ul className="plain-list">
                {one.organisations.map(({ id: organisation, name }) => (
                  <li key={organisation}>{name}</li>
                ))}
              </ul>
              {one.capacity === 'developer' && isGranter(roles) && <Tell incident={one} parties={submission.parties} />}
            </section>
          </div>
        </div>
      )}
    </div>
  );
}

function Clock({ incident }: { incident: Incident }) {
  // Read again every few seconds, the page is never far behind the server's own clock.
  const clock = clockAt(incident, incident.at);
  return (
    <section className="card stack-tight" aria-labelledby="clock">
      <h2 id="clock">Time</h2>
      <dl className="facts">
        <dt>Until contained</dt>
        <dd>{incident.containedAt ? lasting(clock.toContainMs) : `${lasting(clock.toContainMs)} so far`}</dd>
        <dt>Until resolved</dt>
        <dd>{incident.resolvedAt ? lasting(clock.toResolveMs) : `${lasting(clock.toResolveMs)} so far`}</dd>
      </dl>
      <h3>Periods that texts elsewhere name</h3>
      <p className="small soft">Reminders only. Whether one applies, and from when it counts, is for counsel to say.</p>
      <ul className="plain-list small">
        {incident.reminders.map(({ name, hours, endsAt, isLaw, source }) => (
          <li key={name}>
            <strong>{name}</strong>
            {!isLaw && ' (not law)'}: {hours % 24 === 0 ? counted(hours / 24, 'day') : counted(hours, 'hour')}, from the
            raising until {moments(endsAt)}. <span className="soft">Source: {source}.</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Settle({ incident }: { incident: Incident }) {
  const act = useAccessAct();
  const as = incident.state === 'raised' ? 'contained' : 'resolved';
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const facts = String(new FormData(form).get('facts')).trim();
    act.mutate(
      { path: incidentPath(incident.id), method: 'PATCH', body: { as, facts }, said: `Recorded as ${as}.` },
      { onSuccess: () => form.reset() },
    );
  };
  return (
    <form className="card stack" onSubmit={submit}>
      <Field
        label={as === 'contained' ? 'By which facts it is contained' : 'By which facts it is resolved'}
        hint={as === 'resolved' ? 'Access stays ended. Offer it anew when you choose to.' : undefined}
      >
        {(control) => (
          <textarea {...control} className="usa-textarea" name="facts" rows={3} required maxLength={4000} />
        )}
      </Field>
      {act.error && <Failure error={act.error} doing="record this" />}
      <p>
        <button type="submit" className="usa-button" disabled={act.isPending}>
          {as === 'contained' ? 'It is contained' : 'It is resolved'}
        </button>
      </p>
    </form>
  );
}

function Tell(props: { incident: Incident; parties: { organisation: string; name: string }[] }) {
  const { incident, parties } = props;
  const act = useAccessAct();
  const [open, setOpen] = useState<string>();
  const others = parties.filter(({ organisation }) => !incident.organisations.some(({ id }) => id === organisation));
  return (
    <>
      {others.map(({ organisation, name }) =>
        open === organisation ? (
          <div key={organisation} className="stack-tight">
            <p>{name} will read what happened and the whole thread. That it was told cannot be taken back.</p>
            <p className="row">
              <button
                type="button"
                className="usa-button button-small"
                disabled={act.isPending}
                onClick={() =>
                  act.mutate({
                    path: incidentPath(incident.id, '/audience'),
                    body: { organisation },
                    said: `${name} knows of it now.`,
                  })
                }
              >
                Let them know
              </button>
              <button
                type="button"
                className="usa-button usa-button--outline button-small"
                onClick={() => setOpen(undefined)}
              >
                Not now
              </button>
            </p>
          </div>
        ) : (
          <p key={organisation}>
            <button
              type="button"
              className="usa-button usa-button--outline button-small"
              onClick={() => setOpen(organisation)}
            >
              Let {name} know
            </button>
          </p>
        ),
      )}
      {act.error && <Failure error={act.error} doing="let them know" />}
    </>
  );
}

function Thread({ incident, mayWrite }: { incident: Incident; mayWrite: boolean }) {
  const thread = useThread(incident.id);
  const act = useAccessAct();
  const items = thread.data?.items ?? [];
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const text = String(new FormData(form).get('text')).trim();
    act.mutate(
      { path: incidentPath(incident.id, '/messages'), body: { text }, said: 'Written.' },
      { onSuccess: () => form.reset() },
    );
  };
  return (
    <section className="stack" aria-labelledby="thread">
      <h2 id="thread">Thread</h2>
      {thread.error && !thread.data && <Failure error={thread.error} doing="read the thread" />}
      {items.length === 0 && (
        <p className="soft">Nobody has written yet. Only those who know of the incident read it.</p>
      )}
      <ol className="access-grants">
        {items.map((message) => (
          <li key={message.id} className="card stack-tight">
            <p className="small soft">
              {message.organisation.name}, {moments(message.at)}
            </p>
            <p className="pre-line">{message.text}</p>
          </li>
        ))}
      </ol>
      {thread.data?.next && <p className="soft">The first 200 are shown; the API has the others.</p>}
      {mayWrite && (
        <form className="stack-tight" onSubmit={submit}>
          <Field label="Write to those who know of it">
            {(control) => (
              <textarea {...control} className="usa-textarea" name="text" rows={3} required maxLength={10_000} />
            )}
          </Field>
          {act.error && <Failure error={act.error} doing="write" />}
          <p>
            <button type="submit" className="usa-button" disabled={act.isPending}>
              Send
            </button>
          </p>
        </form>
      )}
    </section>
  );
}
