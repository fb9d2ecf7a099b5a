import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { type FormEvent, type KeyboardEvent, useState } from 'react';
import type { z } from 'zod';
import type { Partners, PartnerView } from '../../api/contract/partners.ts';
import { decisionPolicy, sectorName } from '../../domain/review/decision-policy.ts';
import { markingIn } from '../../domain/review/marking.ts';
import { isWithAccess, type PartnerState, type Stance, stanceWords, stateWords } from '../../domain/review/partner.ts';
import { ask } from '../api.ts';
import { useSession } from '../directory/session.ts';
import { Failure } from '../parts/Failure.tsx';
import { Field } from '../parts/Field.tsx';
import { Modal } from '../parts/Modal.tsx';
import { PageHeading } from '../parts/PageHeading.tsx';
import { announce } from '../shell/announce.ts';
import { PartnerActs } from './PartnerActs.tsx';
import { PartnerBalance } from './PartnerBalance.tsx';
import { PartnerHistory } from './PartnerHistory.tsx';
import { type Submission, submissionPath, useSubmission } from './submission-api.ts';

type Partner = z.infer<typeof PartnerView>;

/** The way of a partner from left to right. */
const columns: { title: string; states: PartnerState[] }[] = [
  { title: 'Being considered', states: ['suggested', 'proposed'] },
  { title: 'Invited', states: ['invited', 'terms_accepted'] },
  { title: 'With access', states: ['provisioned', 'ready'] },
  { title: 'Over', states: ['declined', 'ended', 'revoked'] },
];

/** The partners of one model's early access: who stands where, what each side has said, and each side's own acts. */
export function PartnersPage() {
  const { id } = useParams({ from: '/early-access/$id' });
  const { data: submission } = useSubmission(id);
  const session = useSession();
  const client = useQueryClient();
  const [openId, setOpenId] = useState<string>();
  const key = ['partners', id];
  const list = useQuery({
    queryKey: key,
    queryFn: () => ask<z.infer<typeof Partners>>(submissionPath(id, '/partners?limit=200')),
  });
  const act = useMutation({
    mutationFn: ({ path, body }: { path: string; body: object; said: string }) => ask(path, { method: 'POST', body }),
    onSuccess: async (_, { said }) => {
      await client.invalidateQueries({ queryKey: key });
      announce(said);
    },
  });
  if (submission === undefined) return null;
  const roles = session.data?.roles ?? [];
  const isDeveloper = submission.capacity === 'developer';
  const maySuggest = isDeveloper
    ? roles.includes('release_manager')
    : roles.includes('delegate') || roles.includes('evaluator');
  const items = list.data?.items ?? [];
  const opened = items.find((one) => one.id === openId);

  return (
    <div className="stack-wide">
      <PageHeading lead="Organisations that may get early access as well. Either side names one; the developer decides; both sides’ acts stand on record before anybody is invited.">
        Partners
      </PageHeading>
      {list.error && <Failure error={list.error} doing="list the partners" onRetry={() => list.refetch()} />}
      {act.error && openId === undefined && <Failure error={act.error} doing="do that" />}
      {items.length > 0 ? (
        <>
          <Board
            items={items}
            onOpen={(partner) => {
              act.reset();
              setOpenId(partner);
            }}
          />
          <PartnerBalance partners={items} />
        </>
      ) : (
        list.data && (
          <section className="card stack-tight" aria-label="No partners">
            <h2>No partners yet</h2>
            <p className="soft">
              Name an organisation below. It learns nothing of it until the developer invites it. A release needs no
              partners.
            </p>
          </section>
        )
      )}
      {maySuggest && (
        <SuggestForm
          submission={submission}
          isBusy={act.isPending}
          onSuggest={(body) =>
            act.mutateAsync({ path: submissionPath(id, '/partners'), body, said: 'The partner is suggested.' })
          }
        />
      )}
      {opened && (
        <Modal heading={opened.name} isWide onClose={() => setOpenId(undefined)}>
          {act.error && <Failure error={act.error} doing="do that" />}
          <p>
            <span className="tag">{stateWords[opened.state].name}</span> {sectorName(opened.sector)}.{' '}
            {stateWords[opened.state].says}
          </p>
          <Consent partner={opened} />
          {isWithAccess(opened) && (
            <p className="soft small">
              This access is given outside of this instance. “Revoke all” on the page Access ends grants and does not
              touch it:{' '}
              {isDeveloper
                ? '“Take access back” records its end; cut it where you give it.'
                : 'the developer ends it where it is given.'}
            </p>
          )}
          <PartnerActs
            partner={opened}
            roles={roles}
            authorities={submission.parties.filter(({ capacity }) => capacity === 'authority')}
            isBusy={act.isPending}
            onAct={(body, said) => act.mutateAsync({ path: `/api/v1/partners/${opened.id}/events`, body, said })}
          />
          <PartnerHistory
            partner={opened}
            onSeal={(event) =>
              act
                .mutateAsync({
                  path: `/api/v1/partners/${opened.id}/seals`,
                  body: { event },
                  said: 'The text is out of sight.',
                })
                .catch(() => {})
            }
          />
        </Modal>
      )}
    </div>
  );
}

