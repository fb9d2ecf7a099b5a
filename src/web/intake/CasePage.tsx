import { useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useId, useState } from 'react';
import { ApiProblem } from '../api.ts';
import { moments } from '../parts/dates.ts';
import { Failure } from '../parts/Failure.tsx';
import { Notice } from '../parts/Notice.tsx';
import { PageHeading } from '../parts/PageHeading.tsx';
import { announce } from '../shell/announce.ts';
import { NotFound } from '../shell/NotFound.tsx';
import { CaseActs, CaseCredits, CaseLinks } from './CaseCard.tsx';
import { CaseLinkForm, CaseTitle } from './CaseEdit.tsx';
import { IntakeNav } from './IntakeNav.tsx';
import { stateWords } from './intake-api.ts';
import { type CaseView, refreshDesk, splitCase, undo, useCase } from './queue-api.ts';

/** A case: the reports that one fix would repair, with credits and every act on it. */
export function CasePage() {
  const { id } = useParams({ from: '/intake/cases/$id' });
  const opened = useCase(id);
  if (opened.error instanceof ApiProblem && opened.error.status === 404) return <NotFound />;
  return (
    <div className="stack-wide">
      <PageHeading>Case</PageHeading>
      <IntakeNav />
      {opened.error && <Failure error={opened.error} doing="open this case" onRetry={() => opened.refetch()} />}
      {opened.isLoading && <p className="soft">Opening the case…</p>}
      {opened.data && <Opened key={opened.data.id} view={opened.data} />}
    </div>
  );
}

function Opened({ view }: { view: CaseView }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const [chosen, setChosen] = useState<string[]>([]);
  const [error, setError] = useState<unknown>();
  const base = useId();
  const act = async (doing: () => Promise<CaseView | null>, said: string) => {
    setError(undefined);
    try {
      const next = await doing();
      setChosen([]);
      announce(said);
      // What opened the case was undone: there is none any more.
      if (next === null) navigate({ to: '/intake/queue' });
      else if (next.id !== view.id) navigate({ to: '/intake/cases/$id', params: { id: next.id } });
      await refreshDesk(client);
    } catch (problem) {
      setError(problem);
    }
  };
  const toggle = (finding: string) =>
    setChosen((before) => (before.includes(finding) ? before.filter((one) => one !== finding) : [...before, finding]));
  return (
    <>
      <section className="card stack" aria-labelledby="title">
        <h2 id="title" data-source="outside">
          {view.title}
        </h2>
        <p className="work-meta meta-flush">
          {view.package !== null && (
            <span className="mono" data-source="outside">
              {view.package}
            </span>
          )}
          <span>opened {moments(view.openedAt)}</span>
          <span>waits for its coordination to begin</span>
        </p>
        {view.joinedInto && (
          <Notice kind="info" isQuiet>
            <p>
              Its reports were joined into{' '}
              <Link to="/intake/cases/$id" params={{ id: view.joinedInto.id }}>
                <span data-source="outside">{view.joinedInto.title}</span>
              </Link>
              .
            </p>
          </Notice>
        )}
        <CaseTitle key={view.title} view={view} onAct={act} />
      </section>
      {error !== undefined && <Failure error={error} doing="do that" />}
      <div className="two-columns">
        <section className="card stack" aria-labelledby="reports">
          <div className="row spread">
            <h2 id="reports">Reports</h2>
            <button
              type="button"
              className="usa-button usa-button--outline button-small"
              disabled={chosen.length === 0 || chosen.length === view.members.length}
              onClick={() => act(() => splitCase(view.id, chosen), 'Taken out, into a case of their own')}
            >
              Take the chosen ones out
            </button>
          </div>
          <ul className="plain-list case-members">
            {view.members.map((member) => (
              <li key={member.finding} className="usa-checkbox">
                <input
                  id={`${base}${member.finding}`}
                  className="usa-checkbox__input"
                  type="checkbox"
                  checked={chosen.includes(member.finding)}
                  onChange={() => toggle(member.finding)}
                />
                <label className="usa-checkbox__label" htmlFor={`${base}${member.finding}`}>
                  <span className="visually-hidden">Choose </span>
                  <span data-source="outside">{member.title}</span>
                </label>
                <p className="small soft">
                  {member.source?.name ?? 'Without an account'} · received {moments(member.receivedAt)} ·{' '}
                  {stateWords[member.state].name.toLowerCase()} ·{' '}
                  <Link to="/intake/queue/$id" params={{ id: member.finding }}>
                    Open<span className="visually-hidden"> {member.title}</span>
                  </Link>
                </p>
              </li>
            ))}
          </ul>
        </section>
        <div className="stack">
          <section className="card stack" aria-labelledby="credits">
            <h2 id="credits">Credit, in the order received</h2>
            <CaseCredits view={view} />
            <p className="small soft">
              Reporters do not learn of each other. Joining and undoing change no credit and no time.
            </p>
          </section>
          <section className="card stack" aria-labelledby="links">
            <h2 id="links">How it stands to other cases</h2>
            <CaseLinks view={view} />
            <CaseLinkForm key={view.links.length} view={view} onAct={act} />
          </section>
          <section className="card stack" aria-labelledby="acts">
            <h2 id="acts">What was done</h2>
            <CaseActs view={view} onUndo={(number) => act(async () => (await undo(view.id, number)).case, 'Undone')} />
          </section>
        </div>
      </div>
    </>
  );
}
