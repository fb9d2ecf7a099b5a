import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import type { z } from 'zod';
import type { KeptInventory } from '../../api/contract/inventories.ts';
import { ask, query } from '../api.ts';
import { useSession } from '../directory/session.ts';
import { Failure } from '../parts/Failure.tsx';
import { Field } from '../parts/Field.tsx';
import { Modal } from '../parts/Modal.tsx';
import { size } from '../parts/numbers.ts';
import { clockedAs, type LocalList, loadClocks } from './local-store.ts';

/** As many as the instance takes in one request. */
const clocksAtOnce = 1000;

/** Offers to keep the inventory on the instance. It says first who will see it, and only then sends anything. */
export function KeepButton(props: { kept: LocalList; name: string }) {
  const session = useSession();
  const [isAsking, setAsking] = useState(false);
  const { person, organisation } = session.data ?? {};
  return (
    <>
      <button type="button" className="usa-button usa-button--outline" onClick={() => setAsking(true)}>
        Keep on the instance…
      </button>
      {isAsking && (
        <Modal heading="Keep this inventory on the instance" onClose={() => setAsking(false)}>
          {person ? (
            <KeepForm {...props} organisation={organisation?.name ?? 'your organisation'} />
          ) : (
            <>
              <p>
                So far nothing of this list has left your computer. To keep it on this instance you sign in, and your
                organisation then works on it together, with its history and a weekly comparison.
              </p>
              <p>
                <Link to="/sign-in" className="usa-button">
                  Sign in
                </Link>
              </p>
            </>
          )}
        </Modal>
      )}
    </>
  );
}

function KeepForm(props: { kept: LocalList; name: string; organisation: string }) {
  const { kept, organisation } = props;
  const [name, setName] = useState(props.name.slice(0, 200));
  const client = useQueryClient();
  const navigate = useNavigate();
  const keep = useMutation({
    mutationFn: async () => {
      const made = await ask<z.infer<typeof KeptInventory>>(
        `/api/v1/inventories${query({
          name,
          fileName: kept.fileName.slice(0, 300),
          exposed: kept.exposure === 'unknown' ? undefined : kept.exposure,
        })}`,
        { method: 'POST', file: kept.file },
      );
      // Dates go on counting from the first list in this browser.
      const clocks = await loadClocks(clockedAs(kept));
      for (let at = 0; at < clocks.length; at += clocksAtOnce) {
        const body = { clocks: clocks.slice(at, at + clocksAtOnce) };
        await ask(`/api/v1/inventories/${made.id}/clocks`, { method: 'POST', body });
      }
      return made;
    },
    onSuccess: async ({ id }) => {
      await client.invalidateQueries({ queryKey: ['inventories'] });
      await navigate({ to: '/inventories/$id', params: { id }, hash: '' });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    keep.mutate();
  };
  return (
    <form className="stack" onSubmit={submit}>
      <p>
        This sends the file, {size(kept.file.size)}, and the days on which its vulnerabilities were first listed here to
        this instance. The people of <strong>{organisation}</strong> will see the inventory, its list and its marks; for
        everybody else it does not exist. Keeping it leaves an entry in the log.
      </p>
      <Field label="Name">
        {(control) => (
          <input
            {...control}
            className="usa-input"
            required
            maxLength={200}
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        )}
      </Field>
      {keep.error && <Failure error={keep.error} doing="keep the inventory" />}
      <div>
        <button type="submit" className="usa-button" disabled={keep.isPending}>
          Send and keep
        </button>
      </div>
    </form>
  );
}
