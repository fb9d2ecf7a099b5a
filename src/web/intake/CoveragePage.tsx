import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import { claimPolicy } from '../../domain/intake/claim-policy.ts';
import { Chart } from '../parts/Chart.tsx';
import { shortDay } from '../parts/dates.ts';
import { Failure } from '../parts/Failure.tsx';
import { Field } from '../parts/Field.tsx';
import { Notice } from '../parts/Notice.tsx';
import { count, counted } from '../parts/numbers.ts';
import { PageHeading } from '../parts/PageHeading.tsx';
import { ScrollArea } from '../parts/ScrollArea.tsx';
import { type Coverage, useCoverage } from './claim-api.ts';
import { IntakeNav } from './IntakeNav.tsx';

type Plot = typeof import('@observablehq/plot');

const rowsMax = 50;

/** Which widely used packages nobody scans, as far as owners let their claims be counted. Never who scans what. */
export function CoveragePage() {
  const search = useSearch({ from: '/intake/coverage' });
  const coverage = useCoverage();
  const data = coverage.data;
  return (
    <div className="stack-wide">
      <PageHeading lead="Widely used packages on which no scan ran that its owner lets be counted. Who scans what is never shown.">
        What nobody scans
      </PageHeading>
      <IntakeNav />
      {coverage.error && (
        <Failure error={coverage.error} doing="read the coverage board" onRetry={() => coverage.refetch()} />
      )}
      {coverage.isLoading && <p className="soft">Opening the board…</p>}
      {data && (
        <>
          {!data.isShown && (
            <Notice kind="info" heading="Nothing is said about claims this week" isQuiet>
              <p>
                At least {claimPolicy.coverage.organisationsMin} organisations must let claims on{' '}
                {claimPolicy.coverage.cellMin} packages of this list be counted; with fewer, a row could point at one of
                them. Until then the list shows use alone.
              </p>
            </Notice>
          )}
          <Picture data={data} />
          <List data={data} ecosystem={search.ecosystem} />
          <About data={data} />
        </>
      )}
    </div>
  );
}

interface Group {
  ecosystem: string;
  listed: number;
  unclaimed: number;
}

function groupsOf({ items }: Coverage): Group[] {
  const groups = new Map<string, Group>();
  for (const { ecosystem, isUnclaimed } of items) {
    const group = groups.get(ecosystem) ?? { ecosystem, listed: 0, unclaimed: 0 };
    group.listed++;
    if (isUnclaimed === true) group.unclaimed++;
    groups.set(ecosystem, group);
  }
  return [...groups.values()].sort((a, b) => b.listed - a.listed || (a.ecosystem < b.ecosystem ? -1 : 1));
}

