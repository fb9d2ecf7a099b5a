import { useId } from 'react';
import { type Authority, authorityKinds, type Disclosure } from '../../domain/intake/claim.ts';
import { claimPolicy } from '../../domain/intake/claim-policy.ts';
import { type Technique, techniqueNames, techniques } from '../../domain/intake/scope.ts';
import { Field } from '../parts/Field.tsx';
import { Segments } from '../parts/Segments.tsx';
import type { NewClaim } from './claim-api.ts';
import { authorityWords } from './claim-words.ts';

/** The form as it is typed; every field a text or a choice. */
export interface Draft {
  kind: 'package' | 'host';
  target: string;
  versions: string;
  path: string;
  technique: Technique;
  isTechniqueBound: boolean;
  authority: Authority['kind'];
  from: string;
  url: string;
  reference: string;
  until: string;
  days: string;
  disclosure: Disclosure;
  isCounted: boolean;
  note: string;
}

export const emptyDraft: Draft = {
  kind: 'package',
  target: '',
  versions: '',
  path: '',
  technique: 'fuzzing',
  isTechniqueBound: false,
  authority: 'licence',
  from: '',
  url: '',
  reference: '',
  until: '',
  days: String(claimPolicy.defaultDays),
  disclosure: 'answer',
  isCounted: false,
  note: '',
};

/** What is sent for a draft. Empty fields are left out. */
export function claimOf(draft: Draft): NewClaim {
  const set = <Name extends string>(name: Name, text: string) => (text.trim() === '' ? {} : { [name]: text.trim() });
  return {
    scope: {
      ...(draft.kind === 'host' ? { host: draft.target.trim() } : { purl: draft.target.trim() }),
      ...(draft.kind === 'package' && set('versions', draft.versions)),
      ...set('path', draft.path),
      technique: draft.technique,
      ...(draft.isTechniqueBound && { isTechniqueBound: true }),
    },
    authority: {
      kind: draft.authority,
      from: draft.from.trim(),
      ...set('url', draft.url),
      ...set('reference', draft.reference),
      // A day ends when it is over.
      ...(draft.until !== '' && { until: `${draft.until}T23:59:59.999Z` }),
    },
    days: Number(draft.days),
    disclosure: draft.disclosure,
    isCounted: draft.isCounted && draft.disclosure === 'answer',
    ...set('note', draft.note),
  };
}

type Faults = ReadonlyMap<string, string>;

