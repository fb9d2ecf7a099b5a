import { Link } from '@tanstack/react-router';
import { useSession } from '../directory/session.ts';
import { measurers } from './result-api.ts';

const places = [
  { to: '/evidence', label: 'Runs' },
  { to: '/evidence/rules', label: 'Rules' },
  { to: '/evidence/results', label: 'Results' },
  { to: '/evidence/horizon', label: 'Time horizon' },
  { to: '/evidence/packs', label: 'Task packs' },
  { to: '/evidence/desk', label: 'Desk' },
] as const;

/** The places of the area of evidence; the desk is for those who may read at it. */
export function EvidenceNav() {
  const session = useSession();
  const mayRead = session.data?.roles.some((role) => measurers.includes(role)) ?? false;
  const open = places.filter(({ to }) => to !== '/evidence/desk' || mayRead);
  return (
    <nav className="subnav" aria-label="Evidence">
      {open.map(({ to, label }) => (
        <Link key={to} to={to} activeOptions={{ exact: true, includeSearch: false }}>
          {label}
        </Link>
      ))}
    </nav>
  );
}
