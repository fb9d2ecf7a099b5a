import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { z } from 'zod';
import type { Partners, PartnerView } from '../../api/contract/partners.ts';
import { isWithAccess, type PartnerState, stateWords } from '../../domain/review/partner.ts';
import { ask } from '../api.ts';
import { useSession } from '../directory/session.ts';
import { Failure } from '../parts/Failure.tsx';
import { PageHeading } from '../parts/PageHeading.tsx';
import { announce } from '../shell/announce.ts';
import { PartnerActs } from './PartnerActs.tsx';
import { PartnerHistory } from './PartnerHistory.tsx';

/** Who acts next on an invitation, as the partner reads it. */
function Next({ partner }: { partner: z.infer<typeof PartnerView> }) {
  const developer = partner.developer.name;
  const lines: Partial<Record<PartnerState, string>> = {
    invited: 'your organisation accepts the terms, or declines them.',
    terms_accepted: `${developer} sets up access; then you say that it works.`,
    provisioned: 'you say that access works, when you have seen it.',
  };
  const line = lines[partner.state];
  return (
    <>
      {line && (
        <p>
          <strong>Next:</strong> {line}
        </p>
      )}
      {isWithAccess(partner) && (
        <p className="soft small">
          This access is given outside of this instance: {developer} gives and ends it there.
        </p>
      )}
    </>
  );
}

/** For an organisation that was invited: each invitation with its terms, and the organisation's own acts. */
export function PartnerInvitations() {
  const session = useSession();
  const client = useQueryClient();
  const organisation = session.data?.organisation;
  const list = useQuery({
    queryKey: ['invitations'],
    queryFn: () => ask<z.infer<typeof Partners>>('/api/v1/partners?limit=200'),
  });
  const act = useMutation({
    mutationFn: ({ path, body }: { path: string; body: object; said: string }) => ask(path, { method: 'POST', body }),
    onSuccess: async (_, { said }) => {
      await client.invalidateQueries({ queryKey: ['invitations'] });
      announce(said);
    },
  });
  const items = list.data?.items ?? [];
  return (
    <div className="stack-wide">
      <div className="stack-tight">
        <p className="small">
          <Link to="/early-access">Early access</Link> / Invitations
        </p>
        <PageHeading lead="Where a developer has invited your organisation to early access. You may leave at any time, without a reason.">
          Invitations
        </PageHeading>
      </div>
      {list.error && <Failure error={list.error} doing="list the invitations" onRetry={() => list.refetch()} />}
      {act.error && <Failure error={act.error} doing="do that" />}
      {items.map((one) => (
        <section key={one.id} className="card stack" aria-labelledby={one.id}>
          <div className="row spread">
            <h2 id={one.id}>
              {one.model.name} {one.model.version}, by {one.developer.name}
            </h2>
            <span className="tag">{stateWords[one.state].name}</span>
          </div>
          <p className="soft">
            {one.developer.name}
            {one.authority && ` and ${one.authority.name}`} read what you do here. No other partner does, and you see no
            other partner.
          </p>
          <Next partner={one} />
          {one.state === 'invited' && (
            <blockquote className="determination-words stack-tight">
              <h3>Terms</h3>
              <p className="details">
                {one.events.findLast(({ did }) => did === 'invite')?.terms ?? 'Sealed: nobody can read them.'}
              </p>
            </blockquote>
          )}
          <PartnerActs
            partner={one}
            roles={session.data?.roles ?? []}
            authorities={[]}
            isBusy={act.isPending}
            onAct={(body, said) => act.mutateAsync({ path: `/api/v1/partners/${one.id}/events`, body, said })}
          />
          <PartnerHistory
            partner={one}
            onSeal={(event) =>
              act
                .mutateAsync({
                  path: `/api/v1/partners/${one.id}/seals`,
                  body: { event },
                  said: 'The text is out of sight.',
                })
                .catch(() => {})
            }
          />
        </section>
      ))}
      {list.data && items.length === 0 && (
        <section className="card stack-tight" aria-label="No invitations">
          <h2>No invitations</h2>
          <p className="soft">Nothing follows from that: nobody can tell who was invited and who was not.</p>
        </section>
      )}
      {organisation && (
        <section className="card stack-tight" aria-labelledby="own-id">
          <h2 id="own-id">Your organisation’s id</h2>
          <p>Give it to a developer who wants to invite {organisation.name}.</p>
          <p>
            <code className="break-all">{organisation.id}</code>
          </p>
        </section>
      )}
    </div>
  );
}
