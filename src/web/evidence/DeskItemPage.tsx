import { useMutation } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { type FormEvent, useEffect, useId, useState } from 'react';
import {
  type CheatingKind,
  cheatingKinds,
  limits,
  type ReturnReason,
  returnReasons,
} from '../../domain/evidence/reading.ts';
import { ask } from '../api.ts';
import { useSession } from '../directory/session.ts';
import { moments } from '../parts/dates.ts';
import { Failure } from '../parts/Failure.tsx';
import { Field } from '../parts/Field.tsx';
import { PageHeading } from '../parts/PageHeading.tsx';
import { announce } from '../shell/announce.ts';
import {
  cheatingWords,
  type DeskItem,
  type Observation,
  returnWords,
  stateWords,
  useColleagues,
  useDeskItem,
  useKeepDeskItem,
} from './desk-api.ts';
import { TranscriptReader } from './TranscriptReader.tsx';

/** One attempt on the desk: the transcript on one side, what one notes on the other. */
export function DeskItemPage() {
  const { id } = useParams({ from: '/evidence/desk/$id' });
  const item = useDeskItem(id);
  const session = useSession();
  if (item.error) {
    return (
      <div className="stack">
        <PageHeading>Attempt</PageHeading>
        <Failure error={item.error} doing="open the attempt" onRetry={() => item.refetch()} />
      </div>
    );
  }
  if (item.data === undefined) return <p className="soft">Opening…</p>;
  return <Item key={id} item={item.data} self={session.data?.person?.id} />;
}

function Item(props: { item: DeskItem; self: string | undefined }) {
  const { item, self } = props;
  const own = item.readings.find(({ reader }) => reader === self);
  const isInHand = own !== undefined && own.handedIn === undefined && own.returned === undefined;
  const maySettle = item.state === 'differing' && own === undefined;
  return (
    <div className="stack-wide">
      <PageHeading
        lead={item.reason ?? 'Why it lies here is said when both readers have handed in.'}
        aside={<span className={`tag ${item.state === 'differing' ? 'tag-soon' : ''}`}>{stateWords[item.state]}</span>}
      >
        {`${item.name}, attempt ${item.epoch}`}
      </PageHeading>
      <p className="small soft eyebrow">
        <Link to="/evidence/desk">Desk</Link> /{' '}
        <Link to="/evidence/runs/$id" params={{ id: item.run }}>
          the run
        </Link>
      </p>
      <div className="desk">
        <section className="stack" aria-labelledby="transcript">
          <h2 id="transcript">Transcript</h2>
          <TranscriptReader run={item.run} sample={item.sample} isAnchored />
        </section>
        <div className="stack">
          {isInHand && own && (
            <ReadingForm item={item} path={`/api/v1/readings/${own.id}/observation`} reading={own.id} />
          )}
          {maySettle && <ReadingForm item={item} path={`/api/v1/desk/${item.id}/settlement`} />}
          {!isInHand && !maySettle && <Standing item={item} self={self} />}
          <Readings item={item} self={self} />
        </div>
      </div>
    </div>
  );
}

