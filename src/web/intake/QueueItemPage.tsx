import { useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { redact } from '../../domain/intake/screening/redact.ts';
import { ApiProblem } from '../api.ts';
import { moments } from '../parts/dates.ts';
import { Failure } from '../parts/Failure.tsx';
import { KeyHelp } from '../parts/KeyHelp.tsx';
import { counted } from '../parts/numbers.ts';
import { PageHeading } from '../parts/PageHeading.tsx';
import { announce } from '../shell/announce.ts';
import { NotFound } from '../shell/NotFound.tsx';
import { CaseCard } from './CaseCard.tsx';
import { Compare } from './Compare.tsx';
import { IntakeNav } from './IntakeNav.tsx';
import { OpenedCard } from './OpenedCard.tsx';
import { QueueHints } from './QueueHints.tsx';
import { AcceptModal, AskModal, RefuseModal, ReopenModal } from './QueueModals.tsx';
import {
  entryWords,
  keepApart,
  leave,
  mergeInto,
  noLongerApart,
  type Queue,
  type QueueItem,
  refreshDesk,
  splitCase,
  take,
  undo,
  useCase,
  useQueueItem,
} from './queue-api.ts';
import { queueKeys } from './queue-keys.ts';
import { keepPlace, place } from './queue-place.ts';
import { ValidationEvidence } from './ValidationEvidence.tsx';

type Dialog =
  | { kind: 'accept'; findings: string[] }
  | { kind: 'ask' }
  | { kind: 'refuse' }
  | { kind: 'reopen' }
  | { kind: 'keys' };

/** One entry of the queue: what was reported, what may be the same, and the acts of a coordinator, each with a key. */
export function QueueItemPage() {
  const { id } = useParams({ from: '/intake/queue/$id' });
  const item = useQueueItem(id);
  if (item.error instanceof ApiProblem && item.error.status === 404) return <NotFound />;
  return (
    <div className="stack-wide">
      <PageHeading
        aside={
          item.data && (
            <span className={`tag ${entryWords[item.data.entry.state].tone}`}>
              {entryWords[item.data.entry.state].name}
            </span>
          )
        }
      >
        Entry of the queue
      </PageHeading>
      <IntakeNav />
      {item.error && <Failure error={item.error} doing="open this entry" onRetry={() => item.refetch()} />}
      {item.isLoading && <p className="soft">Opening the entry…</p>}
      {item.data && <Desk key={item.data.finding.id} item={item.data} />}
    </div>
  );
}

/** Ids of the entries that the queue shows, as it was last read. */
function useNeighbours(id: string): { next: string | undefined; previous: string | undefined } {
  const client = useQueryClient();
  const pages = client.getQueriesData<Queue>({ queryKey: ['queue'] });
  const ids = pages
    .findLast(([, page]) => page?.items.some((entry) => entry.id === id))?.[1]
    ?.items.map((one) => one.id);
  const at = ids?.indexOf(id) ?? -1;
  return { next: ids?.[at + 1], previous: at > 0 ? ids?.[at - 1] : undefined };
}

function Desk({ item }: { item: QueueItem }) {
  const { entry, finding, members, hints, can } = item;
  const client = useQueryClient();
  const navigate = useNavigate();
  const [compared, setCompared] = useState<string>();
  const [dialog, setDialog] = useState<Dialog>();
  const [error, setError] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  const [said, setSaid] = useState<string>();
  const opened = useCase(item.case?.id ?? '', item.case !== null);
  const neighbours = useNeighbours(entry.id);
  const other = hints.find((hint) => hint.finding === compared);
  const lastAct = opened.data?.acts.find((act) => act.can.undo && act.kind !== 'undo');

  // Only where one came in: an act may put the report under another entry.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above.
  useEffect(() => keepPlace({ entries: [entry.id, neighbours.next].filter((one) => one !== undefined) }), []);

  const act = async (doing: () => Promise<unknown>, said: string) => {
    if (isBusy) return;
    setBusy(true);
    setError(undefined);
    try {
      await doing();
      await refreshDesk(client);
      announce(said);
      setSaid(said);
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  };
  const togetherWith = members.filter((member) => member.case === null || member.case === item.case?.id);
  const join = () => {
    if (other === undefined) {
      const folded = togetherWith.map((member) => member.finding);
      setDialog({ kind: 'accept', findings: folded.length > 1 ? folded : [finding.id] });
    } else if (other.case !== null) {
      const { id } = other.case;
      act(() => mergeInto(id, { finding: finding.id, from: item.case?.id ?? null }), 'Joined the case');
    } else if (item.case !== null) {
      const { id } = item.case;
      act(() => mergeInto(id, { finding: other.finding, from: null }), 'Joined the case');
    } else setDialog({ kind: 'accept', findings: [finding.id, other.finding] });
  };
  const apart = () => {
    if (other === undefined) return;
    const isApart = other.distinct !== null;
    act(
      () => (isApart ? noLongerApart(finding.id, other.finding) : keepApart(finding.id, other.finding)),
      isApart ? 'A candidate again' : 'Kept apart',
    );
  };
  const split = () => {
    if (item.case === null || item.case.findings < 2) return;
    const { id } = item.case;
    act(() => splitCase(id, [finding.id]), 'Taken out, into a case of its own');
  };
  const takeBack = () => {
    if (lastAct === undefined || item.case === null) return;
    const { id } = item.case;
    act(() => undo(id, lastAct.number), 'Undone');
  };
  const toggleTaken = () =>
    act(
      () => (entry.taken?.isMine ? leave(finding.id) : take(finding.id)),
      entry.taken?.isMine ? 'Left to others' : 'Taken',
    );
  const compareNext = () => {
    const at = hints.findIndex((hint) => hint.finding === compared);
    setCompared(hints[(at + 1) % Math.max(hints.length, 1)]?.finding);
  };

  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]')) return;
      if (target.matches('input, textarea, select')) return;
      const to = (id: string | undefined) => id !== undefined && navigate({ to: '/intake/queue/$id', params: { id } });
      const acts: Record<string, (() => void) | false> = {
        j: () => to(neighbours.next),
        k: () => to(neighbours.previous),
        c: compareNext,
        m: can.accept && join,
        x: apart,
        s: split,
        a: can.accept && (() => setDialog({ kind: 'accept', findings: [finding.id] })),
        q: can.ask && (() => setDialog({ kind: 'ask' })),
        r: can.refuse && (() => setDialog({ kind: 'refuse' })),
        o: can.reopen && (() => setDialog({ kind: 'reopen' })),
        t: can.take && toggleTaken,
        u: takeBack,
        Escape: () =>
          other === undefined ? navigate({ to: '/intake/queue', search: place().search }) : setCompared(undefined),
        '?': () => setDialog({ kind: 'keys' }),
      };
      const chosen = acts[event.key];
      if (!chosen) return;
      event.preventDefault();
      chosen();
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  });

  const button = (label: string, key: string, onClick: () => void, isMain = false) => (
    <button
      type="button"
      className={`usa-button ${isMain ? '' : 'usa-button--outline'} button-small`}
      disabled={isBusy}
      aria-keyshortcuts={key}
      onClick={onClick}
    >
      {label}{' '}
      <span className="key" aria-hidden="true">
        {key}
      </span>
    </button>
  );
  const folded = togetherWith.length;
  const doubtful = hints.filter((hint) => hint.relation === 'distinct').map((hint) => hint.finding);
  return (
    <>
      <section className="card stack" aria-labelledby="entry">
        <h2 id="entry" data-source="outside">
          {redact(entry.title, entry.id === finding.id ? finding.marks.filter(({ field }) => field === 'title') : [])}
        </h2>
        <p className="work-meta meta-flush">
          <span>
            {counted(entry.findings, 'report')} from {counted(entry.sources, 'source')}
          </span>
          <span>first received {moments(entry.receivedAt)}</span>
          {entry.taken && (
            <span>
              {entry.taken.isMine ? 'You took it' : `Taken by ${entry.taken.by.name ?? 'somebody'}`} until{' '}
              {moments(entry.taken.until)}
            </span>
          )}
        </p>
        <ul className="reasons small soft">
          {entry.reasons.map((reason) => (
            <li key={reason.fact}>{reason.text}</li>
          ))}
        </ul>
        <div className="row desk-acts">
          {can.accept && folded > 1 && other === undefined && button(`Join ${folded} into one case`, 'm', join, true)}
          {can.accept && button('Accept', 'a', () => setDialog({ kind: 'accept', findings: [finding.id] }), folded < 2)}
          {can.ask && button('Ask', 'q', () => setDialog({ kind: 'ask' }))}
          {can.refuse && button('Refuse', 'r', () => setDialog({ kind: 'refuse' }))}
          {can.reopen && button('Take up again', 'o', () => setDialog({ kind: 'reopen' }))}
          {can.take && button(entry.taken?.isMine ? 'Leave to others' : 'Take', 't', toggleTaken)}
          {item.case !== null && item.case.findings > 1 && button('Take out of its case', 's', split)}
          {lastAct && button('Undo', 'u', takeBack)}
          <button
            type="button"
            className="usa-button usa-button--unstyled small"
            onClick={() => setDialog({ kind: 'keys' })}
          >
            All keys
          </button>
        </div>
        {said !== undefined && <p className="small desk-said">{said}.</p>}
        {error !== undefined && <Failure error={error} doing="do that" />}
      </section>
      {other && (
        <Compare
          id={finding.id}
          hint={other}
          canJoin={can.accept}
          canAskModel={can.askModel}
          onJoin={join}
          onApart={apart}
          onClose={() => setCompared(undefined)}
        />
      )}
      <div className="two-columns desk-columns">
        <div className="stack">
          <OpenedCard finding={finding} />
          <ValidationEvidence finding={finding.id} />
        </div>
        <div className="stack">
          <QueueHints hints={hints} compared={compared} onCompare={setCompared} />
          {members.length > 1 && (
            <section className="card stack" aria-labelledby="members">
              <h2 id="members">Under this entry</h2>
              <ul className="plain-list">
                {members.map((member) => (
                  <li key={member.finding}>
                    {member.finding === finding.id ? (
                      <strong data-source="outside">{member.title}</strong>
                    ) : (
                      <Link to="/intake/queue/$id" params={{ id: member.finding }}>
                        <span data-source="outside">{member.title}</span>
                      </Link>
                    )}
                    <span className="small soft">
                      {' '}
                      · {member.source?.name ?? 'without an account'} · {moments(member.receivedAt)}
                    </span>
                  </li>
                ))}
              </ul>
            </section>
          )}
          {opened.data && (
            <CaseCard view={opened.data} onUndo={(number) => act(() => undo(opened.data.id, number), 'Undone')} />
          )}
        </div>
      </div>
      <p className="row">
        <Link to="/intake/queue" search={place().search}>
          Back to the queue
        </Link>
        {neighbours.next !== undefined && (
          <Link to="/intake/queue/$id" params={{ id: neighbours.next }}>
            Next entry
          </Link>
        )}
      </p>
      {dialog?.kind === 'accept' && (
        <AcceptModal
          id={finding.id}
          findings={dialog.findings}
          doubtful={doubtful}
          onDone={setSaid}
          onClose={() => setDialog(undefined)}
        />
      )}
      {dialog?.kind === 'ask' && <AskModal id={finding.id} onClose={() => setDialog(undefined)} />}
      {dialog?.kind === 'refuse' && <RefuseModal id={finding.id} onClose={() => setDialog(undefined)} />}
      {dialog?.kind === 'reopen' && <ReopenModal id={finding.id} onClose={() => setDialog(undefined)} />}
      {dialog?.kind === 'keys' && <KeyHelp keys={queueKeys} onClose={() => setDialog(undefined)} />}
    </>
  );
}
