import { type FormEvent, useState } from 'react';
import { moments } from '../parts/dates.ts';
import { Failure } from '../parts/Failure.tsx';
import { Field } from '../parts/Field.tsx';
import type { FindingMessage, FindingView } from './intake-api.ts';
import { stateWords } from './intake-api.ts';

const speakers = { question: 'A coordinator asks', answer: 'You answered', decision: 'A coordinator decided' } as const;

/** Questions of coordinators and the answers of the one who reported, with the place to answer. */
export function FindingThread(props: {
  messages: FindingMessage[];
  /** Absent where nothing is asked. */
  onAnswer?: ((text: string) => Promise<unknown>) | undefined;
}) {
  const { messages, onAnswer } = props;
  const [text, setText] = useState('');
  const [isSending, setSending] = useState(false);
  const [error, setError] = useState<unknown>();
  if (messages.length === 0) return null;
  const send = async (event: FormEvent) => {
    event.preventDefault();
    if (!onAnswer || text.trim() === '') return;
    setSending(true);
    setError(undefined);
    try {
      await onAnswer(text.trim());
      setText('');
    } catch (problem) {
      setError(problem);
    } finally {
      setSending(false);
    }
  };
  return (
    <section className="card stack" aria-labelledby="thread">
      <h2 id="thread">Questions and answers</h2>
      <ol className="thread">
        {messages.map((message) => (
          <li key={message.id} className={message.kind === 'answer' ? 'thread-answer' : 'thread-question'}>
            <p className="small soft">
              {speakers[message.kind]} · {moments(message.at)}
            </p>
            <p className="report-prose" data-source="outside">
              {message.text}
            </p>
          </li>
        ))}
      </ol>
      {!onAnswer && <p className="small soft">You can write here whenever a coordinator asks something.</p>}
      {onAnswer && (
        <form className="stack" onSubmit={send}>
          <Field label="Your answer" hint="Seen by the coordinators of this instance only.">
            {(control) => (
              <textarea
                {...control}
                className="usa-textarea"
                required
                maxLength={16_000}
                value={text}
                onChange={(event) => setText(event.target.value)}
              />
            )}
          </Field>
          {error !== undefined && <Failure error={error} doing="send your answer" />}
          <p>
            <button type="submit" className="usa-button" disabled={isSending || text.trim() === ''}>
              {isSending ? 'Sending…' : 'Send the answer'}
            </button>
          </p>
        </form>
      )}
    </section>
  );
}

/** How a finding came to stand where it stands. */
export function StateSteps({ states }: { states: FindingView['states'] }) {
  return (
    <ol className="steps-line" aria-label="How it came to stand there">
      {states.map(({ state, at }) => (
        <li key={`${state} ${at}`}>
          <strong>{stateWords[state].name}</strong>
          <span className="small soft">{moments(at)}</span>
        </li>
      ))}
    </ol>
  );
}
