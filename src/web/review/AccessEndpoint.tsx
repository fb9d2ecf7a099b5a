import type { FormEvent } from 'react';
import { Failure } from '../parts/Failure.tsx';
import { Field } from '../parts/Field.tsx';
import { Modal } from '../parts/Modal.tsx';
import { type Grant, grantPath, useAccessAct } from './access-api.ts';

/** Asks for address and key of the model. Neither is ever shown again. */
export function AccessEndpoint({ grant, onClose }: { grant: Grant; onClose: () => void }) {
  const act = useAccessAct();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const said = new FormData(event.currentTarget);
    const apiKey = String(said.get('apiKey') ?? '').trim();
    const body = { baseUrl: String(said.get('baseUrl')).trim(), ...(apiKey !== '' && { apiKey }) };
    act.mutate(
      { path: grantPath(grant.id, '/endpoint'), method: 'PUT', body, said: 'The endpoint is sealed and kept.' },
      { onSuccess: onClose },
    );
  };
  return (
    <Modal heading="Endpoint of the model" onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        <EndpointFields isRequired />
        {act.error && <Failure error={act.error} doing="keep the endpoint" />}
        <p>
          <button type="submit" className="usa-button" disabled={act.isPending}>
            Seal and keep
          </button>
        </p>
      </form>
    </Modal>
  );
}

export function EndpointFields({ isRequired }: { isRequired?: boolean }) {
  return (
    <>
      <Field label="Address" hint="Without /chat/completions, such as https://models.example/v1">
        {(control) => (
          <input
            {...control}
            className="usa-input"
            name="baseUrl"
            type="url"
            maxLength={2000}
            required={isRequired}
            autoComplete="off"
          />
        )}
      </Field>
      <Field
        label="Key"
        hint="Make one for this access alone, so that you can end it at your side too. It is sealed at once and shown to nobody, also not to you."
      >
        {(control) => (
          <input {...control} className="usa-input" name="apiKey" type="password" maxLength={4096} autoComplete="off" />
        )}
      </Field>
    </>
  );
}
