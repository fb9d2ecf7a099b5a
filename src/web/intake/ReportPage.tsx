import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type ComponentProps, type FormEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import { useSession } from '../directory/session.ts';
import { moments } from '../parts/dates.ts';
import { Failure } from '../parts/Failure.tsx';
import { Field } from '../parts/Field.tsx';
import { Notice } from '../parts/Notice.tsx';
import { PageHeading } from '../parts/PageHeading.tsx';
import { IntakeNav } from './IntakeNav.tsx';
import { handIn, type Receipt, refreshIntake, submit } from './intake-api.ts';
import { type Draft, emptyDraft, faultOf, forgetDraft, keepDraft, keptDraft, reportOf } from './report-draft.ts';

interface Sent {
  receipt: Receipt;
  /** Only without an account. */
  token?: string;
}

/** The form for one finding; with an account it is the organisation's, without one a secret follows it. */
export function ReportPage() {
  const session = useSession();
  const [sent, setSent] = useState<Sent>();
  return (
    <div className="stack-wide">
      <PageHeading lead="One flaw in one component. Coordinators read it, and nobody else can tell that it exists.">
        Hand in a finding
      </PageHeading>
      <IntakeNav />
      {sent ? (
        <SentCard sent={sent} onAnother={() => setSent(undefined)} />
      ) : (
        session.data && <ReportForm isSignedIn={session.data.person !== undefined} onSent={setSent} />
      )}
    </div>
  );
}

function SentCard(props: { sent: Sent; onAnother: () => void }) {
  const { receipt, token } = props.sent;
  const [isCopied, setCopied] = useState(false);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const link = `${window.location.origin}/intake/follow#${token}`;
  return (
    <section className="card stack" aria-labelledby="sent">
      <h2 id="sent" tabIndex={-1} ref={heading}>
        Received
      </h2>
      <dl className="facts">
        <dt>Receipt</dt>
        <dd className="mono">{receipt.id}</dd>
        <dt>Received</dt>
        <dd>{moments(receipt.receivedAt)}</dd>
        <dt>SHA-256 of what you sent</dt>
        <dd className="mono">{receipt.digest}</dd>
      </dl>
      {token !== undefined && (
        <Notice kind="warning" heading="Keep this link. It is shown once" isQuiet>
          <p>
            With it, and only with it, you see how the report stands and answer questions. Nobody can give it again.
          </p>
          <p className="mono secret">{link}</p>
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
      )}
      <p>
        A coordinator reads it next. Everybody gets the same receipt, whether or not others reported the same flaw; your
        credit and the time of your report stay yours either way.
      </p>
      <p className="row">
        {token === undefined ? (
          <Link to="/intake/findings/$id" params={{ id: receipt.id }} className="usa-button">
            Open your finding
          </Link>
        ) : (
          <a href={link} className="usa-button">
            Follow the report
          </a>
        )}
        <button type="button" className="usa-button usa-button--outline" onClick={props.onAnother}>
          Hand in another
        </button>
      </p>
    </section>
  );
}

