import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { covers } from '../../domain/advisory/mark.ts';
import { compare } from '../../domain/advisory/outcome.ts';
import { moments } from '../parts/dates.ts';
import { Failure } from '../parts/Failure.tsx';
import { counted } from '../parts/numbers.ts';
import { PageHeading } from '../parts/PageHeading.tsx';
import { useFragment } from './fragment.ts';
import { KeepButton } from './KeepButton.tsx';
import {
  clockedAs,
  type LocalList as Kept,
  type KeptMark,
  loadClocks,
  loadList,
  loadLists,
  loadMarks,
  saveClocks,
  saveList,
  saveMark,
  saveOutcomes,
} from './local-store.ts';
import { match } from './matching.ts';
import type { NewMark } from './PatchList.tsx';
import { keyOf, namesOf, outcomesOf, type ShownMark } from './PatchRow.tsx';
import { Workspace } from './Workspace.tsx';

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
  const [settings, setSettings] = useState({ policy: kept.policy, exposure: kept.exposure });
  const name = kept.inventory.name ?? kept.fileName;
  // The day of the list, not today: dates do not move because somebody looks again.
  const asOf = kept.madeAt.slice(0, 10);
  const matched = useQuery({
    queryKey: ['matched', kept.id, settings.policy, settings.exposure],
    queryFn: async () => {
      const clocks = await loadClocks(clockedAs(kept));
      const made = await match({ inventory: kept.inventory }, { ...settings, asOf, clocks });
      await saveClocks(clockedAs(kept), made.list.clocks);
      return made;
    },
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: keepPreviousData,
    retry: false,
  });
  const keptMarks = useQuery({
    queryKey: ['marks', kept.system],
    queryFn: () => loadMarks(kept.system),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const lists = useQuery({ queryKey: ['local-lists'], queryFn: loadLists, staleTime: 0 });
  const list = matched.data?.list;

  const [isAnswered, setAnswered] = useState(false);
  useEffect(() => {
    if (isAnswered && list && !matched.isPlaceholderData) saveOutcomes(kept.id, outcomesOf(list.items));
  }, [isAnswered, list, matched.isPlaceholderData, kept.id]);

  const settle = async (next: typeof settings) => {
    setSettings(next);
    setAnswered(true);
    const { exposureSince, ...rest } = kept;
    const isAsCarried = exposureSince !== undefined && next.exposure === kept.exposure;
    const changed: Kept = { ...rest, ...next, ...(isAsCarried && { exposureSince }) };
    client.setQueryData(['local-list', kept.id], changed);
    await saveList(changed);
  };
  const mark = async (key: string, next: NewMark | undefined) => {
    const value = next && { ...next, by: 'this browser', at: new Date().toISOString() };
    // Kept before it is shown: a mark that a person sees is there after a reload.
    await saveMark(kept.system, key, value);
    client.setQueryData<Record<string, KeptMark>>(['marks', kept.system], (before = {}) => {
      const { [key]: _, ...others } = before;
      return value ? { ...others, [key]: value } : others;
    });
  };

  const marks = useMemo(() => {
    const shown: Record<string, ShownMark> = {};
    for (const item of list?.items ?? []) {
      const one = keptMarks.data?.[keyOf(item)];
      if (one) shown[keyOf(item)] = { ...one, isCurrent: covers(one.vulnerabilities, namesOf(item)) };
    }
    return shown;
  }, [list, keptMarks.data]);
  const earlier = lists.data?.find((other) => other.system === kept.system && other.madeAt < kept.madeAt);
  const changes = useMemo(
    () =>
      earlier && list
        ? { changes: compare(earlier.outcomes, outcomesOf(list.items)), since: earlier.madeAt }
        : undefined,
    [earlier, list],
  );

  return (
    <Workspace
      name={name}
      crumb={
        <>
          <a
            href="/"
            onClick={(event) => {
              event.preventDefault();
              change({ list: undefined, ...Object.fromEntries([...values.keys()].map((key) => [key, undefined])) });
            }}
          >
            Patch lists
          </a>{' '}
          / {name}
        </>
      }
      summary={
        <>
          {counted(kept.inventory.components.length, 'component')} read from {kept.inventory.format},{' '}
          {moments(kept.madeAt)}. Matched on this computer
          {matched.data && ` in ${(matched.data.milliseconds / 1000).toFixed(2)} s`}; nothing was uploaded.
        </>
      }
      list={list}
      problems={kept.inventory.problems}
      marks={marks}
      exposure={settings.exposure}
      exposureSince={kept.exposureSince}
      policy={settings.policy}
      changes={changes}
      actions={<KeepButton kept={kept} name={name} />}
      failure={
        matched.error && <Failure error={matched.error} doing="make the list" onRetry={() => matched.refetch()} />
      }
      isLocal
      onExposure={(exposure) => settle({ ...settings, exposure })}
      onPolicy={(policy) => settle({ ...settings, policy })}
      onMark={mark}
    />
  );
}
