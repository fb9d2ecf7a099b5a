import { Link } from '@tanstack/react-router';

const places = [
  { to: '/intake', label: 'Your findings' },
  { to: '/intake/report', label: 'Hand in' },
  { to: '/intake/batches', label: 'Batches' },
] as const;

/** The places of the area of findings. */
export function IntakeNav() {
  return (
    <nav className="subnav" aria-label="Findings">
      {places.map(({ to, label }) => (
        <Link key={to} to={to} activeOptions={{ exact: true, includeSearch: false }}>
          {label}
        </Link>
      ))}
    </nav>
  );
}
