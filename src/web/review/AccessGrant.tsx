import { useState } from 'react';
import { loggingNames, methodNames, purposeNames, stateNames, variantNames } from '../../domain/review/grant.ts';
import { moments } from '../parts/dates.ts';
import { Failure } from '../parts/Failure.tsx';
import { counted } from '../parts/numbers.ts';
import { AccessAccept } from './AccessAccept.tsx';
import { AccessEndpoint } from './AccessEndpoint.tsx';
import { type Grant, grantPath, isGranted, isGranter, type Probe, useAccessAct } from './access-api.ts';
import { LedgerReport } from './LedgerReport.tsx';
import { ProbeResult } from './ProbeResult.tsx';

const weekdays = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

/** One grant: to whom, on which terms, how it stands, and what this person may do about it. */
export function AccessGrant(props: {
  id: string;
  grant: Grant;
  isDeveloper: boolean;
  probes: Probe[];
  roles: readonly string[];
}) {
  const { id, grant, isDeveloper, probes, roles } = props;
  const act = useAccessAct();
  const [open, setOpen] = useState<'accept' | 'endpoint' | 'revoke' | 'report'>();
  const close = () => setOpen(undefined);
  const isOver = grant.state === 'expired' || grant.state === 'revoked';
  const isOwn = isDeveloper || grant.canUse || grant.canaries !== undefined;
  const mayAct = isOwn && (isDeveloper ? isGranter(roles) : isGranted(roles));
  const verifiedAt = isDeveloper ? grant.verifiedByDeveloperAt : grant.verifiedByAuthorityAt;
  const isThroughHere = grant.method === 'openai_compatible';
  const todo = (path: string, said: string) => act.mutate({ path: grantPath(grant.id, path), said });
  return (
    <article className="stack" aria-label={`Access of ${grant.to.name}`}>
      <div className="row spread">
        <h3>{grant.to.name}</h3>
        <p className="row">
          {grant.running > 0 && <span className="tag tag-soon">{counted(grant.running, 'answer')} coming</span>}
          <span className={`tag ${grant.state === 'active' ? 'tag-pine' : ''}`}>{stateNames[grant.state]}</span>
        </p>
      </div>
      <dl className="facts">
        <dt>How</dt>
        <dd>{methodNames[grant.method].name}</dd>
        <dt>Model</dt>
        <dd>
          <code className="break-all">{grant.model}</code>, {variantNames[grant.variant].toLowerCase()}
        </dd>
        <dt>For</dt>
        <dd>{grant.purposes.map((purpose) => purposeNames[purpose].toLowerCase()).join('; ')}. Never training.</dd>
        <dt>When</dt>
        <dd>
          {moments(grant.startsAt)} to {moments(grant.expiresAt)}, and only while the window runs
          {grant.hours &&
            `; ${grant.hours.from} to ${grant.hours.to} UTC on ${grant.hours.days.map((day) => weekdays[day - 1]).join(', ')}`}
        </dd>
        <dt>How much</dt>
        <dd>{grant.ratePerMinute === null ? 'No limit agreed' : `${grant.ratePerMinute} requests a minute`}</dd>
        <dt>Who</dt>
        <dd>
          {grant.acceptedAt === null
            ? 'Named when it is accepted'
            : grant.people.length === 0
              ? 'Every evaluator of the organisation'
              : grant.people.map(({ shownAs }) => shownAs).join(', ')}
        </dd>
        <dt>Traffic</dt>
        <dd>{loggingNames[grant.logging]}</dd>
        <dt>After the end</dt>
        <dd>What was received is returned or destroyed within {counted(grant.retentionDays, 'day')}</dd>
        {grant.notes !== '' && (
          <>
            <dt>Also agreed</dt>
            <dd className="pre-line">{grant.notes}</dd>
          </>
        )}
        <dt>Steps</dt>
        <dd>
          Offered {moments(grant.offeredAt)}
          {grant.acceptedAt && <>; accepted {moments(grant.acceptedAt)}</>}
          {grant.verifiedByDeveloperAt && <>; seen to work by the developer {moments(grant.verifiedByDeveloperAt)}</>}
          {grant.verifiedByAuthorityAt && (
            <>
              ; seen to work by {grant.to.name} {moments(grant.verifiedByAuthorityAt)}
            </>
          )}
          {grant.revokedAt && <>; revoked {moments(grant.revokedAt)}</>}
        </dd>
        {isThroughHere && isDeveloper && (
          <>
            <dt>Endpoint</dt>
            <dd>
              {grant.endpointSetAt
                ? `Given ${moments(grant.endpointSetAt)}. Address and key are sealed and shown to nobody.`
                : 'Not given yet'}
            </dd>
          </>
        )}
      </dl>
      {isThroughHere && isOwn && <ProbeResult probes={probes} />}
      {grant.canUse && isThroughHere && grant.state === 'active' && <HowToUse grant={grant} />}
      {act.error && <Failure error={act.error} doing="do this" />}
      {mayAct && !isOver && (
        <div className="row">
          {!isDeveloper && grant.acceptedAt === null && (
            <button type="button" className="usa-button" onClick={() => setOpen('accept')}>
              Accept these terms
            </button>
          )}
          {grant.acceptedAt !== null && verifiedAt === null && (
            <button
              type="button"
              className="usa-button"
              disabled={act.isPending}
              onClick={() => todo('/verification', 'Recorded that you have seen access work.')}
            >
              I have seen access work
            </button>
          )}
          {isThroughHere && isDeveloper && (
            <button type="button" className="usa-button usa-button--outline" onClick={() => setOpen('endpoint')}>
              {grant.endpointSetAt ? 'Change the endpoint' : 'Give the endpoint'}
            </button>
          )}
          {isThroughHere && grant.acceptedAt !== null && grant.hasEndpoint && (
            <button
              type="button"
              className="usa-button usa-button--outline"
              disabled={act.isPending}
              onClick={() => todo('/probes', 'Probed.')}
            >
              Probe now
            </button>
          )}
          {!isThroughHere && grant.acceptedAt !== null && (
            <button type="button" className="usa-button usa-button--outline" onClick={() => setOpen('report')}>
              Report a use
            </button>
          )}
          {open === 'revoke' ? (
            <button
              type="button"
              className="usa-button usa-button--secondary"
              disabled={act.isPending}
              onClick={() => todo('/revocation', 'This access has ended.')}
            >
              {isDeveloper ? 'Yes, revoke it now' : 'Yes, give it back now'}
            </button>
          ) : (
            <button type="button" className="usa-button usa-button--outline" onClick={() => setOpen('revoke')}>
              {isDeveloper ? 'Revoke' : 'Give back'}
            </button>
          )}
        </div>
      )}
      {open === 'accept' && <AccessAccept grant={grant} onClose={close} />}
      {open === 'endpoint' && <AccessEndpoint grant={grant} onClose={close} />}
      {open === 'report' && <LedgerReport id={id} grant={grant} onClose={close} />}
    </article>
  );
}

/** What an evaluator's program needs to reach the model. */
function HowToUse({ grant }: { grant: Grant }) {
  const base = `${window.location.origin}/api/v1/access/${grant.id}`;
  return (
    <details>
      <summary>How to use it</summary>
      <div className="stack-tight">
        <p>
          Any client of the OpenAI chat completions API works. Its base address is{' '}
          <code className="break-all">{base}</code>, its key is the token of an agent of yours with the scope “Use
          models to which you were given access”.
        </p>
        <p>
          Say with each request what it is for, in the header <code>Assay-Purpose</code>: one of{' '}
          {grant.purposes.map((purpose, at) => (
            <span key={purpose}>
              {at > 0 && ', '}
              <code>{purpose}</code>
            </span>
          ))}
          . Time, purpose and counts are recorded; what you ask and what is answered is kept nowhere here.
        </p>
        <pre className="code access-example">{`curl ${base}/chat/completions \\
  -H "Authorization: Bearer $ASSAY_TOKEN" \\
  -H "Assay-Purpose: ${grant.purposes[0]}" \\
  -H "Content-Type: application/json" \\
  -d '{"model": "${grant.model}", "messages": [{"role": "user", "content": "Hello"}]}'`}</pre>
      </div>
    </details>
  );
}
