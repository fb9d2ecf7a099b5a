import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { type FindingState, findingStates } from '../../domain/intake/report.ts';
import { reporters } from '../../domain/intake/who.ts';
import { useSession } from '../directory/session.ts';
import { moments } from '../parts/dates.ts';
import { Empty } from '../parts/Empty.tsx';
import { Failure } from '../parts/Failure.tsx';
import { Field } from '../parts/Field.tsx';
import { PageHeading } from '../parts/PageHeading.tsx';
import { IntakeNav } from './IntakeNav.tsx';
import { type FindingRow, stateWords, useFindings } from './intake-api.ts';

/** What this organisation has handed in, and how each stands. */
export function OwnPage() {
  const search = useSearch({ from: '/intake' });
  const session = useSession();
  const isSignedIn = session.data?.person !== undefined;
  const mayReport = session.data?.roles.some((role) => reporters.includes(role)) ?? false;
  const state = findingStates.find((one) => one === search.state);
  const filter = { state, q: search.q, batch: search.batch, asked: search.asked === 'true', after: search.after };
  const findings = useFindings(filter, mayReport);
  const items = findings.data?.items ?? [];
  const isFiltered = state !== undefined || search.q !== undefined || search.batch !== undefined || filter.asked;
  return (
    <div className="stack-wide">
      <PageHeading
        lead="What your organisation handed in, and how each stands. Only you and the coordinators can tell that it exists."
        aside={
          (mayReport || !isSignedIn) && (
            <Link to="/intake/report" className="usa-button">
              Hand in a finding
            </Link>
          )
        }
      >
        Findings
      </PageHeading>
      <IntakeNav />
      {session.data && !isSignedIn && <ForVisitors />}
      {isSignedIn && !mayReport && (
        <Empty heading="Not among your roles">
          <p>
            Researchers, maintainers, operators, security leads and coordinators hand in findings for their
            organisation. Open to everybody are <Link to="/intake/coverage">what nobody scans</Link> and{' '}
            <Link to="/intake/policies">what maintainers ask</Link>.
          </p>
        </Empty>
      )}
      {mayReport && <Filters state={state} q={search.q ?? ''} isAsked={filter.asked} />}
      {search.batch !== undefined && (
        <p className="small">
          Only those of one batch. <Link to="/intake">Show all</Link>
        </p>
      )}
      {findings.error && (
        <Failure error={findings.error} doing="list your findings" onRetry={() => findings.refetch()} />
      )}
      {findings.isLoading && <p className="soft">Opening the list…</p>}
      {findings.data && items.length === 0 && (
        <Empty heading={isFiltered ? 'Nothing fits' : 'Nothing handed in yet'}>
          <p>
            {isFiltered ? (
              <Link to="/intake">Show all findings</Link>
            ) : (
              <>
                Hand in <Link to="/intake/report">one finding</Link>, drop the report of a scanner under{' '}
                <Link to="/intake/batches">Batches</Link>, or let an agent send them:{' '}
                <code>npx assay finding submit FILE</code>.
              </>
            )}
          </p>
        </Empty>
      )}
      {items.length > 0 && (
        <ul className="entries card card-flush" aria-label="Findings">
          {items.map((finding) => (
            <Entry key={finding.id} finding={finding} />
          ))}
        </ul>
      )}
      {findings.data?.next !== undefined && (
        <p>
          <Link
            to="/intake"
            search={{ ...search, after: findings.data.next }}
            className="usa-button usa-button--outline"
          >
            Older findings
          </Link>
        </p>
      )}
    </div>
  );
}

function Entry({ finding }: { finding: FindingRow }) {
  const words = stateWords[finding.state];
  const where = finding.purl ?? [finding.ecosystem, finding.package].filter(Boolean).join(' ');
  return (
    <li>
      <div className="row spread">
        <h2 className="entry-name">
          <Link to="/intake/findings/$id" params={{ id: finding.id }}>
            <span data-source="outside">{finding.title}</span>
          </Link>
        </h2>
        <span className="row">
          {finding.isAsked && finding.state !== 'info_needed' && <span className="tag tag-soon">Question for you</span>}
          <span className={`tag ${words.tone}`}>{words.name}</span>
        </span>
      </div>
      <p className="work-meta meta-flush">
        {where !== '' && (
          <span className="mono" data-source="outside">
            {where}
          </span>
        )}
        {finding.severity !== null && <span data-source="outside">stated {finding.severity}</span>}
        {finding.tool !== null && <span data-source="outside">{finding.tool}</span>}
        <span>{moments(finding.receivedAt)}</span>
      </p>
    </li>
  );
}

function Filters(props: { state: FindingState | undefined; q: string; isAsked: boolean }) {
  const { state, q, isAsked } = props;
  const navigate = useNavigate();
  const [words, setWords] = useState(q);
  const go = (change: { state?: string | undefined; q?: string | undefined; asked?: string | undefined }) => {
    const next = { state, q: q === '' ? undefined : q, asked: isAsked ? 'true' : undefined, ...change };
    const set = Object.fromEntries(Object.entries(next).filter(([, value]) => value !== undefined));
    navigate({ to: '/intake', search: set });
  };
  const find = (event: FormEvent) => {
    event.preventDefault();
    go({ q: words.trim() === '' ? undefined : words.trim() });
  };
  return (
    <search>
      <form className="row filters" onSubmit={find}>
        <Field label="Words of the title">
          {(control) => (
            <input
              {...control}
              className="usa-input"
              type="search"
              maxLength={200}
              value={words}
              onChange={(event) => setWords(event.target.value)}
            />
          )}
        </Field>
        <Field label="State">
          {(control) => (
            <select
              {...control}
              className="usa-select"
              value={state ?? ''}
              onChange={(event) => go({ state: event.target.value === '' ? undefined : event.target.value })}
            >
              <option value="">Any</option>
              {findingStates.map((one) => (
                <option key={one} value={one}>
                  {stateWords[one].name}
                </option>
              ))}
            </select>
          )}
        </Field>
        <button type="submit" className="usa-button usa-button--outline">
          Find
        </button>
        <button
          type="button"
          className="usa-button usa-button--outline"
          aria-pressed={isAsked}
          onClick={() => go({ asked: isAsked ? undefined : 'true' })}
        >
          With a question for you
        </button>
      </form>
    </search>
  );
}

function ForVisitors() {
  return (
    <div className="two-columns">
      <section className="card stack" aria-labelledby="without">
        <h2 id="without">Without an account</h2>
        <p>
          Anybody may hand in a finding. You get a receipt and a secret link; with it, and only with it, you see how it
          stands and answer questions.
        </p>
        <p className="row">
          <Link to="/intake/report" className="usa-button">
            Hand in a finding
          </Link>
          <Link to="/intake/follow">Follow a report</Link>
        </p>
      </section>
      <section className="card stack" aria-labelledby="with">
        <h2 id="with">With an account</h2>
        <p>
          Organisations that take part claim scans, send whole campaigns, let agents act for them and are asked to
          reproduce what others found.
        </p>
        <p>
          <Link to="/sign-in">Sign in</Link>
        </p>
      </section>
    </div>
  );
}
