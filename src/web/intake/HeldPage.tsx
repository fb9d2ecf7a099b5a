import { useQueryClient } from '@tanstack/react-query';
import { Link, useSearch } from '@tanstack/react-router';
import { type FormEvent, type ReactNode, useRef, useState } from 'react';
import { redact } from '../../domain/intake/screening/redact.ts';
import { moments } from '../parts/dates.ts';
import { Empty } from '../parts/Empty.tsx';
import { Failure } from '../parts/Failure.tsx';
import { Field } from '../parts/Field.tsx';
import { PageHeading } from '../parts/PageHeading.tsx';
import { IntakeNav } from './IntakeNav.tsx';
import { decideHeld, type HeldFinding, refreshDesk, useHeld } from './queue-api.ts';

/** Findings in whose text a rule of screening found something: shown to people, kept from every tool until a person says otherwise. */
export function HeldPage() {
  const search = useSearch({ from: '/intake/held' });
  const isKept = search.kept === 'true';
  const held = useHeld(isKept, search.after);
  const items = held.data?.items ?? [];
  const [said, setSaid] = useState<ReactNode>();
  const status = useRef<HTMLParagraphElement>(null);
  const decided = (what: ReactNode) => {
    setSaid(what);
    // The entry that was worked on is gone: what happened stands before the next one.
    status.current?.focus();
  };
  return (
    <div className="stack-wide">
      <PageHeading lead="Text that addresses a machine reader, secrets or personal data: people may read it, no tool or model is told of it.">
        Held by screening
      </PageHeading>
      <IntakeNav />
      <div className="stack-tight">
        <p className="row">
          <Link to="/intake/held" activeOptions={{ exact: true }}>
            To look at
          </Link>
          <Link to="/intake/held" search={{ kept: 'true' }}>
            Kept held
          </Link>
        </p>
        <p role="status" ref={status} tabIndex={-1}>
          {said}
        </p>
      </div>
      {held.error && <Failure error={held.error} doing="list what is held" onRetry={() => held.refetch()} />}
      {held.isLoading && <p className="soft">Opening the list…</p>}
      {held.data && items.length === 0 && (
        <Empty heading={isKept ? 'Nothing is kept held' : 'Nothing to look at'}>
          <p>Reports are looked through as they come; what a rule marks stands here.</p>
        </Empty>
      )}
      {items.length > 0 && (
        <ul className="entries card card-flush" aria-label="Held findings">
          {items.map((finding) => (
            <Entry key={finding.id} finding={finding} onDecided={decided} />
          ))}
        </ul>
      )}
      {held.data?.next !== undefined && (
        <p>
          <Link
            to="/intake/held"
            search={{ ...search, after: held.data.next }}
            className="usa-button usa-button--outline"
          >
            Further down
          </Link>
        </p>
      )}
    </div>
  );
}

function Entry({ finding, onDecided }: { finding: HeldFinding; onDecided: (what: ReactNode) => void }) {
  const client = useQueryClient();
  const [reason, setReason] = useState('');
  const title = redact(
    finding.title,
    finding.marks.filter(({ field }) => field === 'title'),
  );
  const [error, setError] = useState<unknown>();
  const decide = async (decision: 'release' | 'keep') => {
    try {
      await decideHeld(finding.id, decision, reason.trim());
      await refreshDesk(client);
      onDecided(
        <>
          {decision === 'release' ? 'Released: it goes on to the queue. ' : 'Kept: it stays held, under “Kept held”. '}
          <Link to="/intake/queue/$id" params={{ id: finding.id }} data-source="outside">
            {title}
          </Link>
        </>,
      );
    } catch (problem) {
      setError(problem);
    }
  };
  return (
    <li className="stack">
      <div className="row spread">
        <h2 className="entry-name">
          <Link to="/intake/queue/$id" params={{ id: finding.id }}>
            <span data-source="outside">{title}</span>
          </Link>
        </h2>
        <span className="small soft">
          {finding.source?.name ?? 'Without an account'} · {moments(finding.receivedAt)}
        </span>
      </div>
      <ul className="plain-list small">
        {finding.marks.slice(0, 8).map((mark) => (
          <li key={`${mark.field} ${mark.start} ${mark.rule}`}>
            In {mark.field}: {mark.why}
          </li>
        ))}
      </ul>
      {finding.decision && (
        <p className="small soft">
          Decided {moments(finding.decision.at)}: <span data-source="outside">{finding.decision.reason}</span>
        </p>
      )}
      <form className="row filters" onSubmit={(event: FormEvent) => event.preventDefault()}>
        <Field label="Your reason">
          {(control) => (
            <input
              {...control}
              className="usa-input"
              maxLength={2000}
              value={reason}
              onChange={(event) => setReason(event.target.value)}
            />
          )}
        </Field>
        <button
          type="button"
          className="usa-button usa-button--outline"
          disabled={reason.trim() === ''}
          onClick={() => decide('release')}
        >
          Release
        </button>
        <button
          type="button"
          className="usa-button usa-button--outline"
          disabled={reason.trim() === ''}
          onClick={() => decide('keep')}
        >
          Keep held
        </button>
      </form>
      {error !== undefined && <Failure error={error} doing="decide" />}
    </li>
  );
}
