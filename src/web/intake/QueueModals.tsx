import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useState } from 'react';
import { moments } from '../parts/dates.ts';
import { Failure } from '../parts/Failure.tsx';
import { Field } from '../parts/Field.tsx';
import { Modal } from '../parts/Modal.tsx';
import { counted } from '../parts/numbers.ts';
import { Segments } from '../parts/Segments.tsx';
import { announce } from '../shell/announce.ts';
import { accept, askReporter, previewAcceptance, refreshDesk, refuse, reopen } from './queue-api.ts';

/** A form in a dialog: sends, says what went wrong, closes. */
function ActForm(props: {
  label: string;
  said: string;
  isReady: boolean;
  onAct: () => Promise<unknown>;
  onClose: () => void;
  children: ReactNode;
}) {
  const { label, said, isReady, onAct, onClose, children } = props;
  const client = useQueryClient();
  const [error, setError] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  const send = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    try {
      await onAct();
      await refreshDesk(client);
      announce(said);
      onClose();
    } catch (problem) {
      setError(problem);
      setBusy(false);
    }
  };
  return (
    <form className="stack" onSubmit={send}>
      {children}
      {error !== undefined && <Failure error={error} doing="do that" />}
      <p>
        <button type="submit" className="usa-button" disabled={isBusy || !isReady}>
          {label}
        </button>
      </p>
    </form>
  );
}

/** What becomes one case, before it does. */
export function AcceptModal(props: { id: string; findings: string[]; onClose: () => void }) {
  const { id, findings, onClose } = props;
  const preview = useQuery({
    queryKey: ['acceptance', id, findings],
    queryFn: () => previewAcceptance(id, findings),
    gcTime: 0,
  });
  const [title, setTitle] = useState<string>();
  const view = preview.data;
  return (
    <Modal heading={findings.length > 1 ? 'Join into one case?' : 'Accept as a case?'} onClose={onClose}>
      {preview.error && (
        <Failure error={preview.error} doing="look what would be joined" onRetry={() => preview.refetch()} />
      )}
      {preview.isLoading && <p className="soft">Opening what would be joined…</p>}
      {view && (
        <ActForm
          label={findings.length > 1 ? `Join ${findings.length} reports` : 'Accept'}
          said={findings.length > 1 ? 'Joined into one case' : 'Accepted'}
          isReady
          onAct={() => accept(id, { findings, digest: view.digest, ...(title?.trim() && { title: title.trim() }) })}
          onClose={onClose}
        >
          {view.case === null ? (
            <Field label="Title of the case">
              {(control) => (
                <input
                  {...control}
                  className="usa-input"
                  maxLength={300}
                  value={title ?? view.title}
                  onChange={(event) => setTitle(event.target.value)}
                />
              )}
            </Field>
          ) : (
            <p>
              They join the case <strong data-source="outside">{view.case.title}</strong>.
            </p>
          )}
          <ul className="plain-list">
            {view.joined.map((member) => (
              <li key={member.finding}>
                <span data-source="outside">{member.title}</span>
                <span className="small soft">
                  {' '}
                  · {member.source?.name ?? 'without an account'} · {moments(member.receivedAt)}
                </span>
              </li>
            ))}
          </ul>
          <p className="small soft">
            {counted(view.sources, 'source')}: each keeps its own receipt, time and credit, and none learns of another.
            It can be undone.
          </p>
        </ActForm>
      )}
    </Modal>
  );
}

export function AskModal(props: { id: string; onClose: () => void }) {
  const { id, onClose } = props;
  const [text, setText] = useState('');
  return (
    <Modal heading="Ask the reporter" onClose={onClose}>
      <ActForm
        label="Send the question"
        said="Asked"
        isReady={text.trim() !== ''}
        onAct={() => askReporter(id, text.trim())}
        onClose={onClose}
      >
        <Field
          label="Your question"
          hint="Write nothing that tells what others reported. Until it is answered the finding rests."
        >
          {(control) => (
            <textarea
              {...control}
              className="usa-textarea area-tall"
              maxLength={4000}
              value={text}
              onChange={(event) => setText(event.target.value)}
            />
          )}
        </Field>
      </ActForm>
    </Modal>
  );
}

export function RefuseModal(props: { id: string; onClose: () => void }) {
  const { id, onClose } = props;
  const [as, setAs] = useState<'not_reproduced' | 'out_of_scope'>('not_reproduced');
  const [reason, setReason] = useState('');
  return (
    <Modal heading="Refuse this report" onClose={onClose}>
      <ActForm
        label="Refuse"
        said="Refused"
        isReady={reason.trim() !== ''}
        onAct={() => refuse(id, { as, reason: reason.trim() })}
        onClose={onClose}
      >
        <Segments
          legend="As what"
          value={as}
          onChange={setAs}
          options={[
            { value: 'not_reproduced', label: 'Not reproduced' },
            { value: 'out_of_scope', label: 'Out of scope' },
          ]}
        />
        <Field label="Reason, for the reporter" hint="Write nothing that tells what others reported.">
          {(control) => (
            <textarea
              {...control}
              className="usa-textarea area-tall"
              maxLength={4000}
              value={reason}
              onChange={(event) => setReason(event.target.value)}
            />
          )}
        </Field>
      </ActForm>
    </Modal>
  );
}

export function ReopenModal(props: { id: string; onClose: () => void }) {
  const { id, onClose } = props;
  const [reason, setReason] = useState('');
  return (
    <Modal heading="Take it up again" onClose={onClose}>
      <ActForm
        label="Take up again"
        said="Taken up again"
        isReady={reason.trim() !== ''}
        onAct={() => reopen(id, reason.trim())}
        onClose={onClose}
      >
        <Field label="Reason, for the reporter">
          {(control) => (
            <textarea
              {...control}
              className="usa-textarea area-tall"
              maxLength={4000}
              value={reason}
              onChange={(event) => setReason(event.target.value)}
            />
          )}
        </Field>
      </ActForm>
    </Modal>
  );
}
