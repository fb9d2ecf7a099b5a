import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { type FormEvent, useEffect, useState } from 'react';
import { ask, query } from '../api.ts';
import { shortDay } from '../parts/dates.ts';
import { Empty } from '../parts/Empty.tsx';
import { Failure } from '../parts/Failure.tsx';
import { Field } from '../parts/Field.tsx';
import { counted } from '../parts/numbers.ts';
import { PageHeading } from '../parts/PageHeading.tsx';
import { ScrollArea } from '../parts/ScrollArea.tsx';
import type { AdvisoryPageOf, AdvisorySummary, PackList } from './advisory-api.ts';

/** Every advisory that this instance holds, by id, alias, package or words. The whole search stands in the address. */
export function AdvisoriesPage() {
  const search = useSearch({ from: '/advisories' });
  const found = useQuery({
    queryKey: ['advisories', search],
    queryFn: ({ signal }) => ask<AdvisoryPageOf>(`/api/v1/advisories${query({ ...search, limit: 50 })}`, { signal }),
    placeholderData: keepPreviousData,
  });
  const packs = usePacks();
  const items = found.data?.items ?? [];
  const isEmptyHanded = found.data !== undefined && items.length === 0;
  // Where packs are held there are advisories; without any, the search is not at fault.
  const isNothingHeld = packs.data?.packs.length === 0;
  return (
    <div className="stack-wide">
      <PageHeading lead="Public advisories from their sources, with the facts known about them. Searching here asks this instance; a patch list does not.">
        Advisories
      </PageHeading>
      <SearchForm key={JSON.stringify(search)} />
      {found.error && <Failure error={found.error} doing="search the advisories" onRetry={() => found.refetch()} />}
      {found.isPending && <p className="soft">Searching…</p>}
      {isEmptyHanded && isNothingHeld && (
        <Empty heading="No advisories are loaded">
          <p>
            This instance holds none yet. Whoever runs it loads a file or folder of them (OSV, CVE, KEV, EPSS), or
            fetches the public feeds:
          </p>
          <ScrollArea label="Commands to load advisories" className="code">
            <pre>{'npx assay advisories import FILE-OR-FOLDER\nnpx assay advisories sync'}</pre>
          </ScrollArea>
        </Empty>
      )}
      {isEmptyHanded && !packs.isPending && !isNothingHeld && (
        <Empty heading="No advisory fits">
          <p>Try fewer words, an alias such as a CVE number, or another ecosystem. Package names must be whole.</p>
          <p>
            <Link to="/advisories" search={{}}>
              Show the newest
            </Link>
          </p>
        </Empty>
      )}
      {items.length > 0 && (
        <section className="stack" aria-labelledby="found">
          <h2 id="found" className="visually-hidden">
            {counted(items.length, 'advisory', 'advisories')} on this page
          </h2>
          <ol className="advisories card card-flush">
            {items.map((item) => (
              <Found key={item.id} item={item} />
            ))}
          </ol>
          <div className="row">
            {search.after && (
              <Link
                to="/advisories"
                search={{ ...search, after: undefined as never }}
                className="usa-button usa-button--outline"
              >
                Back to the first
              </Link>
            )}
            {found.data?.next && (
              <Link
                to="/advisories"
                search={{ ...search, after: found.data.next }}
                className="usa-button usa-button--outline"
              >
                Next page
              </Link>
            )}
          </div>
        </section>
      )}
    </div>
  );
}

function usePacks() {
  return useQuery({ queryKey: ['packs'], queryFn: () => ask<PackList>('/api/v1/packs'), staleTime: 300_000 });
}

function SearchForm() {
  const search = useSearch({ from: '/advisories' });
  const navigate = useNavigate();
  const packs = usePacks();
  const [q, setQ] = useState(search.q ?? '');
  const [name, setName] = useState(search.package ?? '');
  const [ecosystem, setEcosystem] = useState(search.ecosystem ?? '');
  const [isKev, setKev] = useState(search.kev === 'true');
  useEffect(() => setEcosystem(search.ecosystem ?? ''), [search.ecosystem]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    navigate({
      to: '/advisories',
      search: {
        ...(q.trim() ? { q: q.trim() } : {}),
        ...(name.trim() ? { package: name.trim() } : {}),
        ...(ecosystem ? { ecosystem } : {}),
        ...(isKev ? { kev: 'true' } : {}),
      },
    });
  };
  return (
    <search aria-label="Advisories">
      <form className="card search-form" onSubmit={submit}>
        <Field label="Id, alias or words">
          {(control) => (
            <input
              {...control}
              className="usa-input"
              type="search"
              value={q}
              onChange={(event) => setQ(event.target.value)}
            />
          )}
        </Field>
        <Field label="Package">
          {(control) => (
            <input {...control} className="usa-input" value={name} onChange={(event) => setName(event.target.value)} />
          )}
        </Field>
        <Field label="Ecosystem">
          {(control) => (
            <select
              {...control}
              className="usa-select"
              value={ecosystem}
              onChange={(event) => setEcosystem(event.target.value)}
            >
              <option value="">Every ecosystem</option>
              {[
                ...new Set([
                  ...(packs.data?.packs.map((pack) => pack.ecosystem) ?? []),
                  ...(ecosystem ? [ecosystem] : []),
                ]),
              ]
                .sort()
                .map((one) => (
                  <option key={one}>{one}</option>
                ))}
            </select>
          )}
        </Field>
        <div className="search-end">
          <div className="usa-checkbox">
            <input
              id="kev-only"
              className="usa-checkbox__input"
              type="checkbox"
              checked={isKev}
              onChange={(event) => setKev(event.target.checked)}
            />
            <label className="usa-checkbox__label" htmlFor="kev-only">
              Known exploited only
            </label>
          </div>
          <button type="submit" className="usa-button">
            Search
          </button>
        </div>
      </form>
    </search>
  );
}

function Found(props: { item: AdvisorySummary }) {
  const { item } = props;
  return (
    <li>
      <div className="row spread">
        <h3 data-source="outside">
          <Link to="/advisories/$id" params={{ id: item.id }}>
            {item.summary || item.id}
          </Link>
        </h3>
        <span className="row">
          {item.isKev && <span className="tag tag-now">Known exploited</span>}
          {item.epss !== null && item.epss >= 0.1 && (
            <span className="tag tag-soon">EPSS {Math.min(99, Math.round(item.epss * 100))}%</span>
          )}
          {item.score !== null && <span className="tag">CVSS {item.score.toFixed(1)}</span>}
          {item.withdrawn && <span className="tag">Withdrawn</span>}
        </span>
      </div>
      <p className="work-meta meta-flush">
        <span className="mono">{item.id}</span>
        {item.aliases.slice(0, 3).map((alias) => (
          <span className="mono" key={alias}>
            {alias}
          </span>
        ))}
        <span>{item.packages.map(({ ecosystem, name }) => `${name} (${ecosystem})`).join(', ')}</span>
        <span>changed {shortDay(item.modified)}</span>
      </p>
    </li>
  );
}
