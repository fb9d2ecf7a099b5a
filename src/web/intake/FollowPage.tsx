import { type FormEvent, useEffect, useState } from 'react';
import { moments } from '../parts/dates.ts';
import { Failure } from '../parts/Failure.tsx';
import { Field } from '../parts/Field.tsx';
import { Modal } from '../parts/Modal.tsx';
import { PageHeading } from '../parts/PageHeading.tsx';
import { FindingThread, StateSteps } from './FindingThread.tsx';
import { IntakeNav } from './IntakeNav.tsx';
import { answerByToken, type FollowedReport, follow, stateWords, withdrawByToken } from './intake-api.ts';

/** The secret, of which people keep the whole link. */
const secretOf = (given: string): string => given.slice(given.indexOf('#') + 1).trim();

/** How a report that came without an account stands. The secret stands behind the `#`, which no server is told. */
export function FollowPage() {
  const [token, setToken] = useState(() => window.location.hash.slice(1));
  const [report, setReport] = useState<FollowedReport>();
  const [error, setError] = useState<unknown>();
  const [isAsking, setAsking] = useState(false);
  const open = async (secret: string) => {
    setError(undefined);
    try {
      setReport(await follow(secretOf(secret)));
    } catch (problem) {
      setReport(undefined);
      setError(problem);
    }
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: a link is opened once; what is typed later has a button.
  useEffect(() => {
    if (token !== '') open(token);
  }, []);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    open(token);
  };
  const canAct = report !== undefined && !['withdrawn', 'out_of_scope', 'not_reproduced'].includes(report.state);
  return (
    <div className="stack-wide">
      <PageHeading lead="For reports that were handed in without an account. The secret that you were given is all that is needed.">
        Follow a report
      </PageHeading>
      <IntakeNav />
      <form className="form" onSubmit={submit}>
        <Field
          label="Your secret"
          hint="It was shown once, after you handed the report in. The link that was shown with it does as well."
        >
          {(control) => (
            <input
              {...control}
              className="usa-input mono"
              autoComplete="off"
              spellCheck={false}
              required
              maxLength={200}
              value={token}
              onChange={(event) => setToken(event.target.value)}
            />
          )}
        </Field>
        <p>
          <button type="submit" className="usa-button">
            Open the report
          </button>
        </p>
      </form>
      {error !== undefined && <Failure error={error} doing="open the report" />}
      {isAsking && (
        <Modal heading="Withdraw this report?" onClose={() => setAsking(false)}>
          <p>Nobody works on it any more. What was read stays read, and it cannot be handed back.</p>
          <p>
            <button
              type="button"
              className="usa-button"
              onClick={() => {
                setAsking(false);
                withdrawByToken(secretOf(token)).then(setReport, setError);
              }}
            >
              Withdraw
            </button>
          </p>
        </Modal>
      )}
      {report && (
        <>
          <section className="card stack" aria-labelledby="title">
            <div className="row spread">
              <h2 id="title" data-source="outside">
                {report.title}
              </h2>
              <span className={`tag ${stateWords[report.state].tone}`}>{stateWords[report.state].name}</span>
            </div>
            <p>{stateWords[report.state].says}</p>
            <StateSteps states={report.states} />
            <p className="small soft">
              Received {moments(report.receivedAt)} as <span className="mono">{report.id}</span>
            </p>
            {canAct && (
              <p>
                <button
                  type="button"
                  className="usa-button usa-button--outline button-small"
                  onClick={() => setAsking(true)}
                >
                  Withdraw it
                </button>
              </p>
            )}
          </section>
          <FindingThread
            messages={report.messages}
            onAnswer={
              report.isAsked ? async (text) => setReport(await answerByToken(secretOf(token), text)) : undefined
            }
          />
        </>
      )}
    </div>
  );
}
