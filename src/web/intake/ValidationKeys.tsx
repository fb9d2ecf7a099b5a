import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { moments } from '../parts/dates.ts';
import { Failure } from '../parts/Failure.tsx';
import { Field } from '../parts/Field.tsx';
import { announce } from '../shell/announce.ts';
import { refreshValidations, registerKey, revokeKey, useValidatorKeys } from './validation-api.ts';

/** The public keys with which one's evidence is signed. */
export function ValidationKeys() {
  const client = useQueryClient();
  const keys = useValidatorKeys(true);
  const [error, setError] = useState<unknown>();
  const act = async (doing: () => Promise<unknown>, said: string) => {
    setError(undefined);
    try {
      await doing();
      await refreshValidations(client);
      announce(said);
      return true;
    } catch (problem) {
      setError(problem);
      return false;
    }
  };
  const register = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const data = new FormData(form);
    const key = { publicKey: String(data.get('publicKey')).trim(), label: String(data.get('label')).trim() };
    if (await act(() => registerKey(key), 'The key is registered')) form.reset();
  };
  return (
    <section className="card stack" aria-labelledby="keys">
      <h2 id="keys">Your keys</h2>
      <p className="soft">
        Your evidence is signed by a key that stays on your machine. <code>assay validate key</code> makes it and prints
        the part that belongs here.
      </p>
      {keys.error && <Failure error={keys.error} doing="read your keys" />}
      {keys.data && keys.data.items.length > 0 && (
        <ul className="validation-keys">
          {keys.data.items.map((key) => (
            <li key={key.id} className="row spread">
              <span>
                <strong>{key.label}</strong>{' '}
                {key.revokedAt ? (
                  <span className="tag">Revoked {moments(key.revokedAt)}</span>
                ) : (
                  <span className="small soft">since {moments(key.createdAt)}</span>
                )}
                <span className="report-value small mono validation-print">{key.fingerprint}</span>
              </span>
              {!key.revokedAt && (
                <button
                  type="button"
                  className="usa-button usa-button--outline button-small"
                  aria-label={`Revoke ${key.label}`}
                  onClick={() => act(() => revokeKey(key.id), 'The key is revoked')}
                >
                  Revoke
                </button>
              )}
            </li>
          ))}
        </ul>
      )}
      <form className="report-pair validation-key" onSubmit={register}>
        <Field label="Public key" hint="44 characters, as the command prints them">
          {(control) => (
            <input
              {...control}
              className="usa-input mono"
              name="publicKey"
              required
              maxLength={44}
              autoComplete="off"
            />
          )}
        </Field>
        <Field label="Name of it" hint="For you, such as the machine it is on">
          {(control) => <input {...control} className="usa-input" name="label" required maxLength={100} />}
        </Field>
        <p>
          <button type="submit" className="usa-button usa-button--outline">
            Register the key
          </button>
        </p>
      </form>
      {error !== undefined && <Failure error={error} doing="change your keys" />}
    </section>
  );
}
