import { useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import type { Gap, Part } from '../../domain/review/submission.ts';
import { type PartNumber, partRules } from '../../domain/review/submission-parts.ts';
import { ask } from '../api.ts';
import { useSession } from '../directory/session.ts';
import { moments, shortDay } from '../parts/dates.ts';
import { Empty } from '../parts/Empty.tsx';
import { Failure } from '../parts/Failure.tsx';
import { counted } from '../parts/numbers.ts';
import { PageHeading } from '../parts/PageHeading.tsx';
import { ScrollArea } from '../parts/ScrollArea.tsx';
import { save as saveFile } from '../parts/save.ts';
import { SealedDates } from './SubmissionDates.tsx';
import { HandOver } from './SubmissionHandOver.tsx';
import { ModelForm } from './SubmissionModel.tsx';
import { PartEditor, PartText } from './SubmissionPart.tsx';
import { type File, type FileVersion, submissionPath, useFile, useSubmission } from './submission-api.ts';
import { draftedParts } from './submission-draft.ts';

/** The file itself: for its developer to write, for other parties to read what was handed over. */
export function SubmissionFilePage() {
  const { id } = useParams({ from: '/early-access/$id' });
  const { data: submission } = useSubmission(id);
  const session = useSession();
  const file = useFile(id);
  if (file.error && !file.data) {
    return (
      <div className="stack">
        <PageHeading>The file cannot be shown</PageHeading>
        <Failure error={file.error} doing="read the file" onRetry={() => file.refetch()} />
      </div>
    );
  }
  if (!file.data || !submission || !session.data) return <p className="soft">Reading the file…</p>;
  const roles = session.data.roles;
  const mayWrite =
    submission.capacity === 'developer' && (roles.includes('release_manager') || roles.includes('security_lead'));
  const { version } = file.data;
  if (version === undefined) {
    return (
      <div className="stack-wide">
        <PageHeading>The file</PageHeading>
        <Empty heading="Nothing was handed over yet">
          <p>
            {submission.developer.name} has let you know of this model and has not handed over a version of its file.
            There is nothing to do here until they do.
          </p>
        </Empty>
      </div>
    );
  }
  return mayWrite ? (
    <Writing id={id} file={file.data} version={version} person={session.data.person?.id ?? ''} />
  ) : (
    <Reading id={id} file={file.data} version={version} isDeveloper={submission.capacity === 'developer'} />
  );
}

function Writing(props: { id: string; file: File; version: FileVersion; person: string }) {
  const { id, file, version, person } = props;
  const client = useQueryClient();
  const navigate = useNavigate();
  const { part: asked } = useSearch({ from: '/early-access/$id/file' });
  const open = Number(asked) || undefined;
  const [drafted, setDrafted] = useState(() => draftedParts(person, id));
  const show = (number: number | undefined) =>
    navigate({
      to: '/early-access/$id/file',
      params: { id },
      search: number === undefined ? {} : { part: String(number) },
      replace: true,
      resetScroll: false,
    });
  const refresh = () =>
    Promise.all(
      ['file', 'versions', 'submission', 'submissions'].map((key) =>
        client.invalidateQueries({ queryKey: key === 'submissions' ? [key] : [key, id] }),
      ),
    );
  return (
    <div className="stack-wide">
      <PageHeading lead="Sixteen parts. Give a part, withhold it, say that it does not apply, or leave it open: each is an answer, and none is needed to release the model.">
        The file
      </PageHeading>
      <Standing id={id} version={version} onChanged={refresh} />
      <div className="file">
        <div className="stack">
          <ul className="file-parts" aria-label="Parts of the file">
            {partRules.map((rule) => {
              const { number } = rule;
              const isOpen = open === number;
              return (
                <li key={number} className={isOpen ? 'file-part file-part-open' : 'file-part'}>
                  <h2>
                    <button
                      type="button"
                      id={`part-${number}`}
                      aria-expanded={isOpen}
                      aria-controls={`part-${number}-form`}
                      onClick={() => show(isOpen ? undefined : number)}
                    >
                      <span className="file-number">{number}</span>
                      <span className="file-name">{rule.name}</span>
                      {drafted.includes(number) && <span className="tag tag-soon">Not saved</span>}
                      <StateTag part={version.content.parts[number] as Part | undefined} />
                    </button>
                  </h2>
                  {isOpen && (
                    <section id={`part-${number}-form`} className="file-form" aria-labelledby={`part-${number}`}>
                      {number === 1 && <ModelForm id={id} version={version} onSaved={refresh} />}
                      <PartEditor
                        key={number}
                        submission={id}
                        person={person}
                        rule={rule}
                        version={version}
                        onConflict={() => client.invalidateQueries({ queryKey: ['file', id] })}
                        onDrafted={() => requestAnimationFrame(() => setDrafted(draftedParts(person, id)))}
                        onSaved={(saved) => {
                          client.setQueryData<File>(['file', id], (before) => before && { ...before, version: saved });
                          setDrafted(draftedParts(person, id).filter((one) => one !== number));
                          return refresh();
                        }}
                      />
                    </section>
                  )}
                </li>
              );
            })}
          </ul>
          <SealedDates id={id} dates={file.dates} onSaved={refresh} />
        </div>
        <Gaps
          gaps={(file.gaps ?? []) as Gap[]}
          onOpen={(number) => {
            show(number).then(() => document.getElementById(`part-${number}`)?.focus());
          }}
        />
      </div>
    </div>
  );
}

/** Which version this is, who reads what, and what can be done with it. */
function Standing(props: { id: string; version: FileVersion; onChanged: () => Promise<unknown> }) {
  const { id, version, onChanged } = props;
  return (
    <section className="card stack-tight" aria-label="Where the file stands">
      <p>
        <strong>Version {version.version}</strong>, saved {moments(version.savedAt)}
        {version.savedByName && ` by ${version.savedByName}`}.{' '}
        {version.handedAt === null
          ? 'A draft: only your organisation reads it.'
          : `Handed over ${moments(version.handedAt)}: the parties read it.`}
      </p>
      <div className="row">
        {version.handedAt === null && <HandOver id={id} version={version.version} onDone={onChanged} />}
        <Link to="/early-access/$id/versions" params={{ id }}>
          Versions and changes
        </Link>
        <ExportButton id={id} />
      </div>
    </section>
  );
}

function ExportButton(props: { id: string }) {
  const [failed, setFailed] = useState<unknown>();
  const fetchIt = async () => {
    setFailed(undefined);
    try {
      const all = await ask<unknown>(submissionPath(props.id, '/export'));
      saveFile(JSON.stringify(all, null, 2), `${props.id}.json`, 'application/json');
    } catch (error) {
      setFailed(error);
    }
  };
  return (
    <>
      <button type="button" className="usa-button usa-button--unstyled" onClick={fetchIt}>
        Export as JSON
      </button>
      {failed !== undefined && <Failure error={failed} doing="export the file" />}
    </>
  );
}

const tags = {
  given: { text: 'Given', kind: 'tag tag-pine' },
  withheld: { text: 'Withheld', kind: 'tag tag-later' },
  not_applicable: { text: 'Not applicable', kind: 'tag tag-later' },
} as const;

function StateTag(props: { part: Part | undefined }) {
  const tag = props.part === undefined ? { text: 'Open', kind: 'tag' } : tags[props.part.state];
  return <span className={tag.kind}>{tag.text}</span>;
}

/** What the file does not say yet, beside it. */
function Gaps(props: { gaps: Gap[]; onOpen: (number: PartNumber) => void }) {
  const first = props.gaps.filter((gap) => gap.isSuggestedFirst);
  const rest = props.gaps.filter((gap) => !gap.isSuggestedFirst);
  const list = (gaps: Gap[]) => (
    <ul className="gaps">
      {gaps.map((gap) => (
        <li key={gap.number}>
          <button type="button" className="usa-button usa-button--unstyled" onClick={() => props.onOpen(gap.number)}>
            {gap.number} {gap.name}
          </button>
          <p className="small soft">
            {gap.fields.length > 0
              ? `Open in it: ${gap.fields.map((field) => field.replace(/\?$/, '')).join(', ')}.`
              : gap.why}
          </p>
        </li>
      ))}
    </ul>
  );
  return (
    <ScrollArea className="card stack file-gaps" label="What the file does not say yet">
      <h2>What it does not say yet</h2>
      <p className="small">
        A reminder for you, and no more: <strong>nothing here is required</strong>, neither to hand the file over nor to
        release the model.
      </p>
      {props.gaps.length === 0 && <p>Every part has an answer.</p>}
      {first.length > 0 && (
        <section className="stack-tight" aria-label="Usually said first">
          <h3>Usually said first</h3>
          {list(first)}
        </section>
      )}
      {rest.length > 0 && (
        <details open={first.length === 0}>
          <summary>{counted(rest.length, 'other part')}</summary>
          {list(rest)}
        </details>
      )}
    </ScrollArea>
  );
}

function Reading(props: { id: string; file: File; version: FileVersion; isDeveloper: boolean }) {
  const { id, file, version, isDeveloper } = props;
  const { model, parts } = version.content;
  const { dates } = file;
  const said = partRules.filter(({ number }) => parts[number] !== undefined);
  const open = partRules.filter(({ number }) => parts[number] === undefined);
  return (
    <div className="stack-wide">
      <PageHeading>The file</PageHeading>
      <section className="card stack-tight" aria-label="Where the file stands">
        <p>
          <strong>Version {version.version}</strong>
          {version.handedAt !== null && `, handed over ${moments(version.handedAt)}`}
          {version.isInterim && '. The developer says that more will follow'}.
          {!isDeveloper && ' The developer sees that you read it.'}
        </p>
        <p className="small break-all">
          {model.name} {model.version} · model {model.digest ?? 'without a digest yet'} · this version{' '}
          <code>{version.digest}</code>
        </p>
        <div className="row">
          <Link to="/early-access/$id/versions" params={{ id }}>
            Versions and changes
          </Link>
          <ExportButton id={id} />
        </div>
      </section>
      {said.map((rule) => (
        <section key={rule.number} className="card stack" aria-labelledby={`part-${rule.number}`}>
          <div className="row spread">
            <h2 id={`part-${rule.number}`}>
              {rule.number} {rule.name}
            </h2>
            <StateTag part={parts[rule.number] as Part | undefined} />
          </div>
          <PartText rule={rule} part={parts[rule.number] as Part | undefined} />
        </section>
      ))}
      {open.length > 0 && (
        <p>
          {isDeveloper ? 'Not answered yet' : 'The developer has not answered these parts'}:{' '}
          {open.map(({ number, name }) => `${number} ${name}`).join(', ')}. None is required.
        </p>
      )}
      {dates && (
        <section className="card stack" aria-labelledby="dates">
          <h2 id="dates">Intended dates</h2>
          {!isDeveloper && <p className="soft">The developer shows them to you. They are for nobody else.</p>}
          <dl className="facts">
            <dt>Release to other trusted partners</dt>
            <dd>{dates.partnerRelease ? shortDay(dates.partnerRelease) : 'Not said'}</dd>
            <dt>Public release</dt>
            <dd>{dates.publicRelease ? shortDay(dates.publicRelease) : 'Not said'}</dd>
            {dates.note && (
              <>
                <dt>Note</dt>
                <dd className="said">{dates.note}</dd>
              </>
            )}
          </dl>
        </section>
      )}
    </div>
  );
}
