import { type ReactNode, useMemo, useState } from 'react';
import type { Changes } from '../../domain/advisory/outcome.ts';
import type { PatchList as List } from '../../domain/advisory/patch-list.ts';
import { builtIn, builtInPolicies } from '../../domain/advisory/priority/built-in.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Problem } from '../../domain/problem.ts';
import { useSession } from '../directory/session.ts';
import { moments, shortDay, today } from '../parts/dates.ts';
import { Field } from '../parts/Field.tsx';
import { Modal } from '../parts/Modal.tsx';
import { Notice } from '../parts/Notice.tsx';
import { counted } from '../parts/numbers.ts';
import { PageHeading } from '../parts/PageHeading.tsx';
import { Segments } from '../parts/Segments.tsx';
import { Changed, ChangedLine } from './Changed.tsx';
import { Covered } from './Covered.tsx';
import { DueChart } from './DueChart.tsx';
import { ExportMenu } from './ExportMenu.tsx';
import { filterOf, isSettled } from './Filters.tsx';
import { useFragment } from './fragment.ts';
import { coverage, coverageWords, headline, nothingLookedUp } from './headline.ts';
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
  /** When the earlier list was made from which the answer on exposure was carried over. */
  exposureSince?: Instant | undefined;
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
  const added = useMemo(() => new Set(changes?.changes.added.map(({ key }) => key)), [changes]);

  return (
    <div className="stack-wide">
      <div className="stack">
        <p className="small soft eyebrow">{props.crumb}</p>
        <PageHeading>{list ? headline(list, todo, now) : 'Making the list…'}</PageHeading>
        {list && (
          <p className="soft">
            {list.items.length > 0 && `${counted(todo.length, 'item')} to do in all. `}
            {coverageWords(list)}. {props.summary}
          </p>
        )}
        {list && changes && <ChangedLine {...changes} />}
      </div>
      {props.failure}
      {list && <Limits list={list} />}
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
            <ExportMenu name={name} heading={headline(list, todo, now)} list={list} marks={marks} />
          </div>
        )}
      </div>
      {props.exposureSince && (
        <p className="small soft">
          That it {exposure === 'no' ? 'cannot' : 'can'} be reached from outside is your answer of the list made{' '}
          {moments(props.exposureSince)}, carried over. Change it if it no longer holds.
        </p>
      )}
      {exposure === 'unknown' && list && list.items.length > 0 && (
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
          added={added}
          filter={filter}
          onFilter={change}
          onMark={props.onMark}
          isLocal={props.isLocal}
        />
      )}
      {list && list.items.length === 0 && nothingLookedUp(list) === undefined && (
        <Notice kind="info" heading="No advisory that is held here surely affects what was looked up" isQuiet>
          <p>That says what the sources know on the day of their packs, and no more. See below what was not covered.</p>
        </Notice>
      )}
      {list && list.items.length > 0 && <DueChart items={todo} today={now} />}
      {list && changes && <Changed {...changes} />}
      {list && <Covered list={list} problems={props.problems} />}
      {isPolicyShown && (
        <Modal heading={chosen.title} isWide onClose={() => setPolicyShown(false)}>
          <PolicyTable policy={chosen} />
        </Modal>
      )}
    </div>
  );
}

/** What a reader must know before relying on the list, in plain view: how little was looked up, and in what. */
function Limits(props: { list: List }) {
  const { list } = props;
  const { hasSample } = useSession().data ?? {};
  const { isSmall } = coverage(list);
  const newest = list.sources
    .map((source) => source.newest)
    .sort()
    .at(-1);
  const isNothing = nothingLookedUp(list) !== undefined;
  return (
    <>
      {(isNothing || isSmall) && (
        <Notice
          kind="warning"
          heading={isNothing ? 'This list says nothing about your system' : `Only ${coverageWords(list)}`}
          isQuiet
        >
          <p>
            {isNothing
              ? 'None of its components was compared with any advisory, so an empty list is no good news. '
              : 'About the others this list says nothing, good or bad. '}
            See at the end of this page which ones, and why.
          </p>
        </Notice>
      )}
      {hasSample && (
        <Notice kind="warning" isQuiet>
          <p>
            These are the sample advisories: a small, dated part of what is public
            {newest && `, changed last on ${shortDay(newest)}`}. Much that affects this system is not on the list.
          </p>
        </Notice>
      )}
    </>
  );
}
