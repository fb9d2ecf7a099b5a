import { Link } from '@tanstack/react-router';
import { useSession } from '../directory/session.ts';

const places = [
  { to: '/intake', label: 'Your findings' },
  { to: '/intake/report', label: 'Hand in' },
  { to: '/intake/batches', label: 'Batches' },
  { to: '/intake/validations', label: 'Reproduce' },
  { to: '/intake/claims', label: 'Scan claims' },
  { to: '/intake/coverage', label: 'Coverage' },
  { to: '/intake/policies', label: 'Policies' },
] as const;

const ofCoordinators = [
  { to: '/intake/queue', label: 'Queue' },
  { to: '/intake/held', label: 'Held' },
  { to: '/intake/sources', label: 'Sources' },
] as const;

/** The places of the area of findings; the queue is for coordinators, and stands first for them. */
export function IntakeNav() {
  const session = useSession();
  const isCoordinator = session.data?.roles.includes('coordinator') ?? false;
  return (
    <nav className="subnav" aria-label="Findings">
      {[...(isCoordinator ? ofCoordinators : []), ...places].map(({ to, label }) => (
        <Link key={to} to={to} activeOptions={{ exact: to === '/intake', includeSearch: false }}>
          {label}
        </Link>
      ))}
    </nav>
  );
}
