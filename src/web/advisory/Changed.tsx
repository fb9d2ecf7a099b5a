import type { Changes, Outcome } from '../../domain/advisory/outcome.ts';
import type { Instant } from '../../domain/instant.ts';
import { moments, shortDay } from '../parts/dates.ts';
import { count, counted } from '../parts/numbers.ts';

const id = 'changed';

/** `2 new, 1 changed, 1 gone`; what there is none of is left out. */
export function changesWords({ added, moved, gone }: Changes): string {
  const parts = [
    added.length > 0 && `${count(added.length)} new`,
    moved.length > 0 && `${count(moved.length)} changed`,
    gone.length > 0 && `${count(gone.length)} gone`,
  ].filter((part) => part !== false);
  return parts.length === 0 ? 'nothing new, nothing gone' : parts.join(', ');
}

/** The changes in one line, with the way to their names. */
export function ChangedLine(props: { changes: Changes; since: Instant }) {
  const { changes, since } = props;
  return (
    <p>
      Since {shortDay(since)}: <strong>{changesWords(changes)}</strong>.{' '}
      {/* A button: the fragment of the address holds the list and its filter. */}
      <button
        type="button"
        className="usa-button usa-button--unstyled"
        onClick={() => {
          const heading = document.getElementById(id);
          heading?.focus({ preventScroll: true });
          heading?.scrollIntoView({ block: 'start' });
        }}
      >
        See what changed
      </button>
    </p>
  );
}

/** What is new, changed and gone since an earlier list of the same system, by name. */
export function Changed(props: { changes: Changes; since: Instant }) {
  const { changes, since } = props;
  return (
    <section className="card stack" aria-labelledby={id}>
      <h2 id={id} tabIndex={-1}>
        What changed since {moments(since)}
      </h2>
      <Told heading="New" rows={changes.added.map((after) => ({ after }))} />
      <Told heading="Changed" rows={changes.moved} />
      <Told heading="Gone" rows={changes.gone.map((before) => ({ before }))} />
      <p className="small soft">{counted(changes.same, 'item')} as before.</p>
    </section>
  );
}

const shownMax = 100;

function Told(props: { heading: string; rows: { before?: Outcome; after?: Outcome }[] }) {
  const { heading, rows } = props;
  return (
    <div className="stack-tight">
      <h3>
        {heading}: {rows.length === 0 ? 'none' : count(rows.length)}
      </h3>
      {rows.length > 0 && (
        <ul className="plain-list">
          {rows.slice(0, shownMax).map(({ before, after }) => (
            <li key={(after ?? before)?.key}>
              {(after ?? before)?.title}{' '}
              <span className="soft">
                {before && after ? `${stateOf(before)}; now ${stateOf(after)}` : stateOf(after ?? before)}
              </span>
            </li>
          ))}
          {rows.length > shownMax && <li>and {count(rows.length - shownMax)} more</li>}
        </ul>
      )}
    </div>
  );
}

const stateOf = (outcome: Outcome | undefined) =>
  outcome && `${outcome.decision}, ${counted(outcome.advisories.length, 'advisory', 'advisories')}`;
