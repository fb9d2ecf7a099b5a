import { type FormEvent, useState } from 'react';
import {
  choiceBounds,
  type HorizonChoices,
  usualChoices,
  type WeightColumn,
} from '../../domain/evidence/model-horizon.ts';
import { Field } from '../parts/Field.tsx';
import { count } from '../parts/numbers.ts';
import { progressWords } from './horizon-words.ts';
import type { Progress } from './horizon-work.ts';
import { MethodLink } from './MethodLink.tsx';

type Draft = Record<keyof typeof choiceBounds, string>;

const draftOf = ({ lambda, bootstrap, seed }: HorizonChoices): Draft => ({
  lambda: String(lambda),
  bootstrap: String(bootstrap),
  seed: String(seed),
});

/** How horizons are worked out, in plain words, with the usual choices and why they are usual. */
export function HorizonForm(props: {
  choices: HorizonChoices;
  progress: Progress | undefined;
  onChange: (choices: HorizonChoices) => void;
}) {
  const { choices, progress, onChange } = props;
  const [weights, setWeights] = useState(choices.weights);
  const [draft, setDraft] = useState(draftOf(choices));
  const [faults, setFaults] = useState<Partial<Draft>>({});
  const isBusy = progress !== undefined;
  const { text, value } = progressWords(progress);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const found = faultsOf(draft);
    setFaults(found);
    if (Object.keys(found).length > 0) return;
    onChange({ weights, lambda: Number(draft.lambda), bootstrap: Number(draft.bootstrap), seed: Number(draft.seed) });
  };
  const reset = () => {
    setWeights(usualChoices.weights);
    setDraft(draftOf(usualChoices));
    setFaults({});
    onChange(usualChoices);
  };
  const number = (name: keyof Draft, label: string, hint: string) => (
    <Field label={label} hint={hint} error={faults[name]}>
      {(control) => (
        <input
          {...control}
          className="usa-input"
          inputMode="decimal"
          autoComplete="off"
          value={draft[name]}
          onChange={(event) => setDraft({ ...draft, [name]: event.target.value })}
        />
      )}
    </Field>
  );
  return (
    <form className="card stack" aria-labelledby="choices" onSubmit={submit} noValidate>
      <h2 id="choices">How it is worked out</h2>
      <p className="small soft">
        A weighted logistic regression of success on log2 of the human minutes (<MethodLink id="b7" />; METR 2025,
        Lyptus 2026). Compare horizons only where weights and penalty are the same.
      </p>
      <div className="horizon-form">
        <Field
          label="Weight of a run"
          hint="By family is usual: otherwise a family of many tasks alike decides the result. The file's own weights are used where it has them."
        >
          {(control) => (
            <select
              {...control}
              className="usa-select"
              value={weights}
              onChange={(event) => setWeights(event.target.value as WeightColumn)}
            >
              <option value="invsqrt_task_weight">By family: a task counts 1 / √(tasks in its family)</option>
              <option value="equal_task_weight">Every task counts the same</option>
            </select>
          )}
        </Field>
        {number(
          'lambda',
          'Penalty on the slope (λ)',
          'Usual is 0.00001, which only keeps the slope finite. Weights sum to 1, so even 0.1 is strong: it moved one published horizon from 186 to 222 minutes.',
        )}
        {number(
          'bootstrap',
          'Draws behind the intervals',
          'Usual is 1000. Each draws families, their tasks and their runs anew, and fits again. More draws take longer; 0 leaves intervals out.',
        )}
        {number(
          'seed',
          'Seed of the draws',
          'Any whole number. The same seed gives the same intervals, here and on the command line.',
        )}
      </div>
      <div className="row">
        <button type="submit" className="usa-button" disabled={isBusy}>
          Work it out again
        </button>
        <button type="button" className="usa-button usa-button--outline" disabled={isBusy} onClick={reset}>
          Usual choices
        </button>
        <div className="horizon-progress">
          {isBusy && (
            <>
              <progress className="progress" value={value} max={1} aria-label="Progress" />
              <p className="small soft">{text}</p>
            </>
          )}
        </div>
      </div>
    </form>
  );
}

function faultsOf(draft: Draft): Partial<Draft> {
  const faults: Partial<Draft> = {};
  for (const name of Object.keys(choiceBounds) as (keyof Draft)[]) {
    const { least, most } = choiceBounds[name];
    const value = Number(draft[name]);
    const isWhole = name === 'lambda' || Number.isInteger(value);
    if (draft[name].trim() === '' || !isWhole || !(value >= least && value <= most))
      faults[name] = `Give a ${name === 'lambda' ? '' : 'whole '}number from ${count(least)} to ${count(most)}.`;
  }
  return faults;
}
