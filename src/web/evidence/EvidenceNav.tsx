import { Link } from '@tanstack/react-router';

const places = [
  { to: '/evidence', label: 'Runs' },
  { to: '/evidence/rules', label: 'Rules' },
  { to: '/evidence/results', label: 'Results' },
  { to: '/evidence/horizon', label: 'Time horizon' },
  { to: '/evidence/packs', label: 'Task packs' },
  { to: '/evidence/desk', label: 'Desk' },
] as const;

/** The places of the area of evidence. */
export function EvidenceNav() {
  return (
    <nav className="subnav" aria-label="Evidence">
      {places.map(({ to, label }) => (
        <Link key={to} to={to} activeOptions={{ exact: true, includeSearch: false }}>
          {label}
        </Link>
      ))}
    </nav>
  );
}