/** What each side has said, in one line each. */
function Consent(props: { partner: Partner }) {
  const { events, hasAuthorityActed, authority, developer } = props.partner;
  const developers = events
    .filter(({ side, did }) => side === 'developer' && (did === 'propose' || did === 'invite'))
    .at(-1);
  const comment = events.filter(({ did }) => did === 'comment').at(-1);
  return (
    <dl className="facts">
      <dt>{developer.name}</dt>
      <dd>
        {developers === undefined
          ? 'Has not agreed yet'
          : developers.did === 'invite'
            ? 'Has invited it'
            : 'Agrees to consider it'}
      </dd>
      <dt>{authority?.name ?? 'The authority'}</dt>
      <dd>
        {comment
          ? stanceWords[comment.stance as Stance]
          : hasAuthorityActed
            ? 'Suggested it'
            : 'Has not said anything yet'}
      </dd>
    </dl>
  );
}

/** Cards in four columns. Arrow keys go from card to card, Enter opens one. */
function Board(props: { items: Partner[]; onOpen: (id: string) => void }) {
  const { items, onOpen } = props;
  const move = (event: KeyboardEvent<HTMLElement>) => {
    const step = { ArrowDown: [0, 1], ArrowUp: [0, -1], ArrowRight: [1, 0], ArrowLeft: [-1, 0] }[event.key];
    if (step === undefined) return;
    const lists = [...event.currentTarget.querySelectorAll('ul')]
      .map((list) => [...list.querySelectorAll('button')])
      .filter((list) => list.length > 0);
    const column = lists.findIndex((list) => list.includes(document.activeElement as HTMLButtonElement));
    const row = lists[column]?.indexOf(document.activeElement as HTMLButtonElement) ?? -1;
    if (row < 0) return;
    event.preventDefault();
    const next = lists[Math.max(0, Math.min(lists.length - 1, column + (step[0] as number)))] ?? [];
    next[Math.max(0, Math.min(next.length - 1, row + (step[1] as number)))]?.focus();
  };
  return (
    <section className="partner-board" aria-label="Partners by state" onKeyDown={move}>
      {columns.map(({ title, states }) => {
        const own = items.filter(({ state }) => states.includes(state));
        return (
          <div key={title} className="partner-column stack-tight">
            <h2>
              {title} <span className="soft">{own.length}</span>
            </h2>
            {own.length === 0 && <p className="soft small">Nobody</p>}
            <ul className="partner-list stack-tight">
              {own.map((partner) => (
                <li key={partner.id}>
                  <button type="button" className="partner-card" onClick={() => onOpen(partner.id)}>
                    <strong>{partner.name}</strong>
                    <span className="soft small">{sectorName(partner.sector)}</span>
                    <span className="row">
                      <span className="tag">{stateWords[partner.state].name}</span>
                      <CommentTag partner={partner} />
                    </span>
                  </button>
                </li>
              ))}
            </ul>
          </div>
        );
      })}
    </section>
  );
}

function CommentTag({ partner }: { partner: Partner }) {
  const comment = partner.events.filter(({ did }) => did === 'comment').at(-1);
  if (comment === undefined) return null;
  return (
    <span className="small soft">
      The authority says: {stanceWords[comment.stance as Stance].toLowerCase()} (it changes nothing)
    </span>
  );
}

function SuggestForm(props: {
  submission: Submission;
  isBusy: boolean;
  onSuggest: (body: object) => Promise<unknown>;
}) {
  const { submission, isBusy, onSuggest } = props;
  const [text, setText] = useState('');
  const marking = markingIn(text);
  const suggest = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const said = new FormData(form);
    onSuggest({
      name: String(said.get('name')),
      sector: String(said.get('sector')),
      ...(text.trim() && { text: text.trim() }),
    })
      .then(() => {
        form.reset();
        setText('');
      })
      .catch(() => {});
  };
  return (
    <section className="card stack" aria-labelledby="suggest">
      <h2 id="suggest">Suggest a partner</h2>
      <p className="soft">
        {submission.capacity === 'developer'
          ? 'Only your organisation reads it until you propose it to the authority. The organisation that you name learns nothing.'
          : `Your organisation and ${submission.developer.name} read it. The organisation that you name learns nothing, and the developer decides.`}
      </p>
      <form className="form" onSubmit={suggest}>
        <Field label="Organisation">
          {(control) => <input {...control} className="usa-input" name="name" required maxLength={200} />}
        </Field>
        <Field label="Sector">
          {(control) => (
            <select {...control} className="usa-select" name="sector" required defaultValue="">
              <option value="">Choose one</option>
              {decisionPolicy.sectors.map(({ code, name }) => (
                <option key={code} value={code}>
                  {name}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field
          label="Why (optional)"
          error={marking && `“${marking}” looks like a classification or control marking. Such a text is not kept.`}
        >
          {(control) => (
            <textarea
              {...control}
              className="usa-textarea"
              maxLength={2000}
              value={text}
              onChange={(event) => setText(event.target.value)}
            />
          )}
        </Field>
        <div>
          <button type="submit" className="usa-button" disabled={isBusy || marking !== undefined}>
            Suggest
          </button>
        </div>
      </form>
    </section>
  );
}
