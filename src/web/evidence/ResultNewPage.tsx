import { useMutation } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { type FormEvent, useEffect, useState } from 'react';
import { type CardField, questions } from '../../domain/evidence/elicitation.ts';
import { ruleWords } from '../../domain/evidence/letter-words.ts';
import { ask } from '../api.ts';
import { useSession } from '../directory/session.ts';
import { moments } from '../parts/dates.ts';
import { Empty } from '../parts/Empty.tsx';
import { Failure } from '../parts/Failure.tsx';
import { Field } from '../parts/Field.tsx';
import { Notice } from '../parts/Notice.tsx';
import { counted } from '../parts/numbers.ts';
import { PageHeading } from '../parts/PageHeading.tsx';
import {
  cardOf,
  type DraftAnswer,
  type DraftCard,
  type RegistrationView,
  type ResultView,
  useRefresh,
  useRegistrations,
} from './result-api.ts';
import { type Run, useRuns } from './run-api.ts';

/** Works out a registered rule over runs: which rule, which runs, and what was done to bring out ability. */
export function ResultNewPage() {
  const search = useSearch({ from: '/evidence/results/new' });
  const navigate = useNavigate();
  const session = useSession();
  const rules = useRegistrations(undefined);
  const open = (rules.data?.items ?? []).filter(
    ({ withdrawnAt, organisation }) => withdrawnAt === null && organisation === session.data?.organisation?.id,
  );
  const rule = open.find(({ id }) => id === search.registration);
  return (
    <div className="stack-wide">
      <PageHeading lead="The rule stands as it was registered. What you add are the runs, and what was done to bring out what the model can do.">
        Compute a result
      </PageHeading>
      <p>
        <Link to="/evidence/results">Results</Link>
      </p>
      {rules.error && <Failure error={rules.error} doing="list the rules" onRetry={() => rules.refetch()} />}
      {rules.data && open.length === 0 && (
        <Empty heading="No rule is registered">
          <p>
            A result needs a rule that was written down. <Link to="/evidence/rules">Register one</Link>
          </p>
        </Empty>
      )}
      {open.length > 0 && (
        <section className="card stack" aria-labelledby="rule">
          <h2 id="rule">1. The rule</h2>
          <Field label="Rule">
            {(control) => (
              <select
                {...control}
                className="usa-select"
                value={search.registration ?? ''}
                onChange={(event) =>
                  navigate({ to: '/evidence/results/new', search: { registration: event.target.value } })
                }
              >
                <option value="">Choose a rule</option>
                {open.map(({ id, plan }) => (
                  <option key={id} value={id}>
                    {plan.rule.title}
                  </option>
                ))}
              </select>
            )}
          </Field>
          {rule && <p>{ruleWords(rule.plan.rule)}</p>}
        </section>
      )}
      {rule && session.data?.person && <Compute key={rule.id} rule={rule} person={session.data.person.id} />}
    </div>
  );
}

/** What was typed, kept in this tab until the result is computed. */
function useCardDraft(key: string) {
  const [draft, setDraft] = useState<DraftCard>(() => {
    try {
      return JSON.parse(sessionStorage.getItem(key) ?? '{}') as DraftCard;
    } catch {
      return {};
    }
  });
  useEffect(() => sessionStorage.setItem(key, JSON.stringify(draft)), [draft, key]);
  return [draft, setDraft] as const;
}

