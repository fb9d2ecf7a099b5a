import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import type { z } from 'zod';
import type { Opened, ShowPreview } from '../../api/contract/task-packs.ts';
import { ask, query } from '../api.ts';
import { useSession } from '../directory/session.ts';
import { moments } from '../parts/dates.ts';
import { Failure } from '../parts/Failure.tsx';
import { Field } from '../parts/Field.tsx';
import { Modal } from '../parts/Modal.tsx';
import { Notice } from '../parts/Notice.tsx';
import { counted } from '../parts/numbers.ts';
import { PageHeading } from '../parts/PageHeading.tsx';
import { ScrollArea } from '../parts/ScrollArea.tsx';
import {
  packPath,
  readJson,
  type TaskPack,
  type TaskPackDetails,
  useOwnFiles,
  usePack,
  useRefreshPacks,
} from './pack-api.ts';

/** One task pack: what was fixed and when, who may know, which tasks are known by now. */
export function PackPage() {
  const { id } = useParams({ from: '/evidence/packs/$id' });
  const details = usePack(id);
  const session = useSession();
  if (details.error) {
    return (
      <div className="stack">
        <PageHeading>Pack</PageHeading>
        <Failure error={details.error} doing="open the pack" onRetry={() => details.refetch()} />
      </div>
    );
  }
  if (details.data === undefined) return <p className="soft">Opening…</p>;
  const { pack } = details.data;
  const isOwn = session.data?.organisation?.id === pack.organisation;
  return (
    <div className="stack-wide">
      <PageHeading aside={pack.isOpaque ? <span className="tag">Opaque</span> : undefined}>
        {`${pack.statement.name} ${pack.statement.version}`}
      </PageHeading>
      <p>
        <Link to="/evidence/packs">Task packs</Link> ·{' '}
        <Link to="/record" search={{ object: pack.id }}>
          Its place in the log
        </Link>
      </p>
      <div className="two-columns">
        <section className="card stack" aria-labelledby="fixed">
          <h2 id="fixed">What was fixed</h2>
          <dl className="facts">
            <dt>Tasks</dt>
            <dd>{pack.statement.size.toLocaleString('en')}</dd>
            <dt>Fixed</dt>
            <dd>{moments(pack.publishedAt)}</dd>
            <dt>Fingerprint</dt>
            <dd className="mono break-all">{pack.statement.root}</dd>
            <dt>A task is retired</dt>
            <dd>when it is opened, or after {counted(pack.runsMax, 'run')}</dd>
          </dl>
          <p className="soft small">
            Whoever is shown one task later can check that it stood in the pack at this moment, without seeing any
            other.
          </p>
        </section>
        <Audience pack={pack} isOwn={isOwn} />
      </div>
      <Known details={details.data} />
      {!pack.isOpaque && <OpeningForm pack={pack} />}
    </div>
  );
}

function Audience(props: { pack: TaskPack; isOwn: boolean }) {
  const { pack, isOwn } = props;
  const submissions = useOwnFiles(isOwn);
  const refresh = useRefreshPacks();
  const [chosen, setChosen] = useState('');
  const [asking, setAsking] = useState<string>();
  const hide = useMutation({
    mutationFn: () => ask<TaskPack>(packPath(pack.id, '/audience'), { method: 'PUT', body: { submission: null } }),
    onSuccess: refresh,
  });
  const shownIn = submissions.data?.items.find((one) => one.id === pack.submission);
  return (
    <section className="card stack" aria-labelledby="who">
      <h2 id="who">Who may know</h2>
      {pack.submission === null ? (
        <p>Only {isOwn ? 'your' : 'its own'} organisation.</p>
      ) : (
        <p>
          The parties of{' '}
          <Link to="/early-access/$id" params={{ id: pack.submission }}>
            {shownIn ? `${shownIn.model.name} ${shownIn.model.version}` : 'one model’s file'}
          </Link>
          .
        </p>
      )}
      {isOwn && pack.submission !== null && (
        <>
          {hide.error && <Failure error={hide.error} doing="take it back" />}
          <div>
            <button
              type="button"
              className="usa-button usa-button--outline"
              disabled={hide.isPending}
              onClick={() => hide.mutate()}
            >
              Take it back
            </button>
          </div>
        </>
      )}
      {isOwn && pack.submission === null && (submissions.data?.items.length ?? 0) > 0 && (
        <form
          className="form"
          onSubmit={(event) => {
            event.preventDefault();
            setAsking(chosen);
          }}
        >
          <Field label="Show it to the parties of">
            {(control) => (
              <select
                {...control}
                className="usa-select"
                required
                value={chosen}
                onChange={(event) => setChosen(event.target.value)}
              >
                <option value="">Choose a model’s file</option>
                {submissions.data?.items.map((one) => (
                  <option key={one.id} value={one.id}>
                    {one.model.name} {one.model.version}
                  </option>
                ))}
              </select>
            )}
          </Field>
          <div>
            <button type="submit" className="usa-button usa-button--outline">
              See who would learn of it
            </button>
          </div>
        </form>
      )}
      {asking !== undefined && <ShowDialog pack={pack} submission={asking} onClose={() => setAsking(undefined)} />}
    </section>
  );
}

