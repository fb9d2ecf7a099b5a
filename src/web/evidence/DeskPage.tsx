import { useMutation } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { ask } from '../api.ts';
import { useSession } from '../directory/session.ts';
import { Empty } from '../parts/Empty.tsx';
import { Failure } from '../parts/Failure.tsx';
import { counted } from '../parts/numbers.ts';
import { PageHeading } from '../parts/PageHeading.tsx';
import { Segments } from '../parts/Segments.tsx';
import { announce } from '../shell/announce.ts';
import { type DeskItem, stateWords, useColleagues, useDesk, useKeepDeskItem } from './desk-api.ts';
import { EvidenceNav } from './EvidenceNav.tsx';

const views = [
  { value: 'all', label: 'All' },
  { value: 'mine', label: 'In my hands' },
  { value: 'wanting', label: 'Wants a reader' },
  { value: 'differing', label: 'To settle' },
] as const;
type View = (typeof views)[number]['value'];

const emptyWords: Record<View, string> = {
  mine: 'You have nothing in hand. Take an attempt under “Wants a reader”.',
  wanting: 'Every attempt on the desk has its two readers.',
  differing: 'No two readers differ at the moment.',
  all: 'Open a run under Evidence and put attempts on the desk: named ones, or some drawn by lot.',
};

/** The queue of the reviewer's desk. Arrow keys or j and k move, Enter opens, t takes. */
export function DeskPage() {
  const search = useSearch({ from: '/evidence/desk' });
  const navigate = useNavigate();
  const session = useSession();
  const view: View = views.find(({ value }) => value === search.view)?.value ?? 'all';
  const desk = useDesk({
    ...(view === 'mine' && { mine: true }),
    ...((view === 'wanting' || view === 'differing') && { state: view }),
    ...(search.run !== undefined && { run: search.run }),
    ...(search.after !== undefined && { after: search.after }),
  });
  const items = desk.data?.items ?? [];
  const list = useRef<HTMLUListElement>(null);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[event.key];
      const target = event.target as HTMLElement;
      if (step === undefined || event.ctrlKey || event.metaKey || event.altKey || target.matches('input, select'))
        return;
      const links = [...(list.current?.querySelectorAll<HTMLElement>('.entry-name a') ?? [])];
      if (links.length === 0) return;
      event.preventDefault();
      const at = links.findIndex((link) => link.closest('li')?.contains(document.activeElement));
      links[Math.max(0, Math.min(links.length - 1, at + step))]?.focus();
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, []);
  return (
    <div className="stack-wide">
      <PageHeading lead="Two people read each attempt. Neither sees what the other noted before both have handed in; where they differ, a third settles it.">
        Desk
      </PageHeading>
      <EvidenceNav />
      <Segments
        legend="Show"
        options={views}
        value={view}
        onChange={(next) =>
          navigate({ to: '/evidence/desk', search: { ...(search.run && { run: search.run }), view: next } })
        }
      />
      {desk.error && <Failure error={desk.error} doing="read the desk" onRetry={() => desk.refetch()} />}
      {desk.data !== undefined && items.length === 0 && (
        <Empty heading="Nothing here">
          <p>{emptyWords[view]}</p>
        </Empty>
      )}
      {items.length > 0 && (
        <section aria-label={`${counted(items.length, 'attempt')} on this page`}>
          <ul className="entries card card-flush" ref={list}>
            {items.map((item) => (
              <Row key={item.id} item={item} self={session.data?.person?.id} />
            ))}
          </ul>
          {desk.data?.next && (
            <p>
              <Link
                to="/evidence/desk"
                search={{ ...search, after: desk.data.next }}
                className="usa-button usa-button--outline"
              >
                Next page
              </Link>
            </p>
          )}
        </section>
      )}
    </div>
  );
}

function Row(props: { item: DeskItem; self: string | undefined }) {
  const { item, self } = props;
  const people = useColleagues();
  const keep = useKeepDeskItem();
  const take = useMutation({
    mutationFn: () => ask<DeskItem>(`/api/v1/desk/${item.id}/readings`, { method: 'POST', body: {} }),
    onSuccess: (next) => {
      announce(`${item.name}: in your hands.`);
      return keep(next);
    },
  });
  const nameOf = (id: string) => people.data?.items.find((one) => one.id === id)?.name ?? 'somebody';
  const held = item.readings.filter(({ returned }) => returned === undefined);
  const mayTake = item.state === 'wanting' && !item.readings.some(({ reader }) => reader === self);
  return (
    // The keys of a row work wherever the focus is inside it.
    <li
      onKeyDown={(event) => {
        if (event.key === 't' && mayTake && !take.isPending) take.mutate();
      }}
    >
      <div className="row spread">
        <h2 className="entry-name">
          <Link to="/evidence/desk/$id" params={{ id: item.id }}>
            {item.name}
          </Link>{' '}
          <span className="soft small">attempt {item.epoch}</span>
        </h2>
        <span className={`tag ${item.state === 'differing' ? 'tag-soon' : ''}`}>{stateWords[item.state]}</span>
      </div>
      <p className="soft small">
        {[item.reason, held.map(({ reader }) => (reader === self ? 'you' : nameOf(reader))).join(' and ')]
          .filter(Boolean)
          .join(' · ')}
      </p>
      {take.error && <Failure error={take.error} doing="take it" />}
      {mayTake && (
        <button
          type="button"
          className="usa-button usa-button--outline button-small align-start"
          disabled={take.isPending}
          onClick={() => take.mutate()}
        >
          Take it<span className="visually-hidden">: {item.name}</span>
        </button>
      )}
    </li>
  );
}
