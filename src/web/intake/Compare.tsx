import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { Failure } from '../parts/Failure.tsx';
import { ScrollArea } from '../parts/ScrollArea.tsx';
import { share } from './QueueHints.tsx';
import { QueueReasons } from './QueueReasons.tsx';
import { askModel, type Comparison, type Hint, refreshDesk, relationWords, useComparison } from './queue-api.ts';

/** Two reports side by side, field by field, with what they share marked in both. */
export function Compare(props: {
  id: string;
  hint: Hint;
  canJoin: boolean;
  canAskModel: boolean;
  onJoin: () => void;
  onApart: () => void;
  onClose: () => void;
}) {
  const { id, hint, canJoin, canAskModel, onJoin, onApart, onClose } = props;
  const client = useQueryClient();
  const comparison = useComparison(id, hint.finding);
  const [error, setError] = useState<unknown>();
  const [isAsking, setAsking] = useState(false);
  const heading = useRef<HTMLHeadingElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another candidate is another thing to read.
  useEffect(() => heading.current?.scrollIntoView({ block: 'nearest' }), [hint.finding]);
  const consult = async () => {
    setAsking(true);
    setError(undefined);
    try {
      await askModel(id, hint.finding);
      await refreshDesk(client);
    } catch (problem) {
      setError(problem);
    } finally {
      setAsking(false);
    }
  };
  const view = comparison.data;
  return (
    <section className="card stack" aria-labelledby="compare">
      <div className="row spread">
        <h2 id="compare" ref={heading}>
          Side by side
        </h2>
        <span className="row">
          {canJoin && hint.distinct === null && (
            <button type="button" className="usa-button button-small" aria-keyshortcuts="m" onClick={onJoin}>
              Join into one case{' '}
              <span className="key" aria-hidden="true">
                m
              </span>
            </button>
          )}
          <button
            type="button"
            className="usa-button usa-button--outline button-small"
            aria-keyshortcuts="x"
            onClick={onApart}
          >
            {hint.distinct ? 'A candidate again' : 'Keep apart'}{' '}
            <span className="key" aria-hidden="true">
              x
            </span>
          </button>
          {canAskModel && hint.opinion === null && (
            <button
              type="button"
              className="usa-button usa-button--outline button-small"
              disabled={isAsking}
              onClick={consult}
            >
              {isAsking ? 'Asking…' : 'Ask the configured model'}
            </button>
          )}
          <button type="button" className="usa-button usa-button--outline button-small" onClick={onClose}>
            Close
          </button>
        </span>
      </div>
      {comparison.error && (
        <Failure error={comparison.error} doing="compare the two" onRetry={() => comparison.refetch()} />
      )}
      {error !== undefined && <Failure error={error} doing="ask the model" />}
      {comparison.isLoading && <p className="soft">Opening the other report…</p>}
      {view && (
        <>
          <p>
            <strong>{relationWords[view.relation].name}</strong> in {share(view.confidence)} pairs that look like this
            one. {relationWords[view.relation].says}
          </p>
          <QueueReasons reasons={view.reasons} />
          {view.opinion && (
            <p className="small">
              <strong>A model's opinion</strong> ({view.opinion.model}): {relationWords[view.opinion.relation].name}.{' '}
              <span data-source="outside">{view.opinion.text}</span>
            </p>
          )}
          <Fields view={view} />
        </>
      )}
    </section>
  );
}

/** `component.fixed` as a person says it. */
const fieldWords: Record<string, string> = {
  title: 'In one line',
  'component.purl': 'Package',
  'component.name': 'Component',
  'component.ecosystem': 'Ecosystem',
  'component.version': 'Version examined',
  'component.affected': 'Affected',
  'component.fixed': 'Fixed in',
  places: 'Where',
  weaknesses: 'Weakness',
  aliases: 'Also known as',
  severity: 'Severity',
  severityLevel: 'Severity in a word',
  stack: 'Stack trace',
  description: 'What is wrong',
  impact: 'What it does',
  patch: 'Proposed change',
  references: 'Links',
  foundAt: 'Found',
  'provenance.tool': 'Program',
  'provenance.toolVersion': 'Its version',
  'provenance.rule': 'Rule',
  'provenance.agent': 'Agent',
  'provenance.model': 'Model',
  'provenance.harness': 'Harness',
  'provenance.promptDigest': 'Prompt',
};

/** The engine names several fields of a report together. */
const together: Record<string, string[]> = {
  text: ['title', 'description', 'impact'],
  component: ['component.purl', 'component.name'],
};
const isIn = (named: string, field: string): boolean =>
  (together[named] ?? [named]).some((one) => one === field || one.startsWith(`${field}[`));

function Fields({ view }: { view: Comparison }) {
  const shared = view.reasons.flatMap((reason) => reason.shared ?? []);
  const sources = [view.a, view.b].map(({ source }) => source?.name ?? 'Without an account');
  const filled = view.fields.filter(({ a, b }) => a !== null || b !== null);
  return (
    <ScrollArea label="Fields of both reports" className="table-wide">
      <table className="usa-table compare-table">
        <caption className="visually-hidden">Fields of both reports; what they share is marked</caption>
        <thead>
          <tr>
            <th scope="col">Field</th>
            <th scope="col">This report · {sources[0]}</th>
            <th scope="col">The other · {sources[1]}</th>
          </tr>
        </thead>
        <tbody>
          {filled.map(({ field, a, b, isEqual }) => {
            const parts = shared.filter((one) => isIn(one.field, field));
            return (
              <tr key={field} className={isEqual ? 'compare-equal' : ''}>
                <th scope="row">
                  {fieldWords[field] ?? field}
                  {isEqual && <span className="small soft"> the same</span>}
                </th>
                <td data-source="outside" data-of="This report">
                  {highlighted(
                    a,
                    parts.map((one) => one.a),
                  )}
                </td>
                <td data-source="outside" data-of="The other">
                  {highlighted(
                    b,
                    parts.map((one) => one.b),
                  )}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </ScrollArea>
  );
}

/** The text with each of the parts marked where it first stands. */
function highlighted(text: string | null, parts: string[]): ReactNode {
  if (text === null) return <span className="soft">–</span>;
  const low = text.toLowerCase();
  const spans = parts
    .filter((part) => part !== '')
    .map((part) => ({ start: low.indexOf(part.toLowerCase()), length: part.length }))
    .filter(({ start }) => start >= 0)
    .sort((a, b) => a.start - b.start || b.length - a.length);
  const pieces: ReactNode[] = [];
  let at = 0;
  for (const { start, length } of spans) {
    if (start < at) continue;
    pieces.push(text.slice(at, start));
    pieces.push(<mark key={start}>{text.slice(start, start + length)}</mark>);
    at = start + length;
  }
  pieces.push(text.slice(at));
  return <span className="report-prose">{pieces}</span>;
}