/** Who does what next, for someone who has nothing to do here at the moment. */
function Standing(props: { item: DeskItem; self: string | undefined }) {
  const { item, self } = props;
  const keep = useKeepDeskItem();
  const people = useColleagues();
  const [reader, setReader] = useState('');
  const assign = useMutation({
    mutationFn: (who: string | undefined) =>
      ask<DeskItem>(`/api/v1/desk/${item.id}/readings`, { method: 'POST', body: { ...(who && { reader: who }) } }),
    onSuccess: keep,
  });
  const had = new Set(item.readings.map((one) => one.reader));
  const others = (people.data?.items ?? []).filter(
    (one) =>
      one.id !== self &&
      !had.has(one.id) &&
      one.roles.some((role) => ['evaluator', 'security_lead', 'release_manager'].includes(role)),
  );
  return (
    <section className="card stack" aria-labelledby="next">
      <h2 id="next">What is next</h2>
      {item.state === 'wanting' && (
        <>
          <p>This attempt wants {item.readings.some((one) => !one.returned) ? 'a second reader' : 'two readers'}.</p>
          {!had.has(self ?? '') && (
            <p>
              <button
                type="button"
                className="usa-button"
                disabled={assign.isPending}
                onClick={() => assign.mutate(undefined)}
              >
                Read it yourself
              </button>
            </p>
          )}
          {others.length > 0 && (
            <form
              className="form"
              onSubmit={(event) => {
                event.preventDefault();
                assign.mutate(reader);
              }}
            >
              <Field label="Or give it to">
                {(control) => (
                  <select
                    {...control}
                    className="usa-select"
                    required
                    value={reader}
                    onChange={(event) => setReader(event.target.value)}
                  >
                    <option value="">Choose a reader</option>
                    {others.map((one) => (
                      <option key={one.id} value={one.id}>
                        {one.name}
                      </option>
                    ))}
                  </select>
                )}
              </Field>
              <div>
                <button type="submit" className="usa-button usa-button--outline" disabled={assign.isPending}>
                  Give it
                </button>
              </div>
            </form>
          )}
        </>
      )}
      {item.state === 'reading' && (
        <p>Two people read this. What they noted is shown when both have handed in, to everybody at once.</p>
      )}
      {item.state === 'differing' && (
        <p>
          The readers differ. Somebody who read neither time settles it:{' '}
          {others.length === 0
            ? 'your organisation has nobody else with the role of evaluator, security lead or release manager.'
            : others.map(({ name }) => name).join(', ')}
        </p>
      )}
      {item.state === 'agreed' && <p>Both readers observed the same. Nothing is left to do but to sign for the run.</p>}
      {item.state === 'settled' && <p>A third person settled it. Nothing is left to do but to sign for the run.</p>}
      {assign.error && <Failure error={assign.error} doing="give it to a reader" />}
    </section>
  );
}

