import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import type { z } from 'zod';
import type { Partners } from '../../api/contract/partners.ts';
import { incidentStateNames } from '../../domain/review/incident.ts';
import { isWithAccess } from '../../domain/review/partner.ts';
import { ask } from '../api.ts';
import { useSession } from '../directory/session.ts';
import { moments } from '../parts/dates.ts';
import { Empty } from '../parts/Empty.tsx';
import { Failure } from '../parts/Failure.tsx';
import { Modal } from '../parts/Modal.tsx';
import { counted } from '../parts/numbers.ts';
import { PageHeading } from '../parts/PageHeading.tsx';
import { AccessGrant } from './AccessGrant.tsx';
import { AccessOffer } from './AccessOffer.tsx';
import { type Grant, isGranted, isGranter, useAccessAct, useGrants, useIncidents, useProbes } from './access-api.ts';
import { IncidentRaise } from './IncidentRaise.tsx';
import { LedgerChart } from './LedgerChart.tsx';
import { LedgerList } from './LedgerList.tsx';
import { submissionPath, useSubmission } from './submission-api.ts';
import { useWindow } from './window-api.ts';

/** Who has access to one model, what was done with it, and how to end it. */
export function AccessPage() {
  const { id } = useParams({ from: '/early-access/$id' });
  const { data: submission } = useSubmission(id);
  const session = useSession();
  const grants = useGrants(id);
  const probes = useProbes(id);
  const incidents = useIncidents(id);
  const window = useWindow(id);
  const [open, setOpen] = useState<'revoke' | 'offer' | 'incident'>();
  if (submission === undefined) return null;
  const roles = session.data?.roles ?? [];
  const isDeveloper = submission.capacity === 'developer';
  const mayGrant = isDeveloper && isGranter(roles);
  const mayRaise = isDeveloper ? isGranter(roles) : isGranted(roles);
  const name = `${submission.model.name} ${submission.model.version}`;
  const items = grants.data?.items ?? [];
  const living = items.filter(({ state }) => state !== 'revoked' && state !== 'expired');
  const over = items.filter((one) => !living.includes(one));
  const running = items.reduce((sum, one) => sum + one.running, 0);
  const raised = incidents.data?.items ?? [];
  const close = () => setOpen(undefined);
  const isEnded = window.data?.view.endedAt !== undefined;
  // After an end it is there for as long as any grant is not over, or is not known to be.
  const isRevocable = !isEnded || grants.data === undefined || living.length > 0;

  return (
    <div className="stack-wide">
      <PageHeading
        lead={
          isDeveloper
            ? `Who can reach ${name}, what they do with it, and how to end it. Weights stay with you: there is no way to hand them over here.`
            : `Your access to ${name}: on which terms, for what, and what was recorded of it.`
        }
        aside={
          mayGrant &&
          isRevocable && (
            <button type="button" className="usa-button usa-button--secondary" onClick={() => setOpen('revoke')}>
              Revoke all
            </button>
          )
        }
      >
        Access
      </PageHeading>

      <section className="stack" aria-labelledby="grants">
        <div className="row spread">
          <h2 id="grants">Who has access</h2>
          {mayGrant && !isEnded && (
            <button type="button" className="usa-button usa-button--outline" onClick={() => setOpen('offer')}>
              Offer access
            </button>
          )}
        </div>
        {grants.error && !grants.data && (
          <Failure error={grants.error} doing="show who has access" onRetry={() => grants.refetch()} />
        )}
        {grants.data && living.length === 0 && (
          <Empty heading="Nobody has access now">
            <p>
              {isEnded
                ? 'The window has ended, and all access with it.'
                : isDeveloper
                  ? 'Offer access to an organisation that may know of the file. It works once they have accepted it, both sides have seen it work, and the window runs.'
                  : 'The developer has offered your organisation no access that holds now.'}
            </p>
          </Empty>
        )}
        <Grants items={living} isDeveloper={isDeveloper} probes={probes.data?.items ?? []} roles={roles} id={id} />
        {over.length > 0 && (
          <details>
            <summary>{counted(over.length, 'grant')} that ended</summary>
            <Grants items={over} isDeveloper={isDeveloper} probes={probes.data?.items ?? []} roles={roles} id={id} />
          </details>
        )}
      </section>

      <section className="stack-tight" aria-labelledby="incidents">
        <div className="row spread">
          <h2 id="incidents">Containment incidents</h2>
          {mayRaise && (
            <button type="button" className="usa-button usa-button--outline" onClick={() => setOpen('incident')}>
              Raise an incident
            </button>
          )}
        </div>
        {raised.length === 0 ? (
          <p className="soft">None that you may know of. Raising one cuts all access first.</p>
        ) : (
          <ul className="plain-list card">
            {raised.map((one) => (
              <li key={one.id}>
                <Link to="/early-access/$id/incidents/$incident" params={{ id, incident: one.id }}>
                  Incident of {moments(one.raisedAt)}
                </Link>
                : {incidentStateNames[one.state].toLowerCase()}
              </li>
            ))}
          </ul>
        )}
      </section>

      <LedgerChart id={id} />
      <LedgerList id={id} />

      {open === 'revoke' && <RevokeAll id={id} name={name} living={living} running={running} onClose={close} />}
      {open === 'offer' && <AccessOffer submission={submission} onClose={close} />}
      {open === 'incident' && <IncidentRaise submission={submission} onClose={close} />}
    </div>
  );
}

