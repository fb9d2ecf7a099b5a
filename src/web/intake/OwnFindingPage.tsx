import { useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { ApiProblem } from '../api.ts';
import { moments } from '../parts/dates.ts';
import { Failure } from '../parts/Failure.tsx';
import { Modal } from '../parts/Modal.tsx';
import { PageHeading } from '../parts/PageHeading.tsx';
import { announce } from '../shell/announce.ts';
import { NotFound } from '../shell/NotFound.tsx';
import { FindingThread, StateSteps } from './FindingThread.tsx';
import { IntakeNav } from './IntakeNav.tsx';
import { answer, type FindingView, refreshIntake, stateWords, useFinding, withdraw } from './intake-api.ts';
import { ReportText } from './ReportText.tsx';
import { Reproduction } from './Reproduction.tsx';

const ended = ['withdrawn', 'out_of_scope', 'not_reproduced'];

/** One finding of the own organisation: what was handed in, where it stands, and what is asked. */
export function OwnFindingPage() {
  const { id } = useParams({ from: '/intake/findings/$id' });
  const finding = useFinding(id);
  const client = useQueryClient();
  if (finding.error instanceof ApiProblem && finding.error.status === 404) return <NotFound />;
  const keep = (next: FindingView) => {
    client.setQueryData(['finding', id], next);
    return refreshIntake(client);
  };
  const view = finding.data;
  return (
    <div className="stack-wide">
      <PageHeading
        aside={view && <span className={`tag ${stateWords[view.state].tone}`}>{stateWords[view.state].name}</span>}
      >
        Finding
      </PageHeading>
      <IntakeNav />
      {finding.error && <Failure error={finding.error} doing="open this finding" onRetry={() => finding.refetch()} />}
      {finding.isLoading && <p className="soft">Opening the finding…</p>}
      {view && (
        <>
          <section className="card stack" aria-labelledby="title">
            <h2 id="title" data-source="outside">
              {view.title}
            </h2>
            <p>{stateWords[view.state].says}</p>
            <StateSteps states={view.states} />
          </section>
          <FindingThread
            messages={view.messages}
            onAnswer={view.isAsked ? async (text) => keep(await answer(id, text)) : undefined}
          />
          <div className="two-columns">
            <section className="card stack" aria-labelledby="report">
              <h2 id="report">What you handed in</h2>
              <ReportText report={view.report} />
              <Reproduction finding={view} />
            </section>
            <div className="stack">
              <ReceiptCard view={view} />
              {!ended.includes(view.state) && <Withdraw view={view} onDone={keep} />}
            </div>
          </div>
        </>
      )}
    </div>
  );
}

function ReceiptCard({ view }: { view: FindingView }) {
  return (
    <section className="card stack" aria-labelledby="receipt">
      <h2 id="receipt">Receipt</h2>
      <dl className="facts facts-narrow">
        <dt>Id</dt>
        <dd className="mono">{view.id}</dd>
        <dt>Your name of it</dt>
        <dd className="mono" data-source="outside">
          {view.key}
        </dd>
        <dt>Received</dt>
        <dd>{moments(view.receivedAt)}</dd>
        <dt>SHA-256</dt>
        <dd className="mono">{view.digest}</dd>
      </dl>
      <p className="small soft">
        Everybody gets the same receipt, whether or not others reported the same. That it was received is in the{' '}
        <Link to="/record" search={{ object: view.id }}>
          log
        </Link>
        .
      </p>
      {view.batch !== null && (
        <p className="small">
          Row {view.row} of{' '}
          <Link to="/intake/batches/$id" params={{ id: view.batch }}>
            its batch
          </Link>
        </p>
      )}
    </section>
  );
}

function Withdraw(props: { view: FindingView; onDone: (view: FindingView) => Promise<unknown> }) {
  const { view, onDone } = props;
  const [isOpen, setOpen] = useState(false);
  const [error, setError] = useState<unknown>();
  const act = async () => {
    try {
      await onDone(await withdraw(view.id));
      announce('Withdrawn');
      setOpen(false);
    } catch (problem) {
      setError(problem);
    }
  };
  return (
    <section className="card stack" aria-labelledby="withdraw">
      <h2 id="withdraw">Withdraw</h2>
      <p className="small">Reported by mistake, or not a flaw after all? No reason is asked for.</p>
      <p>
        <button type="button" className="usa-button usa-button--outline button-small" onClick={() => setOpen(true)}>
          Withdraw this finding
        </button>
      </p>
      {isOpen && (
        <Modal heading="Withdraw this finding?" onClose={() => setOpen(false)}>
          <p>Nobody works on it any more. What was read stays read, and your receipt stays yours.</p>
          {error !== undefined && <Failure error={error} doing="withdraw it" />}
          <p className="row">
            <button type="button" className="usa-button" onClick={act}>
              Withdraw
            </button>
          </p>
        </Modal>
      )}
    </section>
  );
}
