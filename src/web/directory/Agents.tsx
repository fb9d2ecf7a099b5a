import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, Fragment, useState } from 'react';
import type { z } from 'zod';
import type { AgentMade, Agents as AgentsShape, AgentView } from '../../api/contract/directory.ts';
import { type Budget, budgetDefault, budgetMax } from '../../domain/directory/member.ts';
import { type Scope, scopes } from '../../domain/directory/permission.ts';
import { ask } from '../api.ts';
import { shortDay } from '../parts/dates.ts';
import { Failure } from '../parts/Failure.tsx';
import { Field } from '../parts/Field.tsx';
import { Notice } from '../parts/Notice.tsx';
import { announce } from '../shell/announce.ts';

type Agent = z.infer<typeof AgentView>;

const scopeNames: Record<Scope, string> = {
  'access:write': 'Use models to which you were given access',
  'advisories:read': 'Read advisories',
  'advisories:write': 'Import advisories',
  'claims:read': 'Read your scan claims',
  'claims:write': 'Claim scans, and ask whether a scope is claimed',
  'findings:read': 'Read what you handed in',
  'findings:write': 'Hand in findings',
  'inventories:read': 'Read inventories and patch lists',
  'inventories:write': 'Keep inventories and mark items',
  'runs:read': 'Read evaluation logs',
  'runs:write': 'Import evaluation logs',
  'submissions:read': 'Read the files of models',
  'submissions:write': 'Write the files of models',
  'validations:read': 'Read what you are asked to reproduce',
  'validations:write': 'Hand in what you reproduced',
  'log:read': 'Read the log entries you may read',
};

const dayMs = 86_400_000;