function Picture({ data }: { data: Coverage }) {
  const groups = useMemo(() => groupsOf(data), [data]);
  const draw = useCallback(
    (plot: Plot, width: number, document: Document) =>
      plot.plot({
        document,
        width,
        height: 40 + groups.length * 44,
        marginLeft: 8,
        marginTop: 14,
        x: { label: null, grid: true, tickFormat: 'd' },
        y: { axis: null, domain: groups.map(({ ecosystem }) => ecosystem) },
        marks: [
          plot.barX(groups, { x: 'listed', y: 'ecosystem', fill: '#c3d2cd', insetTop: 18, insetBottom: 4 }),
          plot.barX(groups, { x: 'unclaimed', y: 'ecosystem', fill: '#1f6b58', insetTop: 18, insetBottom: 4 }),
          plot.text(groups, {
            x: 0,
            y: 'ecosystem',
            text: 'ecosystem',
            textAnchor: 'start',
            dy: -12,
            dx: 2,
            fontSize: 13,
          }),
          plot.ruleX([0]),
        ],
      }),
    [groups],
  );
  return (
    <section className="card stack-tight" aria-label="By ecosystem">
      <Chart
        caption="Packages of the list, by ecosystem"
        draw={draw}
        table={
          <ScrollArea label="Packages by ecosystem" className="table-wide">
            <table className="usa-table">
              <thead>
                <tr>
                  <th scope="col">Ecosystem</th>
                  <th scope="col" className="number">
                    On the list
                  </th>
                  <th scope="col" className="number">
                    No counted claim
                  </th>
                </tr>
              </thead>
              <tbody>
                {groups.map(({ ecosystem, listed, unclaimed }) => (
                  <tr key={ecosystem}>
                    <th scope="row">{ecosystem}</th>
                    <td className="number">{count(listed)}</td>
                    <td className="number">{data.isShown ? count(unclaimed) : 'not shown'}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </ScrollArea>
        }
      />
      {data.isShown && (
        <p className="small soft">
          <span className="claim-key claim-key-unclaimed" /> No counted claim in {claimPolicy.coverage.days} days ·{' '}
          <span className="claim-key" /> Nothing said
        </p>
      )}
    </section>
  );
}

function List({ data, ecosystem }: { data: Coverage; ecosystem: string | undefined }) {
  const navigate = useNavigate();
  const ecosystems = useMemo(() => groupsOf(data).map((group) => group.ecosystem), [data]);
  const chosen = ecosystems.find((one) => one === ecosystem);
  const fitting = data.items.filter(
    (item) => (chosen === undefined || item.ecosystem === chosen) && (!data.isShown || item.isUnclaimed === true),
  );
  return (
    <section className="stack" aria-labelledby="packages">
      <div className="row spread align-bottom">
        <h2 id="packages">{data.isShown ? 'No counted claim' : 'Widely used'}</h2>
        <Field label="Ecosystem">
          {(control) => (
            <select
              {...control}
              className="usa-select"
              value={chosen ?? ''}
              onChange={(event) =>
                navigate({
                  to: '/intake/coverage',
                  search: event.target.value === '' ? {} : { ecosystem: event.target.value },
                })
              }
            >
              <option value="">All</option>
              {ecosystems.map((one) => (
                <option key={one} value={one}>
                  {one}
                </option>
              ))}
            </select>
          )}
        </Field>
      </div>
      {fitting.length === 0 && <p className="card soft">No package of the list fits.</p>}
      {fitting.length > 0 && (
        <ScrollArea label="Packages" className="card table-wide">
          <table className="usa-table">
            <thead>
              <tr>
                <th scope="col">Package</th>
                <th scope="col" className="number">
                  In inventories
                </th>
              </tr>
            </thead>
            <tbody>
              {fitting.slice(0, rowsMax).map(({ purl, documents }) => (
                <tr key={purl}>
                  <th scope="row" className="mono claim-purl" data-source="outside">
                    {purl}
                  </th>
                  <td className="number">{documents}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollArea>
      )}
      {fitting.length > rowsMax && (
        <p className="soft">
          The first {rowsMax} of {count(fitting.length)}; choose an ecosystem, or{' '}
          <a href="/api/v1/coverage">read all from the API</a>.
        </p>
      )}
    </section>
  );
}

function About({ data }: { data: Coverage }) {
  return (
    <section className="card stack-tight" aria-labelledby="about">
      <h2 id="about">What it counts, and what not</h2>
      <p>
        Claims that ran between {shortDay(data.from)} and {shortDay(data.to)}. The board stands since{' '}
        {shortDay(data.week)} and changes on Mondays only, a week late, so that no change can be tied to one claim.
      </p>
      <p>
        Not counted are claims whose owner did not agree to it and all that are left to the broker. “No counted claim”
        therefore does not mean that nobody looks, and a package that is missing here may be looked at by few.
      </p>
      <p>
        Widely used means: most often found in {counted(data.list.documents, 'inventory', 'inventories')} as of{' '}
        {shortDay(data.list.date)}. <span data-source="outside">{data.list.source}</span>. It is a small sample; the
        order says little where counts are equal.
      </p>
      <p>
        <Link to="/intake/claims/new">Claim a scan</Link>
      </p>
    </section>
  );
}
