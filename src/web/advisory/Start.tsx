import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { z } from 'zod';
import sampleUrl from '../../../sample/sboms/st-aurelia-hospital.cdx.json?url';
import type { Inventories } from '../../api/contract/inventories.ts';
import { builtInPolicies } from '../../domain/advisory/priority/built-in.ts';
import { ask } from '../api.ts';
import { useSession } from '../directory/session.ts';
import { moments, today } from '../parts/dates.ts';
import { Modal } from '../parts/Modal.tsx';
import { Notice } from '../parts/Notice.tsx';
import { counted, size } from '../parts/numbers.ts';
import { PageHeading } from '../parts/PageHeading.tsx';
import { announce } from '../shell/announce.ts';
import { DropZone, fileSizeMax } from './DropZone.tsx';
import { openCount } from './Filters.tsx';
import { useFragment } from './fragment.ts';
import {
  clockedAs,
  exposureBefore,
  forgetList,
  type LocalList,
  loadClocks,
  loadLists,
  loadMarks,
  saveClocks,
  saveList,
} from './local-store.ts';
import { match, type Phase, UnreadableFile } from './matching.ts';
import { outcomesOf } from './PatchRow.tsx';

/** What a stranger sees first: what this does, where to drop the file, and what leaves the computer. */
export function Start() {
  const [, change] = useFragment();
  const client = useQueryClient();
  const [phase, setPhase] = useState<Phase | undefined>();
  const [failure, setFailure] = useState<{ fileName: string; error: Error }>();

  const make = async (fileName: string, read: () => Promise<Blob>) => {
    setFailure(undefined);
    setPhase({ phase: 'reading' });
    announce(`Reading ${fileName}.`);
    try {
      const settings = { policy: builtInPolicies[0]!.name, exposure: 'unknown', asOf: today() } as const;
      const file = await read();
      let matched = await match({ file: await file.arrayBuffer(), fileName }, settings, setPhase);
      const { inventory } = matched;
      const clocked = clockedAs({ inventory, fileName });
      const clocks = await loadClocks(clocked);
      const system = inventory.serial ?? inventory.name ?? fileName;
      const answer = exposureBefore(await loadLists(), { system, inventory, fileName });
      const exposure = answer?.exposure ?? settings.exposure;
      // Which system it is shows only once it was read.
      if (clocks.length > 0 || answer)
        matched = await match({ inventory }, { ...settings, exposure, clocks }, setPhase);
      const { list } = matched;
      await saveClocks(clocked, list.clocks);
      const local: LocalList = {
        id: crypto.randomUUID(),
        system,
        fileName,
        madeAt: new Date().toISOString(),
        inventory,
        exposure,
        ...answer,
        policy: settings.policy,
        file,
        outcomes: outcomesOf(list.items),
      };
      await saveList(local);
      client.setQueryData(['local-list', local.id], local);
      client.setQueryData(['matched', local.id, settings.policy, exposure], matched);
      await client.invalidateQueries({ queryKey: ['local-lists'] });
      change({ list: local.id });
    } catch (error) {
      setFailure({ fileName, error: error as Error });
    } finally {
      setPhase(undefined);
    }
  };

  const take = (file: File) => {
    if (file.size > fileSizeMax) {
      const error = new Error(`It has ${size(file.size)}; this page takes up to ${size(fileSizeMax)}. Use assay scan.`);
      setFailure({ fileName: file.name, error });
    } else {
      make(file.name, async () => file);
    }
  };

  return (
    <div className="start">
      <div className="stack-wide">
        <PageHeading lead="Drop the list of what your systems run. You get an ordered patch list: what to upgrade first, by when, and why.">
          What should you patch first?
        </PageHeading>
        {phase ? (
          <Working phase={phase} />
        ) : (
          <DropZone
            isBusy={phase !== undefined}
            onFile={take}
            onSample={() => make('st-aurelia-hospital.cdx.json', async () => (await fetch(sampleUrl)).blob())}
          />
        )}
        {failure && <Unreadable {...failure} />}
        <Privacy />
      </div>
      <div className="stack-wide start-lists">
        <Recent />
        <Kept />
      </div>
    </div>
  );
}

function Working(props: { phase: Phase }) {
  const { phase } = props;
  const text =
    phase.phase === 'reading'
      ? 'Reading the file on this computer…'
      : phase.phase === 'packs'
        ? `Fetching public advisory packs: ${phase.done} of ${phase.all} (${size(phase.bytes)})…`
        : 'Matching on this computer…';
  const value =
    phase.phase === 'reading' ? 0.1 : phase.phase === 'packs' ? 0.2 + (0.6 * phase.done) / Math.max(1, phase.all) : 0.9;
  return (
    <div className="drop working" role="status">
      <p className="drop-title">{text}</p>
      <progress className="progress" value={value} max={1} aria-label="Progress" />
      <p className="soft small">Nothing of your file is sent.</p>
    </div>
  );
}

