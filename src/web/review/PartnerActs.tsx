import { type FormEvent, useState } from 'react';
import type { z } from 'zod';
import type { PartnerView } from '../../api/contract/partners.ts';
import { whyNot } from '../../domain/refusal.ts';
import { decisionPolicy } from '../../domain/review/decision-policy.ts';
import { markingIn } from '../../domain/review/marking.ts';
import { apply, type PartnerEvent, type Partner as Rule, stances, stanceWords } from '../../domain/review/partner.ts';
import { Field } from '../parts/Field.tsx';

type Partner = z.infer<typeof PartnerView>;

/** One act: what its button says, what is asked for it, and what is said when it is done. */
interface Act {
  did: PartnerEvent['did'];
  label: string;
  done: string;
  /** What happens, and who learns of it (I6). */
  tells: string;
  ask?: { kind: 'text' | 'terms'; label: string; isRequired: boolean; max: number };
  reasons?: { code: string; name: string }[];
}

const own = ['release_manager'];
const withSecurity = ['release_manager', 'security_lead'];
const { reasons } = decisionPolicy;
const partnerRoles = ['administrator', 'operator', 'security_lead'];

const acts: { side: Partner['side']; roles: readonly string[]; act: Act }[] = [
  {
    side: 'developer',
    roles: own,
    act: {
      did: 'propose',
      label: 'Agree to consider it',
      done: 'It is proposed.',
      tells: 'The authority will read it and may say what it thinks. The organisation itself learns nothing.',
    },
  },
  {
    side: 'authority',
    roles: ['delegate', 'evaluator'],
    act: {
      did: 'comment',
      label: 'Say what you think',
      done: 'It is on record.',
      tells: 'The developer reads it. It changes no state: the developer decides.',
      ask: { kind: 'text', label: 'Words (optional)', isRequired: false, max: 2000 },
    },
  },
  {
    side: 'developer',
    roles: own,
    act: {
      did: 'invite',
      label: 'Invite',
      done: 'It is invited.',
      tells:
        'The organisation will learn of your model’s name and version, of you, of the authority and of these terms. It reads nothing that was said before.',
      ask: { kind: 'terms', label: 'Terms for this partner', isRequired: true, max: 10_000 },
    },
  },
  {
    side: 'partner',
    roles: partnerRoles,
    act: {
      did: 'accept',
      label: 'Accept the terms',
      done: 'The terms are accepted.',
      tells: 'The developer and the authority read that you accepted, with your name.',
    },
  },
  {
    side: 'developer',
    roles: withSecurity,
    act: {
      did: 'provision',
      label: 'Access is set up',
      done: 'It is on record.',
      tells: 'The partner reads it and says when it has seen access work.',
      ask: {
        kind: 'text',
        label: 'Note for the partner (optional); no secret and no key',
        isRequired: false,
        max: 2000,
      },
    },
  },
  {
    side: 'partner',
    roles: partnerRoles,
    act: {
      did: 'confirm',
      label: 'We have seen access work',
      done: 'It is on record.',
      tells: 'The developer and the authority read it.',
      ask: { kind: 'text', label: 'How you saw it, such as a request that was answered', isRequired: true, max: 2000 },
    },
  },
  {
    side: 'developer',
    roles: own,
    act: {
      did: 'reopen',
      label: 'Think again and go on',
      done: 'It goes on.',
      tells: 'It goes on from where you declined.',
    },
  },
  {
    side: 'partner',
    roles: partnerRoles,
    act: { did: 'reopen', label: 'Think again and go on', done: 'It goes on.', tells: 'The invitation stands again.' },
  },
  {
    side: 'authority',
    roles: ['delegate', 'evaluator'],
    act: {
      did: 'request_review',
      label: 'Ask for another look',
      done: 'It is asked for.',
      tells: 'Once: the developer reads it and decides whether to go on.',
      ask: { kind: 'text', label: 'Why', isRequired: true, max: 2000 },
    },
  },
  {
    side: 'developer',
    roles: own,
    act: {
      did: 'request_review',
      label: 'Ask for another look',
      done: 'It is asked for.',
      tells: 'Once: the partner reads it and decides whether to go on.',
      ask: { kind: 'text', label: 'Why', isRequired: true, max: 2000 },
    },
  },
  {
    side: 'developer',
    roles: own,
    act: {
      did: 'decline',
      label: 'Decline',
      done: 'It is declined.',
      tells: 'Whoever may read this partner’s file reads the reason.',
      reasons: [...reasons.declined_by_developer],
      ask: { kind: 'text', label: 'Words (optional)', isRequired: false, max: 2000 },
    },
  },
  {
    side: 'partner',
    roles: partnerRoles,
    act: {
      did: 'decline',
      label: 'Decline',
      done: 'It is declined.',
      tells: 'The developer and the authority read the reason. You need not give one.',
      reasons: [...reasons.declined_by_partner].reverse(),
    },
  },
  {
    side: 'developer',
    roles: withSecurity,
    act: {
      did: 'revoke',
      label: 'Take access back',
      done: 'Access is taken back.',
      tells: 'The partner and the authority read it at once. Cut the access itself where you grant it.',
      reasons: [...reasons.revoked],
    },
  },
  {
    side: 'developer',
    roles: withSecurity,
    act: { did: 'end', label: 'End it', done: 'It has ended.', tells: 'No reason is asked.' },
  },
  {
    side: 'partner',
    roles: partnerRoles,
    act: { did: 'end', label: 'Leave', done: 'You have left.', tells: 'At once. No reason is asked.' },
  },
];

