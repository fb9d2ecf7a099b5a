import { covers } from '../../domain/advisory/mark.ts';
import type { Outcome } from '../../domain/advisory/outcome.ts';
import type { PatchItem } from '../../domain/advisory/patch-list.ts';
import { Field } from '../parts/Field.tsx';
import { counted } from '../parts/numbers.ts';
import type { KeptMark } from './local-store.ts';
import { keyOf, type ShownMark } from './PatchRow.tsx';

/** What of the list is shown. Empty text means no limit. */
export interface Filter {
  tier: string;
  ecosystem: string;
  fix: '' | 'yes' | 'no';
  text: string;
  /** Empty for what is still to do. */
  show: '' | 'marked' | 'all';
}

export function filterOf(values: URLSearchParams): Filter {
  const one = <Value extends string>(name: string, allowed: readonly Value[]) =>
    allowed.find((value) => value === values.get(name)) ?? ('' as const);
  return {
    tier: values.get('tier') ?? '',
    ecosystem: values.get('ecosystem') ?? '',
    fix: one('fix', ['yes', 'no'] as const),
    text: values.get('text') ?? '',
    show: one('show', ['marked', 'all'] as const),
  };
}

/** Done with, and nothing new has come since. */
export const isSettled = (mark: ShownMark | undefined) => mark?.isCurrent === true && mark.state !== 'planned';

/** How many lines of a list are still to do, going by how it stood when it was made. */
export const openCount = (outcomes: readonly Outcome[], marks: Record<string, KeptMark>): number =>
  outcomes.filter(({ key, advisories }) => {
    const mark = marks[key];
    const names = advisories.map((id) => [id]);
    return !isSettled(mark && { ...mark, isCurrent: covers(mark.vulnerabilities, names) });
  }).length;

export function filterItems(items: PatchItem[], filter: Filter, marks: Record<string, ShownMark>): PatchItem[] {
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  return items.filter((item) => {
    const mark = marks[keyOf(item)];
    if (filter.show === '' && isSettled(mark)) return false;
    if (filter.show === 'marked' && mark === undefined) return false;
    if (filter.tier !== '' && item.decision !== filter.tier) return false;
    if (filter.ecosystem !== '' && item.ecosystem !== filter.ecosystem) return false;
    if (filter.fix !== '' && (item.upgradeTo !== undefined) !== (filter.fix === 'yes')) return false;
    if (words.length === 0) return true;
    const text = [
      item.name,
      item.version,
      item.purl,
      ...item.advisories.flatMap(({ id, aliases, summary }) => [id, ...aliases, summary]),
    ]
      .join(' ')
      .toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

export function Filters(props: {
  items: PatchItem[];
  marks: Record<string, ShownMark>;
  filter: Filter;
  found: number;
  onFilter: (filter: Partial<Filter>) => void;
  onHelp: () => void;
}) {
  const { items, filter, found, onFilter, onHelp } = props;
  const tiers = [...new Set(items.map((item) => item.decision))];
  const ecosystems = [...new Set(items.map((item) => item.ecosystem))].sort();
  return (
    <search className="filters" aria-label="Filter the list">
      <Field label="Filter" isLabelHidden>
        {(control) => (
          <input
            {...control}
            id="filter-text"
            aria-label="Filter by name, version or advisory"
            className="usa-input"
            type="search"
            placeholder="Name, version, CVE…"
            value={filter.text}
            onChange={(event) => onFilter({ text: event.target.value })}
          />
        )}
      </Field>
      <Choice
        label="Decision"
        value={filter.tier}
        all="Every decision"
        options={tiers.map((tier) => [tier, tier])}
        onChange={(tier) => onFilter({ tier })}
      />
      <Choice
        label="Ecosystem"
        value={filter.ecosystem}
        all="Every ecosystem"
        options={ecosystems.map((name) => [name, name])}
        onChange={(ecosystem) => onFilter({ ecosystem })}
      />
      <Choice
        label="Fix"
        value={filter.fix}
        all="Fix or no fix"
        options={[
          ['yes', 'Has a fix'],
          ['no', 'No fix yet'],
        ]}
        onChange={(fix) => onFilter({ fix: fix as Filter['fix'] })}
      />
      <Choice
        label="Marks"
        value={filter.show}
        all="To do"
        options={[
          ['marked', 'Marked'],
          ['all', 'All'],
        ]}
        onChange={(show) => onFilter({ show: show as Filter['show'] })}
      />
      <div className="filters-end">
        <span className="soft small" role="status">
          {counted(found, 'item')}
        </span>
        <button type="button" className="usa-button usa-button--unstyled small" onClick={onHelp}>
          Keys
        </button>
      </div>
    </search>
  );
}

function Choice(props: {
  label: string;
  value: string;
  all: string;
  options: [value: string, label: string][];
  onChange: (value: string) => void;
}) {
  return (
    <select
      className="usa-select"
      aria-label={props.label}
      value={props.value}
      onChange={(event) => props.onChange(event.target.value)}
    >
      <option value="">{props.all}</option>
      {props.options.map(([value, label]) => (
        <option key={value} value={value}>
          {label}
        </option>
      ))}
    </select>
  );
}
