import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useEffect, useState } from 'react';
import type { Kit, Signal } from '../../domain/intake/validation-kit.ts';
import { shortDay } from '../parts/dates.ts';
import { Failure } from '../parts/Failure.tsx';
import { Field } from '../parts/Field.tsx';
import { Modal } from '../parts/Modal.tsx';
import { announce } from '../shell/announce.ts';
import { ValidationKit } from './ValidationKit.tsx';
import { type Preview, previewShare, refreshValidations, share } from './validation-api.ts';

const dayMs = 86_400_000;
const dayIn = (days: number) => new Date(Date.now() + days * dayMs).toISOString().slice(0, 10);

const base64 = (text: string) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));
const textIn = (kit: Kit, path: string) => {
  const file = kit.files.find((one) => one.path === path);
  if (file === undefined) return '';
  return new TextDecoder().decode(Uint8Array.from(atob(file.content), (character) => character.charCodeAt(0)));
};

const signals = {
  sanitizer: {
    name: 'A sanitizer reports this class',
    of: (value: string): Signal => ({ kind: 'sanitizer', class: value }),
  },
  exit: {
    name: 'The command ends with this code',
    of: (value: string): Signal => ({ kind: 'exit', code: Number(value) }),
  },
  output: {
    name: 'The output matches this expression',
    of: (value: string): Signal => ({ kind: 'output', pattern: value }),
  },
  file: { name: 'It writes this file', of: (value: string): Signal => ({ kind: 'file', path: value }) },
  timeout: { name: 'It does not end in time', of: (): Signal => ({ kind: 'timeout' }) },
} as const;

function valueIn(signal: Signal): string {
  switch (signal.kind) {
    case 'exit':
      return String(signal.code);
    case 'output':
      return signal.pattern;
    case 'sanitizer':
      return signal.class;
    case 'file':
      return signal.path;
    case 'timeout':
      return '';
  }
}

const reproducer = 'reproduce.sh';
const control = 'control.sh';
/** Runs on other versions: they tell what is affected, and change no verdict. */
const versions = [
  { run: 'baseline', file: 'older.sh', name: 'older version' },
  { run: 'newest', file: 'newest.sh', name: 'newest version' },
] as const;

/** The kit that a form describes: a script for each run. Everything else of the draft stays as it is. */
function kitOf(draft: Kit, data: FormData): Kit {
  const text = (name: string) => String(data.get(name) ?? '');
  const kind = text('signal') as keyof typeof signals;
  const image = text('image').trim();
  const files: Kit['files'] = [];
  /** The run of a script that was filled in. */
  const runOf = (name: string, file: string) => {
    const script = text(name);
    if (script.trim() === '') return undefined;
    files.push({ path: file, content: base64(`${script.trimEnd()}\n`) });
    return { command: ['sh', file], ...(image !== '' && { image }) };
  };
  const { control: _control, baseline: _baseline, newest: _newest, ...rest } = draft;
  const { version } = draft.reproduce;
  const shown = runOf('script', reproducer) ?? { command: ['sh', reproducer] };
  const harmless = runOf('control', control);
  const others = versions.map(({ run, file }) => {
    const found = runOf(run, file);
    const named = text(`${run}-version`).trim();
    return found && ([run, { ...found, ...(named !== '' && { version: named }) }] as const);
  });
  return {
    ...rest,
    title: text('title'),
    claim: text('claim'),
    files,
    signal: signals[kind].of(text('value').trim()),
    reproduce: { ...shown, ...(version !== undefined && { version }) },
    ...(harmless && { control: { kind: 'harmless_input', ...harmless } as const }),
    ...Object.fromEntries(others.filter((other) => other !== undefined)),
    timeoutSeconds: Number(text('seconds')),
    needsNetwork: data.get('network') === 'on',
  };
}

