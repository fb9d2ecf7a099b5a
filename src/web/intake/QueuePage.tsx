import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { entryStates } from '../../domain/intake/queue.ts';
import { isAtDesk, useSession } from '../directory/session.ts';
import { moments } from '../parts/dates.ts';
import { Empty } from '../parts/Empty.tsx';
import { Failure } from '../parts/Failure.tsx';
import { Field } from '../parts/Field.tsx';
import { KeyHelp } from '../parts/KeyHelp.tsx';
import { count, counted } from '../parts/numbers.ts';
import { PageHeading } from '../parts/PageHeading.tsx';
import { IntakeNav } from './IntakeNav.tsx';
import { entryWords, type Queue, type QueueEntry, useQueue } from './queue-api.ts';
import { queueKeys } from './queue-keys.ts';
import { keepPlace, place } from './queue-place.ts';

/** The coordinator's queue: one entry for each distinct flaw, the one to look at first at the top, with the reasons. */
export function QueuePage() {
  const search = useSearch({ from: '/intake/queue' });
  const session = useSession();
  const navigate = useNavigate();
  const isCoordinator = isAtDesk(session.data);
  const filter = {
    state: search.state,
    package: search.package,
    taken: search.taken,
    held: search.held === 'true' || undefined,
    hint: search.hint === 'true' || undefined,
    after: search.after,
  };
  const queue = useQueue(filter, isCoordinator);
  const [isHelpShown, setHelpShown] = useState(false);
  const list = useRef<HTMLUListElement>(null);
  const items = queue.data?.items ?? [];

  useEffect(() => keepPlace({ search }), [search]);
  const isRead = items.length > 0 && !queue.isFetching;
  useEffect(() => {
    if (!isRead) return;
    const links = place().entries.map((id) => list.current?.querySelector<HTMLElement>(`[data-entry="${id}"]`));
    const link = links.find((one) => one);
    keepPlace({ entries: [] });
    link?.scrollIntoView({ block: 'center' });
    link?.focus({ preventScroll: true });
  }, [isRead]);

  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]')) return;
      if (target.matches('input, textarea, select')) {
        if (event.key === 'Escape') target.blur();
        return;
      }
      const links = [...(list.current?.querySelectorAll<HTMLElement>('.queue-link') ?? [])];
      const at = links.indexOf(document.activeElement as HTMLElement);
      const acts: Record<string, () => void> = {
        j: () => links[Math.min(links.length - 1, at + 1)]?.focus(),
        k: () => links[Math.max(0, at - 1)]?.focus(),
        '/': () => document.getElementById('queue-package')?.focus(),
        '?': () => setHelpShown(true),
      };
      const act = acts[event.key];
      if (!act) return;
      event.preventDefault();
      act();
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, []);

  const go = (change: Record<string, string | undefined>) => {
    const { after: _, ...kept } = search;
    const next = Object.entries({ ...kept, ...change }).filter(([, value]) => value !== undefined && value !== '');
    navigate({ to: '/intake/queue', search: Object.fromEntries(next) });
  };
  return (
    <div className="stack-wide">
      <PageHeading
        lead="One entry for each distinct flaw. Reports that tell the same stand under one; nothing joins by itself."
        aside={
          <button
            type="button"
            className="usa-button usa-button--outline button-small"
            onClick={() => setHelpShown(true)}
          >
            Keys <kbd>?</kbd>
          </button>
        }
      >
        Queue
      </PageHeading>
      <IntakeNav />
      {session.data && !isCoordinator && (
        <Empty heading="The queue is for coordinators">
          <p>
            Coordinators of the organisation that runs this instance see what several sources report. Your own findings
            are under <Link to="/intake">Your findings</Link>.
          </p>
        </Empty>
      )}
      {isCoordinator && <Filters search={search} onChange={go} />}
      {queue.data?.counts && <Counts counts={queue.data.counts} />}
      {queue.error && <Failure error={queue.error} doing="open the queue" onRetry={() => queue.refetch()} />}
      {queue.isLoading && <p className="soft">Opening the queue…</p>}
      {queue.data && items.length === 0 && (
        <Empty heading="Nothing waits">
          <p>
            No entry fits these filters. <Link to="/intake/queue">Show what is to be decided</Link>
          </p>
        </Empty>
      )}
      {items.length > 0 && (
        <ul className="entries card card-flush" aria-label="Entries" ref={list}>
          {items.map((entry) => (
            <Entry key={entry.id} entry={entry} />
          ))}
        </ul>
      )}
      {queue.data?.next !== undefined && (
        <p>
          <Link
            to="/intake/queue"
            search={{ ...search, after: queue.data.next }}
            className="usa-button usa-button--outline"
          >
            Further down
          </Link>
        </p>
      )}
      {queue.data && (
        <p className="small soft">
          Ordered by the policy {queue.data.policy.name}, version {queue.data.policy.version}: the same facts give the
          same order.
        </p>
      )}
      {isHelpShown && <KeyHelp keys={queueKeys} onClose={() => setHelpShown(false)} />}
    </div>
  );
}

