import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import type { z } from 'zod';
import type { Organisations } from '../../api/contract/directory.ts';
import { ask } from '../api.ts';
import { useSession } from '../directory/session.ts';
import { moments } from '../parts/dates.ts';
import { Empty } from '../parts/Empty.tsx';
import { Failure } from '../parts/Failure.tsx';
import { Field } from '../parts/Field.tsx';
import { Modal } from '../parts/Modal.tsx';
import { PageHeading } from '../parts/PageHeading.tsx';
import { announce } from '../shell/announce.ts';
import { Preview } from './SubmissionPreview.tsx';
import { type Audience, type PartyPreview, submissionPath, useFile, useSubmission } from './submission-api.ts';

type Reader = Audience['readers'][number];

/** Who may know of a model's file: whom its developer lets in, and whose reading ends. */
export function AudiencePage() {
  const { id } = useParams({ from: '/early-access/$id' });
  const { data: submission } = useSubmission(id);
  const session = useSession();
  const client = useQueryClient();
  const audience = useQuery({
    queryKey: ['audience', id],
    queryFn: () => ask<Audience>(submissionPath(id, '/audience')),
  });
  const refresh = () =>
    Promise.all(['audience', 'submission', 'file'].map((key) => client.invalidateQueries({ queryKey: [key, id] })));
  if (audience.error) {
    return (
      <div className="stack">
        <PageHeading>Who may know cannot be shown</PageHeading>
        <Failure error={audience.error} doing="list who may know" onRetry={() => audience.refetch()} />
      </div>
    );
  }
  if (!audience.data || !submission) return <p className="soft">Looking who may know…</p>;
  const roles = session.data?.roles ?? [];
  const isDeveloper = submission.capacity === 'developer';
  const mayChange = isDeveloper && (roles.includes('release_manager') || roles.includes('security_lead'));
  const { readers } = audience.data;
  const now = readers.filter((one) => one.endedAt === null);
  const before = readers.filter((one) => one.endedAt !== null);
  return (
    <div className="stack-wide">
      <PageHeading lead="For everybody else this file does not exist: they get the same answer as for an address with nothing behind it.">
        Who may know
      </PageHeading>
      <section className="card card-flush" aria-label="Who may know">
        <ul className="entries">
          {now.map((one) => (
            <li key={one.organisation}>
              <div className="row spread">
                <h2 className="entry-name">{one.name}</h2>
                {mayChange && one.capacity !== 'developer' && <End id={id} reader={one} onDone={refresh} />}
              </div>
              <p className="small soft">{standing(one, isDeveloper)}</p>
            </li>
          ))}
        </ul>
      </section>
      {before.length > 0 && (
        <section className="card stack-tight" aria-labelledby="before">
          <h2 id="before">Could read it once</h2>
          <ul className="plain-list">
            {before.map((one) => (
              <li key={one.organisation}>
                {one.name}, from {moments(one.addedAt)} until {moments(one.endedAt ?? '')}
              </li>
            ))}
          </ul>
        </section>
      )}
      {mayChange && <DateReaders id={id} readers={now} onDone={refresh} />}
      {mayChange && <LetIn id={id} readers={now} onDone={refresh} />}
      <p>
        <Link to="/record" search={{ object: id }}>
          Who read it, and when: entries of the log
        </Link>
      </p>
    </div>
  );
}

function standing(one: Reader, isDeveloper: boolean): string {
  if (one.capacity === 'developer') return 'The developer. Reads everything, drafts and dates too.';
  const parts = [`Authority, since ${moments(one.addedAt)}`];
  if (isDeveloper) {
    parts.push(
      one.fromVersion > 0
        ? `reads what is handed over from version ${one.fromVersion} on`
        : 'reads every version handed over',
    );
    parts.push(one.seesDates ? 'reads the intended dates' : 'does not read the intended dates');
  }
  return `${parts.join('; ')}.`;
}

/** Ends a party's reading, at once and without a reason. */
function End(props: { id: string; reader: Reader; onDone: () => Promise<unknown> }) {
  const { id, reader, onDone } = props;
  const [isOpen, setOpen] = useState(false);
  const end = useMutation({
    mutationFn: () =>
      ask(submissionPath(id, `/parties/${encodeURIComponent(reader.organisation)}`), { method: 'DELETE' }),
    onSuccess: () => {
      setOpen(false);
      announce(`${reader.name} reads it no longer.`);
      return onDone();
    },
  });
  return (
    <>
      <button type="button" className="usa-button usa-button--outline button-small" onClick={() => setOpen(true)}>
        End reading…<span className="visually-hidden"> by {reader.name}</span>
      </button>
      {isOpen && (
        <Modal heading={`End reading by ${reader.name}`} onClose={() => setOpen(false)}>
          <div className="stack">
            <p>
              From that moment they are answered as if the file did not exist, here and in everything that hangs on it.
              No reason is asked for, and it has no further consequence. What they have read stays on record.
            </p>
            <p>
              Access to the model that they were given ends with it. The window goes on until you withdraw or release on
              the overview, or its days are over.
            </p>
            {end.error && <Failure error={end.error} doing="end it" />}
            <p className="row">
              <button type="button" className="usa-button" disabled={end.isPending} onClick={() => end.mutate()}>
                End it now
              </button>
            </p>
          </div>
        </Modal>
      )}
    </>
  );
}

