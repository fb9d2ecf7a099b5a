import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { recordable } from '../../domain/intake/validation.ts';
import { moments } from '../parts/dates.ts';
import { Failure } from '../parts/Failure.tsx';
import { Field } from '../parts/Field.tsx';
import { announce } from '../shell/announce.ts';
import { ValidationCard } from './ValidationCard.tsx';
import { ValidationShare } from './ValidationShare.tsx';
import {
  recordOutcome,
  refreshValidations,
  stateWords,
  useOutcome,
  useValidationsOf,
  withdrawValidation,
} from './validation-api.ts';

/** For coordinators, on the page of a finding: who was asked to reproduce it, what came back, and what was recorded of it. */
export function ValidationEvidence({ finding }: { finding: string }) {
  const client = useQueryClient();
  const found = useValidationsOf(finding);
  const [isSharing, setSharing] = useState(false);
  const [error, setError] = useState<unknown>();
  const requests = found.data?.items ?? [];
  const withdraw = async (id: string) => {
    setError(undefined);
    try {
      await withdrawValidation(id);
      await refreshValidations(client);
      announce('Withdrawn: they no longer have it');
    } catch (problem) {
      setError(problem);
    }
  };
  return (
    <section className="stack" aria-labelledby="validation">
      <div className="row spread">
        <h2 id="validation">Reproduction by others</h2>
        <button type="button" className="usa-button usa-button--outline button-small" onClick={() => setSharing(true)}>
          Ask somebody to reproduce it
        </button>
      </div>
      {found.error && <Failure error={found.error} doing="read the requests" onRetry={() => found.refetch()} />}
      {found.data && requests.length === 0 && (
        <p className="soft">
          Nobody was asked yet. Whoever is asked learns the kit that you share, and not who reported it.
        </p>
      )}
      {requests.map((request) => (
        <div key={request.id} className="stack">
          <div className="row spread">
            <p>
              <span className={`tag ${stateWords[request.state].tone}`}>{stateWords[request.state].name}</span>{' '}
              {request.organisation.name}, asked {moments(request.askedAt)}, until {moments(request.endsAt)}
            </p>
            {request.can.withdraw && request.state !== 'ended' && (
              <button
                type="button"
                className="usa-button usa-button--outline button-small"
                aria-label={`Withdraw the request to ${request.organisation.name}`}
                onClick={() => withdraw(request.id)}
              >
                Withdraw
              </button>
            )}
          </div>
          {request.evidence.map((one) => (
            <ValidationCard key={one.id} validation={request} evidence={one} />
          ))}
        </div>
      ))}
      {error !== undefined && <Failure error={error} doing="withdraw the request" />}
      <Record
        finding={finding}
        can={recordable(
          requests.flatMap((request) =>
            request.evidence.map((one) => ({
              verdict: one.verdict,
              isIndependent: one.independence.isIndependent,
            })),
          ),
        )}
      />
      {isSharing && <ValidationShare finding={finding} onClose={() => setSharing(false)} />}
    </section>
  );
}

function Record(props: { finding: string; can: ReturnType<typeof recordable> }) {
  const { finding, can } = props;
  const client = useQueryClient();
  const outcome = useOutcome(finding);
  const [text, setText] = useState('');
  const [error, setError] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  const record = async (state: 'validated' | 'not_reproduced') => {
    setBusy(true);
    setError(undefined);
    try {
      await recordOutcome(finding, { state, ...(text.trim() !== '' && { text: text.trim() }) });
      setText('');
      await refreshValidations(client);
      announce('Recorded');
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  };
  const recorded = outcome.data;
  return (
    <div className="card stack">
      <h3>What you record of it</h3>
      {recorded?.state && recorded.recordedAt && (
        <p>
          Recorded {moments(recorded.recordedAt)}:{' '}
          <strong>{recorded.state === 'validated' ? 'reproduced' : 'not reproduced'}</strong>
          {recorded.text === null
            ? '. The reporter reads the state alone.'
            : `. The reporter reads: “${recorded.text}”`}
        </p>
      )}
      {can.validated || can.not_reproduced ? (
        <>
          <Field
            label="What the reporter may read about it"
            hint="Left empty, they read the state and nothing more. Nobody learns who was asked."
          >
            {(control) => (
              <textarea
                {...control}
                className="usa-textarea"
                rows={3}
                maxLength={4000}
                value={text}
                onChange={(event) => setText(event.target.value)}
              />
            )}
          </Field>
          <p className="row">
            <button
              type="button"
              className="usa-button"
              disabled={isBusy || !can.validated}
              onClick={() => record('validated')}
            >
              Record as reproduced
            </button>
            <button
              type="button"
              className="usa-button usa-button--outline"
              disabled={isBusy || !can.not_reproduced}
              onClick={() => record('not_reproduced')}
            >
              Record as not reproduced
            </button>
          </p>
        </>
      ) : (
        <p className="soft">
          Either takes one piece of evidence with that verdict, by somebody independent who had not opened the report.
        </p>
      )}
      {error !== undefined && <Failure error={error} doing="record this" />}
    </div>
  );
}
