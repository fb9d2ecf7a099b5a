import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { z } from 'zod';
import type { Pending } from '../../api/contract/pending.ts';
import { ask } from '../api.ts';
import { moments } from '../parts/dates.ts';
import { Failure } from '../parts/Failure.tsx';
import { submissionPath } from './submission-api.ts';

type Item = z.infer<typeof Pending>['items'][number];

/** What waits for somebody in this file, with whom it lies, and the page on which something can be done about it. */
export function SubmissionWaiting({ id }: { id: string }) {
  const pending = useQuery({
    queryKey: ['submission', id, 'pending'],
    queryFn: () => ask<z.infer<typeof Pending>>(submissionPath(id, '/pending')),
    // What was done on another page shows at once; a page that is opened again is one reading on record.
    staleTime: 0,
  });
  const items = pending.data?.items;
  return (
    <section className="card stack" aria-labelledby="waiting">
      <h2 id="waiting">Waiting</h2>
      {pending.error && !items && (
        <Failure error={pending.error} doing="read what waits" onRetry={() => pending.refetch()} />
      )}
      {!items && !pending.error && <p className="soft">Reading what waits…</p>}
      {items?.length === 0 && <p>Nothing waits for anybody.</p>}
      {items && items.length > 0 && (
        <ul className="waiting">
          {items.map((item) => (
            <li key={`${item.object} ${item.what} ${item.with}`}>
              <p>
                <To id={id} item={item} /> · lies with {item.with}
              </p>
              <p>{item.next}</p>
              <p className="small soft">Since {moments(item.since)}</p>
            </li>
          ))}
        </ul>
      )}
      {items && <p className="soft">A release waits for none of it.</p>}
    </section>
  );
}

function To({ id, item: { to, object, what } }: { id: string; item: Item }) {
  switch (to) {
    case 'overview':
      return (
        <Link to="/early-access/$id" params={{ id }} hash="window">
          {what}
        </Link>
      );
    case 'incident':
      return (
        <Link to="/early-access/$id/incidents/$incident" params={{ id, incident: object }}>
          {what}
        </Link>
      );
    case 'letter':
      return (
        <Link to="/evidence/letters/$id" params={{ id: object }}>
          {what}
        </Link>
      );
    case 'run':
      return (
        <Link to="/evidence/runs/$id" params={{ id: object }}>
          {what}
        </Link>
      );
    default:
      return (
        <Link to={`/early-access/$id/${to}`} params={{ id }}>
          {what}
        </Link>
      );
  }
}
