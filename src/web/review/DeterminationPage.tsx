import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import type { z } from 'zod';
import type { Determinations, DeterminationView } from '../../api/contract/determinations.ts';
import { standingWords } from '../../domain/review/determination.ts';
import { ask } from '../api.ts';
import { useSession } from '../directory/session.ts';
import { moments, shortDay } from '../parts/dates.ts';
import { Failure } from '../parts/Failure.tsx';
import { Field } from '../parts/Field.tsx';
import { Modal } from '../parts/Modal.tsx';
import { PageHeading } from '../parts/PageHeading.tsx';
import { announce } from '../shell/announce.ts';
import { DeterminationRecord, DeterminationWords, type Saying } from './DeterminationRecord.tsx';
import { type Submission, submissionPath, useSubmission } from './submission-api.ts';

type Determination = z.infer<typeof DeterminationView>;

/** What was asked and determined of one model: who decides, what is kept, and each side's own acts. */
export function DeterminationPage() {
  const { id } = useParams({ from: '/early-access/$id' });
  const { data: submission } = useSubmission(id);
  const session = useSession();
  const client = useQueryClient();
  const key = ['determinations', id];
  const list = useQuery({
    queryKey: key,
    queryFn: () => ask<z.infer<typeof Determinations>>(submissionPath(id, '/determinations?limit=200')),
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
  const items = list.data?.items ?? [];
  const create = (body: object, said: string) =>
    act.mutateAsync({ path: submissionPath(id, '/determinations'), body, said });
  const step = (determination: string) => (body: object, said: string) =>
    act.mutateAsync({ path: `/api/v1/determinations/${determination}/events`, body, said });

  return (
    <div className="stack-wide">
      <PageHeading lead="Whether the authority has said that this version is a covered frontier model.">
        Decision
      </PageHeading>
      {list.error && <Failure error={list.error} doing="read the decision" onRetry={() => list.refetch()} />}
      {act.error && <Failure error={act.error} doing="do that" />}
      {items.map((one) => (
        <OneDetermination key={one.id} determination={one} roles={roles} onStep={step(one.id)} isBusy={act.isPending} />
      ))}
      {list.data && items.length === 0 && (
        <section className="card stack-tight" aria-label="Nothing on record">
          <h2>Nothing is on record</h2>
          <p className="soft">
            {isDeveloper
              ? 'You have not asked an authority, and none has told you anything. Nothing about the model follows from that.'
              : 'The developer has not asked you, and you have recorded nothing. Nothing about the model follows from that.'}
          </p>
        </section>
      )}
      <WhoDecides />
      {isDeveloper && roles.includes('release_manager') && (
        <AskForm submission={submission} asked={items} onAsk={create} isBusy={act.isPending} />
      )}
      {!isDeveloper && roles.includes('delegate') && (
        <details className="card">
          <summary>Record what nobody asked for</summary>
          <div className="stack entry-detail">
            <p className="soft">
              Only your organisation will know of it. The developer learns of it if you mark it releasable, later, and
              not before: nothing it can see changes until then.
            </p>
            <DeterminationRecord
              key={items.length}
              previewHeading="What the developer would read, if you release it"
              outcomes={['covered', 'not_covered']}
              isBusy={act.isPending}
              onRecord={(saying: Saying) =>
                create({ kind: 'unrequested', ...saying }, 'It is recorded for your organisation alone.')
              }
              action="Record for your organisation alone"
            />
          </div>
        </details>
      )}
    </div>
  );
}

function WhoDecides() {
  return (
    <section className="card stack" aria-labelledby="who-decides">
      <h2 id="who-decides">Who decides, and what is kept</h2>
      <div className="two-columns">
        <div className="stack-tight">
          <p>
            <strong>A named person at the authority</strong> records what the authority has determined, by its own
            process. Assay works nothing out: no result, score or log in this file leads to a decision here.
          </p>
          <p>
            <strong>Nothing waits for it.</strong> The developer releases the model with or without an answer, and
            whatever the answer is.
          </p>
        </div>
        <dl className="facts">
          <dt>Kept here</dt>
          <dd>
            The outcome, its day, who recorded it, one sentence for the developer, and a reference number that only the
            authority reads.
          </dd>
          <dt>Not kept</dt>
          <dd>
            How it was decided: no threshold, test, score or classified text. Text with a classification marking is
            refused.
          </dd>
          <dt>Silence</dt>
          <dd>No answer, and a request taken back, say nothing about the model and leave no mark anywhere.</dd>
        </dl>
      </div>
    </section>
  );
}

const isOpenState = ({ state }: Determination) => ['draft', 'sent', 'with_authority'].includes(state);

type Step = (body: object, said: string) => Promise<unknown>;

function OneDetermination(props: {
  determination: Determination;
  roles: readonly string[];
  onStep: Step;
  isBusy: boolean;
}) {
  const { determination, roles, onStep, isBusy } = props;
  const { id, standing, state, capacity, authority, developer, model, recorded, isRequested } = determination;
  const [open, setOpen] = useState<'record' | 'release' | 'seal'>();
  const words = standingWords[standing];
  const isDeveloper = capacity === 'developer';
  const isOpen = isOpenState(determination);
  const isStale = standing === 'stale';
  const may = (...held: string[]) => held.some((role) => roles.includes(role));
  const close = (doing: Promise<unknown>) => doing.then(() => setOpen(undefined)).catch(() => setOpen(undefined));
  return (
    <section className="card stack" aria-labelledby={id}>
      <div className="row spread">
        <h2 id={id}>
          {isRequested ? `Request to ${authority.name}` : `Recorded by ${authority.name} without a request`}
        </h2>
        <span className="tag">{words.name}</span>
      </div>
      <p>{words.says}</p>
      <dl className="facts">
        <dt>About</dt>
        <dd>
          {model.name} {model.version}
          {model.digest && (
            <>
              <br />
              <code className="break-all">{model.digest}</code>
            </>
          )}
        </dd>
        {determination.sentAt && (
          <>
            <dt>Sent</dt>
            <dd>
              {moments(determination.sentAt)}
              {determination.answerDay && <>; reads as not answered from {shortDay(determination.answerDay)}</>}
            </dd>
          </>
        )}
        {determination.receivedAt && (
          <>
            <dt>Received</dt>
            <dd>{moments(determination.receivedAt)}</dd>
          </>
        )}
        {determination.withdrawnAt && (
          <>
            <dt>Taken back</dt>
            <dd>{moments(determination.withdrawnAt)}</dd>
          </>
        )}
        {state === 'draft' && (
          <>
            <dt>Who will learn of it</dt>
            <dd>When you send it: {authority.name}, and nobody else. They may read this file already.</dd>
          </>
        )}
        {determination.reference && (
          <>
            <dt>Your reference</dt>
            <dd>
              {determination.reference} <span className="soft">(only your organisation reads this)</span>
            </dd>
          </>
        )}
        {recorded && !recorded.isReleased && (
          <>
            <dt>Who knows of it</dt>
            <dd>Your organisation alone. {developer.name} cannot tell that it exists.</dd>
          </>
        )}
      </dl>
      {recorded && <DeterminationWords saying={recorded} authority={authority.name} />}
      <div className="row">
        {isDeveloper && may('release_manager') && state === 'draft' && (
          <button
            type="button"
            className="usa-button"
            disabled={isBusy}
            onClick={() => onStep({ did: 'submit' }, 'The request is sent.').catch(() => {})}
          >
            Send to {authority.name}
          </button>
        )}
        {isDeveloper && may('release_manager') && isOpen && (
          <button
            type="button"
            className="usa-button usa-button--outline"
            disabled={isBusy}
            onClick={() => onStep({ did: 'withdraw' }, 'The request is taken back.').catch(() => {})}
          >
            {state === 'draft' ? 'Drop the draft' : 'Take the request back'}
          </button>
        )}
        {!isDeveloper && state === 'sent' && !isStale && may('delegate', 'evaluator') && (
          <button
            type="button"
            className="usa-button usa-button--outline"
            disabled={isBusy}
            onClick={() => onStep({ did: 'acknowledge' }, 'The developer reads that it was received.').catch(() => {})}
          >
            Say that it was received
          </button>
        )}
        {!isDeveloper && isOpen && !isStale && may('delegate') && (
          <button type="button" className="usa-button" disabled={isBusy} onClick={() => setOpen('record')}>
            Record the outcome…
          </button>
        )}
        {!isDeveloper && recorded && !recorded.isReleased && may('delegate') && (
          <button type="button" className="usa-button" disabled={isBusy} onClick={() => setOpen('release')}>
            Mark as releasable…
          </button>
        )}
        {recorded?.sentence && may('release_manager', 'security_lead', 'delegate', 'evaluator') && (
          <button type="button" className="usa-button usa-button--unstyled" onClick={() => setOpen('seal')}>
            This text should not be here…
          </button>
        )}
        <Link to="/record" search={{ object: id }}>
          Entries of the log
        </Link>
      </div>
      {open === 'record' && (
        <Modal heading="Record the outcome" isWide onClose={() => setOpen(undefined)}>
          <DeterminationRecord
            previewHeading="What the developer will read"
            outcomes={['covered', 'not_covered', 'declined_to_say']}
            isBusy={isBusy}
            action={`Record, and let ${developer.name} read it`}
            onRecord={(saying) => close(onStep({ did: 'record', ...saying }, 'The outcome is recorded.'))}
          />
        </Modal>
      )}
      {open === 'release' && recorded && (
        <Modal heading="Let the developer know" onClose={() => setOpen(undefined)}>
          <p>
            Everybody at <strong>{developer.name}</strong> who may see this file will read this, and it cannot be taken
            back:
          </p>
          <DeterminationWords saying={recorded} authority={authority.name} />
          <div>
            <button
              type="button"
              className="usa-button"
              disabled={isBusy}
              onClick={() => close(onStep({ did: 'release' }, 'The developer may read it now.'))}
            >
              Let {developer.name} read it
            </button>
          </div>
        </Modal>
      )}
      {open === 'seal' && (
        <Modal heading="Put the text out of sight" onClose={() => setOpen(undefined)}>
          <p>
            For text that was typed here by mistake, such as classified text. Nobody can read the sentence from then on,
            on either side. The outcome stays, and the log says who sealed it and when, never what it said. Then follow
            your own procedure for spillage.
          </p>
          <div>
            <button
              type="button"
              className="usa-button"
              disabled={isBusy}
              onClick={() => close(onStep({ did: 'seal' }, 'The text is out of sight.'))}
            >
              Seal the text
            </button>
          </div>
        </Modal>
      )}
    </section>
  );
}

function AskForm(props: { submission: Submission; asked: Determination[]; onAsk: Step; isBusy: boolean }) {
  const { submission, asked, onAsk, isBusy } = props;
  const known = submission.parties.filter(({ capacity }) => capacity === 'authority');
  // One open request to an authority is enough.
  const waiting = new Set(
    asked.filter((one) => isOpenState(one) && one.standing !== 'stale').map((one) => one.authority.id),
  );
  const authorities = known.filter(({ organisation }) => !waiting.has(organisation));
  if (known.length > 0 && authorities.length === 0) return null;
  const ask = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const authority = String(new FormData(event.currentTarget).get('authority'));
    onAsk({ kind: 'request', authority }, 'The draft is there. Nobody else knows of it.').catch(() => {});
  };
  return (
    <section className="card stack" aria-labelledby="ask">
      <h2 id="ask">Ask an authority</h2>
      <p className="soft">
        Asking is your choice, and you can take a request back at any time without a reason. A draft comes first: nobody
        else knows of it until you send it.
      </p>
      {submission.model.digest === null && (
        <p>A request is about one exact version. Give the digest of the model in its file before you send one.</p>
      )}
      {authorities.length === 0 ? (
        <p>No authority may know of this file yet. Let one know first, then ask it here.</p>
      ) : (
        <form className="form" onSubmit={ask}>
          <Field label="Authority">
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
          <div>
            <button type="submit" className="usa-button" disabled={isBusy}>
              Prepare a request
            </button>
          </div>
        </form>
      )}
    </section>
  );
}
