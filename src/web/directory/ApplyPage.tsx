import { Link } from '@tanstack/react-router';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { kindNames, type OrganisationKind, organisationKinds, wordsMax } from '../../domain/directory/application.ts';
import { ask } from '../api.ts';
import { Failure } from '../parts/Failure.tsx';
import { Field } from '../parts/Field.tsx';
import { Notice } from '../parts/Notice.tsx';
import { PageHeading } from '../parts/PageHeading.tsx';
import { useAct, useTerms } from './participation-api.ts';
import { useSession } from './session.ts';

interface Draft {
  name: string;
  kind: OrganisationKind | '';
  country: string;
  purpose: string;
  contactName: string;
  email: string;
  domain: string;
  securityTxt: string;
  hasRead: boolean;
}

const empty: Draft = {
  name: '',
  kind: '',
  country: '',
  purpose: '',
  contactName: '',
  email: '',
  domain: '',
  securityTxt: '',
  hasRead: false,
};

/** What was typed stays in this tab: a reload loses nothing, and closing the tab leaves nothing behind. */
const draftKey = 'assay.apply';

function keptDraft(): Draft {
  try {
    return { ...empty, ...JSON.parse(sessionStorage.getItem(draftKey) ?? '{}') };
  } catch {
    return empty;
  }
}

type Faults = Partial<Record<keyof Draft, string>>;

function faultsOf(draft: Draft): Faults {
  const faults: Faults = {};
  if (draft.name.trim() === '') faults.name = 'Write the name of your organisation.';
  if (draft.kind === '') faults.kind = 'Choose what comes nearest.';
  if (draft.country.trim() === '') faults.country = 'Write where it is.';
  if (draft.purpose.trim() === '') faults.purpose = 'Write what you want to do here, in a sentence or two.';
  if (draft.contactName.trim() === '') faults.contactName = 'Write your name.';
  if (!/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(draft.email.trim()))
    faults.email = 'Write an address such as name@hospital.example.';
  if (draft.domain.trim() !== '' && !/^[a-z0-9-]+(\.[a-z0-9-]+)+$/i.test(draft.domain.trim()))
    faults.domain = 'Write a domain name such as hospital.example, or leave it empty.';
  if (draft.securityTxt.trim() !== '' && !/^https:\/\/\S+$/i.test(draft.securityTxt.trim()))
    faults.securityTxt = 'Write an address that begins with https://, or leave it empty.';
  if (!draft.hasRead) faults.hasRead = 'Read the terms first. Whoever signs in later accepts them or not.';
  return faults;
}

/** The way in for an organisation that is not here: without an account, and answered the same for everybody. */
export function ApplyPage() {
  const [receipt, setReceipt] = useState<string>();
  return (
    <div className="stack narrow">
      <PageHeading lead="Organisations that find, fix or depend on software take part here. Two people of the organisation that runs this instance decide; you see where it stands with a link of your own.">
        Apply to take part
      </PageHeading>
      {receipt === undefined ? <ApplyForm onSent={setReceipt} /> : <Sent receipt={receipt} />}
    </div>
  );
}

function Sent(props: { receipt: string }) {
  const [isCopied, setCopied] = useState(false);
  const sendsMail = useSession().data?.sendsMail !== false;
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const link = `${location.origin}/apply/receipt#receipt=${props.receipt}`;
  return (
    <section className="card stack" aria-labelledby="sent">
      <h2 id="sent" tabIndex={-1} ref={heading}>
        One step is left: your address
      </h2>
      {sendsMail ? (
        <p>A mail with a link is on its way. Open it within a day; nobody decides before you have.</p>
      ) : (
        <p>
          This instance sends no mail: the link that proves your address lies in its local mailbox (
          <code>mailbox.jsonl</code> in its data folder), for whoever runs it to hand over. It works for a day.
        </p>
      )}
      <Notice kind="warning" heading="Keep this link" isQuiet>
        <p>With it you see where your application stands, answer questions, and take it back.</p>
        <p className="mono break-all">{link}</p>
        <p>
          <button
            type="button"
            className="usa-button usa-button--outline button-small"
            onClick={() => navigator.clipboard.writeText(link).then(() => setCopied(true))}
          >
            {isCopied ? 'Copied' : 'Copy the link'}
          </button>
        </p>
      </Notice>
      <p className="soft">
        The answer is the same for everybody, so that nobody can find out who takes part here or has applied.
      </p>
    </section>
  );
}

