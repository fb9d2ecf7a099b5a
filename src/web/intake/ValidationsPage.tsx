import { Link, useSearch } from '@tanstack/react-router';
import { useSession } from '../directory/session.ts';
import { moments } from '../parts/dates.ts';
import { Empty } from '../parts/Empty.tsx';
import { Failure } from '../parts/Failure.tsx';
import { PageHeading } from '../parts/PageHeading.tsx';
import { IntakeNav } from './IntakeNav.tsx';
import { ValidationKeys } from './ValidationKeys.tsx';
import { stateWords, useValidations } from './validation-api.ts';

/** What the own organisation is asked to reproduce, and the keys that one signs with. */
export function ValidationsPage() {
  const { after } = useSearch({ from: '/intake/validations' });
  const session = useSession();
  const organisation = session.data?.organisation;
  const isSignedIn = session.data?.person !== undefined;
  const found = useValidations(after, isSignedIn);
  return (
    <div className="stack-wide">
      <PageHeading lead="Flaws that others reported and that you are asked to try for yourself. Nothing runs here: the reproducer runs on your own machine, in a sandbox, and you send what was measured.">
        Validations
      </PageHeading>
      <IntakeNav />
      {session.data && !isSignedIn && (
        <Empty heading="Sign in to see what is asked of you">
          <p>
            <Link to="/sign-in">Sign in</Link>
          </p>
        </Empty>
      )}
      {found.error && <Failure error={found.error} doing="read what is asked" onRetry={() => found.refetch()} />}
      {found.data && (
        <section className="stack" aria-labelledby="asked">
          <h2 id="asked">Asked of {organisation?.name ?? 'you'}</h2>
          {found.data.items.length === 0 && (
            <Empty heading="Nothing is asked of you now">
              <p>A coordinator who wants you to reproduce something chooses {organisation?.name} by its name.</p>
            </Empty>
          )}
          <ul className="validation-list">
            {found.data.items.map((one) => (
              <li key={one.id} className="card stack-tight">
                <div className="row spread">
                  <Link to="/intake/validations/$id" params={{ id: one.id }} data-source="outside">
                    {one.title}
                  </Link>
                  <span className={`tag ${stateWords[one.state].tone}`}>{stateWords[one.state].name}</span>
                </div>
                <p className="small soft">
                  Asked {moments(one.askedAt)}; open until {moments(one.endsAt)}
                  {one.needsNetwork && '; asks for a network'}
                </p>
              </li>
            ))}
          </ul>
          {found.data.next && (
            <p>
              <Link to="/intake/validations" search={{ after: found.data.next }}>
                Older ones
              </Link>
            </p>
          )}
        </section>
      )}
      {isSignedIn && <ValidationKeys />}
    </div>
  );
}