function Entry({ entry }: { entry: QueueEntry }) {
  const words = entryWords[entry.state];
  return (
    <li className="queue-entry">
      <div className="row spread">
        <h2 className="entry-name">
          <Link to="/intake/queue/$id" params={{ id: entry.id }} className="queue-link" data-entry={entry.id}>
            <span data-source="outside">{entry.title}</span>
          </Link>
        </h2>
        <span className="row">
          {entry.isHeld && <span className="tag tag-now">Held by screening</span>}
          {entry.proposals > 0 && <span className="tag tag-later">{counted(entry.proposals, 'report')} to join</span>}
          <span className={`tag ${words.tone}`}>{words.name}</span>
        </span>
      </div>
      <p className="work-meta meta-flush">
        {(entry.purl ?? entry.package) !== null && (
          <span className="mono" data-source="outside">
            {entry.purl ?? entry.package}
          </span>
        )}
        <span>
          {counted(entry.findings, 'report')} from {counted(entry.sources, 'source')}
        </span>
        {entry.severity !== null && <span data-source="outside">stated {entry.severity}</span>}
        <span>{moments(entry.receivedAt)}</span>
        {entry.taken && (
          <span>{entry.taken.isMine ? 'You took it' : `Taken by ${entry.taken.by.name ?? 'somebody'}`}</span>
        )}
      </p>
      <p className="small soft">{entry.reasons.map(({ text }) => text).join(' · ')}</p>
    </li>
  );
}

function Counts({ counts }: { counts: NonNullable<Queue['counts']> }) {
  const { entries, findings } = counts;
  const open = (entries.undecided ?? 0) + (entries.joining ?? 0);
  const tiles = [
    { label: 'to decide', value: open },
    { label: entries.waiting === 1 ? 'waits for a reporter' : 'wait for a reporter', value: entries.waiting ?? 0 },
    { label: 'in cases', value: entries.in_case ?? 0 },
    { label: 'reports in all', value: findings },
  ];
  return (
    <section aria-label="How long the queue is">
      <ul className="tiles">
        {tiles.map(({ label, value }) => (
          <li key={label}>
            <strong>{count(value)}</strong> {label}
          </li>
        ))}
        {counts.held > 0 && (
          <li>
            <strong>{count(counts.held)}</strong> <Link to="/intake/held">held by screening</Link>
          </li>
        )}
      </ul>
    </section>
  );
}

function Filters(props: {
  search: { state?: string; package?: string; taken?: string; hint?: string };
  onChange: (change: Record<string, string | undefined>) => void;
}) {
  const { search, onChange } = props;
  const [name, setName] = useState(search.package ?? '');
  return (
    <search>
      <form
        className="row filters"
        onSubmit={(event) => {
          event.preventDefault();
          onChange({ package: name.trim() });
        }}
      >
        <Field label="State">
          {(control) => (
            <select
              {...control}
              className="usa-select"
              value={search.state ?? 'open'}
              onChange={(event) => onChange({ state: event.target.value })}
            >
              <option value="open">To be decided</option>
              {entryStates.map((state) => (
                <option key={state} value={state}>
                  {entryWords[state].name}
                </option>
              ))}
              <option value="all">All</option>
            </select>
          )}
        </Field>
        <Field label="Taken by">
          {(control) => (
            <select
              {...control}
              className="usa-select"
              value={search.taken ?? ''}
              onChange={(event) => onChange({ taken: event.target.value })}
            >
              <option value="">Anybody or nobody</option>
              <option value="me">Me</option>
              <option value="nobody">Nobody</option>
              <option value="others">Others</option>
            </select>
          )}
        </Field>
        <div>
          <label className="usa-label" htmlFor="queue-package">
            Package
          </label>
          <input
            id="queue-package"
            className="usa-input"
            type="search"
            maxLength={500}
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        </div>
        <button type="submit" className="usa-button usa-button--outline">
          Find
        </button>
        <button
          type="button"
          className="usa-button usa-button--outline"
          aria-pressed={search.hint === 'true'}
          onClick={() => onChange({ hint: search.hint === 'true' ? undefined : 'true' })}
        >
          With hints
        </button>
      </form>
    </search>
  );
}
