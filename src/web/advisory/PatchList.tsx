import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { Mark, MarkState } from '../../domain/advisory/mark.ts';
import type { PatchList as List, PatchItem } from '../../domain/advisory/patch-list.ts';
import { actionOf } from '../../domain/advisory/patch-rows.ts';
import type { Day } from '../../domain/instant.ts';
import { inDays, longDay } from '../parts/dates.ts';
import { Empty } from '../parts/Empty.tsx';
import { KeyHelp, type Keys } from '../parts/KeyHelp.tsx';
import { counted } from '../parts/numbers.ts';
import { announce } from '../shell/announce.ts';
import { type Filter, Filters, filterItems } from './Filters.tsx';
import { NotAffectedForm } from './NotAffectedForm.tsx';
import { keyOf, PatchRow, type ShownMark } from './PatchRow.tsx';

const keys: Keys = [
  ['j', 'Next upgrade'],
  ['k', 'Previous upgrade'],
  ['Enter', 'Show or hide the reasons'],
  ['p', 'Mark as planned, or take the mark away'],
  ['d', 'Mark as done, or take the mark away'],
  ['n', 'Mark as not affected, with a reason'],
  ['u', 'Undo the last mark'],
  ['/', 'Go to the filter'],
  ['Esc', 'Leave the filter, close a dialog'],
  ['?', 'Show these keys'],
];

/** A mark as a person sets it; who and when is added where it is kept. */
export type NewMark = Omit<Mark, 'by' | 'at'> & { vulnerabilities: string[] };

const asNew = ({ state, reason, justification }: Mark): Omit<Mark, 'by' | 'at'> => ({
  state,
  reason,
  ...(justification === undefined ? {} : { justification }),
});

const idsOf = (item: PatchItem) => item.advisories.map(({ id }) => id);

const pageSize = 200;

/** The ordered list itself: grouped by due date, worked by mouse, touch or keyboard. */
export function PatchList(props: {
  list: List;
  today: Day;
  marks: Record<string, ShownMark>;
  /** Keys of items that an earlier list of the same system did not have. */
  added: ReadonlySet<string>;
  filter: Filter;
  onFilter: (filter: Partial<Filter>) => void;
  onMark: (key: string, mark: NewMark | undefined) => void;
  isLocal: boolean;
}) {
  const { list, today, marks, added, filter, onFilter, onMark, isLocal } = props;
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const [limit, setLimit] = useState(pageSize);
  const [excusing, setExcusing] = useState<PatchItem>();
  const [isHelpShown, setHelpShown] = useState(false);
  const [undo, setUndo] = useState<{ key: string; title: string; before: NewMark | undefined; said: string }>();
  const rows = useRef(new Map<string, HTMLElement>());

  const found = useMemo(() => filterItems(list.items, filter, marks), [list, filter, marks]);
  const isWhole = Object.values(filter).every((value) => value === '');
  const groups = useMemo(() => firstOf(groupsIn(found, isWhole, today), limit), [found, isWhole, today, limit]);
  const shown = useMemo(() => groups.flatMap(({ items }) => items), [groups]);

  const mark = useCallback(
    (item: PatchItem, next: NewMark | undefined) => {
      const key = keyOf(item);
      const said = next ? `marked as ${stateName[next.state]}` : 'mark taken away';
      const before = marks[key];
      setUndo({
        key,
        title: actionOf(item),
        before: before && { ...asNew(before), vulnerabilities: before.vulnerabilities },
        said,
      });
      onMark(key, next);
      announce(`${actionOf(item)}: ${said}.`);
    },
    [marks, onMark],
  );

  const toggleMark = useCallback(
    (item: PatchItem, state: MarkState) => {
      const has = marks[keyOf(item)]?.state === state;
      if (state === 'not_affected' && !has) setExcusing(item);
      else mark(item, has ? undefined : { state, reason: '', vulnerabilities: idsOf(item) });
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
      {groups.map(({ key, heading, aside, items, isMixed }) => (
        <section key={key} className="work-group" aria-label={heading}>
          <h2 className="work-due">
            {heading}
            <span className="soft">
              {aside}
              {aside && ' · '}
              {counted(items.length, 'item')}
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
                isNew={added.has(keyOf(item))}
                isOpen={open.has(keyOf(item))}
                isLocal={isLocal}
                dueShown={isMixed ? dueWords(item.due, today) : undefined}
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
          title={`${excusing.name} ${excusing.version}`}
          onClose={() => setExcusing(undefined)}
          onSave={(justification, reason) => {
            mark(excusing, {
              state: 'not_affected',
              justification,
              reason,
              vulnerabilities: idsOf(excusing),
            });
            setExcusing(undefined);
          }}
        />
      )}
      {isHelpShown && <KeyHelp keys={keys} onClose={() => setHelpShown(false)} />}
    </section>
  );
}

const stateName: Record<MarkState, string> = { planned: 'planned', done: 'done', not_affected: 'not affected' };

const firstCount = 5;

interface Group {
  key: string;
  heading: string;
  aside: string;
  items: PatchItem[];
  /** Its items have several due dates. */
  isMixed: boolean;
}

/**
 * The list is in order of work already. What is overdue stands before all else; without it the first five stand apart, for whoever
 * has two hours. What is due on one day stands under one heading, the days in their order.
 */
function groupsIn(items: PatchItem[], hasFirst: boolean, today: Day): Group[] {
  const overdue = items.filter(({ due }) => due !== undefined && due < today);
  const others = items.filter(({ due }) => due === undefined || due >= today);
  const first = hasFirst && overdue.length === 0 && items.length > firstCount + 2 ? items.slice(0, firstCount) : [];
  const byDue = new Map<Day | undefined, PatchItem[]>();
  for (const item of others.slice(first.length)) {
    const group = byDue.get(item.due);
    if (group) group.push(item);
    else byDue.set(item.due, [item]);
  }
  const inOrder = [...byDue].sort(([a = '9999-12-31'], [b = '9999-12-31']) => (a < b ? -1 : a > b ? 1 : 0));
  const rest = inOrder.map(([due, group]) => ({
    key: due ?? 'none',
    heading: due ? `Due ${longDay(due, today)}` : 'At the next system upgrade',
    aside: due ? inDays(due, today) : '',
    items: group,
    isMixed: false,
  }));
  if (overdue.length > 0) {
    const since = overdue.map(({ due }) => due!).sort()[0]!;
    const aside = `${overdue.every(({ due }) => due === since) ? '' : 'the first '}since ${longDay(since, today)}`;
    return [{ key: 'overdue', heading: 'Overdue', aside, items: overdue, isMixed: true }, ...rest];
  }
  if (first.length === 0) return rest;
  return [{ key: 'first', heading: 'The first five', aside: 'start here', items: first, isMixed: true }, ...rest];
}

/** As many items as are shown at once, in their groups. */
function firstOf(groups: Group[], limit: number): Group[] {
  let left = limit;
  return groups.flatMap((group) => {
    const items = group.items.slice(0, left);
    left -= items.length;
    return items.length === 0 ? [] : [{ ...group, items }];
  });
}

function dueWords(due: Day | undefined, today: Day): string {
  if (due !== undefined && due < today) return `overdue since ${longDay(due, today)}`;
  return due ? `due ${longDay(due, today)}` : 'at the next system upgrade';
}
