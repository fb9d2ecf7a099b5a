import { browserSupportsWebAuthn, startAuthentication } from '@simplewebauthn/browser';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link, useLocation, useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { ask } from '../api.ts';
import { Failure } from '../parts/Failure.tsx';
import { Field } from '../parts/Field.tsx';
import { Notice } from '../parts/Notice.tsx';
import { PageHeading } from '../parts/PageHeading.tsx';
import { isAddress, PasskeyName } from './PasskeyName.tsx';
import { homeOf, sessionQuery, useSession } from './session.ts';

/** The one-time token stands in the fragment, which browsers never send: no server or proxy log holds it. */
export function tokenIn(fragment: string): string | undefined {
  return new URLSearchParams(fragment).get('token') ?? undefined;
}

export function SignInPage() {
  const token = tokenIn(useLocation({ select: (location) => location.hash }));
  return (
    <div className="stack narrow">
      <PageHeading lead="You need no account to make a patch list. Sign in to keep inventories on this instance and to see what is shared with you.">
        Sign in
      </PageHeading>
      {token ? <FinishSignIn token={token} /> : <StartSignIn />}
    </div>
  );
}

function useSignedIn() {
  const client = useQueryClient();
  const navigate = useNavigate();
  return async () => {
    await client.resetQueries();
    const session = await client.fetchQuery(sessionQuery);
    await navigate({ to: homeOf(session.roles), hash: '', replace: true });
  };
}

/** A press of a button, not the page's mere opening, uses the link up: mail scanners open links too. */
function FinishSignIn(props: { token: string }) {
  const signedIn = useSignedIn();
  const finish = useMutation({
    mutationFn: () => ask('/api/v1/session', { method: 'POST', body: { token: props.token } }),
    onSuccess: signedIn,
  });
  return (
    <div className="card stack">
      <p>This link signs you in once. It is used up when you press the button.</p>
      {finish.error && <Failure error={finish.error} doing="sign in" />}
      <p>
        <button type="button" className="usa-button" disabled={finish.isPending} onClick={() => finish.mutate()}>
          Finish signing in
        </button>
      </p>
    </div>
  );
}

function StartSignIn() {
  const [email, setEmail] = useState('');
  const [fault, setFault] = useState<string>();
  const signedIn = useSignedIn();
  const sendsMail = useSession().data?.sendsMail !== false;
  const link = useMutation({
    mutationFn: () => ask('/api/v1/session/links', { method: 'POST', body: { email } }),
  });
  const passkey = useMutation({
    mutationFn: async () => {
      const optionsJSON = await ask<Parameters<typeof startAuthentication>[0]['optionsJSON']>(
        '/api/v1/passkeys/authentication/options',
        { method: 'POST', body: {} },
      );
      const body = await startAuthentication({ optionsJSON });
      await ask('/api/v1/passkeys/authentication/verification', { method: 'POST', body });
    },
    onSuccess: signedIn,
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const isAddress = /^[^\s@]+@[^\s@]+$/.test(email.trim());
    setFault(isAddress ? undefined : 'Write an address such as name@hospital.example.');
    if (isAddress) link.mutate();
  };

  if (link.isSuccess && !sendsMail) {
    return (
      <Notice kind="info" heading="Ask whoever runs this instance">
        <p>
          This instance sends no mail. If it knows {email}, a link lies in its local mailbox (<code>mailbox.jsonl</code>{' '}
          in its data folder). It works once and for 15 minutes.
        </p>
        <p>The answer is the same for every address, so that nobody can find out who has an account.</p>
      </Notice>
    );
  }
  if (link.isSuccess) {
    return (
      <Notice kind="success" heading="Look in your mail">
        <p>If this instance knows {email}, a link is on its way. It works once and for 15 minutes.</p>
        <p>The answer is the same for every address, so that nobody can find out who has an account.</p>
      </Notice>
    );
  }
  return (
    <div className="stack">
      <form className="card stack" onSubmit={submit} noValidate>
        <h2>{sendsMail ? 'By mail' : 'By link'}</h2>
        {!sendsMail && <p>This instance sends no mail; ask whoever runs it for a link.</p>}
        <Field
          label="Your address"
          hint={sendsMail ? 'We send a link that works once.' : 'A link that works once is kept for whoever runs it.'}
          error={fault}
        >
          {(control) => (
            <input
              {...control}
              className="usa-input"
              type="email"
              autoComplete="email"
              value={email}
              onChange={(event) => setEmail(event.target.value)}
            />
          )}
        </Field>
        {link.error && <Failure error={link.error} doing="ask for a link" />}
        <div>
          <button type="submit" className="usa-button" disabled={link.isPending}>
            {sendsMail ? 'Send me a link' : 'Make a link'}
          </button>
        </div>
      </form>
      {isAddress(location.hostname) && (
        <div className="card stack">
          <h2>By passkey</h2>
          <PasskeyName />
        </div>
      )}
      {!isAddress(location.hostname) && browserSupportsWebAuthn() && (
        <div className="card stack">
          <h2>By passkey</h2>
          <p className="soft">
            Your device, its fingerprint reader or a security key signs you in, if you added it in Settings.
          </p>
          {passkey.error && <Failure error={passkey.error} doing="sign in by passkey" />}
          <div>
            <button
              type="button"
              className="usa-button usa-button--outline"
              disabled={passkey.isPending}
              onClick={() => passkey.mutate()}
            >
              Use a passkey
            </button>
          </div>
        </div>
      )}
      <p>
        Your organisation is not here yet? <Link to="/apply">Apply to take part</Link>.
      </p>
      <p className="small soft">
        Whoever runs this instance can print a link too: <code>assay start</code> shows one for each role of the sample
        workspace.
      </p>
    </div>
  );
}
