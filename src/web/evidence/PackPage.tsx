import { useMutation } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import type { z } from 'zod';
import type { Opened } from '../../api/contract/task-packs.ts';
import { ask } from '../api.ts';
import { useSession } from '../directory/session.ts';
import { moments } from '../parts/dates.ts';
import { Failure } from '../parts/Failure.tsx';
import { Field } from '../parts/Field.tsx';
import { Notice } from '../parts/Notice.tsx';
import { counted } from '../parts/numbers.ts';
import { PageHeading } from '../parts/PageHeading.tsx';
import { ScrollArea } from '../parts/ScrollArea.tsx';
import { packPath, readJson, type TaskPack, type TaskPackDetails, usePack, useRefreshPacks } from './pack-api.ts';
import { ResultAudience } from './ResultAudience.tsx';

/** One task pack: what was fixed and when, who may know, which tasks are known by now. */
export function PackPage() {
  const { id } = useParams({ from: '/evidence/packs/$id' });
  const details = usePack(id);
  const session = useSession();
  const refresh = useRefreshPacks();
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
        <ResultAudience
          path={packPath(pack.id, '/audience')}
          submission={pack.submission}
          isOwn={isOwn}
          words={{
            heading: 'Show the pack',
            act: 'Show it to',
            learn:
              'These organisations will know the name, size and fingerprint of the pack, and which tasks were opened:',
          }}
          onDone={refresh}
        />
      </div>
      <Known details={details.data} />
      {!pack.isOpaque && <OpeningForm pack={pack} />}
    </div>
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
