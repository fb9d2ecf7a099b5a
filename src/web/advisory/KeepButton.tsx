import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { type FormEvent, useRef, useState } from 'react';
import type { z } from 'zod';
import type { KeptInventory } from '../../api/contract/inventories.ts';
import { ask, query } from '../api.ts';
import { useSession } from '../directory/session.ts';
import { Failure } from '../parts/Failure.tsx';
import { Field } from '../parts/Field.tsx';
import { Modal } from '../parts/Modal.tsx';
import { counted, size } from '../parts/numbers.ts';
import { clockedAs, type LocalList, loadClocks, loadMarks } from './local-store.ts';

/** As many as the instance takes in one request. */
const clocksAtOnce = 1000;

type Made = z.infer<typeof KeptInventory>;

/** Offers to keep the inventory on the instance. It says first who will see it, and only then sends anything. */
export function KeepButton(props: { kept: LocalList; name: string }) {
  const session = useSession();
  const [isAsking, setAsking] = useState(false);
  const [made, setMade] = useState<Made>();
  const { person, organisation } = session.data ?? {};
  return (
    <>
      <button type="button" className="usa-button usa-button--outline" onClick={() => setAsking(true)}>
        Keep on the instance…
      </button>
      {isAsking && (
        <Modal heading="Keep this inventory on the instance" onClose={() => setAsking(false)}>
          {person ? (
            <KeepForm
              {...props}
              organisation={organisation?.name ?? 'your organisation'}
              made={made}
              onMade={setMade}
            />
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

function KeepForm(props: {
  kept: LocalList;
  name: string;
  organisation: string;
  /** Set once the file is kept, even if what goes along with it did not arrive. */
  made: Made | undefined;
  onMade: (made: Made) => void;
}) {
  const { kept, organisation, made, onMade } = props;
  const [name, setName] = useState(props.name.slice(0, 200));
  const client = useQueryClient();
  const navigate = useNavigate();
  // An answer that was lost on its way must not make a second inventory.
  const key = useRef(crypto.randomUUID());
  const marks = useQuery({ queryKey: ['marks', kept.system], queryFn: () => loadMarks(kept.system) });
  const markCount = Object.keys(marks.data ?? {}).length;
  const open = async ({ id }: Made) => {
    await client.invalidateQueries({ queryKey: ['inventories'] });
    await navigate({ to: '/inventories/$id', params: { id }, hash: '' });
  };
  const keep = useMutation({
    mutationFn: async () => {
      const to =
        made ??
        (await ask<Made>(
          `/api/v1/inventories${query({
            name,
            fileName: kept.fileName.slice(0, 300),
            exposed: kept.exposure === 'unknown' ? undefined : kept.exposure,
          })}`,
          { method: 'POST', file: kept.file, key: key.current },
        ));
      onMade(to);
      // Dates go on counting from the first list in this browser.
      const clocks = await loadClocks(clockedAs(kept));
      for (let at = 0; at < clocks.length; at += clocksAtOnce) {
        const body = { clocks: clocks.slice(at, at + clocksAtOnce) };
        await ask(`/api/v1/inventories/${to.id}/clocks`, { method: 'POST', body });
      }
      for (const [item, { state, reason, justification, vulnerabilities }] of Object.entries(
        await loadMarks(kept.system),
      )) {
        const body = { state, reason, justification, vulnerabilities };
        await ask(`/api/v1/inventories/${to.id}/marks/${encodeURIComponent(item)}`, { method: 'PUT', body });
      }
      return to;
    },
    onSuccess: open,
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    keep.mutate();
  };
  return (
    <form className="stack" onSubmit={submit}>
      <p>
        This sends the file, {size(kept.file.size)}, the days on which its vulnerabilities were first listed here, and{' '}
        {markCount === 0
          ? 'its marks (there are none yet)'
          : `its ${counted(markCount, 'mark')}, which will stand under your name,`}{' '}
        to this instance. The people of <strong>{organisation}</strong> will see the inventory, its list and its marks;
        for everybody else it does not exist. Keeping it leaves an entry in the log.
      </p>
      <Field label="Name">
        {(control) => (
          <input
            {...control}
            className="usa-input"
            required
            maxLength={200}
            disabled={made !== undefined}
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        )}
      </Field>
      {keep.error && (
        <Failure
          error={keep.error}
          doing={made ? 'send all marks and days; the file itself is kept' : 'keep the inventory'}
        />
      )}
      <div className="row">
        <button type="submit" className="usa-button" disabled={keep.isPending}>
          {made ? 'Send the rest' : 'Send and keep'}
        </button>
        {made && !keep.isPending && (
          <button type="button" className="usa-button usa-button--outline" onClick={() => open(made)}>
            Open it without the rest
          </button>
        )}
      </div>
    </form>
  );
}
