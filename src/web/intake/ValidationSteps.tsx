import { verdictWords } from './validation-api.ts';
import type { Checked } from './validation-check.ts';

/** What the page found out about an envelope, step by step, and what the rule says of it. */
export function ValidationSteps({ checked }: { checked: Checked }) {
  const { steps, assessment } = checked;
  const words = { holds: 'Holds', fails: 'Fails', 'not checked': 'Not checked' };
  const tones = { holds: 'tag-pine', fails: 'tag-now', 'not checked': 'tag-soon' };
  return (
    <div className="stack-tight" role="status">
      <h4>Checked in this browser</h4>
      <ul className="validation-keys" data-source="outside">
        {steps.map(({ text, outcome }) => (
          <li key={text}>
            <span className={`tag ${tones[outcome]}`}>{words[outcome]}</span> <span>{text}</span>
          </li>
        ))}
      </ul>
      {assessment && (
        <p>
          The rule says of it: <strong>{verdictWords[assessment.verdict].name.toLowerCase()}</strong>.{' '}
          {assessment.reasons[0]}
        </p>
      )}
    </div>
  );
}
