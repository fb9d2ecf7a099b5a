import { type FormEvent, useState } from 'react';
import { addDays } from '../../domain/instant.ts';
import {
  loggingNames,
  loggings,
  type Method,
  methodNames,
  methods,
  purposeNames,
  purposes,
  variantNames,
  variants,
} from '../../domain/review/grant.ts';
import { today } from '../parts/dates.ts';
import { Failure } from '../parts/Failure.tsx';
import { Field } from '../parts/Field.tsx';
import { Modal } from '../parts/Modal.tsx';
import { AccessChoice } from './AccessChoice.tsx';
import { EndpointFields } from './AccessEndpoint.tsx';
import { useAccessAct } from './access-api.ts';
import { type Submission, submissionPath } from './submission-api.ts';

/** Offers access to one of the parties of the file, on terms that are kept small to begin with. */
export function AccessOffer({ submission, onClose }: { submission: Submission; onClose: () => void }) {
  const act = useAccessAct();
  const [method, setMethod] = useState<Method>('openai_compatible');
  const parties = submission.parties.filter(({ capacity }) => capacity === 'authority');
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const said = new FormData(event.currentTarget);
    const text = (name: string) => String(said.get(name) ?? '').trim();
    const rate = text('ratePerMinute');
    const apiKey = text('apiKey');
    const endpoint = text('baseUrl') !== '' && { baseUrl: text('baseUrl'), ...(apiKey !== '' && { apiKey }) };
    const hours =
      text('from') !== '' && text('to') !== ''
        ? { from: text('from'), to: text('to'), days: text('days') === 'all' ? [1, 2, 3, 4, 5, 6, 7] : [1, 2, 3, 4, 5] }
        : null;
    const body = {
      to: text('to-organisation'),
      method,
      variant: text('variant'),
      model: text('model'),
      purposes: said.getAll('purposes').map(String),
      ratePerMinute: rate === '' ? null : Number(rate),
      hours,
      logging: text('logging'),
      retentionDays: Number(text('retentionDays')),
      notes: text('notes'),
      startsAt: `${text('startsAt')}T00:00:00.000Z`,
      expiresAt: `${text('expiresAt')}T00:00:00.000Z`,
      ...(endpoint && { endpoint }),
    };
    act.mutate(
      { path: submissionPath(submission.id, '/grants'), body, said: 'Access is offered.' },
      { onSuccess: onClose },
    );
  };
  if (parties.length === 0) {
    return (
      <Modal heading="Offer access" onClose={onClose}>
        <p>Access is given to an organisation that may know of this file. Let one in first, under “Who may know”.</p>
      </Modal>
    );
  }
  return (
    <Modal heading="Offer access" onClose={onClose} isWide>
      <form className="stack" onSubmit={submit}>
        <Field label="To">
          {(control) => (
            <select {...control} className="usa-select" name="to-organisation" required>
              {parties.map(({ organisation, name }) => (
                <option key={organisation} value={organisation}>
                  {name}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label="How the model is reached" hint={`${methodNames[method].does} Weights stay with you in each.`}>
          {(control) => (
            <select
              {...control}
              className="usa-select"
              value={method}
              onChange={(event) => setMethod(event.target.value as Method)}
            >
              {methods.map((one) => (
                <option key={one} value={one}>
                  {methodNames[one].name}
                </option>
              ))}
            </select>
          )}
        </Field>
        {method === 'openai_compatible' && <EndpointFields />}
        <Field label="Name of the model" hint="As the endpoint knows it. Requests for another are refused.">
          {(control) => (
            <input
              {...control}
              className="usa-input"
              name="model"
              required
              maxLength={200}
              defaultValue={`${submission.model.name}-${submission.model.version}`.toLowerCase().replace(/\s+/g, '-')}
            />
          )}
        </Field>
        <Field label="Build">
          {(control) => (
            <select {...control} className="usa-select" name="variant">
              {variants.map((one) => (
                <option key={one} value={one}>
                  {variantNames[one]}
                </option>
              ))}
            </select>
          )}
        </Field>
        <fieldset className="usa-fieldset">
          <legend className="usa-legend">For what</legend>
          <p className="usa-hint">Use for anything else is refused and recorded. Training can be none of them.</p>
          {purposes.map((purpose) => (
            <AccessChoice
              key={purpose}
              kind="checkbox"
              name="purposes"
              value={purpose}
              defaultChecked={purpose === 'capability_evaluation' || purpose === 'access_check'}
            >
              {purposeNames[purpose]}
            </AccessChoice>
          ))}
        </fieldset>
        <div className="two-columns">
          <Field label="From (UTC)">
            {(control) => (
              <input {...control} className="usa-input" type="date" name="startsAt" required defaultValue={today()} />
            )}
          </Field>
          <Field label="Until (UTC)" hint="It ends with the window in any case.">
            {(control) => (
              <input
                {...control}
                className="usa-input"
                type="date"
                name="expiresAt"
                required
                min={addDays(today(), 1)}
                defaultValue={addDays(today(), 31)}
              />
            )}
          </Field>
        </div>
        <details>
          <summary>Rate, hours, traffic and retention</summary>
          <div className="stack">
            <Field label="Requests a minute at most" hint="Over all who use it. Empty for no limit.">
              {(control) => (
                <input {...control} className="usa-input" type="number" name="ratePerMinute" min={1} max={100_000} />
              )}
            </Field>
            <fieldset className="usa-fieldset">
              <legend className="usa-legend">Agreed hours (UTC)</legend>
              <p className="usa-hint">A use outside them is done and pointed out. Empty for any hour.</p>
              <div className="row">
                <input className="usa-input" type="time" name="from" aria-label="Hours from" />
                <span>to</span>
                <input className="usa-input" type="time" name="to" aria-label="Hours to" />
                <select className="usa-select" name="days" aria-label="Days">
                  <option value="weekdays">Monday to Friday</option>
                  <option value="all">every day</option>
                </select>
              </div>
            </fieldset>
            <Field label="What your own endpoint keeps of the traffic" hint="Assay keeps no prompts and no answers.">
              {(control) => (
                <select {...control} className="usa-select" name="logging">
                  {loggings.map((one) => (
                    <option key={one} value={one}>
                      {loggingNames[one]}
                    </option>
                  ))}
                </select>
              )}
            </Field>
            <Field label="Days after the end to return or destroy what was received">
              {(control) => (
                <input
                  {...control}
                  className="usa-input"
                  type="number"
                  name="retentionDays"
                  min={0}
                  max={3650}
                  defaultValue={30}
                />
              )}
            </Field>
            <Field label="What else is agreed">
              {(control) => <textarea {...control} className="usa-textarea" name="notes" rows={3} maxLength={4000} />}
            </Field>
          </div>
        </details>
        {act.error && <Failure error={act.error} doing="offer access" />}
        <p>
          <button type="submit" className="usa-button" disabled={act.isPending}>
            Offer access
          </button>
        </p>
      </form>
    </Modal>
  );
}
