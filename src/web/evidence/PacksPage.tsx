import { useMutation } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { ask } from '../api.ts';
import { useSession } from '../directory/session.ts';
import { moments } from '../parts/dates.ts';
import { Empty } from '../parts/Empty.tsx';
import { Failure } from '../parts/Failure.tsx';
import { Field } from '../parts/Field.tsx';
import { counted } from '../parts/numbers.ts';
import { PageHeading } from '../parts/PageHeading.tsx';
import { ScrollArea } from '../parts/ScrollArea.tsx';
import { EvidenceNav } from './EvidenceNav.tsx';
import { readJson, type TaskPack, usePacks, useRefreshPacks } from './pack-api.ts';

/** Task packs that one may know of, and the form that publishes another. */
export function PacksPage() {
  const search = useSearch({ from: '/evidence/packs' });
  const session = useSession();
  const packs = usePacks(search.after);
  const items = packs.data?.items ?? [];
  const mayPublish = session.data?.roles.some((role) =>
    ['evaluator', 'security_lead', 'release_manager'].includes(role),
  );
  return (
    <div className="stack-wide">
      <PageHeading lead="Questions and tasks that are fixed before anybody runs them. What stands here is a fingerprint of the whole pack; the tasks stay where they are kept.">
        Task packs
      </PageHeading>
      <EvidenceNav />
      {packs.error && <Failure error={packs.error} doing="list the task packs" onRetry={() => packs.refetch()} />}
      {packs.data !== undefined && items.length === 0 && (
        <Empty heading="No task packs yet">
          <p>
            Seal one on your own machine. The command writes the pack, which you keep, and its fingerprint, which you
            publish here before you run it:
          </p>
          <ScrollArea label="Command to seal a task pack" className="code">
            <pre>npx assay pack seal tasks.jsonl --out tasks.pack</pre>
          </ScrollArea>
        </Empty>
      )}
      {items.length > 0 && (
        <section aria-label={`${counted(items.length, 'task pack')} on this page`}>
          <ul className="entries card card-flush">
            {items.map((pack) => (
              <li key={pack.id}>
                <div className="row spread">
                  <h2 className="entry-name">
                    <Link to="/evidence/packs/$id" params={{ id: pack.id }}>
                      {pack.statement.name} {pack.statement.version}
                    </Link>
                  </h2>
                  {pack.isOpaque && <span className="tag">Opaque</span>}
                </div>
                <p className="soft small">
                  {counted(pack.statement.size, 'task')} · fixed {moments(pack.publishedAt)}
                </p>
              </li>
            ))}
          </ul>
          {packs.data?.next && (
            <p>
              <Link to="/evidence/packs" search={{ after: packs.data.next }} className="usa-button usa-button--outline">
                Next page
              </Link>
            </p>
          )}
        </section>
      )}
      {mayPublish && <PublishForm />}
    </div>
  );
}

function PublishForm() {
  const navigate = useNavigate();
  const refresh = useRefreshPacks();
  const [file, setFile] = useState<File>();
  const [isOpaque, setOpaque] = useState(false);
  const [runsMax, setRunsMax] = useState('5');
  const publish = useMutation({
    mutationFn: async (chosen: File) => {
      const body = { statement: await readJson(chosen), isOpaque, runsMax: Number(runsMax) };
      return ask<TaskPack>('/api/v1/task-packs', { method: 'POST', body });
    },
    onSuccess: async (pack) => {
      await refresh();
      await navigate({ to: '/evidence/packs/$id', params: { id: pack.id } });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (file) publish.mutate(file);
  };
  return (
    <section className="card stack" aria-labelledby="publish">
      <h2 id="publish">Publish a pack</h2>
      <p className="soft">
        Only its fingerprint, name and size come here, with the moment in the log. Only your organisation knows of it
        until you show it to others.
      </p>
      <form className="form" onSubmit={submit}>
        <Field
          label="Its fingerprint"
          hint="The .root.json that `assay pack seal` wrote; the pack itself stays with you."
        >
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
        <Field label="Retire a task after so many runs" hint="A task that models were shown often says less each time.">
          {(control) => (
            <input
              {...control}
              className="usa-input"
              type="number"
              min={1}
              max={1_000_000}
              required
              value={runsMax}
              onChange={(event) => setRunsMax(event.target.value)}
            />
          )}
        </Field>
        <div className="usa-checkbox">
          <input
            id="opaque"
            className="usa-checkbox__input"
            type="checkbox"
            checked={isOpaque}
            onChange={(event) => setOpaque(event.target.checked)}
          />
          <label className="usa-checkbox__label" htmlFor="opaque">
            Opaque: no task of it is ever shown here
          </label>
        </div>
        {publish.error && <Failure error={publish.error} doing="publish the pack" />}
        <div>
          <button type="submit" className="usa-button" disabled={publish.isPending || file === undefined}>
            Publish the fingerprint
          </button>
        </div>
      </form>
    </section>
  );
}
