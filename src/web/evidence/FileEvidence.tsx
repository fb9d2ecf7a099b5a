import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { z } from 'zod';
import type { Runs } from '../../api/contract/runs.ts';
import type { TaskPacks } from '../../api/contract/task-packs.ts';
import { ask, query } from '../api.ts';
import { moments } from '../parts/dates.ts';
import { Empty } from '../parts/Empty.tsx';
import { Failure } from '../parts/Failure.tsx';
import { counted } from '../parts/numbers.ts';
import { PageHeading } from '../parts/PageHeading.tsx';
import type { LetterRow, Page, RegistrationView } from './result-api.ts';

interface Shown {
  runs: z.infer<typeof Runs>['items'];
  packs: z.infer<typeof TaskPacks>['items'];
  rules: RegistrationView[];
  letters: LetterRow[];
}

async function load(submission: string): Promise<Shown> {
  const of = query({ submission, limit: 200 });
  const [runs, packs, rules, letters] = await Promise.all([
    ask<z.infer<typeof Runs>>(`/api/v1/runs${of}`),
    ask<z.infer<typeof TaskPacks>>(`/api/v1/task-packs${of}`),
    ask<Page<RegistrationView>>(`/api/v1/registrations${of}`),
    ask<Page<LetterRow>>(`/api/v1/letters${of}`),
  ]);
  return {
    runs: runs.items,
    packs: packs.items,
    rules: rules.items,
    letters: letters.items,
  };
}

/** What was measured of one model and shown to all parties of its file, by whichever of them. */
export function FileEvidence() {
  const { id } = useParams({ from: '/early-access/$id/evidence' });
  const shown = useQuery({ queryKey: ['file-evidence', id], queryFn: () => load(id) });
  const { runs = [], packs = [], rules = [], letters = [] } = shown.data ?? {};
  const isEmpty = shown.data !== undefined && runs.length + packs.length + rules.length + letters.length === 0;
  return (
    <div className="stack-wide">
      <PageHeading lead="What a party of this file has shown to all of its parties: logs, rules that were written down before, and letters. Nothing here leads to a decision, and a release waits for none of it.">
        Evidence
      </PageHeading>
      {shown.error && <Failure error={shown.error} doing="list the evidence" onRetry={() => shown.refetch()} />}
      {isEmpty && (
        <Empty heading="Nothing is shown yet">
          <p>
            What you measured stays with your organisation until you show it to the parties of a file.{' '}
            <Link to="/evidence">Your own evidence</Link>
          </p>
        </Empty>
      )}
      <Group heading="Letters" isShown={letters.length > 0}>
        {letters.map((letter) => (
          <Entry key={letter.id} about={`From ${letter.from} · ${moments(letter.at)}`}>
            <Link to="/evidence/letters/$id" params={{ id: letter.id }}>
              {letter.title}
            </Link>
          </Entry>
        ))}
      </Group>
      <Group heading="Evaluation logs" isShown={runs.length > 0}>
        {runs.map((run) => (
          <Entry
            key={run.id}
            about={`${run.model ?? ''} · ${counted(run.samples, 'sample')} · ${moments(run.createdAt)}`}
          >
            <Link to="/evidence/runs/$id" params={{ id: run.id }}>
              {run.task ?? run.fileName}
            </Link>
          </Entry>
        ))}
      </Group>
      <Group heading="Rules" isShown={rules.length > 0}>
        {rules.map((rule) => (
          <Entry
            key={rule.id}
            about={`Written down ${moments(rule.registeredAt)}${rule.withdrawnAt ? `, withdrawn ${moments(rule.withdrawnAt)}` : ''}`}
          >
            <Link to="/evidence/rules/$id" params={{ id: rule.id }}>
              {rule.plan.rule.title}
            </Link>
          </Entry>
        ))}
      </Group>
      <Group heading="Task packs" isShown={packs.length > 0}>
        {packs.map((pack) => (
          <Entry key={pack.id} about={`${counted(pack.statement.size, 'task')} · fixed ${moments(pack.publishedAt)}`}>
            <Link to="/evidence/packs/$id" params={{ id: pack.id }}>
              {pack.statement.name} {pack.statement.version}
            </Link>
          </Entry>
        ))}
      </Group>
    </div>
  );
}

function Group(props: { heading: string; isShown: boolean; children: ReactNode }) {
  if (!props.isShown) return null;
  return (
    <section className="stack" aria-label={props.heading}>
      <h2>{props.heading}</h2>
      <ul className="entries card card-flush">{props.children}</ul>
    </section>
  );
}

function Entry(props: { about: string; children: ReactNode }) {
  return (
    <li>
      <h3 className="entry-name">{props.children}</h3>
      <p className="soft small">{props.about}</p>
    </li>
  );
}
