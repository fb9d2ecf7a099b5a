import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useId, useState } from 'react';
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

/** What becomes one case, before it does; what looks like another flaw is left out until it is ticked. */
export function AcceptModal(props: {
  id: string;
  findings: string[];
  doubtful: string[];
  onDone: (said: string) => void;
  onClose: () => void;
}) {
  const { id, findings, doubtful, onDone, onClose } = props;
  const [chosen, setChosen] = useState(() => findings.filter((one) => one === id || !doubtful.includes(one)));
  const all = useQuery({
    queryKey: ['acceptance', id, findings],
    queryFn: () => previewAcceptance(id, findings),
    gcTime: 0,
  });
  const preview = useQuery({
    queryKey: ['acceptance', id, chosen],
    queryFn: () => previewAcceptance(id, chosen),
    placeholderData: keepPreviousData,
    gcTime: 0,
  });
  const [title, setTitle] = useState<string>();
  const base = useId();
  const view = preview.data;
  const isMany = findings.length > 1;
  const said = chosen.length > 1 ? 'Joined into one case' : 'Accepted';
  const error = all.error ?? preview.error;
  return (
    <Modal heading={isMany ? 'Join into one case?' : 'Accept as a case?'} onClose={onClose}>
      {error && <Failure error={error} doing="look what would be joined" onRetry={() => preview.refetch()} />}
      {(all.isLoading || preview.isLoading) && <p className="soft">Opening what would be joined…</p>}
      {view && all.data && (
        <ActForm
          label={chosen.length > 1 ? `Join ${chosen.length} reports` : 'Accept'}
          said={said}
          isReady={!preview.isPlaceholderData}
          onAct={async () => {
            await accept(id, { findings: chosen, digest: view.digest, ...(title?.trim() && { title: title.trim() }) });
            onDone(said);
          }}
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
          <ul className="plain-list case-members">
            {all.data.joined.map((member) => (
              <li key={member.finding} className="usa-checkbox">
                <input
                  id={`${base}${member.finding}`}
                  className="usa-checkbox__input"
                  type="checkbox"
                  disabled={member.finding === id}
                  checked={chosen.includes(member.finding)}
                  onChange={() =>
                    setChosen((before) =>
                      before.includes(member.finding)
                        ? before.filter((one) => one !== member.finding)
                        : findings.filter((one) => one === member.finding || before.includes(one)),
                    )
                  }
                />
                <label className="usa-checkbox__label" htmlFor={`${base}${member.finding}`}>
                  <span data-source="outside">{member.title}</span>
                </label>
                <p className="small soft">
                  {member.source?.name ?? 'Without an account'} · {moments(member.receivedAt)}
                  {doubtful.includes(member.finding) && ' · it rather looks like another flaw'}
                </p>
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

/** What is written to a reporter. */
function WordsField(props: { label: string; hint?: string; value: string; onChange: (value: string) => void }) {
  const { label, hint, value, onChange } = props;
  return (
    <Field label={label} hint={hint}>
      {(control) => (
        <textarea
          {...control}
          className="usa-textarea area-tall"
          maxLength={4000}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
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
        <WordsField
          label="Your question"
          hint="Write nothing that tells what others reported. Until it is answered the finding rests."
          value={text}
          onChange={setText}
        />
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
        <WordsField
          label="Reason, for the reporter"
          hint="Write nothing that tells what others reported."
          value={reason}
          onChange={setReason}
        />
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
        <WordsField label="Reason, for the reporter" value={reason} onChange={setReason} />
      </ActForm>
    </Modal>
  );
}
