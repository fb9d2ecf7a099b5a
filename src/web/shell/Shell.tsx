import { Link, Outlet } from '@tanstack/react-router';
import { useSession } from '../directory/session.ts';
import mark from '../mark.svg';
import { liveRegionId } from './announce.ts';

const pages = [
  { to: '/', label: 'Patch list' },
  { to: '/advisories', label: 'Advisories' },
  { to: '/intake', label: 'Findings' },
  { to: '/early-access', label: 'Early access' },
  { to: '/evidence', label: 'Evidence' },
  { to: '/record', label: 'Log' },
  { to: '/settings', label: 'Settings' },
] as const;

export function Shell() {
  const session = useSession();
  const who = session.data?.person;
  const waiting = session.data?.applicationsWaiting ?? 0;
  return (
    <div className="shell">
      {/* biome-ignore lint/a11y/useValidAnchor: a link to a place on this page, which must not touch the fragment. */}
      <a
        className="usa-skipnav"
        href="#main"
        onClick={(event) => {
          // The fragment holds a list's filters; skipping must not change it.
          event.preventDefault();
          document.getElementById('main')?.focus();
        }}
      >
        Skip to the page
      </a>
      <header className="shell-header">
        <div className="shell-wide shell-bar">
          <Link className="wordmark" to="/">
            <img src={mark} alt="" width="28" height="28" />
            Assay
          </Link>
          <nav className="shell-nav" aria-label="Main">
            {pages.map(({ to, label }) => (
              <Link key={to} to={to} activeOptions={{ exact: to === '/', includeSearch: false, includeHash: false }}>
                {label}
              </Link>
            ))}
          </nav>
          <div className="shell-who">
            {waiting > 0 && (
              <Link to="/participation">
                Applications<span className="visually-hidden"> that wait:</span>{' '}
                <span className="tag tag-soon">{waiting}</span>
              </Link>
            )}
            {who ? <Link to="/settings">{who.name}</Link> : <Link to="/sign-in">Sign in</Link>}
          </div>
        </div>
      </header>
      {session.data?.hasSample && (
        <section className="shell-sample" aria-label="Sample data">
          <div className="shell-wide">
            <p>
              <strong>Sample workspace.</strong> The organisations, people and models are fictional; the advisories are
              a snapshot of real, public ones. <Link to="/settings">Remove the sample</Link>
            </p>
          </div>
        </section>
      )}
      {session.data?.isSuspended && (
        <section className="shell-sample" aria-label="Participation">
          <div className="shell-wide">
            <p>
              <strong>The participation of your organisation is suspended.</strong> A release is recorded all the same.{' '}
              <Link to="/participation">See what you can do</Link>
            </p>
          </div>
        </section>
      )}
      {session.data?.isTermsAsked && !session.data.isSuspended && (
        <section className="shell-sample" aria-label="Terms">
          <div className="shell-wide">
            <p>
              Nobody has accepted the terms in use for {session.data.organisation?.name} yet.{' '}
              <Link to="/terms">Read them</Link>
            </p>
          </div>
        </section>
      )}
      <main id="main" className="shell-wide" tabIndex={-1}>
        <Outlet />
      </main>
      <footer className="shell-footer">
        <div className="shell-wide">
          <p>Assay shows what sources say, with source and date. It rates nobody and permits nothing.</p>
          <p>
            <a href="/api/docs">API</a> · <a href="/api/openapi.json">OpenAPI</a> · <Link to="/record">Public log</Link>{' '}
            · <Link to="/terms">Terms</Link> · <Link to="/apply">Apply to take part</Link>
          </p>
        </div>
      </footer>
      <div id={liveRegionId} className="visually-hidden" aria-live="polite" />
    </div>
  );
}
