import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import type { z } from 'zod';
import type { ChangesView, Versions } from '../../api/contract/submissions.ts';
import { ask, query } from '../api.ts';
import { moments } from '../parts/dates.ts';
import { Empty } from '../parts/Empty.tsx';
import { Failure } from '../parts/Failure.tsx';
import { Field } from '../parts/Field.tsx';
import { PageHeading } from '../parts/PageHeading.tsx';
import { submissionPath } from './submission-api.ts';

type Row = z.infer<typeof Versions>['items'][number];

/** Every version that may be read, and what changed from one to another. */
export function SubmissionVersionsPage() {
  const { id } = useParams({ from: '/early-access/$id' });
  const search = useSearch({ from: '/early-access/$id/versions' });
  const navigate = useNavigate();
  const versions = useQuery({
    queryKey: ['versions', id],
    queryFn: () => ask<z.infer<typeof Versions>>(submissionPath(id, '/versions')),
  });
  if (versions.error) {
    return (
      <div className="stack">
        <PageHeading>Versions cannot be shown</PageHeading>
        <Failure error={versions.error} doing="list the versions" onRetry={() => versions.refetch()} />
      </div>
    );
  }
  if (!versions.data) return <p className="soft">Reading the versions…</p>;
  const { items } = versions.data;
  const numbers = items.map(({ version }) => version);
  const chosen = (asked: string | undefined, otherwise: number | undefined) =>
    numbers.find((version) => String(version) === asked) ?? otherwise;
  const to = chosen(search.to, numbers[0]);
  const from = chosen(
    search.from,
    numbers.find((version) => to !== undefined && version < to),
  );
  const choose = (next: { from?: string; to?: string }) =>
    navigate({
      to: '/early-access/$id/versions',
      params: { id },
      search: { from: String(from), to: String(to), ...next },
      replace: true,
      resetScroll: false,
    });
  return (
    <div className="stack-wide">
      <PageHeading lead="Each save is a version with its digest. Drafts are read by the developer alone.">
        Versions and changes
      </PageHeading>
      {items.length === 0 && (
        <Empty heading="No version to read yet">
          <p>The developer has not handed one over.</p>
        </Empty>
      )}
      {from !== undefined && to !== undefined && (
        <section className="card stack" aria-labelledby="changes">
          <h2 id="changes">What changed</h2>
          <div className="row">
            <Pick label="From" numbers={numbers} value={from} onChange={(version) => choose({ from: version })} />
            <Pick label="To" numbers={numbers} value={to} onChange={(version) => choose({ to: version })} />
          </div>
          <Changes id={id} from={from} to={to} />
        </section>
      )}
      {items.length > 0 && (
        <section className="card card-flush" aria-label="Versions">
          <ol className="entries" reversed>
            {items.map((item) => (
              <Version key={item.version} item={item} />
            ))}
          </ol>
        </section>
      )}
    </div>
  );
}

function Version(props: { item: Row }) {
  const { item } = props;
  return (
    <li>
      <div className="row spread">
        <h2 className="entry-name">
          Version {item.version}
          {item.note && <span className="soft">: {item.note}</span>}
        </h2>
        {item.handedAt === null ? (
          <span className="tag">Draft</span>
        ) : (
          <span className="tag tag-pine">{item.isInterim ? 'Handed over, interim' : 'Handed over'}</span>
        )}
      </div>
      <p className="small soft">
        Saved {moments(item.savedAt)}
        {item.savedByName && ` by ${item.savedByName}`}
        {item.handedAt && ` · handed over ${moments(item.handedAt)}`}
      </p>
      <p className="small soft break-all">
        <code>{item.digest}</code>
      </p>
    </li>
  );
}

function Pick(props: { label: string; numbers: number[]; value: number; onChange: (version: string) => void }) {
  return (
    <Field label={props.label}>
      {(control) => (
        <select
          {...control}
          className="usa-select"
          value={props.value}
          onChange={(event) => props.onChange(event.target.value)}
        >
          {props.numbers.map((version) => (
            <option key={version} value={version}>
              Version {version}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

function Changes(props: { id: string; from: number; to: number }) {
  const { id, from, to } = props;
  const compared = useQuery({
    queryKey: ['changes', id, from, to],
    queryFn: () => ask<z.infer<typeof ChangesView>>(submissionPath(id, `/changes${query({ from, to })}`)),
  });
  if (compared.error) return <Failure error={compared.error} doing="compare the versions" />;
  if (!compared.data) return <p className="soft">Comparing…</p>;
  const { changes } = compared.data;
  if (changes.length === 0) return <p>Both say the same.</p>;
  return (
    <ul className="changes">
      {changes.map((change) => (
        <li key={`${change.number} ${change.says}`} className="stack-tight">
          <p>
            <strong>{change.number === 0 ? change.name : `${change.number} ${change.name}`}</strong>{' '}
            <span className="said">{change.says}</span>
          </p>
          {change.field && (change.field.before || change.field.after) && (
            <details>
              <summary className="small">Before and after</summary>
              <div className="two-columns small">
                <div>
                  <p className="soft">Version {from}</p>
                  <p className="said">{change.field.before || 'Nothing'}</p>
                </div>
                <div>
                  <p className="soft">Version {to}</p>
                  <p className="said">{change.field.after || 'Nothing'}</p>
                </div>
              </div>
            </details>
          )}
        </li>
      ))}
    </ul>
  );
}
