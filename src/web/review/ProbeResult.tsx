import { moments } from '../parts/dates.ts';
import type { Probe } from './access-api.ts';

const failures: Record<string, string> = {
  unauthorized: 'the endpoint does not take the key',
  refused: 'the endpoint does not take the request',
  rate_limited: 'the endpoint takes no more requests',
  server: 'the endpoint reports a fault of its own',
  timeout: 'no whole answer came in time',
  network: 'no whole answer came',
  malformed: 'the answer is not of the agreed format',
  too_large: 'the answer is too large',
  address: 'the address cannot be reached from here',
};

const listed = (names: string[]) => (names.length === 0 ? 'none' : names.join(', '));
const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;

function reasonOf(reason: Probe['reasons'][number]): string {
  switch (reason.kind) {
    case 'model':
      return `The answers name the model ${listed(reason.is)}; at the start it was ${listed(reason.was)}.`;
    case 'fingerprint':
      return `The system fingerprint is ${listed(reason.is)}; at the start it was ${listed(reason.was)}.`;
    case 'answers':
      return `The same questions are answered otherwise: ${Math.round(reason.similarity * 100)}% alike.`;
    case 'latency':
      return `Answers take longer: ${reason.measure === 'median' ? 'half of them' : 'the slowest'} up to ${seconds(reason.isMs)}, at the start ${seconds(reason.wasMs)}.`;
  }
}

/** Which model answered, and whether it still answers as at the start; in words. */
export function ProbeResult({ probes }: { probes: Probe[] }) {
  const newest = probes[0];
  if (newest === undefined) {
    return (
      <p className="soft">
        Not probed yet. A probe asks a few fixed questions at the start and every day, and compares the answers.
      </p>
    );
  }
  return (
    <div className="stack-tight">
      <ProbeWords probe={newest} />
      {probes.length > 1 && (
        <details>
          <summary className="small">Earlier probes</summary>
          <ul className="plain-list small">
            {probes.slice(1).map((probe) => (
              <li key={probe.id}>
                <ProbeWords probe={probe} />
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}

function ProbeWords({ probe }: { probe: Probe }) {
  const at = moments(probe.at);
  if (probe.failure !== null) {
    return (
      <p>
        <span className="tag tag-soon">No answer</span> Probe of {at}: {failures[probe.failure] ?? 'no answer came'}.
        This ends nothing.
      </p>
    );
  }
  const facts = `model ${listed(probe.models)}, fingerprint ${listed(probe.fingerprints)}, half of the answers within ${seconds(probe.medianMs ?? 0)}`;
  if (probe.isBaseline) {
    return (
      <p>
        <span className="tag">First probe</span> {at}: {facts}. Later ones are compared with it.
      </p>
    );
  }
  if (probe.drift === 'none') {
    return (
      <p>
        <span className="tag tag-pine">No change</span> Probe of {at}: {facts}.
      </p>
    );
  }
  return (
    <div className="stack-tight">
      <p>
        <span className="tag tag-now">Something changed</span> Probe of {at}. What it means is for the two sides to say;
        this ends nothing.
      </p>
      <ul>
        {probe.reasons.map((reason) => (
          <li key={`${reason.kind}${'measure' in reason ? reason.measure : ''}`}>{reasonOf(reason)}</li>
        ))}
      </ul>
    </div>
  );
}
