import { type FormEvent, type ReactNode, useState } from 'react';
import {
  type Act,
  dayMs,
  noteLengthMax,
  type PauseReason,
  pauseReasons,
  type WindowView,
} from '../../domain/review/window.ts';
import { daysMax } from '../../domain/review/window-policy.ts';
import { actNames, pauseReasonNames, returnMethodNames } from '../../domain/review/window-words.ts';
import { Failure } from '../parts/Failure.tsx';
import { Field } from '../parts/Field.tsx';
import { Modal } from '../parts/Modal.tsx';
import { Notice } from '../parts/Notice.tsx';
import { type Asked, type Detail, useAct, useWindowPolicies } from './window-api.ts';

/** What each act is called on its button. */
const buttons: Record<Act, string> = {
  offer: 'Offer access',
  accept_terms: 'Accept the terms',
  verify_access: 'I have seen access work',
  pause: 'Pause',
  resume: 'Resume',
  conclude: 'Conclude',
  extend: 'Extend',
  move_anchor: 'Change the planned date',
  withdraw: 'Withdraw',
  release: 'Released',
  attest_return: 'Attest return or destruction',
};
/** In the order in which they are offered; `release` stands apart. */
const order: Act[] = [
  'offer',
  'accept_terms',
  'verify_access',
  'resume',
  'pause',
  'conclude',
  'attest_return',
  'extend',
  'move_anchor',
  'withdraw',
];

/** The buttons of what this person may do now. The developer's release is the main one, in every state. */
export function WindowActs(props: { id: string; model: string; detail: Detail; view: WindowView }) {
  const { id, model, detail, view } = props;
  const [open, setOpen] = useState<Act>();
  // What the clock has since ruled out is not offered; the server has the last word.
  const can = order.filter((act) => detail.can.includes(act) && view.can[detail.capacity].includes(act));
  const isReleasable = detail.can.includes('release') && view.releasedAt === undefined;
  // After an end there is nothing to withdraw from; the rule takes it all the same.
  const shown = can.filter((act) => act !== 'withdraw' || view.endedAt === undefined);
  if (!isReleasable && shown.length === 0) return null;
  return (
    <>
      <div className="row">
        {isReleasable && (
          <button type="button" className="usa-button button-main" onClick={() => setOpen('release')}>
            {buttons.release}
          </button>
        )}
        {shown.map((act) => (
          <button key={act} type="button" className="usa-button usa-button--outline" onClick={() => setOpen(act)}>
            {act === 'offer' && view.state !== 'planned' ? 'Offer other terms' : buttons[act]}
          </button>
        ))}
      </div>
      {isReleasable && (
        <p className="small soft">
          Press <strong>Released</strong> when {model} is released. Nobody is asked, and nothing here waits for anyone.
        </p>
      )}
      {open && <ActDialog act={open} {...props} onClose={() => setOpen(undefined)} key={`${open}${id}`} />}
    </>
  );
}

interface DialogProps {
  act: Act;
  id: string;
  model: string;
  detail: Detail;
  view: WindowView;
  onClose: () => void;
}

function ActDialog({ act, id, model, detail, view, onClose }: DialogProps) {
  const perform = useAct(id);
  const [key, setKey] = useState(() => crypto.randomUUID());
  const [error, setError] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    try {
      const asked = askedOf(act, new FormData(event.currentTarget));
      await perform({ ...asked, after: detail.events.length }, key);
      onClose();
    } catch (reason) {
      setError(reason);
      setKey(crypto.randomUUID());
    } finally {
      setBusy(false);
    }
  };
  const { heading, body, button } = contentOf(act, { model, view, detail });
  return (
    <Modal heading={heading} onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        {body}
        {error !== undefined && (
          <Failure error={error} doing={act === 'release' ? 'record the release' : 'record this'} />
        )}
        {error !== undefined && act === 'release' && (
          <Notice kind="info">
            <p>
              The release itself is yours and does not wait for this record. Record it when the instance answers again.
            </p>
          </Notice>
        )}
        <p className="row">
          <button type="submit" className="usa-button" disabled={isBusy}>
            {button}
          </button>
          <button type="button" className="usa-button usa-button--outline" onClick={onClose}>
            Not now
          </button>
        </p>
      </form>
    </Modal>
  );
}

