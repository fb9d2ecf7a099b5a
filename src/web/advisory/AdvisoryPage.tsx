import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import type { Advisory, Affected } from '../../domain/advisory/advisory.ts';
import { score } from '../../domain/advisory/cvss/score.ts';
import type { CvssFact, Facts } from '../../domain/advisory/fact.ts';
import { ask } from '../api.ts';
import { EntryProof } from '../log/EntryProof.tsx';
import { moments, shortDay } from '../parts/dates.ts';
import { Failure } from '../parts/Failure.tsx';
import { Notice } from '../parts/Notice.tsx';
import { counted } from '../parts/numbers.ts';
import { PageHeading } from '../parts/PageHeading.tsx';
import { ReferenceLink } from '../parts/ReferenceLink.tsx';
import { ScrollArea } from '../parts/ScrollArea.tsx';
import type { AdvisoryView } from './advisory-api.ts';
import { vocabularyOf } from './cvss-words.ts';
import { FactList } from './FactList.tsx';
import { RangePicture } from './RangePicture.tsx';

/** All that is held about one advisory, each part with where it comes from. */
export function AdvisoryPage() {
  const { id } = useParams({ from: '/advisories/$id' });
  const view = useQuery({
    queryKey: ['advisory', id],
    queryFn: () => ask<AdvisoryView>(`/api/v1/advisories/${encodeURIComponent(id)}`),
  });
  if (view.error) {
    return (
      <div className="stack">
        <PageHeading>{id}</PageHeading>
        <Failure error={view.error} doing={`open ${id}`} onRetry={() => view.refetch()} />
        <p>
          <Link to="/advisories" search={{ q: id }}>
            Search for {id}
          </Link>
        </p>
      </div>
    );
  }
  if (!view.data) return <p className="soft">Opening {id}…</p>;
  return <Loaded view={view.data} />;
}

