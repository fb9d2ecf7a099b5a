import { type Policy, valuesOf, vocabulary } from '../../domain/advisory/priority/policy.ts';
import { shortDay } from '../parts/dates.ts';
import { ReferenceLink } from '../parts/ReferenceLink.tsx';
import { ScrollArea } from '../parts/ScrollArea.tsx';

/** A whole policy to read: its rules in order, what it does with what is unknown, and where it comes from. */
export function PolicyTable(props: { policy: Policy }) {
  const { policy } = props;
  return (
    <div className="stack">
      <p>{policy.summary}</p>
      <h3>Version {policy.version}: the first rule that fits decides</h3>
      <ScrollArea label={`Rules of ${policy.title}`} className="table-wide">
        <table className="usa-table">
          <caption className="visually-hidden">Rules of {policy.title}</caption>
          <thead>
            <tr>
              <th scope="col">Rule</th>
              <th scope="col">Decision</th>
              {policy.inputs.map((input) => (
                <th scope="col" key={input.name}>
                  {vocabulary[input.name].label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {policy.rules.map((rule) => (
              <tr key={rule.id}>
                <th scope="row">{rule.id}</th>
                <td>
                  <strong>{rule.outcome}</strong>
                </td>
                {policy.inputs.map((input) => (
                  <td key={input.name}>{rule.when[input.name] ?? 'any'}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollArea>
      <section className="stack-tight">
        <h3>When something is unknown</h3>
        <ul className="plain-list">
          {policy.inputs.map((input) => (
            <li key={input.name}>
              <strong>{vocabulary[input.name].label}</strong>: {unknownRule(input.whenUnknown)}
            </li>
          ))}
        </ul>
      </section>
      {policy.inputs.some((input) => input.bands) && (
        <section className="stack-tight">
          <h3>Bands</h3>
          <ul className="plain-list">
            {policy.inputs
              .filter((input) => input.bands)
              .map((input) => (
                <li key={input.name}>
                  <strong>{vocabulary[input.name].label}</strong>:{' '}
                  {valuesOf(input)
                    .map((name, at) => `${name} from ${input.bands?.[at]?.from ?? 0}`)
                    .join(', ')}
                </li>
              ))}
          </ul>
        </section>
      )}
      <section className="stack-tight">
        <h3>Sources</h3>
        <ul className="plain-list">
          {Object.entries(policy.sources).map(([name, source]) => (
            <li key={name}>
              {source.publisher}, {source.url ? <ReferenceLink url={source.url} text={source.title} /> : source.title},{' '}
              {shortDay(source.date)}
            </li>
          ))}
        </ul>
      </section>
    </div>
  );
}

function unknownRule(whenUnknown: Policy['inputs'][number]['whenUnknown']): string {
  switch (whenUnknown.rule) {
    case 'assume':
      return `taken as ${whenUnknown.value}: ${whenUnknown.because}`;
    case 'worst':
      return `the most urgent value counts: ${whenUnknown.because}`;
    case 'ask':
      return `no decision before somebody answers: ${whenUnknown.because}`;
  }
}
