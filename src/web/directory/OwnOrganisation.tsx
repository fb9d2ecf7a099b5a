import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useId } from 'react';
import type { z } from 'zod';
import type { OrganisationView } from '../../api/contract/directory.ts';
import { ask } from '../api.ts';
import { Failure } from '../parts/Failure.tsx';
import { announce } from '../shell/announce.ts';

/** For an administrator: whether others here may read the organisation's name and choose it. */
export function OwnOrganisation(props: { organisation: z.infer<typeof OrganisationView> }) {
  const { organisation } = props;
  const client = useQueryClient();
  const hint = useId();
  const change = useMutation({
    mutationFn: (isShared: boolean) =>
      ask(`/api/v1/organisations/${organisation.id}`, { method: 'PATCH', body: { isShared } }),
    onSuccess: (_, isShared) => {
      announce(isShared ? 'The name is shown.' : 'The name is hidden.');
      return client.invalidateQueries({ queryKey: ['organisations'] });
    },
  });
  return (
    <div className="usa-checkbox">
      <input
        className="usa-checkbox__input"
        id="organisation-shared"
        type="checkbox"
        aria-describedby={hint}
        checked={change.isPending ? change.variables : organisation.isShared}
        disabled={change.isPending}
        onChange={(event) => change.mutate(event.target.checked)}
      />
      <label className="usa-checkbox__label" htmlFor="organisation-shared">
        Show the name “{organisation.name}” to everybody who is signed in here
      </label>
      <p className="small soft" id={hint}>
        An authority is shown so that developers can choose it. Others need not be: whoever shares a file with you reads
        your name there anyway. Nothing else about you is shown.
      </p>
      {change.error && <Failure error={change.error} doing="change that" />}
    </div>
  );
}
