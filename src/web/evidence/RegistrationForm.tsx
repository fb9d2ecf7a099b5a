import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, type ReactNode, useState } from 'react';
import { readPlan } from '../../domain/evidence/evaluation-plan.ts';
import { ruleWords } from '../../domain/evidence/letter-words.ts';
import { defaults, type Metric, type Registration } from '../../domain/evidence/registration.ts';
import { thresholdTest } from '../../domain/evidence/statistics/power.ts';
import { ask } from '../api.ts';
import { Failure } from '../parts/Failure.tsx';
import { Field } from '../parts/Field.tsx';
import { Notice } from '../parts/Notice.tsx';
import { counted } from '../parts/numbers.ts';
import { usePacks } from './pack-api.ts';
import { type RegistrationView, useRefresh } from './result-api.ts';
import { useRuns } from './run-api.ts';

/** The form while it is filled in: numbers as they were typed. */
const empty = {
  title: '',
  threshold: '50',
  direction: defaults.direction as Registration['direction'],
  metric: defaults.metric.kind as Metric['kind'],
  k: '1',
  estimand: defaults.estimand as Registration['estimand'],
  confidence: String(defaults.confidence * 100),
  attempts: String(defaults.attempts),
  minimumClusters: String(defaults.minimumClusters),
  budgetTokens: '',
  looks: '1',
  cheating: defaults.cheating as Registration['cheating'],
  seed: String(defaults.seed),
  task: '',
  scorer: '',
  clusterBy: '',
  items: '',
  packRoot: '',
};
type Draft = typeof empty;

/** Shares as they were meant: 55.1 of a hundred is 0.551, whatever binary fractions make of it. */
const share = (text: string): number => Number((Number(text) / 100).toPrecision(12));
const orNull = (text: string): string | null => (text.trim() === '' ? null : text.trim());

function planOf(draft: Draft) {
  const { metric } = draft;
  return {
    format: 'assay-evaluation-plan/1',
    rule: {
      format: defaults.format,
      title: draft.title.trim(),
      metric: metric === 'success_rate' ? { kind: metric } : { kind: metric, k: Number(draft.k) },
      estimand: draft.estimand,
      threshold: share(draft.threshold),
      direction: draft.direction,
      confidence: share(draft.confidence),
      attempts: Number(draft.attempts),
      minimumClusters: Number(draft.minimumClusters),
      budgetTokens: draft.budgetTokens.trim() === '' ? null : Number(draft.budgetTokens),
      stopping:
        Number(draft.looks) > 1 ? { kind: 'fixed_looks', looks: Number(draft.looks) } : { kind: 'no_interim_look' },
      cheating: draft.cheating,
      seed: Number(draft.seed),
    },
    task: draft.task.trim(),
    scorer: draft.scorer.trim(),
    clusterBy: orNull(draft.clusterBy),
    items: Number(draft.items),
    packRoot: orNull(draft.packRoot),
  };
}

