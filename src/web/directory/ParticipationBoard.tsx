import { useEffect, useRef, useState } from 'react';
import { ask } from '../api.ts';
import { moments } from '../parts/dates.ts';
import { Empty } from '../parts/Empty.tsx';
import { Failure } from '../parts/Failure.tsx';
import { Notice } from '../parts/Notice.tsx';
import { Segments } from '../parts/Segments.tsx';
import { ApplicationCard } from './ApplicationCard.tsx';
import { namesOf } from './application-words.ts';
import { type Participation, useAct, useApplications, useParticipations } from './participation-api.ts';
import { WordsForm } from './WordsForm.tsx';

/** Who waits to be let in, and how those who take part stand: for administrators and coordinators of the organisation that runs the instance. */
export function ParticipationBoard(props: { self: string }) {
  return (
    <>
      <Waiting self={props.self} />
      <TakingPart self={props.self} />
    </>
  );
}

function Waiting(props: { self: string }) {
  const applications = useApplications();
  const list = useRef<HTMLUListElement>(null);
  const [done, setDone] = useState<string>();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      if (event.ctrlKey || event.metaKey || event.altKey || target.closest('input, textarea, select, dialog')) return;
      const step = { j: 1, k: -1 }[event.key];
      if (step === undefined) return;
      const cards = [...(list.current?.querySelectorAll<HTMLElement>('summary.application') ?? [])];
      const at = cards.findIndex((card) => card.parentElement?.contains(target));
      cards[at === -1 ? 0 : Math.max(0, Math.min(cards.length - 1, at + step))]?.focus();
      event.preventDefault();
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, []);
  const finished = (sentence: string) => {
    setDone(sentence);
    heading.current?.focus();
  };
  const items = applications.data?.items ?? [];
  return (
    <section className="stack" aria-labelledby="waiting">
      <h2 id="waiting" tabIndex={-1} ref={heading}>
        Applications that wait
      </h2>
      {done !== undefined && (
        <Notice kind="success">
          <p>{done}</p>
        </Notice>
      )}
      {applications.error && (
        <Failure error={applications.error} doing="list the applications" onRetry={() => applications.refetch()} />
      )}
      {applications.isPending && <p className="soft">Loading…</p>}
      {applications.data && items.length === 0 && (
        <Empty heading="Nobody waits">
          <p>
            Organisations apply at <span className="break-all">{location.origin}/apply</span>, without an account. Once
            they have proved their mail address they stand here.
          </p>
        </Empty>
      )}
      {items.length > 0 && (
        <>
          <p className="small soft">
            Keys: <kbd>j</kbd> next, <kbd>k</kbd> previous, <kbd>Enter</kbd> open.
          </p>
          <ul className="card-list" ref={list}>
            {items.map((application) => (
              <li key={application.id}>
                <ApplicationCard application={application} self={props.self} onDone={finished} />
              </li>
            ))}
          </ul>
          {applications.data?.next !== undefined && (
            <p className="soft">There are more; they come up as these are dealt with.</p>
          )}
        </>
      )}
    </section>
  );
}

function TakingPart(props: { self: string }) {
  const [state, setState] = useState<'suspended' | 'admitted'>('suspended');
  const [pages, setPages] = useState<(string | undefined)[]>([undefined]);
  const found = useParticipations(state, pages.at(-1));
  const items = found.data?.items ?? [];
  return (
    <section className="card stack" aria-labelledby="taking-part">
      <h2 id="taking-part">Organisations</h2>
      <Segments
        legend="Show"
        value={state}
        options={[
          { value: 'suspended', label: 'Suspended' },
          { value: 'admitted', label: 'Taking part' },
        ]}
        onChange={(value) => {
          setState(value);
          setPages([undefined]);
        }}
      />
      {found.error && <Failure error={found.error} doing="list the organisations" onRetry={() => found.refetch()} />}
      {found.isPending && <p className="soft">Loading…</p>}
      {found.data && items.length === 0 && (
        <p className="soft">
          {state === 'suspended' ? 'No organisation is suspended.' : 'No organisation takes part yet.'}
        </p>
      )}
      {items.length > 0 && (
        <ul className="settings-list">
          {items.map((one) => (
            <li key={one.organisation} className="participation">
              <Standing participation={one} self={props.self} />
            </li>
          ))}
        </ul>
      )}
      {(pages.length > 1 || found.data?.next !== undefined) && (
        <p className="row">
          <button
            type="button"
            className="usa-button usa-button--outline button-small"
            disabled={pages.length === 1}
            onClick={() => setPages(pages.slice(0, -1))}
          >
            Previous
          </button>
          <button
            type="button"
            className="usa-button usa-button--outline button-small"
            disabled={found.data?.next === undefined}
            onClick={() => setPages([...pages, found.data?.next])}
          >
            Next
          </button>
        </p>
      )}
    </section>
  );
}

function Standing(props: { participation: Participation; self: string }) {
  const { organisation, name, state, suspension, mayConfirm, termsAccepted } = props.participation;
  const path = `/api/v1/participations/${organisation}/suspension`;
  const suspend = useAct((reason: string) => ask(path, { method: 'POST', body: { reason } }));
  const confirm = useAct(() => ask(`${path}/confirmation`, { method: 'POST', body: {} }));
  const end = useAct(() => ask(path, { method: 'DELETE' }));
  const mayThis = mayConfirm.some(({ id }) => id === props.self);
  return (
    <div className="stack-tight">
      <strong data-source="outside">{name}</strong>
      <span className="small soft">
        {termsAccepted
          ? `Accepted version ${termsAccepted.version} of the terms on ${moments(termsAccepted.at)}`
          : 'Has not accepted the terms yet'}
      </span>
      {suspension && (
        <>
          <p>
            Suspended by {suspension.by.name} on {moments(suspension.at)}
            {suspension.confirmedBy
              ? suspension.byOne
                ? ', and confirmed by the same person, because nobody else could.'
                : `, confirmed by ${suspension.confirmedBy.name}.`
              : `. It ends by itself on ${moments(suspension.endsAt ?? suspension.at)} unless it is confirmed.`}
          </p>
          <blockquote data-source="outside" className="said">
            {suspension.reason}
          </blockquote>
          {suspension.endsAt !== undefined && !mayThis && <p className="soft">{namesOf(mayConfirm)} may confirm it.</p>}
          <p className="row">
            {suspension.endsAt !== undefined && mayThis && (
              <button
                type="button"
                className="usa-button button-small"
                disabled={confirm.isPending}
                onClick={() => confirm.mutate(undefined)}
              >
                Confirm the suspension<span className="visually-hidden"> of {name}</span>
              </button>
            )}
            <button
              type="button"
              className="usa-button usa-button--outline button-small"
              disabled={end.isPending}
              onClick={() => end.mutate(undefined)}
            >
              End the suspension<span className="visually-hidden"> of {name}</span>
            </button>
          </p>
        </>
      )}
      {state === 'admitted' && (
        <WordsForm
          summary="Suspend"
          about={name}
          label="Why"
          hint="The organisation reads it. It takes effect at once, and ends by itself after 72 hours unless a second person confirms it. It never holds up a release."
          action="Suspend"
          isPending={suspend.isPending}
          onSend={(reason) => suspend.mutate(reason)}
        />
      )}
      {[suspend, confirm, end].map(
        ({ error }) => error && <Failure key={error.message} error={error} doing="do that" />,
      )}
    </div>
  );
}
