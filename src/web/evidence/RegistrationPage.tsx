import { useMutation } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import {
  estimandWords,
  metricWords,
  percent,
  policyWords,
  ruleWords,
  zoneWords,
} from '../../domain/evidence/letter-words.ts';
import { ask } from '../api.ts';
import { useSession } from '../directory/session.ts';
import { moments } from '../parts/dates.ts';
import { Failure } from '../parts/Failure.tsx';
import { Modal } from '../parts/Modal.tsx';
import { Notice } from '../parts/Notice.tsx';
import { counted } from '../parts/numbers.ts';
import { PageHeading } from '../parts/PageHeading.tsx';
import { save } from '../parts/save.ts';
import { ResultAudience } from './ResultAudience.tsx';
import {
  measurers,
  type RegistrationView,
  registrationPath,
  useRefresh,
  useRegistration,
  useResults,
} from './result-api.ts';

/** One registered rule: what was fixed and when, who may know, and what came of it. */
export function RegistrationPage() {
  const { id } = useParams({ from: '/evidence/rules/$id' });
  const rule = useRegistration(id);
  const session = useSession();
  const refresh = useRefresh('registration');
  if (rule.error)
    return (
      <div className="stack">
        <PageHeading>Rule</PageHeading>
        <Failure error={rule.error} doing="open the rule" onRetry={() => rule.refetch()} />
      </div>
    );
  if (rule.data === undefined) return <p className="soft">Opening…</p>;
  const { plan, registeredAt, withdrawnAt, organisation, submission } = rule.data;
  const isOwn = session.data?.organisation?.id === organisation;
  const mayAct = isOwn && session.data?.roles.some((role) => measurers.includes(role)) === true;
  return (
    <div className="stack-wide">
      <PageHeading lead={ruleWords(plan.rule)}>{plan.rule.title}</PageHeading>
      <p>
        <Link to="/evidence/rules">Rules</Link> ·{' '}
        <Link to="/record" search={{ object: id }}>
          Its place in the log
        </Link>
      </p>
      {withdrawnAt !== null && (
        <Notice kind="warning" heading="Withdrawn" isQuiet>
          <p>On {moments(withdrawnAt)}. It stays to be seen, and nothing is computed by it any more.</p>
        </Notice>
      )}
      <div className="two-columns">
        <section className="card stack" aria-labelledby="fixed">
          <h2 id="fixed">What was fixed</h2>
          <Fixed registration={rule.data} />
          <div>
            <button
              type="button"
              className="usa-button usa-button--outline button-small"
              onClick={() => save(JSON.stringify(plan, null, 2), 'plan.json', 'application/json')}
            >
              Save the plan as JSON
            </button>
          </div>
        </section>
        <div className="stack">
          <section className="card stack-tight" aria-labelledby="when">
            <h2 id="when">When</h2>
            <p>Registered {moments(registeredAt)}.</p>
            <p className="soft small">
              The log entry holds the fingerprint of the plan, so nobody can change either afterwards.
            </p>
          </section>
          <ResultAudience
            path={registrationPath(id, '/audience')}
            submission={submission}
            isOwn={mayAct}
            words={{
              heading: 'Show the rule',
              learn: 'These organisations will read the rule, its threshold, and when it was registered:',
              act: 'Show it to',
            }}
            onDone={refresh}
          />
        </div>
      </div>
      {isOwn && <Outcomes registration={rule.data} mayAct={mayAct} />}
      {mayAct && withdrawnAt === null && <Withdraw id={id} />}
    </div>
  );
}

function Fixed({ registration }: { registration: RegistrationView }) {
  const { plan, digest } = registration;
  const { rule } = plan;
  return (
    <dl className="facts">
      <dt>Metric</dt>
      <dd>{metricWords(rule.metric)}</dd>
      <dt>Threshold</dt>
      <dd>
        {percent(rule.threshold)}; met when it lies {rule.direction}
      </dd>
      <dt>About</dt>
      <dd>{estimandWords[rule.estimand]}</dd>
      <dt>Confidence</dt>
      <dd>
        {percent(rule.confidence)} each bound
        {rule.stopping.kind === 'fixed_looks' && `, shared out between ${rule.stopping.looks} looks`}
      </dd>
      <dt>Task and scorer</dt>
      <dd>
        {plan.task}, scored by {plan.scorer}
      </dd>
      <dt>Items</dt>
      <dd>
        {counted(plan.items, 'item')}, {counted(rule.attempts, 'attempt')} each,{' '}
        {plan.clusterBy === null ? 'each for itself' : `grouped by ${plan.clusterBy}`}
      </dd>
      <dt>Fewest groups</dt>
      <dd>{rule.minimumClusters}; with fewer the result stays undecided</dd>
      <dt>Tokens of an attempt</dt>
      <dd>{rule.budgetTokens === null ? 'not limited' : rule.budgetTokens.toLocaleString('en')}</dd>
      <dt>Dishonest success</dt>
      <dd>{policyWords[rule.cheating]}</dd>
      <dt>Seed</dt>
      <dd>{rule.seed}</dd>
      {plan.packRoot !== null && (
        <>
          <dt>Sealed task pack</dt>
          <dd className="mono break-all">{plan.packRoot}</dd>
        </>
      )}
      <dt>Fingerprint</dt>
      <dd className="mono break-all">{digest}</dd>
    </dl>
  );
}

function Outcomes({ registration, mayAct }: { registration: RegistrationView; mayAct: boolean }) {
  const results = useResults({ registration: registration.id });
  const items = results.data?.items ?? [];
  return (
    <section className="card stack" aria-labelledby="outcomes">
      <div className="row spread">
        <h2 id="outcomes">What came of it</h2>
        {mayAct && registration.withdrawnAt === null && (
          <Link
            to="/evidence/results/new"
            search={{ registration: registration.id }}
            className="usa-button usa-button--outline button-small"
          >
            Compute a result
          </Link>
        )}
      </div>
      {results.error && <Failure error={results.error} doing="list its results" />}
      {results.data && items.length === 0 && <p className="soft">No result yet.</p>}
      {items.length > 0 && (
        <ul className="plain-list">
          {items.map((one) => (
            <li key={one.id}>
              <Link to="/evidence/results/$id" params={{ id: one.id }}>
                {one.model}: {zoneWords[one.zone]}
              </Link>{' '}
              <span className="soft small">{moments(one.computedAt)}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Withdraw({ id }: { id: string }) {
  const refresh = useRefresh('registration');
  const [isAsked, setAsked] = useState(false);
  const withdraw = useMutation({
    mutationFn: () => ask<RegistrationView>(registrationPath(id, '/withdrawal'), { method: 'POST', body: {} }),
    onSuccess: async () => {
      await refresh();
      setAsked(false);
    },
  });
  return (
    <p>
      <button type="button" className="usa-button usa-button--unstyled" onClick={() => setAsked(true)}>
        Withdraw this rule
      </button>
      {isAsked && (
        <Modal heading="Withdraw the rule" onClose={() => setAsked(false)}>
          <p>It cannot be brought back. It stays to be seen as withdrawn, with this moment; results by it stay.</p>
          {withdraw.error && <Failure error={withdraw.error} doing="withdraw it" />}
          <div>
            <button
              type="button"
              className="usa-button"
              disabled={withdraw.isPending}
              onClick={() => withdraw.mutate()}
            >
              Withdraw it
            </button>
          </div>
        </Modal>
      )}
    </p>
  );
}
