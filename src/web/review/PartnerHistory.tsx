import { useState } from 'react';
import type { z } from 'zod';
import type { PartnerView } from '../../api/contract/partners.ts';
import { reasonName } from '../../domain/review/decision-policy.ts';
import { type Stance, stanceWords } from '../../domain/review/partner.ts';
import { moments, shortDay } from '../parts/dates.ts';

type Partner = z.infer<typeof PartnerView>;
type Event = Partner['events'][number];

const words: Record<string, string> = {
  suggest: 'suggested it',
  propose: 'agreed to consider it',
  comment: 'said',
  invite: 'sent the invitation with its terms',
  decline: 'declined',
  request_review: 'asked for another look',
  reopen: 'thought again and went on',
  accept: 'accepted the terms',
  provision: 'set up access',
  confirm: 'saw access work',
  end: 'ended it',
  revoke: 'took access back',
};

function reasonOf({ did, side, reason }: Event): string | undefined {
  if (reason === undefined) return undefined;
  if (did === 'revoke') return reasonName('revoked', reason);
  return reasonName(side === 'partner' ? 'declined_by_partner' : 'declined_by_developer', reason);
}

/** What happened, in order, with who did it; the words of an event can be put out of sight. */
export function PartnerHistory(props: { partner: Partner; onSeal: (event: string) => void }) {
  const { partner, onSeal } = props;
  const [asked, setAsked] = useState<string>();
  const nameOf = { developer: partner.developer.name, authority: partner.authority?.name ?? '', partner: partner.name };
  return (
    <section className="stack-tight" aria-label="History">
      <h3>What happened</h3>
      <ol className="partner-list stack-tight">
        {partner.events.map((event) => {
          const reason = reasonOf(event);
          const said = event.text ?? event.terms;
          return (
            <li key={event.id} className="partner-event">
              <p>
                <strong>{nameOf[event.side]}</strong> {words[event.did] ?? event.did}
                {event.stance && `: ${stanceWords[event.stance as Stance].toLowerCase()}`}
                {reason && `: ${reason.toLowerCase()}`}{' '}
                <span className="soft small">
                  {event.by}, {moments(event.at)}
                </span>
              </p>
              {said && <p className="details">{said}</p>}
              {event.sealedAt && (
                <p className="soft small">The words were sealed on {shortDay(event.sealedAt)}: nobody can read them.</p>
              )}
              {said && asked !== event.id && (
                <button
                  type="button"
                  className="usa-button usa-button--unstyled small"
                  onClick={() => setAsked(event.id)}
                >
                  This text should not be here…
                </button>
              )}
              {said && asked === event.id && (
                <p className="row">
                  Nobody can read it from then on; the log says who sealed it, never what it said.
                  <button
                    type="button"
                    className="usa-button usa-button--outline button-small"
                    onClick={() => {
                      setAsked(undefined);
                      onSeal(event.id);
                    }}
                  >
                    Seal the text
                  </button>
                </p>
              )}
            </li>
          );
        })}
      </ol>
    </section>
  );
}
