import { useQueries } from '@tanstack/react-query';
import { type KeyboardEvent, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { ask, query } from '../api.ts';
import { count } from '../parts/numbers.ts';
import type { Folds, Range } from './folds.ts';
import { type EventRow, runPath } from './run-api.ts';

/** Kinds whose own name is the log's jargon. */
export const shortKinds: Record<string, string> = {
  span_begin: 'part',
  span_end: 'end',
  sample_init: 'start',
  sample_limit: 'limit',
  score_edit: 'edit',
};

/** Height of every row in pixels; the stylesheet says the same. */
const rowHeight = 34;
/** Events fetched at once, and rows drawn beyond the window on either side. */
const chunkSize = 200;
const overscan = 8;

/**
 * The events of a transcript, of which only those in sight are fetched and drawn, however many there are. One row is chosen; arrow keys
 * move the choice, left and right fold and unfold.
 */
export function EventList(props: {
  run: string;
  sample: number;
  total: number;
  folds: Folds;
  spans: Map<number, Range>;
  folded: ReadonlySet<number>;
  chosen: number;
  onChoose: (index: number) => void;
  onFold: (index: number, isFolded: boolean) => void;
  id: string;
}) {
  const { run, sample, total, folds, spans, folded, chosen, onChoose, onFold, id } = props;
  const place = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 600 });
  const first = Math.max(0, Math.floor(view.top / rowHeight) - overscan);
  const end = Math.min(folds.rows, Math.ceil((view.top + view.height) / rowHeight) + overscan);
  const indexes = Array.from({ length: Math.max(0, end - first) }, (_, at) => folds.indexOf(first + at));
  const events = useEvents(run, sample, indexes);

  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const observer = new ResizeObserver(() => setView({ top: element.scrollTop, height: element.clientHeight }));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  const row = folds.rowOf(chosen);
  // The chosen row is brought into sight, with some of what stands around it.
  useLayoutEffect(() => {
    const element = place.current;
    if (!element) return;
    const top = row * rowHeight;
    if (top < element.scrollTop) element.scrollTop = Math.max(0, top - 2 * rowHeight);
    else if (top + rowHeight > element.scrollTop + element.clientHeight)
      element.scrollTop = top - element.clientHeight + 3 * rowHeight;
  }, [row]);

  const move = (to: number) => onChoose(folds.indexOf(Math.min(folds.rows - 1, Math.max(0, to))));
  const keys: Record<string, () => void> = {
    ArrowDown: () => move(row + 1),
    ArrowUp: () => move(row - 1),
    PageDown: () => move(row + Math.floor(view.height / rowHeight) - 1),
    PageUp: () => move(row - Math.floor(view.height / rowHeight) + 1),
    Home: () => move(0),
    End: () => move(folds.rows - 1),
    ArrowLeft: () => spans.has(chosen) && onFold(chosen, true),
    ArrowRight: () => onFold(chosen, false),
  };
  const press = (event: KeyboardEvent) => {
    const act = event.altKey || event.ctrlKey || event.metaKey ? undefined : keys[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  };

  return (
    <div
      ref={place}
      className="event-list"
      role="listbox"
      aria-label={`Events, ${count(total)} in all`}
      aria-activedescendant={`${id}-${chosen}`}
      tabIndex={0}
      onKeyDown={press}
      onScroll={({ currentTarget }) => setView({ top: currentTarget.scrollTop, height: currentTarget.clientHeight })}
    >
      {/* A svg and not a style: the content security policy forbids inline styles, and a height of its own needs none. */}
      <svg className="event-space" width="1" height={first * rowHeight} aria-hidden="true" />
      {indexes.map((index, at) => (
        <Row
          key={index}
          id={`${id}-${index}`}
          index={index}
          event={events.get(index)}
          isChosen={index === chosen}
          place={first + at + 1}
          total={folds.rows}
          span={spans.get(index)}
          isFolded={folded.has(index)}
          onChoose={onChoose}
          onFold={onFold}
        />
      ))}
      <svg className="event-space" width="1" height={(folds.rows - end) * rowHeight} aria-hidden="true" />
    </div>
  );
}

function Row(props: {
  id: string;
  index: number;
  event: EventRow | undefined;
  isChosen: boolean;
  place: number;
  total: number;
  span: Range | undefined;
  isFolded: boolean;
  onChoose: (index: number) => void;
  onFold: (index: number, isFolded: boolean) => void;
}) {
  const { id, index, event, isChosen, place, total, span, isFolded, onChoose, onFold } = props;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the list takes the keys.
    <div
      id={id}
      role="option"
      aria-selected={isChosen}
      aria-posinset={place}
      aria-setsize={total}
      tabIndex={-1}
      className={`event-row event-depth-${Math.min(event?.depth ?? 0, 6)} ${isChosen ? 'event-chosen' : ''}`}
      onClick={() => onChoose(index)}
    >
      <span className="event-index">{index}</span>
      {span ? (
        // biome-ignore lint/a11y/noStaticElementInteractions lint/a11y/useKeyWithClickEvents: arrow keys of the list do the same.
        <span
          className="event-fold"
          onClick={(click) => {
            click.stopPropagation();
            onFold(index, !isFolded);
          }}
        >
          <span className={`triangle ${isFolded ? '' : 'triangle-down'}`} />
          <span className="visually-hidden">{isFolded ? 'folded' : 'unfolded'}</span>
        </span>
      ) : (
        <span className="event-fold" />
      )}
      <span className={`event-kind event-kind-${event?.kind.replace(/[^a-z_]/g, '') ?? ''}`}>
        {event === undefined ? '…' : (shortKinds[event.kind] ?? event.kind)}
      </span>
      <span className="event-text">
        {event?.text ?? ''}
        {span && isFolded && <span className="soft"> ({count(span[1] - span[0])} inside)</span>}
      </span>
    </div>
  );
}

/** The events at these indexes, in the chunks in which they are kept. */
function useEvents(run: string, sample: number, indexes: number[]): Map<number, EventRow> {
  const wanted = [...new Set(indexes.map((index) => Math.floor(index / chunkSize)))];
  const chunks = useQueries({
    queries: wanted.map((chunk) => ({
      queryKey: ['run', run, 'events', sample, chunk],
      queryFn: () =>
        ask<{ items: EventRow[] }>(
          `${runPath(run)}/samples/${sample}/events${query({ after: chunk * chunkSize - 1, limit: chunkSize })}`,
        ),
      staleTime: Number.POSITIVE_INFINITY,
    })),
  });
  const events = new Map<number, EventRow>();
  for (const { data } of chunks) for (const event of data?.items ?? []) events.set(event.index, event);
  return events;
}
