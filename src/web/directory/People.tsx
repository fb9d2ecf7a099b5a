import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link as RouterLink } from '@tanstack/react-router';
import { type FormEvent, useId, useState } from 'react';
import type { z } from 'zod';
import type { FirstLink, Organisations, People as PeopleShape, PersonView } from '../../api/contract/directory.ts';
import type { ApplicationView } from '../../api/contract/participation.ts';
import { type Role, roleNames, roles } from '../../domain/directory/actor.ts';
import { ask } from '../api.ts';
import { moments } from '../parts/dates.ts';
import { Failure } from '../parts/Failure.tsx';
import { Field } from '../parts/Field.tsx';
import { Modal } from '../parts/Modal.tsx';
import { Notice } from '../parts/Notice.tsx';
import { ScrollArea } from '../parts/ScrollArea.tsx';
import { announce } from '../shell/announce.ts';
import { namesOf } from './application-words.ts';
import { OwnOrganisation } from './OwnOrganisation.tsx';
import { useSession } from './session.ts';

type Person = z.infer<typeof PersonView>;
type Link = z.infer<typeof FirstLink>;

/** The organisations and people whom this person may see; for an administrator, with what they may change. */
export function People(props: { isAdministrator: boolean }) {
  const { isAdministrator } = props;
  const client = useQueryClient();
  const session = useSession();
  const [changed, setChanged] = useState<Person>();
  const organisations = useQuery({
    queryKey: ['organisations'],
    queryFn: () => ask<z.infer<typeof Organisations>>('/api/v1/organisations?limit=200'),
  });
  const people = useQuery({
    queryKey: ['people'],
    queryFn: () => ask<z.infer<typeof PeopleShape>>('/api/v1/people?limit=200'),
  });
  const refresh = () =>
    Promise.all(['people', 'organisations', 'session'].map((key) => client.invalidateQueries({ queryKey: [key] })));
  const nameOf = (id: string) => organisations.data?.items.find((one) => one.id === id)?.name ?? '';
  const own = session.data?.organisation?.id;
  const mine = organisations.data?.items.find((one) => one.id === own);
  const isOfHost = organisations.data?.items.some((one) => one.id === own && one.isHost) === true;
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
                {isAdministrator && <th scope="col">Change</th>}
              </tr>
            </thead>
            <tbody>
              {people.data.items.map((person) => (
                <tr key={person.id}>
                  <th scope="row">{person.name}</th>
                  <td>{nameOf(person.organisation)}</td>
                  <td>{person.roles.map((role) => roleNames[role].name).join(', ')}</td>
                  <td className="break-all">{person.email}</td>
                  {isAdministrator && (
                    <td>
                      {person.organisation === own && (
                        <button
                          type="button"
                          className="usa-button usa-button--outline button-small"
                          onClick={() => setChanged(person)}
                        >
                          Change<span className="visually-hidden"> {person.name}</span>
                        </button>
                      )}
                    </td>
                  )}
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollArea>
      )}
      {isAdministrator && mine && <OwnOrganisation organisation={mine} />}
      {isAdministrator && (
        <details>
          <summary>Add a person to your organisation</summary>
          <NewPerson onAdded={refresh} />
        </details>
      )}
      {isAdministrator && isOfHost && (
        <details>
          <summary>Admit an organisation</summary>
          <NewOrganisation onAdmitted={refresh} />
        </details>
      )}
      {changed && (
        <Modal heading={`Change ${changed.name}`} onClose={() => setChanged(undefined)}>
          <ChangePerson
            person={changed}
            onDone={() => {
              setChanged(undefined);
              return refresh();
            }}
          />
        </Modal>
      )}
    </section>
  );
}

function TextField(props: { label: string; type?: 'email'; value: string; onChange: (value: string) => void }) {
  return (
    <Field label={props.label}>
      {(control) => (
        <input
          {...control}
          className="usa-input"
          type={props.type ?? 'text'}
          required
          maxLength={props.type === 'email' ? 254 : 200}
          value={props.value}
          onChange={(event) => props.onChange(event.target.value)}
        />
      )}
    </Field>
  );
}

const makeLink = (id: string) => ask<Link>(`/api/v1/people/${id}/links`, { method: 'POST', body: {} });

/** A link to hand over. It is in this page only, and gone with it. */
function LinkToHand(props: { name: string; link: Link }) {
  const { name, link } = props;
  const copy = async () => {
    await navigator.clipboard.writeText(link.url);
    announce('Link copied.');
  };
  return (
    <Notice kind="info" heading={`Hand this link to ${name}`}>
      <p>
        It signs them in once, until {moments(link.expiresAt)}. Whoever has it comes in as {name}: give it to nobody
        else. It is shown only here, only now.
      </p>
      <ScrollArea label="Sign-in link" className="code">
        <pre>{link.url}</pre>
      </ScrollArea>
      <p>
        <button type="button" className="usa-button usa-button--outline button-small" onClick={copy}>
          Copy the link
        </button>
      </p>
    </Notice>
  );
}