/** A day chosen on the page begins at midnight UTC. */
const instantOf = (day: FormDataEntryValue | null) => (day ? `${String(day)}T00:00:00.000Z` : undefined);

function askedOf(act: Act, said: FormData): Asked {
  const text = (name: string) => String(said.get(name) ?? '').trim();
  const note = text('note') === '' ? {} : { note: text('note') };
  switch (act) {
    case 'offer': {
      const anchor = instantOf(said.get('anchor'));
      return { act, policy: { name: text('policy') }, terms: text('terms'), ...(anchor !== undefined && { anchor }) };
    }
    case 'pause':
      return { act, reason: text('reason') as PauseReason, ...note };
    case 'extend':
      return { act, limitDays: Number(said.get('limitDays')) };
    case 'move_anchor':
      return { act, anchor: instantOf(said.get('anchor')) ?? null };
    case 'attest_return':
      return { act, method: text('method') as keyof typeof returnMethodNames, ...note };
    default:
      return { act };
  }
}

function contentOf(
  act: Act,
  { model, view, detail }: { model: string; view: WindowView; detail: Detail },
): { heading: string; body: ReactNode; button: string } {
  const offered = detail.events.filter((event) => event.act === 'offer').at(-1);
  switch (act) {
    case 'release':
      return {
        heading: `${model} is released`,
        button: 'Record the release',
        body: (
          <>
            <p>This records that your organisation has released {model}, now, under your name.</p>
            <ul className="plain-list">
              <li>Nobody is asked and nobody has to answer.</li>
              <li>
                {view.endedAt === undefined
                  ? 'Early access ends at once, and every grant of access with it.'
                  : 'Early access has ended already; this changes no meter.'}
              </li>
              <li>The other parties of this file see the record. It is not taken back.</li>
            </ul>
          </>
        ),
      };
    case 'withdraw':
      return {
        heading: 'Withdraw from early access',
        button: 'Withdraw',
        body: (
          <>
            <p>Access ends at once. No reason is asked and none is kept.</p>
            <p>
              {view.state === 'planned' || view.state === 'offered'
                ? 'No terms were accepted, so nothing is due for return. The withdrawal is not taken back.'
                : 'What was handed over is then due for return or destruction. The withdrawal is not taken back.'}
            </p>
          </>
        ),
      };
    case 'conclude':
      return {
        heading: 'Conclude early',
        button: 'Conclude',
        body: <p>This ends the window and all access at once. Days that are left stay unused. It is not taken back.</p>,
      };
    case 'accept_terms':
      return {
        heading: 'Accept the terms',
        button: 'Accept the terms',
        body: (
          <dl className="facts">
            <dt>Terms</dt>
            <dd>{offered?.act === 'offer' ? offered.terms : ''}</dd>
            <dt>Window</dt>
            <dd>{detail.policy.summary}</dd>
          </dl>
        ),
      };
    case 'verify_access':
      return {
        heading: 'Access works',
        button: 'I have seen it work',
        body: (
          <p>
            Say so when your side has seen access work.{' '}
            {view.verified.length === 1
              ? 'The other side has said so: the clock starts now.'
              : 'The clock starts when the other side has said so too.'}
          </p>
        ),
      };
    case 'resume':
      return { heading: 'Resume', button: 'Resume', body: <p>Access opens again, and its days go on counting.</p> };
    case 'pause':
      return { heading: 'Pause access', button: 'Pause', body: <PauseFields capacity={detail.capacity} /> };
    case 'offer':
      return {
        heading: 'Offer access',
        button: 'Offer',
        body: <OfferFields view={view} earlier={offered && detail.policy.name} />,
      };
    case 'extend':
      return {
        heading: 'Extend',
        button: 'Extend',
        body: (
          <Field label="Days of access in all" hint={`Now ${view.limitMs / dayMs}. Only the developer extends.`}>
            {(control) => (
              <input
                {...control}
                className="usa-input"
                type="number"
                name="limitDays"
                required
                min={view.limitMs / dayMs + 1}
                max={daysMax}
                defaultValue={view.limitMs / dayMs + 1}
              />
            )}
          </Field>
        ),
      };
    case 'move_anchor':
      return {
        heading: 'Planned date',
        button: 'Set the date',
        body: <AnchorField anchor={view.anchor} label="Planned date of release (leave empty for none)" />,
      };
    case 'attest_return':
      return { heading: actNames.attest_return, button: 'Attest', body: <ReturnFields /> };
  }
}