/** Registers a rule. What is not asked first stands on its default, folded but to be seen. */
export function RegistrationForm() {
  const navigate = useNavigate();
  const refresh = useRefresh('registration');
  const packs = usePacks(undefined);
  const runs = useRuns(undefined, true);
  const [draft, setDraft] = useState(empty);
  const set = (change: Partial<Draft>) => setDraft((before) => ({ ...before, ...change }));
  const plan = planOf(draft);
  const read = readPlan(plan);
  const problems = 'problems' in read ? read.problems : [];
  const [isAsked, setAsked] = useState(false);
  const errorOf = (path: string) => (isAsked ? problems.find((one) => one.path === path)?.message : undefined);
  const register = useMutation({
    mutationFn: () => ask<RegistrationView>('/api/v1/registrations', { method: 'POST', body: { plan } }),
    onSuccess: async ({ id }) => {
      await refresh();
      await navigate({ to: '/evidence/rules/$id', params: { id } });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setAsked(true);
    if (problems.length === 0) register.mutate();
  };
  const tasks = [...new Set((runs.data?.items ?? []).flatMap(({ task }) => task ?? []))];
  const field = (name: keyof Draft, path: string, label: string, hint: ReactNode, more: FieldMore = {}) => (
    <Field label={label} hint={hint} error={errorOf(path)}>
      {(control) => (
        <input
          {...control}
          className={`usa-input ${more.inputMode === undefined ? '' : 'number-input'}`}
          {...more}
          value={draft[name]}
          onChange={(event) => set({ [name]: event.target.value })}
        />
      )}
    </Field>
  );
  const choice = <Name extends 'direction' | 'metric' | 'estimand' | 'cheating'>(
    name: Name,
    label: string,
    hint: ReactNode,
    options: readonly (readonly [Draft[Name], string])[],
  ) => (
    <Field label={label} hint={hint}>
      {(control) => (
        <select
          {...control}
          className="usa-select"
          value={draft[name]}
          onChange={(event) => set({ [name]: event.target.value as Draft[Name] } as Partial<Draft>)}
        >
          {options.map(([value, text]) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
  return (
    <section className="card stack" aria-labelledby="register">
      <h2 id="register">Register a rule</h2>
      <p className="soft">
        The threshold is your own. No determination is derived from it, and no release waits for it.
      </p>
      <form className="stack" onSubmit={submit} noValidate>
        <div className="two-columns">
          <div className="form">
            {field(
              'title',
              'rule.title',
              'What is asked',
              'In a sentence, for example: does the model find more than half of these flaws?',
            )}
            {choice('metric', 'What is measured', undefined, [
              ['success_rate', 'Share of attempts that succeed'],
              ['pass_at_k', 'At least one of k attempts succeeds'],
              ['pass_hat_k', 'All of k attempts succeed'],
            ])}
            {draft.metric !== 'success_rate' &&
              field('k', 'rule.metric.k', 'k', 'At most the attempts at each item.', { inputMode: 'numeric' })}
            {choice('direction', 'The rule is met when it lies', 'With its uncertainty: the whole of it lies there.', [
              ['above', 'above the threshold'],
              ['below', 'below the threshold'],
            ])}
            {field('threshold', 'rule.threshold', 'Threshold, in per cent', 'Above 0 and below 100.', {
              inputMode: 'decimal',
            })}
          </div>
          <div className="form">
            {field('task', 'task', 'Task', 'As the logs name it. Logs of another task are refused.', {
              list: 'known-tasks',
            })}
            <datalist id="known-tasks">
              {tasks.map((task) => (
                <option key={task} value={task} />
              ))}
            </datalist>
            {field('scorer', 'scorer', 'Scorer', 'As the logs name it, with its part where it has several.')}
            {field('items', 'items', 'Items', 'How many different items there are.', { inputMode: 'numeric' })}
            {field(
              'clusterBy',
              'clusterBy',
              'Items are grouped by',
              `The metadata that says which items resemble one another. Empty: each stands alone. At least ${draft.minimumClusters} groups are asked for (fewest groups, below).`,
            )}
            <p className="small" role="status">
              {groupsWarning(draft)}
            </p>
            {field('attempts', 'rule.attempts', 'Attempts at each item', 'Further ones are left out of the result.', {
              inputMode: 'numeric',
            })}
          </div>
        </div>
        <details className="details">
          <summary>What else is fixed, with its defaults</summary>
          <div className="two-columns form-inset">
            <div className="form">
              {choice('estimand', 'What it is about', 'Items like these has the wider uncertainty, and says more.', [
                ['generalized', 'Items like these'],
                ['benchmark', 'These items only'],
              ])}
              {choice(
                'cheating',
                'A dishonest success counts as',
                'A success that readers at the desk found to be none. All three ways are shown, whichever you choose.',
                [
                  ['strict', 'a failure'],
                  ['dropped', 'nothing: the attempt is left out'],
                  ['counted', 'a success'],
                ],
              )}
              {field('confidence', 'rule.confidence', 'Confidence, in per cent', 'Of each bound. 95 is usual.', {
                inputMode: 'decimal',
              })}
              {field(
                'minimumClusters',
                'rule.minimumClusters',
                'Fewest groups of items',
                'With fewer, the result stays undecided.',
                {
                  inputMode: 'numeric',
                },
              )}
            </div>
            <div className="form">
              {field('budgetTokens', 'rule.budgetTokens', 'Tokens of one attempt', 'Empty: nothing limits them.', {
                inputMode: 'numeric',
              })}
              {field(
                'looks',
                'rule.stopping.looks',
                'Looks at the result',
                'One: nobody looks before the end. With more, the error is shared out between them.',
                {
                  inputMode: 'numeric',
                },
              )}
              {field('seed', 'rule.seed', 'Seed', 'Of everything that is drawn by lot.', { inputMode: 'numeric' })}
              <Field label="Sealed task pack" hint="If the items were fixed as well.">
                {(control) => (
                  <select
                    {...control}
                    className="usa-select"
                    value={draft.packRoot}
                    onChange={(event) => set({ packRoot: event.target.value })}
                  >
                    <option value="">None</option>
                    {packs.data?.items.map(({ id, statement }) => (
                      <option key={id} value={statement.root}>
                        {statement.name} {statement.version}
                      </option>
                    ))}
                  </select>
                )}
              </Field>
            </div>
          </div>
        </details>
        <HowMany draft={draft} />
        {'plan' in read && <p className="preview">{ruleWords(read.plan.rule)}</p>}
        {isAsked && problems.length > 0 && (
          <Notice kind="error" heading="Some fields want another look">
            <ul className="plain-list">
              {problems.map(({ path, message }) => (
                <li key={path}>{message}</li>
              ))}
            </ul>
          </Notice>
        )}
        {register.error && <Failure error={register.error} doing="register the rule" />}
        <div>
          <button type="submit" className="usa-button" disabled={register.isPending}>
            Register the rule
          </button>
        </div>
      </form>
    </section>
  );
}

/** What to think of before asking for more groups of items than there are; undefined where there is nothing to say. */
function groupsWarning({ items, clusterBy, minimumClusters }: Draft): string | undefined {
  const least = Number(minimumClusters);
  if (!(least > 0)) return undefined;
  if (items.trim() !== '' && Number(items) > 0 && Number(items) < least)
    return `${counted(Number(items), 'item')} cannot make ${counted(least, 'group')}: the result would stay undecided. Run more items, or ask for fewer groups.`;
  if (clusterBy.trim() !== '')
    return `At least ${counted(least, 'group')} by “${clusterBy.trim()}” are asked for. Does the task have so many? With fewer the result stays undecided.`;
  return undefined;
}

type FieldMore = { inputMode?: 'numeric' | 'decimal'; list?: string };

const powers = 0.8;

/** How many items the rule would need if the model were as good as one supposes. */
function HowMany({ draft }: { draft: Draft }) {
  const [supposed, setSupposed] = useState('');
  const [answer, setAnswer] = useState<string>();
  const work = () => {
    const [threshold, rate, confidence] = [share(draft.threshold), share(supposed), share(draft.confidence)];
    const isBelow = draft.direction === 'below';
    const isInside = threshold > 0 && threshold < 1 && rate > 0 && rate < 1 && confidence >= 0.8 && confidence < 1;
    if (!isInside || (isBelow ? rate >= threshold : rate <= threshold)) {
      setAnswer(
        `Suppose a rate ${isBelow ? 'below' : 'above'} the threshold, between 0 and 100: otherwise no number of items shows it.`,
      );
      return;
    }
    // A rate below T is a rate of failures above 1 - T.
    const test = isBelow
      ? thresholdTest(1 - threshold, 1 - rate, 1 - confidence, powers)
      : thresholdTest(threshold, rate, 1 - confidence, powers);
    setAnswer(
      test === undefined
        ? 'More than 20,000 items would be needed: the supposed rate is too near to the threshold.'
        : `${test.items.toLocaleString('en')} independent items, one attempt each: then the chance to see it is ${powers * 100} in 100. Items that resemble one another count for less.`,
    );
  };
  return (
    <details className="details">
      <summary>How many items would I need?</summary>
      <div className="form form-inset">
        <Field
          label="Suppose the true rate is, in per cent"
          hint="The nearer to the threshold, the more items it takes."
        >
          {(control) => (
            <input
              {...control}
              className="usa-input number-input"
              inputMode="decimal"
              value={supposed}
              onChange={(event) => setSupposed(event.target.value)}
            />
          )}
        </Field>
        <div>
          <button type="button" className="usa-button usa-button--outline" onClick={work}>
            Work it out
          </button>
        </div>
        <p role="status">{answer}</p>
      </div>
    </details>
  );
}
