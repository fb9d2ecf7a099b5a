import { useState } from 'react';
import { purposes } from '../../domain/intake/validation-kit.ts';
import { verifySignature } from '../log/verify.ts';
import { moments } from '../parts/dates.ts';
import { Failure } from '../parts/Failure.tsx';
import { save } from '../parts/save.ts';
import { ValidationSteps } from './ValidationSteps.tsx';
import { type Evidence, readEnvelope, type Validation, verdictWords } from './validation-api.ts';
import { type Checked, check } from './validation-check.ts';

const purposeNames = {
  reproduce: 'Reproducer',
  control: 'Control',
  baseline: 'Older version',
  newest: 'Newest version',
} as const;

const percent = (share: number) => `${Math.round(share * 100)}%`;

/** n of m, one mark for each attempt; the words beside it say the same. */
function Tally(props: { name: string; seen: number; attempts: number }) {
  const { name, seen, attempts } = props;
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>
        <span className="tally" aria-hidden="true">
          {Array.from({ length: attempts }, (_, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: attempts have no other name than their place.
            <span key={at} className={`tally-mark ${at < seen ? 'is-seen' : ''}`} />
          ))}
        </span>
      </td>
      <td className="number">
        {seen} of {attempts}
      </td>
    </tr>
  );
}

/** One piece of evidence: what it says, on what ground, by whom, and whether the record says that they are independent. */
export function ValidationCard(props: { validation: Validation; evidence: Evidence }) {
  const { validation, evidence } = props;
  const { verdict, tallies, rate, independence, environment, key } = evidence;
  const [checked, setChecked] = useState<Checked>();
  const [error, setError] = useState<unknown>();
  const open = async (use: (text: string) => unknown) => {
    setError(undefined);
    try {
      await use(JSON.stringify(await readEnvelope(validation.id, evidence.id)));
    } catch (problem) {
      setError(problem);
    }
  };
  return (
    <article className="card stack" aria-label={`Evidence of ${evidence.organisation.name}`}>
      <div className="row spread">
        <h3>
          <span className={`tag ${verdictWords[verdict].tone}`}>{verdictWords[verdict].name}</span>
        </h3>
        <span className={`tag ${independence.isIndependent ? 'tag-pine' : 'tag-soon'}`}>
          {independence.isIndependent ? 'Independent and blind' : 'Not independent'}
        </span>
      </div>
      <p>{evidence.sentence}</p>
      <div className="table-wide">
        <table className="usa-table tally-table">
          <caption>Attempts that showed the signal</caption>
          <thead className="visually-hidden">
            <tr>
              <th scope="col">Run</th>
              <th scope="col">Picture</th>
              <th scope="col">Count</th>
            </tr>
          </thead>
          <tbody>
            {purposes.map((purpose) => {
              const tally = tallies[purpose];
              return tally && <Tally key={purpose} name={purposeNames[purpose]} {...tally} />;
            })}
          </tbody>
        </table>
      </div>
      <p className="small soft">
        The share of attempts that show it lies between {percent(rate.low)} and {percent(rate.high)} (Wilson interval,
        95%). By the policy {evidence.policy.name} {evidence.policy.version}.
      </p>
      <ul className="reasons small" data-source="outside">
        {evidence.reasons.map((reason) => (
          <li key={reason}>{reason}</li>
        ))}
      </ul>
      <h4>Who, and how far from the finder</h4>
      <p>
        {evidence.person.name}, {evidence.organisation.name}, handed in {moments(evidence.receivedAt)}.
      </p>
      <ul className="reasons small">
        {independence.reasons.map((reason) => (
          <li key={reason}>{reason}</li>
        ))}
      </ul>
      <details>
        <summary>Environment, key and digests</summary>
        <dl className="facts details-body" data-source="outside">
          <dt>Sandbox</dt>
          <dd>{environment.sandbox}</dd>
          <dt>System</dt>
          <dd>
            {environment.os}, {environment.arch}
          </dd>
          {environment.image && (
            <>
              <dt>Image</dt>
              <dd className="mono">{environment.image}</dd>
            </>
          )}
          {environment.tools.map((tool) => (
            <div key={tool.name} className="fact">
              <dt>{tool.name}</dt>
              <dd>{tool.version}</dd>
            </div>
          ))}
          <dt>Environment</dt>
          <dd className="mono">{environment.digest}</dd>
          <dt>Envelope</dt>
          <dd className="mono">{evidence.digest}</dd>
          <dt>Signed by</dt>
          <dd>
            {key.label}
            {key.revokedAt && `, revoked ${moments(key.revokedAt)}`}
            <br />
            <span className="mono">{key.fingerprint}</span>
          </dd>
          <dt>Public key</dt>
          <dd className="mono">{key.publicKey}</dd>
        </dl>
      </details>
      <p className="row">
        <button
          type="button"
          className="usa-button usa-button--outline button-small"
          onClick={() => open((text) => save(text, `${evidence.id}.dsse.json`, 'application/json'))}
        >
          Download the envelope
        </button>
        <button
          type="button"
          className="usa-button usa-button--outline button-small"
          onClick={() => open(async (text) => setChecked(await check(text, validation, [key], verifySignature)))}
        >
          Check it in this browser
        </button>
        <span className="small soft">Either is on record: outputs may tell of the exploit.</span>
      </p>
      {error !== undefined && <Failure error={error} doing="open the envelope" />}
      {checked && <ValidationSteps checked={checked} />}
    </article>
  );
}
