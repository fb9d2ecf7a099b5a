import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import type { z } from 'zod';
import type { Organisations, People as PeopleShape } from '../../api/contract/directory.ts';
import { type Role, roleNames, roles } from '../../domain/directory/actor.ts';
import { ask } from '../api.ts';
import { Failure } from '../parts/Failure.tsx';
import { Field } from '../parts/Field.tsx';
import { ScrollArea } from '../parts/ScrollArea.tsx';

/** The organisations and people whom this person may see. */
export function People(props: { canAdd: boolean }) {
  const client = useQueryClient();
  const organisations = useQuery({
    queryKey: ['organisations'],
    queryFn: () => ask<z.infer<typeof Organisations>>('/api/v1/organisations?limit=200'),
  });
  const people = useQuery({
    queryKey: ['people'],
    queryFn: () => ask<z.infer<typeof PeopleShape>>('/api/v1/people?limit=200'),
  });
  const nameOf = (id: string) => organisations.data?.items.find((one) => one.id === id)?.name ?? '';
  return (
    <section className="card stack" aria-labelledby="people">
      <h2 id="people">People and organisations</h2>
      <p className="soft">Only those that are shared with you.</p>
      {people.error && <Failure error={people.error} doing="list the people" />}
      {organisations.error && <Failure error={organisations.error} doing="list the organisations" />}
      {people.data && people.data.items.length > 0 && (
        <ScrollArea label="People" className="table-wide">
          <table className="usa-table">
            <thead>
              <tr>
                <th scope="col">Name</th>
                <th scope="col">Organisation</th>
                <th scope="col">Roles</th>
                <th scope="col">Address</th>
              </tr>
            </thead>
            <tbody>
              {people.data.items.map((person) => (
                <tr key={person.id}>
                  <th scope="row">{person.name}</th>
                  <td>{nameOf(person.organisation)}</td>
                  <td>{person.roles.map((role) => roleNames[role].name).join(', ')}</td>
                  <td className="break-all">{person.email}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollArea>
      )}
      {props.canAdd && (
        <details>
          <summary>Add a person to your organisation</summary>
          <NewPerson onAdded={() => client.invalidateQueries({ queryKey: ['people'] })} />
        </details>
      )}
    </section>
  );
}

function NewPerson(props: { onAdded: () => void }) {
  const [name, setName] = useState('');
  const [email, setEmail] = useState('');
  const [role, setRole] = useState<Role>('operator');
  const add = useMutation({
    mutationFn: () => ask('/api/v1/people', { method: 'POST', body: { name, email, roles: [role] } }),
    onSuccess: () => {
      setName('');
      setEmail('');
      props.onAdded();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    add.mutate();
  };
  return (
    <form className="form form-inset" onSubmit={submit}>
      <Field label="Name">
        {(control) => (
          <input
            {...control}
            className="usa-input"
            required
            maxLength={200}
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        )}
      </Field>
      <Field label="Address">
        {(control) => (
          <input
            {...control}
            className="usa-input"
            type="email"
            required
            maxLength={254}
            value={email}
            onChange={(event) => setEmail(event.target.value)}
          />
        )}
      </Field>
      <Field label="Role" hint={`${roleNames[role].name} ${roleNames[role].does}.`}>
        {(control) => (
          <select
            {...control}
            className="usa-select"
            value={role}
            onChange={(event) => setRole(event.target.value as Role)}
          >
            {roles.map((one) => (
              <option key={one} value={one}>
                {roleNames[one].name}
              </option>
            ))}
          </select>
        )}
      </Field>
      {add.error && <Failure error={add.error} doing="add the person" />}
      <div>
        <button type="submit" className="usa-button" disabled={add.isPending}>
          Add
        </button>
      </div>
    </form>
  );
}
