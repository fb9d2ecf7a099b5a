import { Link, useSearch } from '@tanstack/react-router';
import { useSession } from '../directory/session.ts';
import { moments } from '../parts/dates.ts';
import { Empty } from '../parts/Empty.tsx';
import { Failure } from '../parts/Failure.tsx';
import { count, counted } from '../parts/numbers.ts';
import { PageHeading } from '../parts/PageHeading.tsx';
import { BatchSend } from './BatchSend.tsx';
import { IntakeNav } from './IntakeNav.tsx';
import { type Batch, batchWords, titleOf, useBatches, useRoom } from './intake-api.ts';

/** Whole campaigns: the place to send a file, what may be sent now, and how far each batch is. */
export function BatchesPage() {
  const search = useSearch({ from: '/intake/batches' });
  const session = useSession();
  const isSignedIn = session.data?.person !== undefined;
  const batches = useBatches(search.after, isSignedIn);
  const items = batches.data?.items ?? [];
  return (
    <div className="stack-wide">
      <PageHeading lead="Many findings at once: the report of a scanner, a campaign of an agent, a table of your own.">
        Batches of findings
      </PageHeading>
      <IntakeNav />
      {session.data && !isSignedIn && (
        <Empty heading="Batches are for organisations that take part">
          <p>
            <Link to="/sign-in">Sign in</Link>, or hand in <Link to="/intake/report">one finding</Link> without an
            account.
          </p>
        </Empty>
      )}
      {isSignedIn && (
        <>
          <BatchSend />
          <Room />
        </>
      )}
      {batches.error && <Failure error={batches.error} doing="list the batches" onRetry={() => batches.refetch()} />}
      {batches.data && items.length === 0 && (
        <Empty heading="No batches yet">
          <p>
            Drop a file above, or send it from a shell: <code>npx assay finding submit report.sarif</code>. It goes on
            where it stopped when it is cut off.
          </p>
        </Empty>
      )}
      {items.length > 0 && (
        <ul className="entries card card-flush" aria-label="Batches">
          {items.map((batch) => (
            <li key={batch.id}>
              <div className="row spread">
                <h2 className="entry-name">
                  <Link to="/intake/batches/$id" params={{ id: batch.id }}>
                    <span data-source="outside">{titleOf(batch).title}</span>
                  </Link>
                </h2>
                <span className={`tag ${batchWords[batch.state].tone}`}>{batchWords[batch.state].name}</span>
              </div>
              <p className="work-meta meta-flush">
                <span>{numbersOf(batch)}</span>
                {batch.format !== 'auto' && <span>{batch.format}</span>}
                <span>{moments(batch.createdAt)}</span>
                {titleOf(batch).digest !== undefined && <span className="mono">{titleOf(batch).digest}</span>}
              </p>
            </li>
          ))}
        </ul>
      )}
      {batches.data?.next !== undefined && (
        <p>
          <Link to="/intake/batches" search={{ after: batches.data.next }} className="usa-button usa-button--outline">
            Older batches
          </Link>
        </p>
      )}
    </div>
  );
}

/** How many rows became what. */
export function numbersOf({ accepted, repeated, refused }: Batch): string {
  return [
    `${count(accepted)} taken`,
    repeated > 0 && `${count(repeated)} were here already`,
    refused > 0 && `${counted(refused, 'row')} refused`,
  ]
    .filter(Boolean)
    .join(', ');
}

/** What may be handed in now, and why so much. */
function Room() {
  const room = useRoom(true);
  if (!room.data) return null;
  const { left, perHour, perDay, usedToday, reasons, resumesAt } = room.data;
  return (
    <section className="card stack-tight" aria-labelledby="room">
      <h2 id="room">Room for {counted(left, 'finding')} now</h2>
      <progress
        className="progress"
        max={perDay}
        value={Math.min(usedToday, perDay)}
        aria-label="Used of the room of a day"
      />
      <p className="small">
        {count(usedToday)} of {count(perDay)} used in 24 hours; {count(perHour)} an hour at most.
        {resumesAt !== undefined && ` There is room again ${moments(resumesAt)}.`}
      </p>
      <ul className="small soft plain-list">
        {reasons.map((reason) => (
          <li key={reason}>{reason}</li>
        ))}
      </ul>
    </section>
  );
}
