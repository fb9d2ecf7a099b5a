import { Link } from '@tanstack/react-router';
import { roleNames } from '../../domain/directory/actor.ts';
import { Account } from '../directory/Account.tsx';
import { Agents } from '../directory/Agents.tsx';
import { Passkeys } from '../directory/Passkeys.tsx';
import { People } from '../directory/People.tsx';
import { useSession, useSignOut } from '../directory/session.ts';
import { Failure } from '../parts/Failure.tsx';
import { PageHeading } from '../parts/PageHeading.tsx';
import { ScrollArea } from '../parts/ScrollArea.tsx';
import { Instance } from './Instance.tsx';
import { Policies } from './Policies.tsx';

/** Who one is here, who else is, which agents act, and how the instance does. */
export function SettingsPage() {
  const session = useSession();
  const signOut = useSignOut();
  const { person, organisation, roles = [], hasSample, applicationsWaiting } = session.data ?? {};
  const isAdministrator = roles.includes('administrator');
  return (
    <div className="stack-wide">
      <PageHeading>Settings</PageHeading>
      {session.error && (
        <Failure error={session.error} doing="ask who is signed in" onRetry={() => session.refetch()} />
      )}
      <div className="two-columns">
        <section className="card stack" aria-labelledby="you">
          <h2 id="you">You</h2>
          {person ? (
            <>
              <dl className="facts">
                <dt>Name</dt>
                <dd>{person.name}</dd>
                {person.email && (
                  <>
                    <dt>Address</dt>
                    <dd className="break-all">{person.email}</dd>
                  </>
                )}
                <dt>Organisation</dt>
                <dd>{organisation?.name}</dd>
                <dt>Roles</dt>
                <dd>
                  <ul className="plain-list">
                    {roles.map((role) => (
                      <li key={role}>
                        {roleNames[role].name}: {roleNames[role].does}
                      </li>
                    ))}
                  </ul>
                </dd>
              </dl>
              <Account person={person} />
              {signOut.error && <Failure error={signOut.error} doing="sign out" />}
              <p className="row">
                <button
                  type="button"
                  className="usa-button usa-button--outline"
                  disabled={signOut.isPending}
                  onClick={() => signOut.mutate('here')}
                >
                  Sign out
                </button>
                <button
                  type="button"
                  className="usa-button usa-button--unstyled"
                  disabled={signOut.isPending}
                  onClick={() => signOut.mutate('everywhere')}
                >
                  Sign out on every device
                </button>
              </p>
            </>
          ) : (
            <>
              <p>You are not signed in. Patch lists, advisories and the check of the log need no account.</p>
              <p>
                <Link to="/sign-in" className="usa-button">
                  Sign in
                </Link>
              </p>
            </>
          )}
        </section>
        <Instance />
      </div>
      {person && (
        <section className="card stack" aria-labelledby="participation">
          <h2 id="participation">Participation</h2>
          <p>How your organisation stands here, which terms it accepted, its export, and leaving.</p>
          {applicationsWaiting !== undefined && (
            <p>
              <Link to="/participation">Applications</Link>:{' '}
              {applicationsWaiting === 0 ? 'none waits' : `${applicationsWaiting} to look at`}
            </p>
          )}
          <p className="row">
            <Link to="/participation">Participation of your organisation</Link>
            <Link to="/terms">Terms of participation</Link>
          </p>
        </section>
      )}
      {person && <Passkeys />}
      {person && <Agents />}
      {person && <People isAdministrator={isAdministrator} />}
      {hasSample && (
        <section className="card stack" aria-labelledby="sample">
          <h2 id="sample">Sample workspace</h2>
          <p>
            This instance holds a sample: fictional organisations and people, and a snapshot of real public advisories
            that grows old. This command takes all of it away:
          </p>
          <ScrollArea label="Command to remove the sample" className="code">
            <pre>npx assay sample remove</pre>
          </ScrollArea>
        </section>
      )}
      <Policies />
    </div>
  );
}
