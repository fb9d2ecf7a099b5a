import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { reporters } from '../../domain/intake/who.ts';
import { useSession } from '../directory/session.ts';
import { moments } from '../parts/dates.ts';
import { Empty } from '../parts/Empty.tsx';
import { Failure } from '../parts/Failure.tsx';
import { PageHeading } from '../parts/PageHeading.tsx';
import { Segments } from '../parts/Segments.tsx';
import { ClaimScope, ClaimTarget } from './ClaimScope.tsx';
import { ClaimTimeLeft } from './ClaimTimeLeft.tsx';
import { type Claim, useClaims } from './claim-api.ts';
import { stateWords } from './claim-words.ts';
import { IntakeNav } from './IntakeNav.tsx';

const views = [
  { value: 'open', label: 'Open' },
  { value: 'ended', label: 'Ended' },
  { value: 'all', label: 'All' },
] as const;
type View = (typeof views)[number]['value'];

/** The claims of one's own organisation. Nobody else's are shown to anybody. */
export function ClaimsPage() {
  const search = useSearch({ from: '/intake/claims' });
  const navigate = useNavigate();
  const session = useSession();
  const roles = session.data?.roles ?? [];
  const mayClaim = roles.some((role) => reporters.includes(role));
  const view: View = views.find(({ value }) => value === search.state)?.value ?? 'open';
  const claims = useClaims({ state: view === 'all' ? undefined : view, after: search.after }, mayClaim);
  const items = claims.data?.items ?? [];
  return (
    <div className="stack-wide">
      <PageHeading
        lead="A claim says what your organisation scans and until when, so that two do not start the same work unawares. It is no permission to scan."
        aside={
          mayClaim && (
            <Link to="/intake/claims/new" className="usa-button">
              Claim a scan
            </Link>
          )
        }
      >
        Scan claims
      </PageHeading>
      <IntakeNav />
      {session.data && !mayClaim && (
        <Empty heading={session.data.person ? 'Not among your roles' : 'Sign in to claim scans'}>
          <p>
            Researchers, maintainers, operators, security leads and coordinators claim scans for their organisation.
            Open to everybody are <Link to="/intake/coverage">what nobody scans</Link> and{' '}
            <Link to="/intake/policies">what maintainers ask</Link>.
          </p>
        </Empty>
      )}
      {mayClaim && (
        <>
          <div className="row spread">
            <Segments
              legend="Claims of your organisation"
              options={views}
              value={view}
              onChange={(state) => navigate({ to: '/intake/claims', search: state === 'open' ? {} : { state } })}
            />
            {roles.includes('coordinator') && <Link to="/intake/claims/broker">The broker’s list</Link>}
          </div>
          {claims.error && <Failure error={claims.error} doing="list the claims" onRetry={() => claims.refetch()} />}
          {claims.isLoading && <p className="soft">Opening the list…</p>}
          {claims.data && items.length === 0 && <NoClaims view={view} />}
          {items.length > 0 && (
            <ul className="entries card card-flush" aria-label="Claims">
              {items.map((claim) => (
                <Entry key={claim.id} claim={claim} />
              ))}
            </ul>
          )}
          {claims.data?.next !== undefined && (
            <p>
              <Link
                to="/intake/claims"
                search={{ ...search, after: claims.data.next }}
                className="usa-button usa-button--outline"
              >
                Older claims
              </Link>
            </p>
          )}
        </>
      )}
    </div>
  );
}

function Entry({ claim }: { claim: Claim }) {
  const words = stateWords[claim.state];
  return (
    <li>
      <div className="row spread">
        <h2 className="entry-name">
          <Link to="/intake/claims/$id" params={{ id: claim.id }}>
            <ClaimTarget scope={claim.scope} />
          </Link>
        </h2>
        <span className="row">
          {claim.disclosure === 'broker_only' && <span className="tag">Broker only</span>}
          <span className={`tag ${words.tone}`}>{words.name}</span>
        </span>
      </div>
      <ClaimScope scope={claim.scope} />
      {claim.state === 'claimed' ? (
        <ClaimTimeLeft claim={claim} />
      ) : (
        <p className="small soft">
          {words.name} {moments(claim.endedAt ?? claim.until)}
        </p>
      )}
    </li>
  );
}

function NoClaims({ view }: { view: View }) {
  if (view === 'ended') {
    return (
      <Empty heading="No claim has ended">
        <p>Claims that were finished, cancelled or ran out stand here.</p>
      </Empty>
    );
  }
  return (
    <Empty heading={view === 'open' ? 'No open claim' : 'No claim yet'}>
      <p>
        <Link to="/intake/claims/new">Claim a scan</Link> before you start it, or let an agent do so:{' '}
        <code>npx assay claim register pkg:npm/NAME --technique fuzzing --authority licence --from MIT</code>.
      </p>
      <p>
        Not sure where to look? <Link to="/intake/coverage">Widely used packages that nobody scans</Link>.
      </p>
    </Empty>
  );
}
