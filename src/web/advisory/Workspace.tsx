import { type ReactNode, useMemo, useState } from 'react';
import type { Changes } from '../../domain/advisory/outcome.ts';
import type { PatchList as List } from '../../domain/advisory/patch-list.ts';
import { builtIn, builtInPolicies } from '../../domain/advisory/priority/built-in.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Problem } from '../../domain/problem.ts';
import { today } from '../parts/dates.ts';
import { Field } from '../parts/Field.tsx';
import { Modal } from '../parts/Modal.tsx';
import { Notice } from '../parts/Notice.tsx';
import { counted } from '../parts/numbers.ts';
import { PageHeading } from '../parts/PageHeading.tsx';
import { Segments } from '../parts/Segments.tsx';
import { Changed } from './Changed.tsx';
import { Covered } from './Covered.tsx';
import { DueChart } from './DueChart.tsx';
import { ExportMenu } from './ExportMenu.tsx';
import { filterOf, isSettled } from './Filters.tsx';
import { useFragment } from './fragment.ts';
import { headline } from './headline.ts';
import type { Exposure } from './matching.ts';
import { type NewMark, PatchList } from './PatchList.tsx';
import { keyOf, type ShownMark } from './PatchRow.tsx';
import { PolicyTable } from './PolicyTable.tsx';

const exposures = [
  { value: 'yes', label: 'Yes' },
  { value: 'no', label: 'No' },
  { value: 'unknown', label: 'Not known' },
] as const;

/** A patch list with everything one does with it: the same for a list of this browser and for one that is kept here. */
export function Workspace(props: {
  name: string;
  crumb: ReactNode;
  summary: ReactNode;
  list: List | undefined;
  problems: Problem[];
  marks: Record<string, ShownMark>;
  exposure: Exposure;
  policy: string;
  changes: { changes: Changes; since: Instant } | undefined;
  /** Beside the export menu. */
  actions?: ReactNode;
  /** What went wrong, if it did. */
  failure?: ReactNode;
  isLocal: boolean;
  onExposure: (exposure: Exposure) => void;
  onPolicy: (policy: string) => void;
  onMark: (key: string, mark: NewMark | undefined) => void;
}) {
  const { name, list, marks, policy, exposure, changes } = props;
  const [values, change] = useFragment();
  const [isPolicyShown, setPolicyShown] = useState(false);
  const filter = useMemo(() => filterOf(values), [values]);
  const now = today();
  const chosen = builtIn(policy) ?? builtInPolicies[0]!;
  const todo = useMemo(() => list?.items.filter((item) => !isSettled(marks[keyOf(item)])) ?? [], [list, marks]);

  return (
    <div className="stack-wide">
      <div className="stack">
        <p className="small soft eyebrow">{props.crumb}</p>
        <PageHeading>{list ? headline(todo, now) : 'Making the list…'}</PageHeading>
        {list && (
          <p className="soft">
            {counted(todo.length, 'item')} to do in all. {props.summary}
          </p>
        )}
      </div>
      {props.failure}
      <div className="controls">
        <Segments
          legend="Can this system be reached from outside?"
          options={exposures}
          value={exposure}
          onChange={props.onExposure}
        />
        <div className="controls-policy">
          <Field label="Policy">
            {(control) => (
              <select
                {...control}
                className="usa-select"
                value={policy}
                onChange={(event) => props.onPolicy(event.target.value)}
              >
                {builtInPolicies.map((one) => (
                  <option key={one.name} value={one.name}>
                    {one.title} {one.version}
                  </option>
                ))}
              </select>
            )}
          </Field>
          <button type="button" className="usa-button usa-button--unstyled small" onClick={() => setPolicyShown(true)}>
            Read this policy
          </button>
        </div>
        {list && (
          <div className="controls-end row">
            {props.actions}
            <ExportMenu name={name} heading={headline(todo, now)} list={list} marks={marks} />
          </div>
        )}
      </div>
      {exposure === 'unknown' && (
        <Notice kind="info" isQuiet>
          <p>
            Nobody has said yet whether this system can be reached from outside. Until then the policy decides as it
            says for the unknown, mostly for the earlier date. Your answer may move dates.
          </p>
        </Notice>
      )}
      {list && list.items.length > 0 && (
        <PatchList
          list={list}
          today={now}
          marks={marks}
          filter={filter}
          onFilter={change}
          onMark={props.onMark}
          isLocal={props.isLocal}
        />
      )}
      {list && list.items.length === 0 && (
        <Notice kind="info" heading="No advisory that is held here names these components">
          <p>
            That says what the sources know on the day of their packs, for the{' '}
            {counted(list.counts.components, 'component')} of this file, and no more. See below what was not covered.
          </p>
        </Notice>
      )}
      {list && list.items.length > 0 && (
        <div className="charts">
          <DueChart items={todo} today={now} />
          {changes && <Changed {...changes} />}
        </div>
      )}
      {list && <Covered list={list} problems={props.problems} />}
      {isPolicyShown && (
        <Modal heading={chosen.title} isWide onClose={() => setPolicyShown(false)}>
          <PolicyTable policy={chosen} />
        </Modal>
      )}
    </div>
  );
}
