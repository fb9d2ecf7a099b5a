import { Link } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { reporters, validators } from '../../domain/intake/who.ts';
import { useSession } from '../directory/session.ts';

type Reader = 'desk' | 'visitor' | 'reporter' | 'validator';

const places: readonly { to: string; label: string; for?: readonly Reader[] }[] = [
  { to: '/intake/queue', label: 'Queue', for: ['desk'] },
  { to: '/intake/held', label: 'Held', for: ['desk'] },
  { to: '/intake/sources', label: 'Sources', for: ['desk'] },
  { to: '/intake', label: 'Your findings', for: ['visitor', 'reporter'] },
  { to: '/intake/report', label: 'Hand in', for: ['visitor', 'reporter'] },
  { to: '/intake/batches', label: 'Batches', for: ['reporter'] },
  { to: '/intake/validations', label: 'Reproduce', for: ['validator'] },
  { to: '/intake/claims', label: 'Scan claims', for: ['reporter'] },
  { to: '/intake/coverage', label: 'Coverage' },
  { to: '/intake/policies', label: 'Policies' },
];

/** The places of the area of findings that one's roles can use; the queue is for coordinators, and stands first for them. */
export function IntakeNav() {
  const { data: session } = useSession();
  const roles = session?.roles ?? [];
  const readers: Reader[] = [
    ...(session?.organisation?.isHost && roles.includes('coordinator') ? (['desk'] as const) : []),
    ...(session?.person === undefined ? (['visitor'] as const) : []),
    ...(roles.some((role) => reporters.includes(role)) ? (['reporter'] as const) : []),
    ...(roles.some((role) => validators.includes(role)) ? (['validator'] as const) : []),
  ];
  const open = places.filter((place) => place.for === undefined || place.for.some((one) => readers.includes(one)));
  const nav = useRef<HTMLElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: who is signed in is known a moment later, and brings more places.
  useEffect(() => {
    const row = nav.current;
    if (row === null) return;
    // On a narrow screen the row scrolls sideways: the place where one is stays in sight.
    const observer = new ResizeObserver(() => {
      const current = row.querySelector<HTMLElement>('[aria-current="page"]');
      if (current) row.scrollLeft = current.offsetLeft - (row.clientWidth - current.offsetWidth) / 2;
    });
    observer.observe(row);
    return () => observer.disconnect();
  }, [open.length]);
  return (
    <nav className="subnav subnav-row" aria-label="Findings" ref={nav}>
      {open.map(({ to, label }) => (
        <Link key={to} to={to} activeOptions={{ exact: to === '/intake', includeSearch: false }}>
          {label}
        </Link>
      ))}
    </nav>
  );
}