function Grants(props: {
  items: Grant[];
  isDeveloper: boolean;
  probes: Parameters<typeof AccessGrant>[0]['probes'];
  roles: readonly string[];
  id: string;
}) {
  const { items, probes, ...rest } = props;
  return (
    <ul className="access-grants">
      {items.map((grant) => (
        <li key={grant.id} className="card">
          <AccessGrant grant={grant} probes={probes.filter((probe) => probe.grant === grant.id)} {...rest} />
        </li>
      ))}
    </ul>
  );
}

/** One press and one confirmation; what it does is said before. */
function RevokeAll(props: { id: string; name: string; living: Grant[]; running: number; onClose: () => void }) {
  const { id, name, living, running, onClose } = props;
  const act = useAccessAct();
  const partners = useQuery({
    queryKey: ['partners', id],
    queryFn: () => ask<z.infer<typeof Partners>>(submissionPath(id, '/partners?limit=200')),
  });
  const withAccess = (partners.data?.items ?? []).filter(isWithAccess);
  return (
    <Modal heading="Revoke all access" onClose={onClose}>
      <p>
        This ends every grant of access to {name}, at once.{' '}
        {living.length === 0
          ? 'There is no grant to end now; pressing it is recorded all the same.'
          : `${counted(living.length, 'grant')} ${living.length === 1 ? 'ends' : 'end'}: ${[...new Set(living.map(({ to }) => to.name))].join(', ')}.`}{' '}
        {running > 0 &&
          `${counted(running, 'answer')} still coming ${running === 1 ? 'is' : 'are'} cut within a second.`}
      </p>
      <p>No reason is asked. It cannot be taken back: to give access again, offer it anew.</p>
      <p>The clock of the window runs on: to stop it, pause or withdraw on the page of the file.</p>
      {partners.error && <p>Partners’ access is given outside of this instance and does not end with this.</p>}
      {withAccess.length > 0 && (
        <p>
          This does not end the access of {withAccess.map((one) => one.name).join(', ')}: access of partners is given
          outside of this instance. End it where you give it, and say so under{' '}
          <Link to="/early-access/$id/partners" params={{ id }}>
            Partners
          </Link>
          .
        </p>
      )}
      {living.some(({ method }) => method !== 'openai_compatible') && (
        <p>
          Access that does not go through this instance ends here by its record only. End it where it is given as well.
        </p>
      )}
      {act.error && <Failure error={act.error} doing="revoke all access" />}
      <p className="row">
        <button
          type="button"
          className="usa-button usa-button--secondary"
          disabled={act.isPending}
          onClick={() =>
            act.mutate(
              { path: submissionPath(id, '/grants/revoke-all'), said: 'Every grant has ended.' },
              { onSuccess: onClose },
            )
          }
        >
          Revoke all access
        </button>
        <button type="button" className="usa-button usa-button--outline" onClick={onClose}>
          Not now
        </button>
      </p>
    </Modal>
  );
}