/** Before an audience is widened: who learns what (I6). */
function ShowDialog(props: { pack: TaskPack; submission: string; onClose: () => void }) {
  const { pack, submission, onClose } = props;
  const refresh = useRefreshPacks();
  const preview = useQuery({
    queryKey: ['task-pack-audience', pack.id, submission],
    queryFn: () => ask<z.infer<typeof ShowPreview>>(packPath(pack.id, `/audience${query({ submission })}`)),
    gcTime: 0,
  });
  const show = useMutation({
    mutationFn: () => ask<TaskPack>(packPath(pack.id, '/audience'), { method: 'PUT', body: { submission } }),
    onSuccess: async () => {
      await refresh();
      onClose();
    },
  });
  return (
    <Modal heading="Show the pack" onClose={onClose}>
      {preview.error && <Failure error={preview.error} doing="find out who would learn of it" />}
      {preview.data && (
        <>
          <p>These organisations will know the name, size and fingerprint of the pack, and which tasks were opened:</p>
          <ul>
            {preview.data.parties.map((one) => (
              <li key={one.organisation}>{one.name}</li>
            ))}
          </ul>
          {show.error && <Failure error={show.error} doing="show the pack" />}
          <div>
            <button type="button" className="usa-button" disabled={show.isPending} onClick={() => show.mutate()}>
              Show it to them
            </button>
          </div>
        </>
      )}
    </Modal>
  );
}

const retiredWords = { runs: 'Retired: shown in as many runs as allowed', opening: 'Retired: opened' };

function Known(props: { details: TaskPackDetails }) {
  const { standings, uses } = props.details;
  return (
    <section className="card stack" aria-labelledby="known">
      <h2 id="known">Tasks that were shown</h2>
      {standings.length === 0 ? (
        <p className="soft">None yet: no run of it is noted here, and no task was opened.</p>
      ) : (
        <ScrollArea label="Tasks that were shown" className="table-wide">
          <table className="usa-table">
            <thead>
              <tr>
                <th scope="col">Task</th>
                <th scope="col" className="number">
                  Runs
                </th>
                <th scope="col" className="number">
                  Opened
                </th>
                <th scope="col">Stands</th>
              </tr>
            </thead>
            <tbody>
              {standings.map((one) => (
                <tr key={one.item}>
                  <th scope="row" className="mono">
                    {one.item}
                  </th>
                  <td className="number">{one.runs}</td>
                  <td className="number">{one.openings}</td>
                  <td>{one.retired ? retiredWords[one.retired] : 'In use'}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollArea>
      )}
      {uses.length > 0 && <p className="soft small">{counted(uses.length, 'run')} of it noted here.</p>}
    </section>
  );
}

function OpeningForm(props: { pack: TaskPack }) {
  const refresh = useRefreshPacks();
  const [file, setFile] = useState<File>();
  const open = useMutation({
    mutationFn: async (chosen: File) =>
      ask<z.infer<typeof Opened>>(packPath(props.pack.id, '/openings'), {
        method: 'POST',
        body: (await readJson(chosen)) as Record<string, unknown>,
      }),
    onSuccess: refresh,
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (file) open.mutate(file);
  };
  return (
    <section className="card stack" aria-labelledby="check">
      <h2 id="check">Check one task</h2>
      <p className="soft">
        Somebody gave you an opening: one task with its proof. Checked here, it is noted as known from then on; the task
        itself is not kept.
      </p>
      <form className="form" onSubmit={submit}>
        <Field label="The opening" hint="The file that `assay pack open` wrote.">
          {(control) => (
            <input
              {...control}
              className="usa-file-input-plain"
              type="file"
              accept=".json,application/json"
              required
              onChange={(event) => setFile(event.target.files?.[0])}
            />
          )}
        </Field>
        {open.error && <Failure error={open.error} doing="check the opening" />}
        {open.data && (
          <Notice kind="success">
            <p>
              Task <span className="mono">{open.data.item}</span> stood at place {open.data.place + 1} of this pack.
            </p>
          </Notice>
        )}
        <div>
          <button type="submit" className="usa-button usa-button--outline" disabled={open.isPending || !file}>
            Check it
          </button>
        </div>
      </form>
    </section>
  );
}