function Unreadable(props: { fileName: string; error: Error }) {
  const { fileName, error } = props;
  const problems = error instanceof UnreadableFile ? error.problems : undefined;
  return (
    <Notice kind="error" heading={problems ? `${fileName} could not be read` : `No list from ${fileName}`}>
      {problems ? (
        <>
          <ul className="plain-list">
            {problems.slice(0, 8).map((problem) => (
              <li key={`${problem.path} ${problem.message}`}>
                {problem.path && <code>{problem.path}</code>} {problem.message}
              </li>
            ))}
          </ul>
          {problems.length > 8 && <p>and {problems.length - 8} more.</p>}
          <p>Takes CycloneDX 1.2 to 1.7, SPDX 2.2 to 3.0, and the lockfiles of common package managers.</p>
        </>
      ) : (
        <p>{error.message}</p>
      )}
    </Notice>
  );
}

function Privacy() {
  return (
    <section className="privacy stack-tight" aria-labelledby="privacy">
      <h2 id="privacy">What leaves this computer</h2>
      <p>
        <strong>Nothing of your file.</strong> It is read and matched by this page, in this browser. The page fetches
        public advisory packs, one for each kind of package that it finds, so this instance learns at most the names of
        those ecosystems, such as “npm” or “Debian”. No component, no version and no result is sent.
      </p>
      <p className="small soft">
        Check it: open your browser's network view, or go offline once the page and its packs are loaded. Lists and
        marks stay in this browser until you forget them.
      </p>
    </section>
  );
}

function Recent() {
  const [, change] = useFragment();
  const client = useQueryClient();
  const [forgetting, setForgetting] = useState<LocalList>();
  const lists = useQuery({ queryKey: ['local-lists'], queryFn: loadLists, staleTime: 0 });
  const shown = lists.data?.slice(0, 20) ?? [];
  const open = useQuery({
    queryKey: ['open-counts', shown.map(({ id }) => id)],
    queryFn: async () => {
      const counts = shown.map(async ({ id, system, outcomes }) => [id, openCount(outcomes, await loadMarks(system))]);
      return Object.fromEntries(await Promise.all(counts)) as Record<string, number>;
    },
    staleTime: 0,
  });
  if (!lists.data || lists.data.length === 0) return <FirstSteps />;
  const forget = async (list: LocalList) => {
    await forgetList(list);
    setForgetting(undefined);
    announce(`Forgot the list of ${list.fileName}.`);
    await client.invalidateQueries({ queryKey: ['local-lists'] });
  };
  return (
    <section className="stack" aria-labelledby="recent">
      <h2 id="recent">Lists in this browser</h2>
      <ul className="recent card card-flush">
        {shown.map((list) => (
          <li key={list.id}>
            <div className="stack-tight">
              <a
                href={`#list=${list.id}`}
                onClick={(event) => {
                  event.preventDefault();
                  change({ list: list.id });
                }}
              >
                {list.inventory.name ?? list.fileName}
              </a>
              <span className="small soft">
                {moments(list.madeAt)} · {counted(list.inventory.components.length, 'component')} ·{' '}
                {counted(open.data?.[list.id] ?? list.outcomes.length, 'item')} to do
              </span>
            </div>
            <button type="button" className="usa-button usa-button--unstyled small" onClick={() => setForgetting(list)}>
              Forget<span className="visually-hidden"> the list of {list.fileName}</span>
            </button>
          </li>
        ))}
      </ul>
      {forgetting && (
        <Modal heading="Forget this list?" onClose={() => setForgetting(undefined)}>
          <p>
            <strong>{forgetting.inventory.name ?? forgetting.fileName}</strong>, made {moments(forgetting.madeAt)}, goes
            from this browser for good. With the last list of a system go its marks, and the days from which its dates
            count.
          </p>
          <div className="row">
            <button type="button" className="usa-button" onClick={() => forget(forgetting)}>
              Forget it
            </button>
            <button type="button" className="usa-button usa-button--outline" onClick={() => setForgetting(undefined)}>
              Cancel
            </button>
          </div>
        </Modal>
      )}
    </section>
  );
}

function FirstSteps() {
  return (
    <section className="stack" aria-labelledby="first">
      <h2 id="first">First time here?</h2>
      <ol className="steps">
        <li>
          <strong>Get an SBOM.</strong> Your supplier may ship one. Or make one:{' '}
          <code>syft IMAGE -o cyclonedx-json</code>, or <code>npm sbom</code>. A lockfile does as well.
        </li>
        <li>
          <strong>Drop it here.</strong> No account, no upload.
        </li>
        <li>
          <strong>Say whether the system can be reached from outside.</strong> The dates depend on it.
        </li>
        <li>
          <strong>Work from the top.</strong> Each date carries its rule and its sources. Take the list with you as CSV,
          PDF, calendar or VEX.
        </li>
      </ol>
    </section>
  );
}

function Kept() {
  const session = useSession();
  const kept = useQuery({
    queryKey: ['inventories'],
    queryFn: () => ask<z.infer<typeof Inventories>>('/api/v1/inventories'),
    enabled: session.data?.person !== undefined,
  });
  if (!kept.data || kept.data.items.length === 0) return null;
  return (
    <section className="stack" aria-labelledby="kept">
      <h2 id="kept">Kept on this instance</h2>
      <ul className="recent card card-flush">
        {kept.data.items.map((inventory) => (
          <li key={inventory.id}>
            <div className="stack-tight">
              <Link to="/inventories/$id" params={{ id: inventory.id }}>
                {inventory.name}
              </Link>
              <span className="small soft">
                {moments(inventory.updatedAt)} · {counted(inventory.components, 'component')}
              </span>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}