function ApplyForm(props: { onSent: (receipt: string) => void }) {
  const [draft, setDraft] = useState(keptDraft);
  const [isTried, setTried] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const terms = useTerms();
  useEffect(() => {
    if (JSON.stringify(draft) === JSON.stringify(empty)) sessionStorage.removeItem(draftKey);
    else sessionStorage.setItem(draftKey, JSON.stringify(draft));
  }, [draft]);
  const set = (change: Partial<Draft>) => setDraft((before) => ({ ...before, ...change }));
  const faults = isTried ? faultsOf(draft) : {};
  const send = useAct(() =>
    ask<{ receipt: string }>('/api/v1/applications', {
      method: 'POST',
      body: {
        name: draft.name.trim(),
        kind: draft.kind,
        country: draft.country.trim(),
        purpose: draft.purpose.trim(),
        contact: { name: draft.contactName.trim(), email: draft.email.trim() },
        ...(draft.domain.trim() !== '' && { domain: draft.domain.trim() }),
        ...(draft.securityTxt.trim() !== '' && { securityTxt: draft.securityTxt.trim() }),
        termsVersion: terms.data?.version,
      },
    }),
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (Object.keys(faultsOf(draft)).length > 0) {
      // After the faults are shown: the first of them is where to go on.
      requestAnimationFrame(() => form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
      return;
    }
    send.mutate(undefined, {
      onSuccess: ({ receipt }) => {
        sessionStorage.removeItem(draftKey);
        props.onSent(receipt);
      },
    });
  };
  const text = (
    name: 'name' | 'country' | 'contactName' | 'domain',
    label: string,
    hint?: string,
    autoComplete?: string,
  ) => (
    <Field label={label} hint={hint} error={faults[name]}>
      {(control) => (
        <input
          {...control}
          className="usa-input"
          maxLength={name === 'domain' ? 253 : 200}
          {...(autoComplete !== undefined && { autoComplete })}
          value={draft[name]}
          onChange={(event) => set({ [name]: event.target.value })}
        />
      )}
    </Field>
  );
  return (
    <form className="stack" onSubmit={submit} noValidate ref={form}>
      <div className="card form">
        <h2>Your organisation</h2>
        {text('name', 'Name of the organisation', undefined, 'organization')}
        <Field label="What it is" error={faults.kind}>
          {(control) => (
            <select
              {...control}
              className="usa-select"
              value={draft.kind}
              onChange={(event) => set({ kind: event.target.value as Draft['kind'] })}
            >
              <option value="">Choose</option>
              {organisationKinds.map((kind) => (
                <option key={kind} value={kind}>
                  {kindNames[kind]}
                </option>
              ))}
            </select>
          )}
        </Field>
        {text('country', 'Country', 'In your own words; several are fine.', 'country-name')}
        <Field label="What you want to do here" error={faults.purpose}>
          {(control) => (
            <textarea
              {...control}
              className="usa-textarea"
              maxLength={wordsMax}
              value={draft.purpose}
              onChange={(event) => set({ purpose: event.target.value })}
            />
          )}
        </Field>
        {text('domain', 'Domain (if you have one)', 'Such as hospital.example.')}
        <Field label="Address of your security.txt (if you have one)" error={faults.securityTxt}>
          {(control) => (
            <input
              {...control}
              className="usa-input"
              type="url"
              maxLength={500}
              value={draft.securityTxt}
              onChange={(event) => set({ securityTxt: event.target.value })}
            />
          )}
        </Field>
      </div>
      <div className="card form">
        <h2>You</h2>
        <p className="soft">Once two people have let your organisation in, you are its first administrator.</p>
        {text('contactName', 'Your name', undefined, 'name')}
        <Field label="Your address" hint="We send a link that proves it is yours." error={faults.email}>
          {(control) => (
            <input
              {...control}
              className="usa-input"
              type="email"
              autoComplete="email"
              maxLength={254}
              value={draft.email}
              onChange={(event) => set({ email: event.target.value })}
            />
          )}
        </Field>
      </div>
      <div className="card form">
        <h2>The terms</h2>
        {terms.error && <Failure error={terms.error} doing="read the terms" onRetry={() => terms.refetch()} />}
        <p>
          <Link to="/terms">
            {terms.data ? `${terms.data.title}, version ${terms.data.version}` : 'Terms of participation'}
          </Link>{' '}
          say what those who take part owe each other, what happens to what they bring, and how they leave.
        </p>
        <div>
          {faults.hasRead && (
            <p className="usa-error-message" id="terms-error" role="alert">
              {faults.hasRead}
            </p>
          )}
          <div className="usa-checkbox">
            <input
              className="usa-checkbox__input"
              id="terms-read"
              type="checkbox"
              aria-describedby={faults.hasRead && 'terms-error'}
              aria-invalid={faults.hasRead !== undefined}
              checked={draft.hasRead}
              onChange={(event) => set({ hasRead: event.target.checked })}
            />
            <label className="usa-checkbox__label" htmlFor="terms-read">
              I have read them
            </label>
          </div>
        </div>
      </div>
      {send.error && <Failure error={send.error} doing="send the application" />}
      <div>
        <button type="submit" className="usa-button" disabled={send.isPending || terms.data === undefined}>
          Send the application
        </button>
      </div>
    </form>
  );
}
