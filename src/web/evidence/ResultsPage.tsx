import { Link, useSearch } from '@tanstack/react-router';
import { zoneWords } from '../../domain/evidence/letter-words.ts';
import type { Zone } from '../../domain/evidence/result.ts';
import { useSession } from '../directory/session.ts';
import { moments } from '../parts/dates.ts';
import { Empty } from '../parts/Empty.tsx';
import { Failure } from '../parts/Failure.tsx';
import { counted } from '../parts/numbers.ts';
import { PageHeading } from '../parts/PageHeading.tsx';
import { EvidenceNav } from './EvidenceNav.tsx';
import { measurers, useLetters, useResults } from './result-api.ts';

/** A zone is no mark: the two decided ones look alike. */
export const zoneTags: Record<Zone, string> = {
  meets: 'tag tag-pine',
  does_not_meet: 'tag tag-pine',
  undecided: 'tag tag-later',
};

/** What came of registered rules, and the letters that say it. */
export function ResultsPage() {
  const search = useSearch({ from: '/evidence/results' });
  const session = useSession();
  const results = useResults({ after: search.after });
  const letters = useLetters({});
  const items = results.data?.items ?? [];
  const mayCompute = session.data?.roles.some((role) => measurers.includes(role));
  // Who computes nothing comes for what others found; so does who has nothing of their own yet, once there is a letter.
  const comesForLetters =
    session.data !== undefined &&
    (!mayCompute || (results.data !== undefined && items.length === 0 && (letters.data?.items.length ?? 0) > 0));
  return (
    <div className="stack-wide">
      <PageHeading
        lead={
          mayCompute
            ? 'A registered rule, worked out over runs. Each result keeps what it was computed from, so that anyone can compute it again.'
            : 'Letters that say what evaluations found, and the results of your own organisation.'
        }
        aside={
          mayCompute && (
            <Link to="/evidence/results/new" className="usa-button">
              Compute a result
            </Link>
          )
        }
      >
        Results
      </PageHeading>
      <EvidenceNav />
      {comesForLetters && <Letters mayWrite={mayCompute === true} />}
      {results.error && <Failure error={results.error} doing="list the results" onRetry={() => results.refetch()} />}
      {results.data !== undefined && items.length === 0 && (
        <Empty heading="No results yet">
          {mayCompute ? (
            <p>
              First <Link to="/evidence/rules">register a rule</Link>, then bring in the runs, then compute what they
              say beside it.
            </p>
          ) : (
            <p>
              Your organisation has computed none. What others found reaches you as a letter, once they release a copy
              to you.
            </p>
          )}
        </Empty>
      )}
      {items.length > 0 && (
        <section aria-label={`${counted(items.length, 'result')} on this page`}>
          <ul className="entries card card-flush">
            {items.map((one) => (
              <li key={one.id}>
                <div className="row spread">
                  <h2 className="entry-name">
                    <Link to="/evidence/results/$id" params={{ id: one.id }}>
                      {one.title}
                    </Link>
                  </h2>
                  <span className={zoneTags[one.zone]}>{zoneWords[one.zone]}</span>
                </div>
                <p className="soft small">
                  <span className="mono">{one.model}</span> · computed {moments(one.computedAt)}
                </p>
                {one.remarks
                  .filter(({ code }) => code === 'late')
                  .map(({ code, text }) => (
                    <p key={code} className="small">
                      {text}
                    </p>
                  ))}
              </li>
            ))}
          </ul>
          {results.data?.next && (
            <p>
              <Link
                to="/evidence/results"
                search={{ after: results.data.next }}
                className="usa-button usa-button--outline"
              >
                Older results
              </Link>
            </p>
          )}
        </section>
      )}
      {!comesForLetters && <Letters mayWrite={mayCompute === true} />}
    </div>
  );
}

function Letters({ mayWrite }: { mayWrite: boolean }) {
  const session = useSession();
  const letters = useLetters({});
  const items = letters.data?.items ?? [];
  return (
    <section className="stack" aria-labelledby="letters">
      <h2 id="letters">Findings letters</h2>
      {letters.error && <Failure error={letters.error} doing="list the letters" onRetry={() => letters.refetch()} />}
      {letters.data && items.length === 0 && (
        <p className="soft">
          {mayWrite
            ? 'None yet. A letter is written from a result, signed by two people, and then released.'
            : 'None has reached you yet. A letter appears here once two people have signed it and a copy is released to your organisation.'}
        </p>
      )}
      {items.length > 0 && (
        <ul className="entries card card-flush">
          {items.map((one) => (
            <li key={one.id}>
              <div className="row spread">
                <h3 className="entry-name">
                  <Link to="/evidence/letters/$id" params={{ id: one.id }}>
                    {one.title}
                  </Link>
                </h3>
                {one.organisation === session.data?.organisation?.id ? (
                  one.submission !== null && <span className="tag tag-pine">A copy is released</span>
                ) : (
                  <span className="tag tag-later">Released to you</span>
                )}
              </div>
              <p className="soft small">
                {one.from} · {moments(one.at)}
              </p>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
