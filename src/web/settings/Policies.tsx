import { useState } from 'react';
import { builtInPolicies } from '../../domain/advisory/priority/built-in.ts';
import type { Policy } from '../../domain/advisory/priority/policy.ts';
import { PolicyTable } from '../advisory/PolicyTable.tsx';
import { Modal } from '../parts/Modal.tsx';

/** The priority policies that come with this version, each to be read in full. */
export function Policies() {
  const [shown, setShown] = useState<Policy>();
  return (
    <section className="card stack" aria-labelledby="policies">
      <h2 id="policies">Policies</h2>
      <p className="soft">
        A policy is a table with a version. A list names the version that made it, and the same inputs give the same
        list for ever.
      </p>
      <ul className="settings-list">
        {builtInPolicies.map((policy) => (
          <li key={policy.name}>
            <div className="stack-tight">
              <strong>
                {policy.title} {policy.version}
              </strong>
              <span className="small soft">{policy.summary}</span>
            </div>
            <button
              type="button"
              className="usa-button usa-button--outline button-small"
              onClick={() => setShown(policy)}
            >
              Read<span className="visually-hidden"> {policy.title}</span>
            </button>
          </li>
        ))}
      </ul>
      {shown && (
        <Modal heading={shown.title} isWide onClose={() => setShown(undefined)}>
          <PolicyTable policy={shown} />
        </Modal>
      )}
    </section>
  );
}