function NewPerson(props: { onAdded: () => Promise<unknown> }) {
  const [name, setName] = useState('');
  const [email, setEmail] = useState('');
  const [role, setRole] = useState<Role>('operator');
  const link = useMutation({ mutationFn: (person: Person) => makeLink(person.id) });
  const add = useMutation({
    mutationFn: () => ask<Person>('/api/v1/people', { method: 'POST', body: { name, email, roles: [role] } }),
    onSuccess: (person) => {
      setName('');
      setEmail('');
      link.mutate(person);
      return props.onAdded();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    add.mutate();
  };
  return (
    <form className="form form-inset" onSubmit={submit}>
      <TextField label="Name" value={name} onChange={setName} />
      <TextField label="Address" type="email" value={email} onChange={setEmail} />
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
      {link.error && <Failure error={link.error} doing="make their sign-in link" />}
      <div>
        <button type="submit" className="usa-button" disabled={add.isPending}>
          Add
        </button>
      </div>
      {add.data && link.data && <LinkToHand name={add.data.name} link={link.data} />}
    </form>
  );
}

function ChangePerson(props: { person: Person; onDone: () => Promise<unknown> }) {
  const { person, onDone } = props;
  const id = useId();
  const [held, setHeld] = useState<Role[]>(person.roles);
  const [isLeaving, setLeaving] = useState(false);
  const path = `/api/v1/people/${person.id}`;
  const change = useMutation({
    mutationFn: () => ask(path, { method: 'PATCH', body: { roles: held } }),
    onSuccess: onDone,
  });
  const remove = useMutation({ mutationFn: () => ask<void>(path, { method: 'DELETE' }), onSuccess: onDone });
  const link = useMutation({ mutationFn: () => makeLink(person.id) });
  return (
    <div className="stack">
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          change.mutate();
        }}
      >
        <fieldset className="usa-fieldset">
          <legend className="usa-legend">Roles</legend>
          {roles.map((role) => (
            <div className="usa-checkbox" key={role}>
              <input
                id={`${id}-${role}`}
                className="usa-checkbox__input"
                type="checkbox"
                checked={held.includes(role)}
                onChange={(event) =>
                  setHeld(roles.filter((one) => (one === role ? event.target.checked : held.includes(one))))
                }
              />
              <label className="usa-checkbox__label" htmlFor={`${id}-${role}`}>
                {roleNames[role].name}: {roleNames[role].does}
              </label>
            </div>
          ))}
        </fieldset>
        {change.error && <Failure error={change.error} doing="change the roles" />}
        <div>
          <button type="submit" className="usa-button" disabled={change.isPending || held.length === 0}>
            Save the roles
          </button>
        </div>
      </form>
      <div className="row">
        <button
          type="button"
          className="usa-button usa-button--outline"
          disabled={link.isPending}
          onClick={() => link.mutate()}
        >
          Make their first sign-in link
        </button>
        {!isLeaving && (
          <button type="button" className="usa-button usa-button--outline" onClick={() => setLeaving(true)}>
            Remove from the organisation
          </button>
        )}
      </div>
      {link.error && <Failure error={link.error} doing="make the link" />}
      {link.data && <LinkToHand name={person.name} link={link.data} />}
      {isLeaving && (
        <Notice kind="warning" heading={`Remove ${person.name}?`}>
          <p>Their sessions and agents end at once. What they did stays in the log. This cannot be undone.</p>
          <p className="row">
            <button type="button" className="usa-button" disabled={remove.isPending} onClick={() => remove.mutate()}>
              Remove {person.name}
            </button>
            <button type="button" className="usa-button usa-button--unstyled" onClick={() => setLeaving(false)}>
              Keep
            </button>
          </p>
        </Notice>
      )}
      {remove.error && <Failure error={remove.error} doing="remove the person" />}
    </div>
  );
}

/** Let in at once, or a proposal that waits. */
type Admitted = { name: string } | Pick<z.infer<typeof ApplicationView>, 'said' | 'mayConfirm'>;

function NewOrganisation(props: { onAdmitted: () => Promise<unknown> }) {
  const session = useSession();
  const [organisation, setOrganisation] = useState('');
  const [name, setName] = useState('');
  const [email, setEmail] = useState('');
  const [reason, setReason] = useState('');
  const admit = useMutation({
    mutationFn: () =>
      ask<Admitted>('/api/v1/organisations', {
        method: 'POST',
        body: { name: organisation, administrator: { name, email }, ...(reason.trim() !== '' && { reason }) },
      }),
    onSuccess: () => {
      setOrganisation('');
      setName('');
      setEmail('');
      setReason('');
      return props.onAdmitted();
    },
  });
  return (
    <form
      className="form form-inset"
      onSubmit={(event) => {
        event.preventDefault();
        admit.mutate();
      }}
    >
      <p className="soft">
        You will see no more of it than it shares. Its first administrator adds everybody else. Where another
        administrator or coordinator could confirm it, it waits for one of them.
      </p>
      <TextField label="Name of the organisation" value={organisation} onChange={setOrganisation} />
      <TextField label="Name of its first administrator" value={name} onChange={setName} />
      <TextField label="Address of its first administrator" type="email" value={email} onChange={setEmail} />
      <Field label="Why (for whoever confirms)">
        {(control) => (
          <input
            {...control}
            className="usa-input"
            maxLength={2000}
            value={reason}
            onChange={(event) => setReason(event.target.value)}
          />
        )}
      </Field>
      {admit.error && <Failure error={admit.error} doing="admit the organisation" />}
      <div>
        <button type="submit" className="usa-button" disabled={admit.isPending}>
          Admit
        </button>
      </div>
      {admit.data && 'said' in admit.data && (
        <Notice kind="info" heading={`${admit.data.said.name} waits for a second person`}>
          <p>
            {namesOf(admit.data.mayConfirm)} may confirm it under{' '}
            <RouterLink to="/participation">Participation</RouterLink>.
          </p>
        </Notice>
      )}
      {admit.data && 'name' in admit.data && (
        <Notice kind="success" heading={`${admit.data.name} is admitted`}>
          <p>By one person, because nobody else could confirm it; the record says so.</p>
          <p>
            Its administrator asks for a link at <span className="break-all">{location.origin}/sign-in</span>.{' '}
            {session.data?.sendsMail === false &&
              'This instance sends no mail: the link is then in mailbox.jsonl in its data folder, for whoever runs it to hand over.'}
          </p>
        </Notice>
      )}
    </form>
  );
}