/** The agents that act for this person: programs with a token, a scope and an end. */
export function Agents() {
  const client = useQueryClient();
  const agents = useQuery({ queryKey: ['agents'], queryFn: () => ask<z.infer<typeof AgentsShape>>('/api/v1/agents') });
  const refresh = () => client.invalidateQueries({ queryKey: ['agents'] });
  const revoke = useMutation({
    mutationFn: (id: string) => ask<void>(`/api/v1/agents/${encodeURIComponent(id)}`, { method: 'DELETE' }),
    onSuccess: refresh,
  });
  return (
    <section className="card stack" aria-labelledby="agents">
      <h2 id="agents">Agents and tokens</h2>
      <p className="soft">
        An agent is a program that acts for you: never beyond its scope and what it may do in a day, never after its
        end, and every act in the log names you both. A day begins at midnight UTC.
      </p>
      {agents.error && <Failure error={agents.error} doing="list the agents" />}
      {agents.data && agents.data.items.length > 0 && (
        <ul className="settings-list">
          {agents.data.items.map((agent) => (
            <li key={agent.id}>
              <div className="stack-tight">
                <strong>{agent.name}</strong>
                <span className="small soft">
                  {agent.scopes.map((scope) => (
                    <Fragment key={scope}>
                      {scopeNames[scope as Scope]} <code>{scope}</code>,{' '}
                    </Fragment>
                  ))}
                  ends {shortDay(agent.expiresAt)}
                </span>
                <span className="small soft">
                  Today: {spentOf(agent, 'findings')} findings, {spentOf(agent, 'questions')} questions
                </span>
                <details>
                  <summary className="small">
                    Change what it may do in a day<span className="visually-hidden">: {agent.name}</span>
                  </summary>
                  <AgentBudget agent={agent} onSaved={refresh} />
                </details>
              </div>
              <button
                type="button"
                className="usa-button usa-button--outline button-small"
                onClick={() => revoke.mutate(agent.id)}
              >
                Revoke<span className="visually-hidden"> {agent.name}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
      {revoke.error && <Failure error={revoke.error} doing="revoke the agent" />}
      <details>
        <summary>Make an agent</summary>
        <NewAgent onMade={refresh} />
      </details>
    </section>
  );
}

const numbers = new Intl.NumberFormat('en');

/** `120 of 10,000` */
const spentOf = ({ spentToday, budget }: Agent, what: keyof Budget) =>
  `${numbers.format(spentToday[what])} of ${numbers.format(budget[what])}`;

/** What was typed, as a budget; undefined where it is none. */
function budgetIn(typed: { findings: string; questions: string }): Budget | undefined {
  const isCount = (text: string) => /^\d{1,7}$/.test(text.trim()) && Number(text) <= budgetMax;
  return isCount(typed.findings) && isCount(typed.questions)
    ? { findings: Number(typed.findings), questions: Number(typed.questions) }
    : undefined;
}

const budgetFault = `Write two whole numbers, up to ${numbers.format(budgetMax)}.`;

/** Two numbers: what an agent may do in a day. */
function BudgetFields(props: {
  typed: { findings: string; questions: string };
  onChange: (typed: { findings: string; questions: string }) => void;
  error: string | undefined;
}) {
  const { typed, onChange, error } = props;
  const field = (what: keyof Budget, label: string, fault: string | undefined) => (
    <Field label={label} error={fault}>
      {(control) => (
        <input
          {...control}
          className="usa-input"
          inputMode="numeric"
          maxLength={7}
          value={typed[what]}
          onChange={(event) => onChange({ ...typed, [what]: event.target.value })}
        />
      )}
    </Field>
  );
  return (
    <>
      {field('findings', 'Findings a day, at most', error)}
      {field('questions', 'Questions a day whether a scope is claimed, at most', undefined)}
    </>
  );
}

function AgentBudget(props: { agent: Agent; onSaved: () => void }) {
  const { agent, onSaved } = props;
  const [typed, setTyped] = useState({
    findings: String(agent.budget.findings),
    questions: String(agent.budget.questions),
  });
  const [isTried, setTried] = useState(false);
  const budget = budgetIn(typed);
  const save = useMutation({
    mutationFn: () => ask(`/api/v1/agents/${encodeURIComponent(agent.id)}`, { method: 'PATCH', body: { budget } }),
    onSuccess: () => {
      announce(`Saved for ${agent.name}.`);
      onSaved();
    },
  });
  return (
    <form
      className="form form-inset"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        if (budget !== undefined) save.mutate();
      }}
    >
      <BudgetFields
        typed={typed}
        onChange={setTyped}
        error={isTried && budget === undefined ? budgetFault : undefined}
      />
      {save.error && <Failure error={save.error} doing="change it" />}
      <div>
        <button type="submit" className="usa-button button-small" disabled={save.isPending}>
          Save
        </button>
      </div>
    </form>
  );
}

const daysDefault = '30';
const budgetTyped = { findings: String(budgetDefault.findings), questions: String(budgetDefault.questions) };

function NewAgent(props: { onMade: () => void }) {
  const [name, setName] = useState('');
  const [chosen, setChosen] = useState<ReadonlySet<Scope>>(new Set());
  const [days, setDays] = useState(daysDefault);
  const [typed, setTyped] = useState(budgetTyped);
  const budget = budgetIn(typed);
  const [isTried, setTried] = useState(false);
  const make = useMutation({
    mutationFn: () =>
      ask<z.infer<typeof AgentMade>>('/api/v1/agents', {
        method: 'POST',
        body: {
          name: name.trim(),
          scopes: [...chosen],
          expiresAt: new Date(Date.now() + Number(days) * dayMs).toISOString(),
          budget,
        },
      }),
    onSuccess: () => {
      setName('');
      setChosen(new Set());
      setDays(daysDefault);
      setTyped(budgetTyped);
      setTried(false);
      props.onMade();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (name.trim() !== '' && chosen.size > 0 && budget !== undefined) make.mutate();
  };
  return (
    <form className="form form-inset" onSubmit={submit} noValidate>
      <Field label="Name" error={isTried && name.trim() === '' ? 'Give it a name, such as: nightly scan.' : undefined}>
        {(control) => (
          <input
            {...control}
            className="usa-input"
            maxLength={200}
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        )}
      </Field>
      <fieldset className="usa-fieldset">
        <legend className="usa-legend">May</legend>
        <p className="usa-hint">A scope that ends in “write” lets it read the same area too.</p>
        {isTried && chosen.size === 0 && <p className="usa-error-message">Choose at least one.</p>}
        {scopes.map((scope) => (
          <div className="usa-checkbox" key={scope}>
            <input
              id={`scope-${scope}`}
              className="usa-checkbox__input"
              type="checkbox"
              checked={chosen.has(scope)}
              onChange={() =>
                setChosen((before) => {
                  const after = new Set(before);
                  if (!after.delete(scope)) after.add(scope);
                  return after;
                })
              }
            />
            <label className="usa-checkbox__label" htmlFor={`scope-${scope}`}>
              {scopeNames[scope]} <code className="small">{scope}</code>
            </label>
          </div>
        ))}
      </fieldset>
      <Field label="Ends after">
        {(control) => (
          <select {...control} className="usa-select" value={days} onChange={(event) => setDays(event.target.value)}>
            <option value="1">1 day</option>
            <option value="30">30 days</option>
            <option value="90">90 days</option>
            <option value="365">1 year</option>
          </select>
        )}
      </Field>
      <BudgetFields
        typed={typed}
        onChange={setTyped}
        error={isTried && budget === undefined ? budgetFault : undefined}
      />
      {make.error && <Failure error={make.error} doing="make the agent" />}
      {make.data && (
        <Notice kind="success" heading={`The token of ${make.data.name}`}>
          <p className="mono break-all">{make.data.token}</p>
          <p>It is shown this once. Keep it like a password.</p>
        </Notice>
      )}
      <div>
        <button type="submit" className="usa-button" disabled={make.isPending}>
          Make the agent
        </button>
      </div>
    </form>
  );
}