/** Words that satisfy the rule, to find out whether an act is possible at all. */
const rehearsal: Record<PartnerEvent['did'], PartnerEvent> = {
  propose: { did: 'propose' },
  comment: { did: 'comment', stance: 'no_comment' },
  invite: { did: 'invite', terms: 'x' },
  decline: { did: 'decline', reason: 'not_now' },
  request_review: { did: 'request_review', text: 'x' },
  reopen: { did: 'reopen' },
  accept: { did: 'accept' },
  provision: { did: 'provision' },
  confirm: { did: 'confirm', text: 'x' },
  end: { did: 'end' },
  revoke: { did: 'revoke', reason: 'other' },
};

/** The partner as the rule takes it: the page rehearses what the server will apply. */
const ruleOf = ({ state, hasAuthorityActed = true, declinedBy, isReviewLeft }: Partner): Rule => ({
  state,
  hasAuthorityActed,
  reviewRequests: isReviewLeft ? 0 : decisionPolicy.reviewRequests,
  ...(declinedBy && { declined: { by: declinedBy, from: declinedBy === 'partner' ? 'invited' : 'proposed' } }),
});

/** What this person may do with one partner now. */
export function PartnerActs(props: {
  partner: Partner;
  roles: readonly string[];
  authorities: { organisation: string; name: string }[];
  isBusy: boolean;
  onAct: (body: object, said: string) => Promise<unknown>;
}) {
  const { partner, roles, authorities, isBusy, onAct } = props;
  const [chosen, setChosen] = useState<PartnerEvent['did']>();
  const open = acts
    .filter(({ side, roles: held }) => side === partner.side && held.some((role) => roles.includes(role)))
    .map(({ act }) => ({ act, refusal: whyNot(() => apply(ruleOf(partner), rehearsal[act.did], partner.side)) }))
    .filter(({ refusal }) => refusal === undefined || refusal.code === 'partner_no_word');
  const act = open.find(({ act: { did }, refusal }) => did === chosen && refusal === undefined)?.act;
  const waits = open.find(({ refusal }) => refusal !== undefined)?.refusal;
  if (open.length === 0) return null;
  return (
    <section className="stack-tight" aria-label="What you may do">
      <div className="row">
        {open
          .filter(({ refusal }) => refusal === undefined)
          .map(({ act: { did, label } }) => (
            <button
              key={did}
              type="button"
              className={`usa-button ${did === 'end' || did === 'decline' || did === 'revoke' ? 'usa-button--outline' : ''}`}
              aria-expanded={chosen === did}
              onClick={() => setChosen(chosen === did ? undefined : did)}
            >
              {label}…
            </button>
          ))}
      </div>
      {waits && <p className="soft small">{waits.message}</p>}
      {act && (
        <ActForm
          key={act.did}
          act={act}
          partner={partner}
          authorities={authorities}
          isBusy={isBusy}
          onAct={(body) =>
            onAct(body, act.done).then(
              () => setChosen(undefined),
              () => {},
            )
          }
        />
      )}
    </section>
  );
}

function ActForm(props: {
  act: Act;
  partner: Partner;
  authorities: { organisation: string; name: string }[];
  isBusy: boolean;
  onAct: (body: object) => void;
}) {
  const { act, partner, authorities, isBusy, onAct } = props;
  const [words, setWords] = useState('');
  const marking = markingIn(words);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const said = Object.fromEntries([...new FormData(event.currentTarget)].filter(([, value]) => value !== ''));
    onAct({ did: act.did, ...said, ...(act.ask && words.trim() && { [act.ask.kind]: words.trim() }) });
  };
  return (
    <form className="form partner-act" onSubmit={submit}>
      <p>{act.tells}</p>
      {act.did === 'propose' && authorities.length === 0 && (
        <p>No authority may know of this file yet. Let one know first.</p>
      )}
      {act.did === 'propose' && partner.authority === null && authorities.length > 1 && (
        <Field label="Which authority">
          {(control) => (
            <select {...control} className="usa-select" name="authority">
              {authorities.map(({ organisation, name }) => (
                <option key={organisation} value={organisation}>
                  {name}
                </option>
              ))}
            </select>
          )}
        </Field>
      )}
      {act.did === 'comment' && (
        <Field label="Your view">
          {(control) => (
            <select {...control} className="usa-select" name="stance">
              {stances.map((stance) => (
                <option key={stance} value={stance}>
                  {stanceWords[stance]}
                </option>
              ))}
            </select>
          )}
        </Field>
      )}
      {act.did === 'invite' && (
        <Field
          label="Id of the organisation here"
          hint="It finds its id on its page “Invitations” and gives it to you."
        >
          {(control) => (
            <input
              {...control}
              className="usa-input mono"
              name="organisation"
              required
              pattern="organisation_[a-z0-9_]{1,60}"
              title="organisation_ and letters and digits"
              spellCheck={false}
            />
          )}
        </Field>
      )}
      {act.reasons && (
        <Field label="Reason">
          {(control) => (
            <select {...control} className="usa-select" name="reason">
              {act.reasons?.map(({ code, name }) => (
                <option key={code} value={code}>
                  {name}
                </option>
              ))}
            </select>
          )}
        </Field>
      )}
      {act.ask && (
        <Field
          label={act.ask.isRequired ? `${act.ask.label} (required)` : act.ask.label}
          error={marking && `“${marking}” looks like a classification or control marking. Such a text is not kept.`}
        >
          {(control) => (
            <textarea
              {...control}
              className="usa-textarea"
              required={act.ask?.isRequired}
              maxLength={act.ask?.max}
              value={words}
              onChange={(event) => setWords(event.target.value)}
            />
          )}
        </Field>
      )}
      <div>
        <button type="submit" className="usa-button" disabled={isBusy || marking !== undefined}>
          {act.label}
        </button>
      </div>
    </form>
  );
}
