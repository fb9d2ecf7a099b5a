import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import type { Mark } from '../../domain/advisory/mark.ts';
import { builtIn, builtInPolicies } from '../../domain/advisory/priority/built-in.ts';
import { moments, today } from '../parts/dates.ts';
import { Failure } from '../parts/Failure.tsx';
import { Field } from '../parts/Field.tsx';
import { Modal } from '../parts/Modal.tsx';
import { Notice } from '../parts/Notice.tsx';
import { counted } from '../parts/numbers.ts';
import { PageHeading } from '../parts/PageHeading.tsx';
import { Segments } from '../parts/Segments.tsx';
import { Changed } from './Changed.tsx';
import { compare, outcomesOf } from './changes.ts';
import { DueChart } from './DueChart.tsx';
import { ExportMenu } from './ExportMenu.tsx';
import { filterOf } from './Filters.tsx';
import { useFragment } from './fragment.ts';
import { headline } from './headline.ts';
import { KeepButton } from './KeepButton.tsx';
import { type LocalList as Kept, loadList, loadLists, loadMarks, saveList, saveMark } from './local-store.ts';
import { type Account, type Exposure, match } from './matching.ts';
import { type NewMark, PatchList } from './PatchList.tsx';
import { keyOf } from './PatchRow.tsx';
import { PolicyTable } from './PolicyTable.tsx';

const exposures = [
  { value: 'yes', label: 'Yes' },
  { value: 'no', label: 'No' },
  { value: 'unknown', label: 'Not known' },
] as const;

/** A list that was made in this browser: loaded from it, matched in it, marked in it. */
export function LocalList(props: { id: string }) {
  const kept = useQuery({
    queryKey: ['local-list', props.id],
    queryFn: async () => (await loadList(props.id)) ?? null,
  });
  if (kept.data) return <Loaded kept={kept.data} />;
  if (kept.data === null) {
    return (
      <div className="stack">
        <PageHeading>This list is not in this browser</PageHeading>
        <p>Lists are kept only in the browser in which they were made, and only until they are forgotten there.</p>
        <p>
          <a href="/">Make a list</a>
        </p>
      </div>
    );
  }
  return <p className="soft">Opening the list…</p>;
}

