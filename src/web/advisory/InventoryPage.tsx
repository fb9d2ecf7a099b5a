import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import type { z } from 'zod';
import type { ChangesView, InventoryDetail, PatchListView } from '../../api/contract/inventories.ts';
import type { Changes } from '../../domain/advisory/outcome.ts';
import type { PatchList as List } from '../../domain/advisory/patch-list.ts';
import { builtInPolicies } from '../../domain/advisory/priority/built-in.ts';
import type { Problem } from '../../domain/problem.ts';
import { ask, query } from '../api.ts';
import { moments } from '../parts/dates.ts';
import { Failure } from '../parts/Failure.tsx';
import { Modal } from '../parts/Modal.tsx';
import { counted } from '../parts/numbers.ts';
import { PageHeading } from '../parts/PageHeading.tsx';
import { announce } from '../shell/announce.ts';
import { useFragment } from './fragment.ts';
import type { Exposure } from './matching.ts';
import type { NewMark } from './PatchList.tsx';
import type { ShownMark } from './PatchRow.tsx';
import { Workspace } from './Workspace.tsx';

type Detail = z.infer<typeof InventoryDetail>;

/** An inventory that the organisation keeps on the instance: the server makes the list, the organisation shares the marks. */
export function InventoryPage() {
  const { id } = useParams({ from: '/inventories/$id' });
  const path = `/api/v1/inventories/${encodeURIComponent(id)}`;
  const detail = useQuery({ queryKey: ['inventory', id], queryFn: () => ask<Detail>(path) });
  if (detail.error) {
    return (
      <div className="stack">
        <PageHeading>This inventory cannot be shown</PageHeading>
        <Failure error={detail.error} doing="open the inventory" onRetry={() => detail.refetch()} />
      </div>
    );
  }
  if (!detail.data) return <p className="soft">Opening the inventory…</p>;
  return <Loaded path={path} detail={detail.data} />;
}

function Loaded(props: { path: string; detail: Detail }) {
  const { path, detail } = props;
  const client = useQueryClient();
  const [values, change] = useFragment();
  const [said, setSaid] = useState<Exposure>();
  const policy = values.get('policy') ?? builtInPolicies[0]!.name;
  const listKey = ['patch-list', detail.id, policy, detail.version, detail.asset.exposed];
  const list = useQuery({
    queryKey: listKey,
    queryFn: () => ask<z.infer<typeof PatchListView>>(`${path}/patch-list${query({ policy })}`),
    placeholderData: keepPreviousData,
  });
  const changes = useQuery({
    queryKey: ['changes', detail.id, policy, detail.version],
    queryFn: () => ask<z.infer<typeof ChangesView>>(`${path}/changes${query({ policy })}`),
  });
  const refresh = () => client.invalidateQueries({ queryKey: ['inventory', detail.id] });
  const describe = useMutation({
    mutationFn: (exposure: Exposure) => {
      const { exposed: _, ...asset } = detail.asset;
      const said = exposure === 'unknown' ? asset : { ...asset, exposed: exposure };
      return ask(path, { method: 'PATCH', body: { asset: said } });
    },
    onSuccess: refresh,
    onError: () => setSaid(undefined),
  });
  const mark = useMutation({
    mutationFn: ({ key, next }: { key: string; next: NewMark | undefined }) => {
      const at = `${path}/marks/${encodeURIComponent(key)}`;
      return next ? ask(at, { method: 'PUT', body: next }) : ask(at, { method: 'DELETE' });
    },
    // Shown at once; the server's answer then stands.
    onMutate: ({ key, next }) =>
      client.setQueryData<z.infer<typeof PatchListView>>(listKey, (before) => {
        if (before === undefined) return before;
        const { [key]: _, ...others } = before.marks;
        const shown = next && { key, ...next, by: 'you', at: new Date().toISOString(), isCurrent: true };
        return { ...before, marks: shown ? { ...others, [key]: shown } : others };
      }),
    onSettled: () => client.invalidateQueries({ queryKey: ['patch-list', detail.id] }),
  });
  const newest = detail.versions[0];
  const failed = list.error ?? describe.error ?? mark.error;

  return (
    <Workspace
      name={detail.name}
      crumb={
        <>
          <Link to="/">Patch lists</Link> / {detail.name}
        </>
      }
      summary={
        <>
          {counted(detail.components, 'component')} of {detail.format}, kept {moments(detail.updatedAt)} for your
          organisation, upload {detail.version}.
        </>
      }
      list={list.data?.list as unknown as List | undefined}
      problems={(newest?.problems ?? []) as Problem[]}
      marks={(list.data?.marks ?? {}) as Record<string, ShownMark>}
      exposure={said ?? detail.asset.exposed ?? 'unknown'}
      policy={policy}
      changes={
        changes.data?.since === undefined
          ? undefined
          : { changes: changes.data.changes as Changes, since: changes.data.since }
      }
      actions={<Manage path={path} detail={detail} onChanged={refresh} />}
      failure={failed && <Failure error={failed} doing="do that" />}
      isLocal={false}
      onExposure={(exposure) => {
        setSaid(exposure);
        describe.mutate(exposure);
      }}
      onPolicy={(name) => change({ policy: name })}
      onMark={(key, next) => mark.mutate({ key, next })}
    />
  );
}

