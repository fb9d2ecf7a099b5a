import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import type { z } from 'zod';
import type { AgentMade, Agents as AgentsShape } from '../../api/contract/directory.ts';
import { type Scope, scopes } from '../../domain/directory/permission.ts';
import { ask } from '../api.ts';
import { shortDay } from '../parts/dates.ts';
import { Failure } from '../parts/Failure.tsx';
import { Field } from '../parts/Field.tsx';
import { Notice } from '../parts/Notice.tsx';

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
        An agent is a program that acts for you: never beyond its scope, never after its end, and every act in the log
        names you both.
      </p>
      {agents.error && <Failure error={agents.error} doing="list the agents" />}
      {agents.data && agents.data.items.length > 0 && (
        <ul className="settings-list">
          {agents.data.items.map((agent) => (
            <li key={agent.id}>
              <div className="stack-tight">
                <strong>{agent.name}</strong>
                <span className="small soft">
                  {agent.scopes.map((scope) => scopeNames[scope as Scope] ?? scope).join(', ')} · ends{' '}
                  {shortDay(agent.expiresAt)}
                </span>
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

function NewAgent(props: { onMade: () => void }) {
  const [name, setName] = useState('');
  const [chosen, setChosen] = useState<ReadonlySet<Scope>>(new Set(['inventories:read']));
  const [days, setDays] = useState('30');
  const [isTried, setTried] = useState(false);
  const make = useMutation({
    mutationFn: () =>
      ask<z.infer<typeof AgentMade>>('/api/v1/agents', {
        method: 'POST',
        body: {
          name: name.trim(),
          scopes: [...chosen],
          expiresAt: new Date(Date.now() + Number(days) * dayMs).toISOString(),
        },
      }),
    onSuccess: () => {
      setName('');
      setTried(false);
      props.onMade();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (name.trim() !== '' && chosen.size > 0) make.mutate();
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
              {scopeNames[scope]}
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