function Loaded(props: { view: AdvisoryView }) {
  const { group, source, changes, entries } = props.view;
  // The document stands in the answer as it was read by the same reader that checks it on import.
  const advisory = props.view.advisory as unknown as Advisory;
  const facts = withOwnScores(props.view.facts as Facts, advisory);
  const affected = advisory.affected ?? [];
  const others = group.members.filter((member) => member.id !== advisory.id);
  return (
    <div className="stack-wide">
      <div className="stack">
        <p className="small soft eyebrow">
          <Link to="/advisories">Advisories</Link> / {advisory.id}
        </p>
        <div data-source="outside">
          <PageHeading>{advisory.summary || advisory.id}</PageHeading>
        </div>
        <p className="row">
          <strong className="mono">{advisory.id}</strong>
          <span className="tag tag-pine">Audience: everyone</span>
          {facts.kev && <span className="tag tag-now">Known exploited</span>}
          <span className="small soft">
            from {source}, {advisory.published && `published ${shortDay(advisory.published)}, `}changed{' '}
            {shortDay(advisory.modified)}
          </span>
        </p>
        {advisory.withdrawn && (
          <Notice kind="warning" isQuiet heading={`Withdrawn ${shortDay(advisory.withdrawn)}`}>
            <p>Its source takes it back. It matches nothing any more.</p>
          </Notice>
        )}
      </div>
      <div className="two-thirds">
        <div className="stack-wide">
          {advisory.details && (
            <section className="stack" aria-labelledby="details">
              <h2 id="details">What the source says</h2>
              <p className="details" data-source="outside">
                {advisory.details}
              </p>
            </section>
          )}
          <section className="stack" aria-labelledby="affected">
            <h2 id="affected">Affected packages</h2>
            {affected.length === 0 && <p className="soft">The source names none.</p>}
            <ul className="closed">
              {affected.slice(0, 40).map((one) => (
                <li key={JSON.stringify(one)} className="stack-tight">
                  <Package affected={one} />
                </li>
              ))}
            </ul>
            {affected.length > 40 && (
              <p className="soft">and {counted(affected.length - 40, 'package')} more, in the OSV record below.</p>
            )}
          </section>
          {(advisory.references?.length ?? 0) > 0 && (
            <section className="stack" aria-labelledby="references">
              <h2 id="references">References</h2>
              <ul className="plain-list break-all">
                {advisory.references?.map((reference) => (
                  <li key={`${reference.type} ${reference.url}`}>
                    <span className="soft small">{reference.type.toLowerCase()}</span>{' '}
                    <ReferenceLink url={reference.url} />
                  </li>
                ))}
              </ul>
            </section>
          )}
          <History changes={changes} entries={entries} />
          <section className="stack" aria-labelledby="record">
            <h2 id="record">OSV record</h2>
            <details>
              <summary>As it is held, schema {advisory.schema_version ?? '1.x'}</summary>
              <ScrollArea label="OSV record" className="code raw">
                <pre data-source="outside">{JSON.stringify(advisory, undefined, 2)}</pre>
              </ScrollArea>
            </details>
          </section>
        </div>
        <div className="stack">
          <section className="card stack" aria-labelledby="facts">
            <h2 id="facts">Facts</h2>
            <FactList facts={facts} />
            {facts.cvss.map((fact) => (
              <details key={`${fact.source} ${fact.vector}`} className="small">
                <summary>CVSS {fact.version} in words</summary>
                <dl className="fact-list vector">
                  {vocabularyOf(fact.vector).map(({ metric, value }) => (
                    <div key={metric}>
                      <dt>{metric}</dt>
                      <dd>{value}</dd>
                    </div>
                  ))}
                </dl>
              </details>
            ))}
          </section>
          <section className="card stack" aria-labelledby="names">
            <h2 id="names">Other names</h2>
            {others.length === 0 ? (
              <p className="soft">None known.</p>
            ) : (
              <ul className="plain-list">
                {others.map(({ id, isHeld }) => (
                  <li key={id} className="mono">
                    {isHeld ? (
                      <Link to="/advisories/$id" params={{ id }}>
                        {id}
                      </Link>
                    ) : (
                      id
                    )}
                  </li>
                ))}
              </ul>
            )}
            {(advisory.related?.length ?? 0) > 0 && (
              <p className="small soft">Related, not the same: {advisory.related?.join(', ')}</p>
            )}
          </section>
        </div>
      </div>
    </div>
  );
}

/** The facts, and the scores of the vectors that the advisory itself states. */
function withOwnScores(facts: Facts, advisory: Advisory): Facts {
  const own = (advisory.severity ?? []).flatMap(({ score: vector }): CvssFact[] => {
    const scores = score(vector);
    if (!('score' in scores) || facts.cvss.some((fact) => fact.vector === vector)) return [];
    const { version } = scores;
    return [{ kind: 'cvss', vector, version, score: scores.score, source: advisory.id, date: advisory.modified }];
  });
  return { ...facts, cvss: [...facts.cvss, ...own] };
}

function Package(props: { affected: Affected }) {
  const { affected } = props;
  return (
    <>
      <h3>
        {affected.package?.name ?? 'Source repository'}{' '}
        <span className="soft small">{affected.package?.ecosystem}</span>
      </h3>
      <RangePicture affected={affected} />
    </>
  );
}

function History(props: Pick<AdvisoryView, 'changes' | 'entries'>) {
  const { changes, entries } = props;
  return (
    <section className="stack" aria-labelledby="history">
      <h2 id="history">History on this instance</h2>
      {changes.length === 0 && <p className="soft">Nothing has been recorded yet.</p>}
      {changes.length > 0 && (
        <ol className="entries card card-flush">
          {changes.map((change) => {
            const entry = entries.find(({ object }) => object === change.entry);
            return (
              <li key={`${change.at} ${change.kind}`}>
                <p>
                  <strong>{change.kind}</strong>{' '}
                  <span className="soft small">
                    {moments(change.at)}, as its source changed it {moments(change.modified)}
                    {entry && `, entry ${entry.index} of the log`}
                  </span>
                </p>
                {entry && <EntryProof entry={entry} />}
              </li>
            );
          })}
        </ol>
      )}
    </section>
  );
}