/** A newer document of the same system, and the end of keeping it. */
function Manage(props: { path: string; detail: Detail; onChanged: () => void }) {
  const { path, detail, onChanged } = props;
  const client = useQueryClient();
  const navigate = useNavigate();
  const [isOpen, setOpen] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const renew = useMutation({
    mutationFn: (file: File) =>
      ask(`${path}/versions${query({ fileName: file.name.slice(0, 300) })}`, { method: 'POST', file }),
    onSuccess: () => {
      setOpen(false);
      announce('The newer file is kept.');
      onChanged();
    },
  });
  const remove = useMutation({
    mutationFn: () => ask(path, { method: 'DELETE' }),
    onSuccess: async () => {
      client.removeQueries({ queryKey: ['inventory', detail.id] });
      await client.invalidateQueries({ queryKey: ['inventories'] });
      await navigate({ to: '/', hash: '' });
    },
  });
  return (
    <>
      <button type="button" className="usa-button usa-button--outline" onClick={() => setOpen(true)}>
        Manage…
      </button>
      {isOpen && (
        <Modal heading={detail.name} onClose={() => setOpen(false)}>
          {(renew.error || remove.error) && <Failure error={renew.error ?? remove.error} doing="do that" />}
          <section className="stack">
            <h3>Newer file</h3>
            <p>Marks stay, and the list says what changed. The file is sent to this instance.</p>
            <div>
              <button
                type="button"
                className="usa-button"
                disabled={renew.isPending}
                onClick={() => input.current?.click()}
              >
                Choose the newer file
              </button>
            </div>
            <input
              ref={input}
              className="visually-hidden"
              type="file"
              tabIndex={-1}
              aria-label="Newer file"
              onChange={(event) => {
                const file = event.target.files?.[0];
                if (file) renew.mutate(file);
                event.target.value = '';
              }}
            />
          </section>
          <section className="stack">
            <h3>Uploads</h3>
            <ul className="plain-list">
              {detail.versions.map((version) => (
                <li key={version.version}>
                  {version.version}: {version.fileName}, {counted(version.components, 'component')},{' '}
                  {moments(version.keptAt)}
                </li>
              ))}
            </ul>
            <p>
              <Link to="/record" search={{ object: detail.id }}>
                Entries of the log about it
              </Link>
            </p>
          </section>
          <section className="stack">
            <h3>Keep it no longer</h3>
            <p>Removes the inventory, its uploads and its marks from this instance. The log keeps that it happened.</p>
            <div>
              <button
                type="button"
                className="usa-button usa-button--outline"
                disabled={remove.isPending}
                onClick={() => remove.mutate()}
              >
                Remove {detail.name}
              </button>
            </div>
          </section>
        </Modal>
      )}
    </>
  );
}
