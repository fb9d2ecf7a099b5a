import { moments } from '../parts/dates.ts';
import type { Claim } from './claim-api.ts';
import { lasting } from './claim-words.ts';

/** How long an open claim still runs, in words and as a bar. */
export function ClaimTimeLeft({ claim }: { claim: Claim }) {
  const [start, end, now] = [claim.registeredAt, claim.until, claim.at].map((at) => Date.parse(at)) as [
    number,
    number,
    number,
  ];
  return (
    <div className="stack-tight">
      <p className="small">
        <strong>{lasting(claim.at, claim.until)} left</strong>{' '}
        <span className="soft">
          until {moments(claim.until)}
          {claim.renewals > 0 && `, renewed ${claim.renewals === 1 ? 'once' : `${claim.renewals} times`}`}
        </span>
      </p>
      <progress className="progress claim-progress" max={end - start} value={now - start} aria-label="Time used" />
    </div>
  );
}