/** Whom the intended dates are shown to, party by party. */
function DateReaders(props: { id: string; readers: Reader[]; onDone: () => Promise<unknown> }) {
  const { id, readers, onDone } = props;
  const file = useFile(id);
  const others = readers.filter(({ capacity }) => capacity !== 'developer');
  const show = useMutation({
    mutationFn: (organisations: string[]) =>
      ask(submissionPath(id, '/dates/readers'), { method: 'PUT', body: { organisations } }),
    onSuccess: () => {
      announce('Saved.');
      return onDone();
    },
  });
  if (others.length === 0 || file.data?.dates === undefined) return null;
  const shown = others.filter((one) => one.seesDates).map(({ organisation }) => organisation);
  return (
    <section className="card stack" aria-labelledby="date-readers">
      <h2 id="date-readers">Who reads the intended dates</h2>
      <p className="soft">
        Nobody, unless you say so here. Whoever is ticked reads them at once, also when you change them. Never show them
        to an organisation that makes models itself: release dates do not pass between developers.
      </p>
      <fieldset className="usa-fieldset">
        <legend className="visually-hidden">Show the intended dates to</legend>
        {others.map((one) => (
          <label key={one.organisation} className="choice">
            <input
              type="checkbox"
              checked={shown.includes(one.organisation)}
              disabled={show.isPending}
              onChange={(event) =>
                show.mutate(
                  event.target.checked
                    ? [...shown, one.organisation]
                    : shown.filter((organisation) => organisation !== one.organisation),
                )
              }
            />
            {one.name}
          </label>
        ))}
      </fieldset>
      {show.error && <Failure error={show.error} doing="change that" />}
    </section>
  );
}

/** Lets an organisation in, after saying what it will learn. */
function LetIn(props: { id: string; readers: Reader[]; onDone: () => Promise<unknown> }) {
  const { id, readers, onDone } = props;
  const [chosen, setChosen] = useState('');
  const organisations = useQuery({
    queryKey: ['organisations'],
    queryFn: () => ask<z.infer<typeof Organisations>>('/api/v1/organisations?limit=200'),
  });
  const preview = useQuery({
    queryKey: ['party-preview', id, chosen],
    queryFn: () =>
      ask<PartyPreview>(submissionPath(id, '/parties/preview'), { method: 'POST', body: { organisation: chosen } }),
    enabled: chosen !== '',
    staleTime: 0,
    gcTime: 0,
  });
  const admit = useMutation({
    mutationFn: (handedVersion: number | null) =>
      ask(submissionPath(id, '/parties'), { method: 'POST', body: { organisation: chosen, handedVersion } }),
    onSuccess: () => {
      announce('They may know of it now.');
      setChosen('');
      return onDone();
    },
    onError: () => preview.refetch(),
  });
  const names = (organisations.data?.items ?? []).filter(
    (one) => !readers.some((reader) => reader.organisation === one.id),
  );
  return (
    <section className="card stack" aria-labelledby="let-in">
      <h2 id="let-in">Let an organisation know</h2>
      {organisations.error && <Failure error={organisations.error} doing="list the organisations" />}
      {organisations.data && names.length === 0 ? (
        <Empty heading="No organisation shows its name here">
          <p>
            Only organisations that show their name can be chosen. Their administrator ticks that on their Settings
            page.
          </p>
        </Empty>
      ) : (
        <Field label="Organisation" hint="Those that show their name here. Choosing one tells nobody anything yet.">
          {(control) => (
            <select
              {...control}
              className="usa-select"
              value={chosen}
              onChange={(event) => {
                admit.reset();
                setChosen(event.target.value);
              }}
            >
              <option value="">Choose one</option>
              {names.map(({ id: organisation, name }) => (
                <option key={organisation} value={organisation}>
                  {name}
                </option>
              ))}
            </select>
          )}
        </Field>
      )}
      {preview.error && <Failure error={preview.error} doing="see what they would learn" />}
      {chosen !== '' && preview.data && (
        <>
          <Preview preview={preview.data} />
          {admit.error && <Failure error={admit.error} doing="let them know" />}
          <p className="row">
            <button
              type="button"
              className="usa-button"
              disabled={admit.isPending || preview.isFetching}
              onClick={() => admit.mutate(preview.data.handedVersion)}
            >
              Let {preview.data.who.join(', ')} know
            </button>
            <button type="button" className="usa-button usa-button--unstyled" onClick={() => setChosen('')}>
              Not now
            </button>
          </p>
        </>
      )}
    </section>
  );
}
