import { type HintReason, layerWords } from './queue-api.ts';

/** Why two reports may be one flaw, or not: each reason with how far it speaks for or against, as a bar. */
export function QueueReasons({ reasons }: { reasons: HintReason[] }) {
  const most = Math.max(1, ...reasons.map(({ weight }) => Math.abs(weight)));
  return (
    <ul className="reason-bars">
      {reasons.map((reason) => (
        <li key={`${reason.fact} ${reason.text}`}>
          <span className="tag">{layerWords[reason.layer]}</span>
          <span>
            {reason.text} <span className="small soft">{reason.weight < 0 ? 'Against.' : 'For.'}</span>
          </span>
          <meter
            className={reason.weight < 0 ? 'meter-against' : 'meter-for'}
            min={0}
            max={most}
            value={Math.abs(reason.weight)}
            aria-label={`${reason.weight < 0 ? 'Against' : 'For'}: ${reason.text}`}
          />
        </li>
      ))}
    </ul>
  );
}