function ReportForm(props: { isSignedIn: boolean; onSent: (sent: Sent) => void }) {
  const { isSignedIn, onSent } = props;
  const client = useQueryClient();
  const [draft, setDraft] = useState<Draft>(keptDraft);
  const [contact, setContact] = useState('');
  const [isSending, setSending] = useState(false);
  const [isTried, setTried] = useState(false);
  const [error, setError] = useState<unknown>();
  // The same form sent twice is one act.
  const key = useRef(crypto.randomUUID());
  const form = useRef<HTMLFormElement>(null);
  const fault = isTried ? faultOf(draft) : undefined;
  const set = (name: keyof Draft) => (value: string) => {
    const next = { ...draft, [name]: value };
    setDraft(next);
    keepDraft(next);
    key.current = crypto.randomUUID();
  };
  const send = async (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    const wrong = faultOf(draft);
    if (wrong) {
      form.current?.querySelector<HTMLElement>(`[name="${wrong.field}"]`)?.focus();
      return;
    }
    setSending(true);
    setError(undefined);
    try {
      const report = reportOf(draft);
      if (isSignedIn) onSent({ receipt: await submit(report, key.current) });
      else {
        const { token, ...receipt } = await handIn(report, contact.trim());
        onSent({ receipt, token });
      }
      forgetDraft();
      await refreshIntake(client);
    } catch (problem) {
      setError(problem);
    } finally {
      setSending(false);
    }
  };
  const line = (name: keyof Draft, label: string, hint?: ReactNode, input?: ComponentProps<'input'>) => (
    <Field label={label} hint={hint} error={fault?.field === name ? fault.text : undefined}>
      {(control) => (
        <input
          {...control}
          {...input}
          className="usa-input"
          name={name}
          maxLength={500}
          value={draft[name]}
          onChange={(event) => set(name)(event.target.value)}
        />
      )}
    </Field>
  );
  const area = (name: keyof Draft, label: string, hint?: ReactNode) => (
    <Field label={label} hint={hint}>
      {(control) => (
        <textarea
          {...control}
          className="usa-textarea area-tall"
          name={name}
          maxLength={name === 'stack' ? 32_768 : 65_536}
          value={draft[name]}
          onChange={(event) => set(name)(event.target.value)}
        />
      )}
    </Field>
  );
  return (
    <form className="report-form" onSubmit={send} ref={form} noValidate>
      <section className="card stack" aria-labelledby="what">
        <h2 id="what">What is wrong</h2>
        {line('title', 'In one line', 'Such as: a crafted header makes the parser write past its buffer.', {
          maxLength: 300,
        })}
        {line('purl', 'Component', 'Its package URL, such as pkg:npm/left-pad@1.3.0, or its name.')}
        <div className="report-pair">
          {line('version', 'Version you examined')}
          {line('weakness', 'Weakness (CWE)', 'Such as CWE-787. Leave it empty if you do not know.')}
          {line('path', 'File')}
          {line('symbol', 'Function, class or endpoint')}
        </div>
        {area('description', 'What is wrong, and why')}
        {area('impact', 'What it does to whom')}
        <Field label="How grave, in your opinion">
          {(control) => (
            <select
              {...control}
              className="usa-select"
              value={draft.severityLevel}
              onChange={(event) => set('severityLevel')(event.target.value)}
            >
              <option value="">I do not know</option>
              <option value="critical">Critical</option>
              <option value="high">High</option>
              <option value="medium">Medium</option>
              <option value="low">Low</option>
            </select>
          )}
        </Field>
      </section>
      <section className="card stack" aria-labelledby="how">
        <h2 id="how">How somebody else can see it</h2>
        {area(
          'reproduction',
          'Steps, input or code',
          'What helps most. It is kept apart from the rest, and each look at it is on record.',
        )}
        <details>
          <summary>A stack trace, a proposed change, names and links</summary>
          <div className="stack details-body">
            {area('stack', 'Stack trace or sanitizer report')}
            {area('patch', 'Proposed change')}
            {line('aliases', 'Other names', 'CVE or GHSA, separated by commas.')}
            {area('references', 'Links', 'One a line. Nobody here follows them by machine.')}
          </div>
        </details>
        <details>
          <summary>Found by a program or a model?</summary>
          <div className="report-pair details-body">
            {line('tool', 'Program')}
            {line('model', 'Model')}
          </div>
        </details>
      </section>
      {!isSignedIn && (
        <section className="card stack" aria-labelledby="you">
          <h2 id="you">Without an account</h2>
          <p>
            You get a secret link with which you follow the report. <Link to="/sign-in">Sign in instead</Link> if your
            organisation takes part.
          </p>
          <Field
            label="Mail address (optional)"
            hint="Seen by coordinators only. A mail says that something waits, never what."
          >
            {(control) => (
              <input
                {...control}
                className="usa-input"
                type="email"
                autoComplete="email"
                maxLength={254}
                value={contact}
                onChange={(event) => setContact(event.target.value)}
              />
            )}
          </Field>
        </section>
      )}
      {error !== undefined && <Failure error={error} doing="hand it in" />}
      <p className="row">
        <button type="submit" className="usa-button" disabled={isSending}>
          {isSending ? 'Sending…' : 'Hand in'}
        </button>
        <button
          type="button"
          className="usa-button usa-button--outline"
          onClick={() => {
            setDraft(emptyDraft);
            forgetDraft();
          }}
        >
          Empty the form
        </button>
        <span className="small soft">
          What you type is kept while this tab is open, and nowhere else until you send it.
        </span>
      </p>
    </form>
  );
}
