import { type FormEvent, useState } from 'react';
import { wordsMax } from '../../domain/directory/application.ts';
import { Field } from '../parts/Field.tsx';

/** An act that takes some words: folded away until it is wanted. */
export function WordsForm(props: {
  summary: string;
  /** Whom it is about, for those who hear the page and not see it. */
  about: string;
  label: string;
  hint?: string;
  action: string;
  isPending: boolean;
  onSend: (words: string) => void;
}) {
  const { summary, about, label, hint, action, isPending, onSend } = props;
  const [words, setWords] = useState('');
  const [isTried, setTried] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (words.trim() !== '') onSend(words.trim());
  };
  return (
    <details>
      <summary>
        {summary}
        <span className="visually-hidden"> {about}</span>
      </summary>
      <form className="form form-inset" onSubmit={submit} noValidate>
        <Field
          label={label}
          hint={hint}
          error={isTried && words.trim() === '' ? 'Write a sentence or two.' : undefined}
        >
          {(control) => (
            <textarea
              {...control}
              className="usa-textarea"
              maxLength={wordsMax}
              value={words}
              onChange={(event) => setWords(event.target.value)}
            />
          )}
        </Field>
        <div>
          <button type="submit" className="usa-button" disabled={isPending}>
            {action}
          </button>
        </div>
      </form>
    </details>
  );
}