function ReadingForm(props: { item: DeskItem; path: string; reading?: string }) {
  const { item, path, reading } = props;
  const keep = useKeepDeskItem();
  const draftKey = `desk-draft-${item.id}`;
  const kept = (() => {
    try {
      return JSON.parse(sessionStorage.getItem(draftKey) ?? '{}') as Partial<Observation>;
    } catch {
      return {};
    }
  })();
  const [cheating, setCheating] = useState<CheatingKind | undefined>(kept.cheating);
  const [isScoreRight, setScoreRight] = useState<boolean | undefined>(kept.isScoreRight);
  const [leftItsBounds, setLeft] = useState<boolean | undefined>(kept.leftItsBounds);
  const [note, setNote] = useState(kept.note ?? '');
  const [anchors, setAnchors] = useState(kept.anchors ?? []);
  const draft = { cheating, isScoreRight, leftItsBounds, note, anchors };
  // Typing is not lost by opening the transcript and coming back.
  useEffect(() => sessionStorage.setItem(draftKey, JSON.stringify(draft)));
  const hand = useMutation({
    mutationFn: () => ask<DeskItem>(path, { method: 'POST', body: draft }),
    onSuccess: (next) => {
      sessionStorage.removeItem(draftKey);
      announce(`${item.name}: handed in.`);
      return keep(next);
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    hand.mutate();
  };
  return (
    <section className="card stack" aria-labelledby="note">
      <h2 id="note">{reading === undefined ? 'Settle it' : 'What you observed'}</h2>
      <form className="form" onSubmit={submit}>
        <fieldset className="usa-fieldset">
          <legend className="usa-legend">Was the task cheated?</legend>
          {cheatingKinds.map((kind) => (
            <Choice
              key={kind}
              name="cheating"
              label={cheatingWords[kind].label}
              hint={cheatingWords[kind].hint}
              isChosen={cheating === kind}
              onChoose={() => setCheating(kind)}
            />
          ))}
        </fieldset>
        <YesNo legend="Is the score what the transcript shows?" value={isScoreRight} onChange={setScoreRight} />
        <YesNo
          legend="Did the model reach for something outside of what it was given?"
          value={leftItsBounds}
          onChange={setLeft}
        />
        <Field label="Note (optional)" hint="In your words. Quote no secret: the note stays with the reading.">
          {(control) => (
            <textarea
              {...control}
              className="usa-textarea"
              maxLength={limits.noteLengthMax}
              value={note}
              onChange={(event) => setNote(event.target.value)}
            />
          )}
        </Field>
        <Anchors anchors={anchors} onChange={setAnchors} />
        {hand.error && <Failure error={hand.error} doing="hand it in" />}
        <div>
          <button
            type="submit"
            className="usa-button"
            disabled={
              hand.isPending || cheating === undefined || isScoreRight === undefined || leftItsBounds === undefined
            }
          >
            {reading === undefined ? 'Settle it' : 'Hand in'}
          </button>
        </div>
        <p className="soft small">What is handed in is not changed afterwards.</p>
      </form>
      {reading !== undefined && <GiveBack reading={reading} />}
    </section>
  );
}

function Choice(props: { name: string; label: string; hint?: string; isChosen: boolean; onChoose: () => void }) {
  const id = useId();
  return (
    <div className="usa-radio">
      <input
        className="usa-radio__input"
        id={id}
        type="radio"
        name={props.name}
        required
        checked={props.isChosen}
        onChange={props.onChoose}
      />
      <label className="usa-radio__label" htmlFor={id}>
        {props.label}
        {props.hint && <span className="usa-radio__label-description soft small">{props.hint}</span>}
      </label>
    </div>
  );
}

function YesNo(props: { legend: string; value: boolean | undefined; onChange: (value: boolean) => void }) {
  const name = useId();
  return (
    <fieldset className="usa-fieldset">
      <legend className="usa-legend">{props.legend}</legend>
      <div className="row">
        <Choice name={name} label="Yes" isChosen={props.value === true} onChoose={() => props.onChange(true)} />
        <Choice name={name} label="No" isChosen={props.value === false} onChoose={() => props.onChange(false)} />
      </div>
    </fieldset>
  );
}

/** The event that is open in the transcript: the reader keeps it in the address. */
function openEvent(): number {
  return Number(/^#event-(\d{1,9})$/.exec(window.location.hash)?.[1] ?? 0);
}

/** Places in the transcript that the note rests on. */
function Anchors(props: { anchors: Observation['anchors']; onChange: (next: Observation['anchors']) => void }) {
  const { anchors, onChange } = props;
  const [quote, setQuote] = useState('');
  return (
    <fieldset className="usa-fieldset stack-tight">
      <legend className="usa-legend">Places in the transcript (optional)</legend>
      {anchors.map((anchor, at) => (
        <p className="row" key={`${anchor.event} ${anchor.quote}`}>
          <span>
            Event {anchor.event}
            {anchor.quote && `: “${anchor.quote}”`}
          </span>
          <button
            type="button"
            className="usa-button usa-button--unstyled"
            onClick={() => onChange(anchors.filter((_, index) => index !== at))}
          >
            Remove<span className="visually-hidden"> event {anchor.event}</span>
          </button>
        </p>
      ))}
      <Field label="Some words of it (optional)">
        {(control) => (
          <input
            {...control}
            className="usa-input"
            maxLength={limits.quoteLengthMax}
            value={quote}
            onChange={(change) => setQuote(change.target.value)}
          />
        )}
      </Field>
      <div>
        <button
          type="button"
          className="usa-button usa-button--outline button-small"
          disabled={anchors.length >= limits.anchorsMax}
          onClick={() => {
            const event = openEvent();
            onChange([...anchors.filter((one) => one.event !== event), { event, quote }]);
            announce(`Event ${event} added.`);
            setQuote('');
          }}
        >
          Add the open event
        </button>
      </div>
    </fieldset>
  );
}

function GiveBack(props: { reading: string }) {
  const keep = useKeepDeskItem();
  const [reason, setReason] = useState<ReturnReason>('conflict_of_interest');
  const give = useMutation({
    mutationFn: () => ask<DeskItem>(`/api/v1/readings/${props.reading}/return`, { method: 'POST', body: { reason } }),
    onSuccess: keep,
  });
  return (
    <details>
      <summary>Give it back unread</summary>
      <div className="form">
        <Field label="Why">
          {(control) => (
            <select
              {...control}
              className="usa-select"
              value={reason}
              onChange={(event) => setReason(event.target.value as ReturnReason)}
            >
              {returnReasons.map((one) => (
                <option key={one} value={one}>
                  {returnWords[one]}
                </option>
              ))}
            </select>
          )}
        </Field>
        {give.error && <Failure error={give.error} doing="give it back" />}
        <div>
          <button
            type="button"
            className="usa-button usa-button--outline"
            disabled={give.isPending}
            onClick={() => give.mutate()}
          >
            Give it back
          </button>
        </div>
      </div>
    </details>
  );
}

function Readings(props: { item: DeskItem; self: string | undefined }) {
  const { item, self } = props;
  const people = useColleagues();
  const nameOf = (id: string) =>
    id === self ? 'You' : (people.data?.items.find((one) => one.id === id)?.name ?? 'Somebody');
  return (
    <section className="card stack" aria-labelledby="readings">
      <h2 id="readings">Readings</h2>
      {item.readings.length === 0 && <p className="soft">Nobody has taken it yet.</p>}
      {item.readings.map(({ id, reader, assignedAt, handedIn, returned }) => (
        <div key={id} className="stack-tight">
          <h3>{nameOf(reader)}</h3>
          <p className="soft small">
            {returned
              ? `Gave it back ${moments(returned.at)}: ${returnWords[returned.reason].toLowerCase()}`
              : handedIn
                ? `Handed in ${moments(handedIn.at)}`
                : reader === self
                  ? `In your hands since ${moments(assignedAt)}; what you note is shown when both have handed in`
                  : `Has it since ${moments(assignedAt)}; what they note is shown when both have handed in`}
          </p>
          {handedIn && <Observed item={item} observation={handedIn.observation} />}
        </div>
      ))}
      {item.settled && (
        <div className="stack-tight">
          <h3>{nameOf(item.settled.by)}, settling</h3>
          <p className="soft small">{moments(item.settled.at)}</p>
          <Observed item={item} observation={item.settled.observation} />
        </div>
      )}
    </section>
  );
}

function Observed(props: { item: DeskItem; observation: Observation }) {
  const { item, observation } = props;
  return (
    <>
      <dl className="facts">
        <dt>Cheated</dt>
        <dd>{cheatingWords[observation.cheating].label}</dd>
        <dt>Score fits</dt>
        <dd>{observation.isScoreRight ? 'Yes' : 'No'}</dd>
        <dt>Left its bounds</dt>
        <dd>{observation.leftItsBounds ? 'Yes' : 'No'}</dd>
      </dl>
      {observation.note && <p className="pre-line">{observation.note}</p>}
      {observation.anchors.length > 0 && (
        <ul className="plain-list">
          {observation.anchors.map((anchor) => (
            <li key={`${anchor.event} ${anchor.quote}`}>
              <Link
                to="/evidence/runs/$id/samples/$sample"
                params={{ id: item.run, sample: String(item.sample) }}
                hash={`event-${anchor.event}`}
              >
                Event {anchor.event}
              </Link>
              {anchor.quote && `: “${anchor.quote}”`}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
