import { Link } from '@tanstack/react-router';
import { moments } from '../parts/dates.ts';
import { counted } from '../parts/numbers.ts';
import { type CaseView, relationWords } from './queue-api.ts';

/** A case: its reports, who is credited in which order, and every act on it, each with its undoing. */
export function CaseCard(props: { view: CaseView; onUndo: (act: number) => void }) {
  const { view, onUndo } = props;
  return (
    <section className="card stack" aria-labelledby="case">
      <h2 id="case">Its case</h2>
      <p>
        <Link to="/intake/cases/$id" params={{ id: view.id }}>
          <span data-source="outside">{view.title}</span>
        </Link>
      </p>
      <p className="small soft">
        {counted(view.findings, 'report')} from {counted(view.sources, 'source')}, opened {moments(view.openedAt)}
      </p>
      <CaseActs view={view} onUndo={onUndo} />
    </section>
  );
}

/** Who is credited, in which order; for coordinators, since no reporter learns of another (I13). */
export function CaseCredits({ view }: { view: CaseView }) {
  return (
    <ol className="plain-list">
      {view.credits.map((credit) => (
        <li key={`${credit.place} ${credit.findings.join()}`}>
          {credit.source?.name ?? 'Without an account'}
          <span className="small soft">
            {' '}
            · {moments(credit.receivedAt)} · {counted(credit.findings.length, 'report')}
          </span>
        </li>
      ))}
    </ol>
  );
}

export function CaseLinks({ view }: { view: CaseView }) {
  if (view.links.length === 0) return null;
  return (
    <ul className="plain-list">
      {view.links.map((link) => (
        <li key={`${link.case.id} ${link.relation}`}>
          {link.isFrom
            ? relationWords[link.relation].name
            : `${relationWords[link.relation].name}, seen from the other`}
          :{' '}
          <Link to="/intake/cases/$id" params={{ id: link.case.id }}>
            <span data-source="outside">{link.case.title}</span>
          </Link>
        </li>
      ))}
    </ul>
  );
}

export function CaseActs(props: { view: CaseView; onUndo: (act: number) => void }) {
  const { view, onUndo } = props;
  return (
    <ol className="case-acts small">
      {view.acts.map((act) => (
        <li key={act.number} className={act.undoneBy !== null ? 'case-undone' : ''}>
          <span>
            <span data-source="outside">{act.text}</span>
            <span className="soft">
              {' '}
              · {act.by.name ?? 'somebody'} · {moments(act.at)}
              {act.undoneBy !== null && ' · undone'}
            </span>
          </span>
          {act.can.undo && (
            <button
              type="button"
              className="usa-button usa-button--outline button-small"
              onClick={() => onUndo(act.number)}
            >
              Undo<span className="visually-hidden"> {act.text}</span>
            </button>
          )}
        </li>
      ))}
    </ol>
  );
}
