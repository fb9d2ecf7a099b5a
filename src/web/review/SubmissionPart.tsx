import { useMutation } from '@tanstack/react-query';
import { useEffect } from 'react';
import { cellText, limits, type Part, type Row, readPart, valueText } from '../../domain/review/submission.ts';
import type { Field as FieldRule, PartRule } from '../../domain/review/submission-parts.ts';
import { ApiProblem, ask } from '../api.ts';
import { Failure } from '../parts/Failure.tsx';
import { Field } from '../parts/Field.tsx';
import { Notice } from '../parts/Notice.tsx';
import { ScrollArea } from '../parts/ScrollArea.tsx';
import { Segments } from '../parts/Segments.tsx';
import { announce } from '../shell/announce.ts';
import { FieldControl } from './SubmissionFields.tsx';
import { type FileVersion, submissionPath } from './submission-api.ts';
import { draftOf, type PartDraft, saidOf, usePartDraft } from './submission-draft.ts';

const states = [
  { value: 'given', label: 'Given' },
  { value: 'withheld', label: 'Withheld' },
  { value: 'not_applicable', label: 'Not applicable' },
  { value: 'open', label: 'Leave open' },
] as const;

const isConflict = (error: unknown) => error instanceof ApiProblem && error.code === 'file_changed';

/** What one part says, for reading. A withheld part shows its reason and is never just empty. */
export function PartText(props: { rule: PartRule; part: Part | undefined }) {
  const { rule, part } = props;
  if (part === undefined) return <p className="soft">Not answered.</p>;
  if (part.state !== 'given') {
    return (
      <p>
        <strong>{part.state === 'withheld' ? 'Withheld' : 'Not applicable'}:</strong>{' '}
        <span className="said">{part.reason}</span>
      </p>
    );
  }
  const said = rule.fields.filter(({ key }) => part.content[key] !== undefined);
  if (said.length === 0) return <p className="soft">The model itself, as named above.</p>;
  return (
    <dl className="facts">
      {said.map((field) => (
        <div key={field.key} className="facts-row">
          <dt>{field.label}</dt>
          <dd>
            <AnswerText field={field} part={part} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function AnswerText(props: { field: FieldRule; part: Extract<Part, { state: 'given' }> }) {
  const { field, part } = props;
  const value = part.content[field.key];
  if (field.kind !== 'rows') return <span className="said">{valueText(field, value)}</span>;
  const rows = value as Row[];
  const columns = field.columns.filter(({ key }) => rows.some((row) => row[key] !== undefined));
  return (
    <ScrollArea label={field.label} className="table-wide">
      <table className="usa-table">
        <thead>
          <tr>
            {columns.map(({ key, label }) => (
              <th key={key} scope="col">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a row is known by its place.
            <tr key={at}>
              {columns.map((column) => (
                <td key={column.key}>{cellText(column, row[column.key] ?? '')}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollArea>
  );
}

/** The form of one part. What is typed stays in this tab until it is saved or dropped. */
export function PartEditor(props: {
  submission: string;
  person: string;
  rule: PartRule;
  version: FileVersion;
  onSaved: (saved: FileVersion) => void;
  onDrafted: () => void;
  /** Somebody else has saved meanwhile: what stands there now is to be read. */
  onConflict: () => void;
}) {
  const { submission, person, rule, version, onSaved, onDrafted, onConflict } = props;
  const { number } = rule;
  const kept = version.content.parts[number] as Part | undefined;
  const [draft, setDraft] = usePartDraft(person, submission, number);
  const shown = draft ?? draftOf(kept, version.version);
  const change = (next: Partial<PartDraft>) => {
    setDraft({ ...shown, ...next });
    onDrafted();
  };
  const drop = () => {
    save.reset();
    setDraft(undefined);
    onDrafted();
  };
  const save = useMutation({
    mutationFn: (basedOn: number) =>
      ask<FileVersion>(submissionPath(submission, '/versions'), {
        method: 'POST',
        body: { basedOn, parts: { [number]: saidOf(shown) } },
      }),
    onSuccess: (saved) => {
      setDraft(undefined);
      announce(`Part ${number} is saved, version ${saved.version}.`);
      onSaved(saved);
    },
    onError: (error) => {
      if (isConflict(error)) onConflict();
    },
  });
  // The very rule of the server, rehearsed: what cannot be kept is said before it is sent.
  const said = saidOf(shown);
  const read = said === null ? undefined : readPart(number, said);
  const problems = read !== undefined && 'problems' in read ? read.problems : [];
  const isChanged = draft !== undefined;
  const canSave = isChanged && problems.length === 0 && !save.isPending;
  const isElsewhere = isConflict(save.error);

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 's' || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      if (canSave) save.mutate(shown.basedOn);
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  });

  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (canSave) save.mutate(shown.basedOn);
      }}
    >
      <p className="soft">{rule.contains}</p>
      <Segments
        legend={`Part ${number} is`}
        options={states}
        value={shown.state}
        onChange={(state) => change({ state })}
      />
      {shown.state === 'given' &&
        rule.fields.map((field) => (
          <FieldControl
            key={field.key}
            field={field}
            value={shown.content[field.key]}
            onChange={(value) => change({ content: { ...shown.content, [field.key]: value } })}
          />
        ))}
      {(shown.state === 'withheld' || shown.state === 'not_applicable') && (
        <Field label="Reason" hint="Other parties read it in place of the part.">
          {(control) => (
            <textarea
              {...control}
              className="usa-textarea"
              maxLength={limits.reasonLengthMax}
              value={shown.reason}
              onChange={(event) => change({ reason: event.target.value })}
            />
          )}
        </Field>
      )}
      {shown.state === 'open' && (
        <p className="soft">Nothing is said of this part. That stands in the way of nothing.</p>
      )}
      {isElsewhere ? (
        <Notice kind="warning" heading="Somebody else changed this part meanwhile">
          <p>What you typed is still here. This is what stands there now:</p>
          <PartText rule={rule} part={kept} />
          <p className="row">
            <button type="button" className="usa-button" onClick={() => save.mutate(version.version)}>
              Save mine over it
            </button>
            <button type="button" className="usa-button usa-button--outline" onClick={drop}>
              Take theirs
            </button>
          </p>
        </Notice>
      ) : (
        save.error && <Failure error={save.error} doing="save the part" />
      )}
      {isChanged && problems.length > 0 && (
        <ul className="plain-list small soft" aria-label="Before it can be saved">
          {problems.map((problem) => (
            <li key={`${problem.path}${problem.message}`}>{problem.message}</li>
          ))}
        </ul>
      )}
      <p className="row">
        <button type="submit" className="usa-button" disabled={!canSave}>
          Save part {number}
        </button>
        {isChanged && (
          <button type="button" className="usa-button usa-button--unstyled" onClick={drop}>
            Drop what I typed
          </button>
        )}
        <span className="small soft" role="status">
          {save.isPending
            ? 'Saving…'
            : isChanged
              ? 'Not saved yet; it stays in this tab. Ctrl+S saves.'
              : `As in version ${version.version}.`}
        </span>
      </p>
      <p className="small soft">
        Why give it: {rule.why} From: {rule.source}.
      </p>
    </form>
  );
}
