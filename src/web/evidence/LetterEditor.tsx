import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useEffect, useState } from 'react';
import { canonicalJson } from '../../domain/canonical-json.ts';
import {
  type FreeText,
  freeTexts,
  type LetterEdits,
  letterLimits,
  type SectionKey,
} from '../../domain/evidence/letter.ts';
import { ask } from '../api.ts';
import { Failure } from '../parts/Failure.tsx';
import { Field } from '../parts/Field.tsx';
import { announce } from '../shell/announce.ts';
import { type LetterView, letterPath, useRefresh } from './result-api.ts';

/**
 * The author's own texts, and what the released copy withholds. Everything else follows from the result. `onUnsaved` hears whether
 * something was typed that is not in the letter yet: nobody signs without it.
 */
export function LetterEditor(props: {
  view: LetterView;
  own: NonNullable<LetterView['own']>;
  onUnsaved: (isUnsaved: boolean) => void;
}) {
  const { view, own, onUnsaved } = props;
  const refresh = useRefresh('letter');
  const [texts, setTexts] = useState(own.edits.texts);
  const [withheld, setWithheld] = useState(own.edits.withheld);
  const edits: LetterEdits = {
    texts: Object.fromEntries(Object.entries(texts).filter(([, text]) => text.trim() !== '')),
    withheld,
  };
  const isChanged = canonicalJson(edits) !== canonicalJson(own.edits);
  const isEditable = view.released === null;
  const missing = Object.values(withheld).some((reason) => reason.trim() === '');
  useEffect(() => {
    onUnsaved(isEditable && isChanged);
    return () => onUnsaved(false);
  }, [isEditable, isChanged, onUnsaved]);
  const discard = () => {
    setTexts(own.edits.texts);
    setWithheld(own.edits.withheld);
  };
  const change = useMutation({
    mutationFn: () => ask<LetterView>(letterPath(view.id), { method: 'PUT', body: { edits, digest: view.digest } }),
    onSuccess: ({ own: saved }) => {
      announce('The letter is saved.');
      // As it was kept: words that change nothing of the letter, such as a last empty line, are then no longer unsaved.
      if (saved !== null) {
        setTexts(saved.edits.texts);
        setWithheld(saved.edits.withheld);
      }
      return refresh();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate();
  };
  const withhold = (key: SectionKey, isWithheld: boolean) =>
    setWithheld(({ [key]: _, ...rest }) => (isWithheld ? { ...rest, [key]: '' } : rest));
  if (!isEditable)
    return <p className="soft small">A copy is with others. Take it back before you change the letter.</p>;
  return (
    <section className="card stack" aria-labelledby="edit">
      <h2 id="edit">Your words</h2>
      <form className="stack" onSubmit={submit}>
        {(Object.keys(freeTexts) as FreeText[]).map((key) => (
          <Field key={key} label={freeTexts[key]}>
            {(control) => (
              <textarea
                {...control}
                className="usa-textarea"
                rows={4}
                maxLength={letterLimits.textLengthMax}
                value={texts[key] ?? ''}
                onChange={(event) => setTexts((before) => ({ ...before, [key]: event.target.value }))}
              />
            )}
          </Field>
        ))}
        <fieldset className="usa-fieldset stack-tight">
          <legend className="usa-legend">Withhold from the copy</legend>
          <p className="usa-hint">The copy says what is withheld, and why.</p>
          {view.letter.sections.map(({ key, heading }) => (
            <div key={key} className="stack-tight">
              <div className="usa-checkbox">
                <input
                  id={`withhold-${key}`}
                  className="usa-checkbox__input"
                  type="checkbox"
                  checked={withheld[key] !== undefined}
                  onChange={(event) => withhold(key, event.target.checked)}
                />
                <label className="usa-checkbox__label" htmlFor={`withhold-${key}`}>
                  {heading}
                </label>
              </div>
              {withheld[key] !== undefined && (
                <Field
                  label={`Why “${heading}” is withheld`}
                  error={
                    withheld[key].trim() === ''
                      ? `Give the reason for withholding “${heading}”: the copy says it.`
                      : undefined
                  }
                >
                  {(control) => (
                    <input
                      {...control}
                      className="usa-input"
                      required
                      maxLength={letterLimits.reasonLengthMax}
                      value={withheld[key]}
                      onChange={(event) => setWithheld((before) => ({ ...before, [key]: event.target.value }))}
                    />
                  )}
                </Field>
              )}
            </div>
          ))}
        </fieldset>
        {own.signatures.length > 0 && isChanged && (
          <p className="small">Saving ends the {own.signatures.length === 1 ? 'signature' : 'signatures'} on it.</p>
        )}
        {change.error && <Failure error={change.error} doing="save the letter" onRetry={refresh} />}
        <p className="soft small" id="save-hint">
          {!isChanged
            ? 'Nothing has changed since the letter was saved.'
            : missing
              ? 'It can be saved once each withheld part has its reason.'
              : 'What you typed is not in the letter yet.'}
        </p>
        <div className="row">
          <button
            type="submit"
            className="usa-button usa-button--outline"
            aria-describedby="save-hint"
            disabled={!isChanged || missing || change.isPending}
          >
            Save the letter
          </button>
          {isChanged && (
            <button type="button" className="usa-button usa-button--unstyled" onClick={discard}>
              Discard what is unsaved
            </button>
          )}
        </div>
      </form>
    </section>
  );
}
