import { useMutation } from '@tanstack/react-query';
import type { FormEvent } from 'react';
import { ask } from '../api.ts';
import { Failure } from '../parts/Failure.tsx';
import { Field } from '../parts/Field.tsx';
import { announce } from '../shell/announce.ts';
import { type FileVersion, submissionPath } from './submission-api.ts';

/** Which weights the file is about. Unlike the parts, all parties see a change of it at once. */
export function ModelForm(props: { id: string; version: FileVersion; onSaved: () => Promise<unknown> }) {
  const { id, version, onSaved } = props;
  const { model } = version.content;
  const save = useMutation({
    mutationFn: (next: { name: string; version: string; digest: string | null }) =>
      ask<FileVersion>(submissionPath(id, '/versions'), {
        method: 'POST',
        body: { basedOn: version.version, model: next },
      }),
    onSuccess: () => {
      announce('The model is saved.');
      return onSaved();
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const said = new FormData(event.currentTarget);
    const digest = String(said.get('digest')).trim();
    save.mutate({
      name: String(said.get('name')),
      version: String(said.get('version')),
      digest: digest === '' ? null : digest,
    });
  };
  return (
    <details className="model-form">
      <summary>
        {model.name} {model.version}, {model.digest === null ? 'without a digest' : 'with a digest'}: change
      </summary>
      <form className="stack" onSubmit={submit} key={JSON.stringify(model)}>
        <p className="small soft">
          Parties who may know of the file see this at once. A determination is bound to one digest: after another one
          it is out of date.
        </p>
        <div className="file-cells">
          <Field label="Name of the model">
            {(control) => (
              <input
                {...control}
                className="usa-input"
                name="name"
                required
                maxLength={200}
                defaultValue={model.name}
              />
            )}
          </Field>
          <Field label="Version">
            {(control) => (
              <input
                {...control}
                className="usa-input"
                name="version"
                required
                maxLength={100}
                defaultValue={model.version}
              />
            )}
          </Field>
        </div>
        <Field label="Digest of the weights or the build" hint="sha256: and 64 hex digits">
          {(control) => (
            <input
              {...control}
              className="usa-input mono"
              name="digest"
              pattern="sha256:[0-9a-f]{64}"
              spellCheck={false}
              defaultValue={model.digest ?? ''}
            />
          )}
        </Field>
        {save.error && <Failure error={save.error} doing="save the model" />}
        <div>
          <button type="submit" className="usa-button usa-button--outline" disabled={save.isPending}>
            Save the model
          </button>
        </div>
      </form>
    </details>
  );
}