function Compute({ rule, person }: { rule: RegistrationView; person: string }) {
  const navigate = useNavigate();
  const refresh = useRefresh('result');
  const key = `assay.card.${person}.${rule.id}`;
  const [card, setCard] = useCardDraft(key);
  const [chosen, setChosen] = useState<string[]>([]);
  const compute = useMutation({
    mutationFn: () =>
      ask<ResultView>('/api/v1/results', {
        method: 'POST',
        body: { registration: rule.id, runs: chosen, card: cardOf(card) },
      }),
    onSuccess: async ({ id }) => {
      sessionStorage.removeItem(key);
      await refresh();
      await navigate({ to: '/evidence/results/$id', params: { id } });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    compute.mutate();
  };
  return (
    <form className="stack-wide" onSubmit={submit}>
      <Runs rule={rule} chosen={chosen} onChange={setChosen} />
      <Card card={card} onChange={(field, answer) => setCard((before) => ({ ...before, [field]: answer }))} />
      {compute.error && <Failure error={compute.error} doing="compute the result" />}
      <div className="row">
        <button type="submit" className="usa-button" disabled={compute.isPending || chosen.length === 0}>
          {compute.isPending ? 'Computing…' : 'Compute the result'}
        </button>
        {chosen.length === 0 && <span className="soft small">Choose at least one run first.</span>}
      </div>
    </form>
  );
}

function Runs(props: { rule: RegistrationView; chosen: string[]; onChange: (next: string[]) => void }) {
  const { rule, chosen, onChange } = props;
  const runs = useRuns(undefined, true);
  const fitting = (runs.data?.items ?? []).filter(({ state, task }) => state === 'ready' && task === rule.plan.task);
  const models = new Set(fitting.filter(({ id }) => chosen.includes(id)).map(({ model }) => model));
  const toggle = ({ id }: Run) => onChange(chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id]);
  return (
    <section className="card stack" aria-labelledby="runs">
      <h2 id="runs">2. The runs</h2>
      <p className="soft">
        Runs of the task “{rule.plan.task}”, all of one model. Attempts that your desk found dishonest are counted as
        registered, and shown in all three ways.
      </p>
      {runs.error && <Failure error={runs.error} doing="list the runs" onRetry={() => runs.refetch()} />}
      {runs.data && fitting.length === 0 && (
        <p>
          None of this task is kept here. <Link to="/evidence">Bring one in</Link>
        </p>
      )}
      <div>
        {fitting.map((run) => (
          <div key={run.id} className="usa-checkbox">
            <input
              id={run.id}
              className="usa-checkbox__input"
              type="checkbox"
              checked={chosen.includes(run.id)}
              onChange={() => toggle(run)}
            />
            <label className="usa-checkbox__label" htmlFor={run.id}>
              <span className="mono">{run.model}</span>, {counted(run.samples, 'attempt')}, brought in{' '}
              {moments(run.createdAt)}{' '}
              {run.createdAt < rule.registeredAt && <span className="tag tag-soon">Came before the rule</span>}
            </label>
          </div>
        ))}
      </div>
      {models.size > 1 && (
        <Notice kind="warning" isQuiet>
          <p>These are runs of {models.size} models. A result is of one: make one for each.</p>
        </Notice>
      )}
    </section>
  );
}

const states = [
  ['given', 'Said'],
  ['not_applicable', 'Does not apply'],
  ['withheld', 'Withheld'],
] as const;

const blank: DraftAnswer = { state: 'given', text: '' };

function Card(props: { card: DraftCard; onChange: (field: CardField, answer: DraftAnswer) => void }) {
  const { card, onChange } = props;
  const fields = Object.keys(questions) as CardField[];
  const answered = fields.filter((field) => (card[field]?.text ?? '').trim() !== '').length;
  return (
    <section className="card stack" aria-labelledby="card">
      <div className="row spread">
        <h2 id="card">3. What was done to bring out ability</h2>
        <span className="soft small">
          {answered} of {fields.length} answered; kept in this tab
        </span>
      </div>
      <p className="soft">
        Ability that was not brought out looks like ability that is not there. A result below the threshold stays
        undecided until every question is answered; one above it does not wait for them.
      </p>
      {fields.map((field) => {
        const { label, ask: question } = questions[field];
        const answer = card[field] ?? blank;
        return (
          <div key={field} className="card-question">
            <Field label={label} hint={question}>
              {(control) => (
                <textarea
                  {...control}
                  className="usa-textarea"
                  rows={2}
                  maxLength={4000}
                  value={answer.text}
                  onChange={(event) => onChange(field, { ...answer, text: event.target.value })}
                />
              )}
            </Field>
            <Field label={`${label}: how it stands`} isLabelHidden>
              {(control) => (
                <select
                  {...control}
                  className="usa-select"
                  value={answer.state}
                  onChange={(event) =>
                    onChange(field, { ...answer, state: event.target.value as DraftAnswer['state'] })
                  }
                >
                  {states.map(([value, text]) => (
                    <option key={value} value={value}>
                      {text}
                    </option>
                  ))}
                </select>
              )}
            </Field>
          </div>
        );
      })}
    </section>
  );
}
