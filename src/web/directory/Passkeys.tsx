import { browserSupportsWebAuthn, startRegistration } from '@simplewebauthn/browser';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { z } from 'zod';
import type { Passkeys as PasskeysShape } from '../../api/contract/directory.ts';
import { ask } from '../api.ts';
import { shortDay } from '../parts/dates.ts';
import { Failure } from '../parts/Failure.tsx';
import { Field } from '../parts/Field.tsx';
import { isAddress, PasskeyName } from './PasskeyName.tsx';

/** The passkeys of the person who is signed in: add one, remove one. */
export function Passkeys() {
  const client = useQueryClient();
  const [name, setName] = useState('');
  const passkeys = useQuery({
    queryKey: ['passkeys'],
    queryFn: () => ask<z.infer<typeof PasskeysShape>>('/api/v1/passkeys'),
  });
  const refresh = () => client.invalidateQueries({ queryKey: ['passkeys'] });
  const add = useMutation({
    mutationFn: async () => {
      const optionsJSON = await ask<Parameters<typeof startRegistration>[0]['optionsJSON']>(
        '/api/v1/passkeys/registration/options',
        { method: 'POST', body: {} },
      );
      const answer = await startRegistration({ optionsJSON });
      await ask('/api/v1/passkeys/registration/verification', {
        method: 'POST',
        body: { ...answer, ...(name.trim() ? { name: name.trim() } : {}) },
      });
    },
    onSuccess: () => {
      setName('');
      return refresh();
    },
  });
  const remove = useMutation({
    mutationFn: (id: string) => ask<void>(`/api/v1/passkeys/${encodeURIComponent(id)}`, { method: 'DELETE' }),
    onSuccess: refresh,
  });
  return (
    <section className="card stack" aria-labelledby="passkeys">
      <h2 id="passkeys">Your passkeys</h2>
      {passkeys.error && <Failure error={passkeys.error} doing="list your passkeys" />}
      {passkeys.data?.items.length === 0 && (
        <p className="soft">None yet. With one you sign in by fingerprint, face or security key, without mail.</p>
      )}
      {passkeys.data && passkeys.data.items.length > 0 && (
        <ul className="settings-list">
          {passkeys.data.items.map((passkey) => (
            <li key={passkey.id}>
              <div className="stack-tight">
                <strong>{passkey.name}</strong>
                <span className="small soft">
                  added {shortDay(passkey.createdAt)},{' '}
                  {passkey.usedAt ? `last used ${shortDay(passkey.usedAt)}` : 'not used yet'}
                  {passkey.isBackedUp && ', copied to your other devices'}
                </span>
              </div>
              <button
                type="button"
                className="usa-button usa-button--outline button-small"
                onClick={() => remove.mutate(passkey.id)}
              >
                Remove<span className="visually-hidden"> {passkey.name}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
      {remove.error && <Failure error={remove.error} doing="remove the passkey" />}
      {add.error && <Failure error={add.error} doing="add a passkey" />}
      {isAddress(location.hostname) ? (
        <PasskeyName />
      ) : browserSupportsWebAuthn() ? (
        <form
          className="row"
          onSubmit={(event) => {
            event.preventDefault();
            add.mutate();
          }}
        >
          <Field label="Name of the new passkey">
            {(control) => (
              <input
                {...control}
                className="usa-input"
                maxLength={100}
                placeholder="Such as: office laptop"
                value={name}
                onChange={(event) => setName(event.target.value)}
              />
            )}
          </Field>
          <button type="submit" className="usa-button usa-button--outline align-end" disabled={add.isPending}>
            Add a passkey
          </button>
        </form>
      ) : (
        <p className="small soft">This browser cannot make passkeys.</p>
      )}
    </section>
  );
}
