import { type FormEvent, useDeferredValue, useState } from 'react';
import { type LinkRelation, linkRelations } from '../../domain/coordination/case.ts';
import { Failure } from '../parts/Failure.tsx';
import { Field } from '../parts/Field.tsx';
import { type CaseView, linkCase, relationWords, renameCase, useOtherCases } from './queue-api.ts';

/** `onAct` does it and says what was done. */
interface Props {
  view: CaseView;
  onAct: (doing: () => Promise<CaseView>, said: string) => void;
}

/** Names the case in the coordinator's own words: the first reporter's title is only where it begins. */
export function CaseTitle({ view, onAct }: Props) {
  const [title, setTitle] = useState(view.title);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onAct(() => renameCase(view.id, title.trim()), 'Named anew');
  };
  return (
    <details>
      <summary>Name it anew</summary>
      <form className="row row-end" onSubmit={submit}>
        <Field label="Title of the case">
          {(control) => (
            <input
              {...control}
              className="usa-input"
              required
              maxLength={300}
              value={title}
              onChange={(event) => setTitle(event.target.value)}
            />
          )}
        </Field>
        <button type="submit" className="usa-button" disabled={title.trim() === '' || title.trim() === view.title}>
          Name it
        </button>
      </form>
    </details>
  );
}

/** Says how this case stands to another one that needs a fix of its own. */
export function CaseLinkForm({ view, onAct }: Props) {
  const [words, setWords] = useState('');
  const [other, setOther] = useState('');
  const [relation, setRelation] = useState<LinkRelation>('variant');
  const others = useOtherCases(view.id, useDeferredValue(words.trim()));
  const items = others.data ?? [];
  const chosen = items.some(({ id }) => id === other) ? other : (items[0]?.id ?? '');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onAct(() => linkCase(view.id, chosen, relation), 'Linked');
  };
  return (
    <details>
      <summary>Link it to another case</summary>
      <form className="stack" onSubmit={submit}>
        {others.error && <Failure error={others.error} doing="list the cases" onRetry={() => others.refetch()} />}
        <Field label="This case is" hint={relationWords[relation].says}>
          {(control) => (
            <select
              {...control}
              className="usa-select"
              value={relation}
              onChange={(event) => setRelation(event.target.value as LinkRelation)}
            >
              {linkRelations.map((one) => (
                <option key={one} value={one}>
                  {relationWords[one].name}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label="Words of the other case" hint="Shows the cases whose title holds them">
          {(control) => (
            <input
              {...control}
              className="usa-input"
              maxLength={200}
              value={words}
              onChange={(event) => setWords(event.target.value)}
            />
          )}
        </Field>
        <Field label="The other case">
          {(control) => (
            <select
              {...control}
              className="usa-select"
              value={chosen}
              disabled={items.length === 0}
              onChange={(event) => setOther(event.target.value)}
            >
              {items.length === 0 && <option value="">No other case fits</option>}
              {items.map((one) => (
                <option key={one.id} value={one.id} data-source="outside">
                  {one.title}
                </option>
              ))}
            </select>
          )}
        </Field>
        <p>
          <button type="submit" className="usa-button" disabled={chosen === ''}>
            Link them
          </button>
        </p>
      </form>
    </details>
  );
}