function Loaded(props: { kept: Kept }) {
  const { kept } = props;
  const client = useQueryClient();
  const [values, change] = useFragment();
  const [isPolicyShown, setPolicyShown] = useState(false);
  const asOf = kept.madeAt.slice(0, 10);
  const now = today();
  const filter = useMemo(() => filterOf(values), [values]);
  const matched = useQuery({
    queryKey: ['matched', kept.id, kept.policy, kept.exposure],
    queryFn: () =>
      match({ inventory: kept.inventory }, { policy: kept.policy, exposure: kept.exposure, asOf, vex: [] }),
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: keepPreviousData,
    retry: false,
  });
  const marks = useQuery({
    queryKey: ['marks', kept.system],
    queryFn: () => loadMarks(kept.system),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const lists = useQuery({ queryKey: ['local-lists'], queryFn: loadLists, staleTime: 0 });

  const settle = async (settings: { exposure?: Exposure; policy?: string }) => {
    const next = { ...kept, ...settings };
    client.setQueryData(['local-list', kept.id], next);
    await saveList(next);
  };
  const mark = async (key: string, next: NewMark | undefined) => {
    const value = next && { ...next, by: 'this browser', at: new Date().toISOString() };
    client.setQueryData<Record<string, Mark>>(['marks', kept.system], (before = {}) => {
      const { [key]: _, ...others } = before;
      return value ? { ...others, [key]: value } : others;
    });
    await saveMark(kept.system, key, value);
  };

  const policy = builtIn(kept.policy) ?? builtInPolicies[0]!;
  const list = matched.data?.list;
  const known = marks.data ?? {};
  const todo = useMemo(
    () => list?.items.filter((item) => !['done', 'not_affected'].includes(known[keyOf(item)]?.state ?? '')) ?? [],
    [list, known],
  );
  const earlier = lists.data?.find(
    (other) => other.system === kept.system && other.madeAt < kept.madeAt && other.id !== kept.id,
  );
  const changes = useMemo(
    () => (earlier && list ? compare(earlier.outcomes, outcomesOf(list.items)) : undefined),
    [earlier, list],
  );

  return (
    <div className="stack-wide">
      <div className="stack">
        <p className="small soft eyebrow">
          <a
            href="/"
            onClick={(event) => {
              event.preventDefault();
              change(Object.fromEntries([...values.keys()].map((name) => [name, undefined])));
            }}
          >
            Patch lists
          </a>{' '}
          / {kept.inventory.name ?? kept.fileName}
        </p>
        <PageHeading>{list ? headline(todo, now) : 'Making the list…'}</PageHeading>
        {matched.data && <Summary kept={kept} account={matched.data.account} todo={todo.length} />}
      </div>

      {matched.error && <Failure error={matched.error} doing="make the list" onRetry={() => matched.refetch()} />}

      <div className="controls">
        <Segments
          legend="Can this system be reached from outside?"
          options={exposures}
          value={kept.exposure}
          onChange={(exposure) => settle({ exposure })}
        />
        <div className="controls-policy">
          <Field label="Policy">
            {(control) => (
              <select
                {...control}
                className="usa-select"
                value={kept.policy}
                onChange={(event) => settle({ policy: event.target.value })}
              >
                {builtInPolicies.map(({ name, title, version }) => (
                  <option key={name} value={name}>
                    {title} {version}
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
            <KeepButton kept={kept} />
            <ExportMenu
              name={kept.inventory.name ?? kept.fileName}
              heading={headline(todo, now)}
              list={list}
              marks={known}
            />
          </div>
        )}
      </div>

      {kept.exposure === 'unknown' && (
        <Notice kind="info" isQuiet>
          <p>
            Nobody has said yet whether this system can be reached from outside. The policy says what it does with that;
            your answer may move dates.
          </p>
        </Notice>
      )}

      {list && list.items.length > 0 && (
        <PatchList list={list} today={now} marks={known} filter={filter} onFilter={change} onMark={mark} isLocal />
      )}
      {list && list.items.length === 0 && <NothingFound kept={kept} />}
      {list && list.items.length > 0 && (
        <div className="charts">
          <DueChart items={todo} asOf={list.asOf} />
          {changes && earlier && <Changed changes={changes} since={earlier.madeAt} />}
        </div>
      )}
      {matched.data && <Covered kept={kept} account={matched.data.account} />}

      {isPolicyShown && (
        <Modal heading={policy.title} isWide onClose={() => setPolicyShown(false)}>
          <PolicyTable policy={policy} />
        </Modal>
      )}
    </div>
  );
}

function Summary(props: { kept: Kept; account: Account; todo: number }) {
  const { kept, account, todo } = props;
  return (
    <p className="soft">
      {counted(todo, 'upgrade')} to do in all. {counted(kept.inventory.components.length, 'component')} read from{' '}
      {kept.inventory.format}, {moments(kept.madeAt)}. Matched on this computer
      {account.milliseconds > 0 && ` in ${(account.milliseconds / 1000).toFixed(2)} s`}; nothing was uploaded.
    </p>
  );
}

function NothingFound(props: { kept: Kept }) {
  return (
    <Notice kind="info" heading="No advisory that is held here names these components">
      <p>
        That says what the sources know on the day of their packs, for the{' '}
        {counted(props.kept.inventory.components.length, 'component')} of this file, and no more. See below what was not
        covered.
      </p>
    </Notice>
  );
}

function Covered(props: { kept: Kept; account: Account }) {
  const { kept, account } = props;
  const missing = account.notCovered.reduce((sum, { components }) => sum + components, 0);
  return (
    <section className="card stack" aria-labelledby="covered">
      <h2 id="covered">What was looked at</h2>
      <dl className="facts">
        <dt>Advisory packs</dt>
        <dd>
          {account.fetched.length === 0
            ? 'none'
            : account.fetched
                .map(({ ecosystem, advisories }) => `${ecosystem} (${counted(advisories, 'advisory', 'advisories')})`)
                .join(', ')}
        </dd>
        <dt>Not covered</dt>
        <dd>
          {missing === 0
            ? 'Every component was looked up.'
            : account.notCovered
                .map(
                  ({ ecosystem, components }) =>
                    `${counted(components, 'component')} ${ecosystem ? `of ${ecosystem}, for which no advisories are held` : 'without a package URL'}`,
                )
                .join('; ')}
        </dd>
        {kept.inventory.problems.length > 0 && (
          <>
            <dt>Doubtful in the file</dt>
            <dd>
              <details>
                <summary>{counted(kept.inventory.problems.length, 'place')}</summary>
                <ul className="plain-list">
                  {kept.inventory.problems.slice(0, 50).map((problem) => (
                    <li key={`${problem.path} ${problem.message}`}>
                      <code>{problem.path}</code> {problem.message}
                    </li>
                  ))}
                </ul>
              </details>
            </dd>
          </>
        )}
      </dl>
    </section>
  );
}