function AnchorField({ anchor, label }: { anchor: string | undefined; label: string }) {
  return (
    <Field
      label={label}
      hint="Access ends as this day begins, UTC, whatever days are left. The other side of this file sees it; only you move it."
    >
      {(control) => (
        <input {...control} className="usa-input" type="date" name="anchor" defaultValue={anchor?.slice(0, 10) ?? ''} />
      )}
    </Field>
  );
}

/** Offered anew, it begins with the policy that was offered before. */
function OfferFields({ view, earlier = '' }: { view: WindowView; earlier?: string | undefined }) {
  const policies = useWindowPolicies(true);
  const [name, setName] = useState(earlier);
  const items = policies.data?.items ?? [];
  const chosen = items.find((policy) => policy.name === name) ?? items[0];
  return (
    <>
      {policies.error && (
        <Failure error={policies.error} doing="read the policies" onRetry={() => policies.refetch()} />
      )}
      <Field label="How long" hint={chosen?.summary}>
        {(control) => (
          <select
            {...control}
            className="usa-select"
            name="policy"
            value={chosen?.name ?? ''}
            onChange={(event) => setName(event.target.value)}
          >
            {items.map((policy) => (
              <option key={policy.name} value={policy.name}>
                {policy.title}
              </option>
            ))}
          </select>
        )}
      </Field>
      <Field label="Terms" hint="Name and version of the text that both sides have, or its digest.">
        {(control) => <input {...control} className="usa-input" name="terms" required maxLength={500} />}
      </Field>
      <AnchorField anchor={view.anchor} label="Planned date of release (optional)" />
    </>
  );
}

function PauseFields({ capacity }: { capacity: Detail['capacity'] }) {
  const [reason, setReason] = useState<PauseReason>();
  const reasons = pauseReasons.filter((one) => one !== 'other' || capacity === 'developer');
  return (
    <>
      <p>Access stops at once. Only the developer resumes it.</p>
      <fieldset className="usa-fieldset">
        <legend className="usa-legend">Pause for</legend>
        {reasons.map((one) => (
          <div className="usa-radio" key={one}>
            <input
              className="usa-radio__input"
              type="radio"
              id={`reason-${one}`}
              name="reason"
              value={one}
              required
              checked={one === reason}
              onChange={() => setReason(one)}
            />
            <label className="usa-radio__label" htmlFor={`reason-${one}`}>
              {pauseReasonNames[one]}
            </label>
          </div>
        ))}
      </fieldset>
      <NoteField label={reason === 'other' ? 'Which reason' : 'In words (optional)'} isRequired={reason === 'other'} />
    </>
  );
}

function NoteField({ label, isRequired }: { label: string; isRequired?: boolean }) {
  return (
    <Field label={label} hint="Both sides read it and it stays in the log. No detail of how to attack anything.">
      {(control) => (
        <textarea
          {...control}
          className="usa-textarea"
          name="note"
          rows={3}
          maxLength={noteLengthMax}
          required={isRequired ?? false}
        />
      )}
    </Field>
  );
}

function ReturnFields() {
  return (
    <>
      <fieldset className="usa-fieldset">
        <legend className="usa-legend">What became of what you were given</legend>
        {Object.entries(returnMethodNames).map(([method, label], index) => (
          <div className="usa-radio" key={method}>
            <input
              className="usa-radio__input"
              type="radio"
              id={`method-${method}`}
              name="method"
              value={method}
              defaultChecked={index === 0}
            />
            <label className="usa-radio__label" htmlFor={`method-${method}`}>
              {label}
            </label>
          </div>
        ))}
      </fieldset>
      <NoteField label="In words (optional)" />
    </>
  );
}