/** The fields of a claim. `faults` are shown at their fields. */
export function ClaimFields(props: { draft: Draft; onChange: (change: Partial<Draft>) => void; faults: Faults }) {
  const { draft, onChange, faults } = props;
  const text = (
    name: keyof Draft,
    limit: number,
    more: { type?: string; isMono?: boolean; required?: boolean } = {},
  ) => ({
    className: `usa-input ${more.isMono ? 'mono' : ''}`,
    type: more.type ?? 'text',
    maxLength: limit,
    required: more.required ?? false,
    spellCheck: !more.isMono,
    autoComplete: 'off',
    value: String(draft[name]),
    onChange: (event: { target: { value: string } }) => onChange({ [name]: event.target.value }),
  });
  const isHost = draft.kind === 'host';
  return (
    <>
      <section className="card stack" aria-labelledby="claim-what">
        <h2 id="claim-what">What you scan</h2>
        <Segments
          legend="The target is"
          options={[
            { value: 'package', label: 'a package' },
            { value: 'host', label: 'a running host' },
          ]}
          value={draft.kind}
          onChange={(kind) => onChange({ kind, ...(kind === 'host' && { authority: 'written_permission' }) })}
        />
        <Field
          label={isHost ? 'Host' : 'Package'}
          hint={
            isHost ? (
              'Its full name, such as app.birch.example'
            ) : (
              <>
                A package URL without a version, such as <code>pkg:npm/left-pad</code> or{' '}
                <code>pkg:deb/debian/curl</code>
              </>
            )
          }
          error={faults.get(isHost ? 'host' : 'purl')}
        >
          {(control) => <input {...control} {...text('target', 500, { isMono: true, required: true })} />}
        </Field>
        {!isHost && (
          <Field
            label="Versions"
            hint={
              <>
                All, when left empty. Bounds are joined by a bar: <code>{'>=1.0|<2.0'}</code>
              </>
            }
            error={faults.get('versions')}
          >
            {(control) => <input {...control} {...text('versions', 2000, { isMono: true })} />}
          </Field>
        )}
        <Field
          label="Path"
          hint={isHost ? 'Only addresses under this path' : 'Only what lies under this folder or file of the source'}
          error={faults.get('path')}
        >
          {(control) => <input {...control} {...text('path', 500, { isMono: true })} />}
        </Field>
        <Field label="Technique">
          {(control) => (
            <select
              {...control}
              className="usa-select"
              value={draft.technique}
              onChange={(event) => onChange({ technique: event.target.value as Technique })}
            >
              {techniques.map((one) => (
                <option key={one} value={one}>
                  {techniqueNames[one]}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Check
          label="Only work by the same technique is in our way"
          hint="Two ways of looking at one thing find the same flaws, so technique keeps claims apart only where both sides say this."
          isChecked={draft.isTechniqueBound}
          onChange={(isTechniqueBound) => onChange({ isTechniqueBound })}
        />
      </section>

      <section className="card stack" aria-labelledby="claim-authority">
        <h2 id="claim-authority">By what authority</h2>
        <p className="soft">A claim is never permission. It records from whom yours comes.</p>
        <Field label="Authority" error={faults.get('authority.kind')}>
          {(control) => (
            <select
              {...control}
              className="usa-select"
              value={draft.authority}
              onChange={(event) => onChange({ authority: event.target.value as Authority['kind'] })}
            >
              {authorityKinds.map((one) => (
                <option key={one} value={one} disabled={isHost && one !== 'written_permission'}>
                  {authorityWords[one]}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field
          label="Given by"
          hint="The owner of the software or host, or the name of the licence"
          error={faults.get('authority.from')}
        >
          {(control) => <input {...control} {...text('from', 300, { required: true })} />}
        </Field>
        {draft.authority === 'written_permission' && (
          <Field
            label="Which writing"
            hint="Of which day, and where it is kept: letter of 3 May 2026, file 12"
            error={faults.get('authority.reference')}
          >
            {(control) => <input {...control} {...text('reference', 500, { required: true })} />}
          </Field>
        )}
        {draft.authority !== 'own_software' && (
          <Field
            label={draft.authority === 'published_policy' ? 'Address of the policy' : 'Address, if it can be read'}
            error={faults.get('authority.url')}
          >
            {(control) => (
              <input
                {...control}
                {...text('url', 500, { isMono: true, required: draft.authority === 'published_policy' })}
              />
            )}
          </Field>
        )}
        <Field
          label="Holds until"
          hint="The last day, where it names one. The claim ends no later."
          error={faults.get('authority.until')}
        >
          {(control) => <input {...control} {...text('until', 10, { type: 'date' })} />}
        </Field>
      </section>

      <section className="card stack" aria-labelledby="claim-others">
        <h2 id="claim-others">How long, and what others learn</h2>
        <Field label="Days" hint={`${claimPolicy.maxDays} at most; it can be renewed before it ends`}>
          {(control) => (
            <input
              {...control}
              className="usa-input claim-days"
              type="number"
              min={1}
              max={claimPolicy.maxDays}
              required
              value={draft.days}
              onChange={(event) => onChange({ days: event.target.value })}
            />
          )}
        </Field>
        <fieldset className="usa-fieldset stack-tight">
          <legend className="usa-legend">When somebody with an overlapping claim asks</legend>
          <Choice
            name="disclosure"
            label="Answer “conflict”"
            hint="They learn that somebody has claimed it, not who. Either of you can ask to be introduced."
            isChecked={draft.disclosure === 'answer'}
            onChange={() => onChange({ disclosure: 'answer' })}
          />
          <Choice
            name="disclosure"
            label="Leave it to the broker"
            hint="They are told to ask the coordinators of this instance, who see both claims."
            isChecked={draft.disclosure === 'broker_only'}
            onChange={() => onChange({ disclosure: 'broker_only', isCounted: false })}
          />
        </fieldset>
        <Check
          label="The coverage board may count it"
          hint="A week late and without a name: its package then leaves the list of those that nobody scans."
          isChecked={draft.isCounted}
          isDisabled={draft.disclosure === 'broker_only'}
          onChange={(isCounted) => onChange({ isCounted })}
        />
        <Field label="Note for your own organisation" hint="Optional">
          {(control) => <input {...control} {...text('note', 500)} />}
        </Field>
      </section>
    </>
  );
}

interface ChoiceProps {
  label: string;
  hint: string;
  isChecked: boolean;
}

function Check(props: ChoiceProps & { isDisabled?: boolean; onChange: (isChecked: boolean) => void }) {
  const id = useId();
  return (
    <div className="usa-checkbox">
      <input
        className="usa-checkbox__input"
        id={id}
        type="checkbox"
        checked={props.isChecked}
        disabled={props.isDisabled ?? false}
        aria-describedby={`${id}-hint`}
        onChange={(event) => props.onChange(event.target.checked)}
      />
      <label className="usa-checkbox__label" htmlFor={id}>
        {props.label}
      </label>
      <p className="usa-hint claim-hint" id={`${id}-hint`}>
        {props.hint}
      </p>
    </div>
  );
}

function Choice(props: ChoiceProps & { name: string; onChange: () => void }) {
  const id = useId();
  return (
    <div className="usa-radio">
      <input
        className="usa-radio__input"
        id={id}
        type="radio"
        name={props.name}
        checked={props.isChecked}
        aria-describedby={`${id}-hint`}
        onChange={props.onChange}
      />
      <label className="usa-radio__label" htmlFor={id}>
        {props.label}
      </label>
      <p className="usa-hint claim-hint" id={`${id}-hint`}>
        {props.hint}
      </p>
    </div>
  );
}
