import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { Mark, MarkState } from '../../domain/advisory/mark.ts';
import type { PatchList as List, PatchItem } from '../../domain/advisory/patch-list.ts';
import type { Day } from '../../domain/instant.ts';
import { inDays, longDay } from '../parts/dates.ts';
import { Empty } from '../parts/Empty.tsx';
import { counted } from '../parts/numbers.ts';
import { announce } from '../shell/announce.ts';
import { type Filter, Filters, filterItems } from './Filters.tsx';
import { KeyHelp } from './KeyHelp.tsx';
import { NotAffectedForm } from './NotAffectedForm.tsx';
import { keyOf, PatchRow, titleOf } from './PatchRow.tsx';

/** A mark as a person sets it; who and when is added where it is kept. */
export type NewMark = Omit<Mark, 'by' | 'at'>;

const pageSize = 200;

/** The ordered list itself: grouped by due date, worked by mouse, touch or keyboard. */
export function PatchList(props: {
  list: List;
  today: Day;
  marks: Record<string, Mark>;
  filter: Filter;
  onFilter: (filter: Partial<Filter>) => void;
  onMark: (key: string, mark: NewMark | undefined) => void;
  isLocal: boolean;
}) {
  const { list, today, marks, filter, onFilter, onMark, isLocal } = props;
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const [limit, setLimit] = useState(pageSize);
  const [excusing, setExcusing] = useState<PatchItem>();
  const [isHelpShown, setHelpShown] = useState(false);
  const [undo, setUndo] = useState<{ key: string; title: string; before: Mark | undefined; said: string }>();
  const rows = useRef(new Map<string, HTMLElement>());

  const found = useMemo(() => filterItems(list.items, filter, marks), [list, filter, marks]);
  const shown = found.slice(0, limit);

  const mark = useCallback(
    (item: PatchItem, next: NewMark | undefined) => {
      const key = keyOf(item);
      const said = next ? `marked as ${stateName[next.state]}` : 'mark taken away';
      setUndo({ key, title: titleOf(item), before: marks[key], said });
      onMark(key, next);
      announce(`${titleOf(item)}: ${said}.`);
    },
    [marks, onMark],
  );

  const toggleMark = useCallback(
    (item: PatchItem, state: MarkState) => {
      const has = marks[keyOf(item)]?.state === state;
      if (state === 'not_affected' && !has) setExcusing(item);
      else mark(item, has ? undefined : { state, reason: '' });
    },
    [marks, mark],
  );

  const takeBack = useCallback(() => {
    if (!undo) return;
    onMark(undo.key, undo.before);
    announce(`${undo.title}: undone.`);
    setUndo(undefined);
  }, [undo, onMark]);

  const toggle = useCallback((key: string) => {
    setOpen((before) => {
      const after = new Set(before);
      if (!after.delete(key)) after.add(key);
      return after;
    });
  }, []);

  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]')) return;
      if (target.matches('input:not([type=radio]):not([type=checkbox]), textarea, select')) {
        if (event.key === 'Escape') target.blur();
        return;
      }
      const at = shown.findIndex((item) => rows.current.get(keyOf(item))?.contains(target));
      const current = shown[at];
      const go = (to: number) => {
        const next = shown[Math.max(0, Math.min(shown.length - 1, to))];
        rows.current
          .get(next ? keyOf(next) : '')
          ?.querySelector<HTMLElement>('.work-toggle')
          ?.focus();
      };
      const acts: Record<string, (() => void) | undefined> = {
        j: () => go(at + 1),
        k: () => go(at === -1 ? 0 : at - 1),
        p: current && (() => toggleMark(current, 'planned')),
        d: current && (() => toggleMark(current, 'done')),
        n: current && (() => toggleMark(current, 'not_affected')),
        u: takeBack,
        '/': () => document.getElementById('filter-text')?.focus(),
        '?': () => setHelpShown(true),
      };
      const act = acts[event.key];
      if (!act) return;
      event.preventDefault();
      act();
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, [shown, toggleMark, takeBack]);

  return (
    <section className="stack" aria-label="Upgrades in order of work">
      <Filters
        items={list.items}
        marks={marks}
        filter={filter}
        found={found.length}
        onFilter={onFilter}
        onHelp={() => setHelpShown(true)}
      />
      {undo && (
        <div className="undo row" role="status">
          <span>
            {undo.title}: {undo.said}.
          </span>
          <button type="button" className="usa-button usa-button--unstyled" onClick={takeBack}>
            Undo
          </button>
        </div>
      )}
      {found.length === 0 && (
        <Empty heading="Nothing fits this filter">
          <p>
            <button
              type="button"
              className="usa-button usa-button--outline"
              onClick={() => onFilter({ tier: '', ecosystem: '', fix: '', text: '', show: '' })}
            >
              Show all that is open
            </button>
          </p>
        </Empty>
      )}
      {groupByDue(shown).map(({ due, items }) => (
        <section
          key={due ?? 'none'}
          className="work-group"
          aria-label={due ? `Due ${longDay(due, today)}` : 'Without a date'}
        >
          <h2 className="work-due">
            {due ? `Due ${longDay(due, today)}` : 'At the next system upgrade'}
            <span className="soft">
              {due ? `${inDays(due, today)} · ` : ''}
              {counted(items.length, 'upgrade')}
            </span>
          </h2>
          <ol className="work card card-flush">
            {items.map((item) => (
              <PatchRow
                key={keyOf(item)}
                ref={(element) => {
                  if (element) rows.current.set(keyOf(item), element);
                  else rows.current.delete(keyOf(item));
                }}
                item={item}
                asOf={list.asOf}
                mark={marks[keyOf(item)]}
                isOpen={open.has(keyOf(item))}
                isLocal={isLocal}
                onToggle={toggle}
                onMark={toggleMark}
              />
            ))}
          </ol>
        </section>
      ))}
      {found.length > limit && (
        <p>
          <button
            type="button"
            className="usa-button usa-button--outline"
            onClick={() => setLimit((before) => before + pageSize)}
          >
            Show {Math.min(pageSize, found.length - limit)} more of {found.length - limit}
          </button>
        </p>
      )}
      {excusing && (
        <NotAffectedForm
          title={titleOf(excusing)}
          onClose={() => setExcusing(undefined)}
          onSave={(justification, reason) => {
            mark(excusing, { state: 'not_affected', justification, reason });
            setExcusing(undefined);
          }}
        />
      )}
      {isHelpShown && <KeyHelp onClose={() => setHelpShown(false)} />}
    </section>
  );
}

const stateName: Record<MarkState, string> = { planned: 'planned', done: 'done', not_affected: 'not affected' };

/** The list is in order of work already; what is due on one day stands under one heading. */
function groupByDue(items: PatchItem[]): { due: Day | undefined; items: PatchItem[] }[] {
  const groups = new Map<Day | undefined, PatchItem[]>();
  for (const item of items) {
    const group = groups.get(item.due);
    if (group) group.push(item);
    else groups.set(item.due, [item]);
  }
  return [...groups].map(([due, group]) => ({ due, items: group }));
}