/** Shares a kit with another organisation: first what it holds, then who learns what, then the act (I6). */
export function ValidationShare(props: { finding: string; onClose: () => void }) {
  const { finding, onClose } = props;
  const client = useQueryClient();
  const [draft, setDraft] = useState<Kit>();
  const [askable, setAskable] = useState<Preview['askable']>([]);
  const [kind, setKind] = useState<keyof typeof signals>('exit');
  const [ready, setReady] = useState<{ kit: Kit; endsAt: string; organisation: string; preview: Preview }>();
  const [asked, setAsked] = useState({ organisation: '', ends: dayIn(14) });
  const [error, setError] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  useEffect(() => {
    // Opening the report for the draft is on record; once is enough.
    previewShare(finding).then(({ draft, askable }) => {
      setDraft(draft);
      setAskable(askable);
      setKind(draft.signal.kind);
    }, setError);
  }, [finding]);

  const look = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (draft === undefined) return;
    const data = new FormData(event.currentTarget);
    const organisation = String(data.get('organisation'));
    const ends = String(data.get('ends'));
    const endsAt = `${ends}T00:00:00.000Z`;
    setAsked({ organisation, ends });
    setBusy(true);
    setError(undefined);
    try {
      const kit = kitOf(draft, data);
      setReady({ kit, endsAt, organisation, preview: await previewShare(finding, organisation) });
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  };
  const send = async () => {
    if (ready === undefined) return;
    setBusy(true);
    setError(undefined);
    try {
      const { kit, endsAt, organisation } = ready;
      await share({ finding, organisation, kit, endsAt });
      await refreshValidations(client);
      announce('Shared');
      onClose();
    } catch (problem) {
      setError(problem);
      setBusy(false);
    }
  };
  return (
    <Modal heading="Ask somebody to reproduce it" onClose={onClose} isWide>
      {error !== undefined && <Failure error={error} doing="share the kit" />}
      {ready && (
        <div className="stack">
          <h3>Who will learn what</h3>
          <ul className="plain-list stack-tight">
            {ready.preview.organisations.map(({ id, name, learns }) => (
              <li key={id}>
                <strong>{name}</strong>
                <ul>
                  {learns.map((what) => (
                    <li key={what}>{what}</li>
                  ))}
                </ul>
              </li>
            ))}
          </ul>
          <p>
            They do not learn: {ready.preview.staysHidden.join('; ')}. They have it until {shortDay(ready.endsAt)}, or
            until you withdraw it.
          </p>
          <h3>The kit as they get it</h3>
          <p data-source="outside">
            <strong>{ready.kit.title}</strong>
          </p>
          <ValidationKit kit={ready.kit} />
          <p className="row">
            <button type="button" className="usa-button" disabled={isBusy} onClick={send}>
              Share the kit
            </button>
            <button
              type="button"
              className="usa-button usa-button--outline"
              onClick={() => {
                setDraft(ready.kit);
                setReady(undefined);
              }}
            >
              Change it
            </button>
          </p>
        </div>
      )}
      {!ready && draft && (
        <form className="stack" onSubmit={look}>
          <p className="soft">
            A draft from the report. Leave out how it was found: whoever reproduces it is to come to it fresh.
          </p>
          <div className="report-pair">
            <Field label="Organisation" hint="Those who reproduce findings and did not report this one">
              {(field) => (
                <select
                  {...field}
                  className="usa-select"
                  name="organisation"
                  required
                  defaultValue={asked.organisation}
                >
                  <option value="">Choose…</option>
                  {askable.map(({ id, name }) => (
                    <option key={id} value={id}>
                      {name}
                    </option>
                  ))}
                </select>
              )}
            </Field>
            <Field label="Until" hint="90 days at most; you may withdraw it at once">
              {(field) => (
                <input
                  {...field}
                  className="usa-input"
                  type="date"
                  name="ends"
                  required
                  min={dayIn(1)}
                  max={dayIn(89)}
                  defaultValue={asked.ends}
                />
              )}
            </Field>
          </div>
          <Field label="Claimed flaw, in one line">
            {(field) => (
              <input
                {...field}
                className="usa-input"
                name="title"
                required
                maxLength={300}
                defaultValue={draft.title}
              />
            )}
          </Field>
          <Field label="What is claimed of it">
            {(field) => (
              <textarea
                {...field}
                className="usa-textarea"
                name="claim"
                rows={3}
                maxLength={16_000}
                defaultValue={draft.claim}
              />
            )}
          </Field>
          <Field label="Script that shows it" hint="Runs as sh reproduce.sh in an empty work folder of the validator">
            {(field) => (
              <textarea
                {...field}
                className="usa-textarea mono area-tall"
                name="script"
                required
                defaultValue={textIn(draft, reproducer)}
                spellCheck={false}
              />
            )}
          </Field>
          <Field
            label="Script with a harmless input"
            hint="The control: the signal must not show. Without one, no reproduction counts"
          >
            {(field) => (
              <textarea
                {...field}
                className="usa-textarea mono"
                name="control"
                defaultValue={textIn(draft, control)}
                spellCheck={false}
              />
            )}
          </Field>
          <div className="report-pair">
            <Field label="Signal">
              {(field) => (
                <select
                  {...field}
                  className="usa-select"
                  name="signal"
                  value={kind}
                  onChange={(event) => setKind(event.target.value as keyof typeof signals)}
                >
                  {Object.entries(signals).map(([value, { name }]) => (
                    <option key={value} value={value}>
                      {name}
                    </option>
                  ))}
                </select>
              )}
            </Field>
            {kind !== 'timeout' && (
              <Field label="Which">
                {(field) => (
                  <input
                    {...field}
                    className="usa-input mono"
                    name="value"
                    required
                    maxLength={500}
                    defaultValue={draft.signal.kind === kind ? valueIn(draft.signal) : ''}
                  />
                )}
              </Field>
            )}
          </div>
          <div className="report-pair">
            <Field
              label="Container image, if it needs one"
              hint="By digest: name@sha256:…; otherwise it runs on their own system"
            >
              {(field) => (
                <input
                  {...field}
                  className="usa-input mono"
                  name="image"
                  maxLength={400}
                  defaultValue={draft.reproduce.image ?? ''}
                />
              )}
            </Field>
            <Field label="Seconds for one run" hint="600 at most">
              {(field) => (
                <input
                  {...field}
                  className="usa-input"
                  type="number"
                  name="seconds"
                  required
                  min={1}
                  max={600}
                  defaultValue={draft.timeoutSeconds}
                />
              )}
            </Field>
          </div>
          <details>
            <summary>Try other versions too</summary>
            <div className="stack details-body">
              <p className="soft small">They tell which versions are affected, and change no verdict.</p>
              {versions.map(({ run, file, name }) => (
                <div key={run} className="report-pair">
                  <Field label={`Number of the ${name}`}>
                    {(field) => (
                      <input
                        {...field}
                        className="usa-input mono"
                        name={`${run}-version`}
                        maxLength={200}
                        defaultValue={draft[run]?.version ?? ''}
                      />
                    )}
                  </Field>
                  <Field label={`Script that runs on the ${name}`}>
                    {(field) => (
                      <textarea
                        {...field}
                        className="usa-textarea mono"
                        name={run}
                        defaultValue={textIn(draft, file)}
                        spellCheck={false}
                      />
                    )}
                  </Field>
                </div>
              ))}
            </div>
          </details>
          <div className="usa-checkbox">
            <input
              className="usa-checkbox__input"
              id="validation-network"
              type="checkbox"
              name="network"
              defaultChecked={draft.needsNetwork}
            />
            <label className="usa-checkbox__label" htmlFor="validation-network">
              It cannot work without a network
            </label>
          </div>
          <p>
            <button type="submit" className="usa-button" disabled={isBusy}>
              See who will learn what
            </button>
          </p>
        </form>
      )}
      {!draft && error === undefined && <p className="soft">Opening the report…</p>}
    </Modal>
  );
}
