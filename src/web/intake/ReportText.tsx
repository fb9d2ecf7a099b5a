import type { ReactNode } from 'react';
import type { Report } from '../../domain/intake/report.ts';
import { ReferenceLink } from '../parts/ReferenceLink.tsx';

/** A report as its reporter wrote it: text of a stranger, shown as text and as nothing else (I16). `mark` highlights parts of a field. */
export function ReportText(props: {
  report: Omit<Report, 'reproduction'>;
  mark?: (field: string, text: string) => ReactNode;
}) {
  const { report, mark = (_, text) => text } = props;
  const { component, places = [], provenance = {} } = report;
  const list = (name: string, values: string[] | undefined) =>
    values === undefined || values.length === 0
      ? undefined
      : values.map((value, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a report may name one thing twice, and its lists never change.
          <span key={index} className="report-value mono">
            {mark(`${name}[${index}]`, value)}
          </span>
        ));
  const facts: [string, ReactNode][] = [
    ['Package', component.purl && <span className="mono">{mark('component.purl', component.purl)}</span>],
    ['Component', component.name && mark('component.name', component.name)],
    ['Ecosystem', component.ecosystem && mark('component.ecosystem', component.ecosystem)],
    [
      'Version examined',
      component.version && <span className="mono">{mark('component.version', component.version)}</span>,
    ],
    ['Affected', component.affected && <span className="mono">{mark('component.affected', component.affected)}</span>],
    ['Fixed in', list('component.fixed', component.fixed)],
    [
      'Where',
      places.length > 0 &&
        places.map((place, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: as above.
          <span key={index} className="report-value mono">
            {place.path && mark(`places[${index}].path`, place.path)}
            {place.startLine !== undefined && `:${place.startLine}`}
            {place.symbol && (
              <>
                {place.path ? ' in ' : ''}
                {mark(`places[${index}].symbol`, place.symbol)}
              </>
            )}
          </span>
        )),
    ],
    ['Weakness', list('weaknesses', report.weaknesses)],
    ['Also known as', list('aliases', report.aliases)],
    ['Severity as stated', list('severity', report.severity) ?? report.severityLevel],
    [
      'Found by',
      [
        provenance.tool && `${provenance.tool} ${provenance.toolVersion ?? ''}`.trim(),
        provenance.agent && `agent ${provenance.agent}`,
        provenance.model && `model ${provenance.model}`,
        provenance.harness && `harness ${provenance.harness}`,
      ]
        .filter(Boolean)
        .join(', ') || undefined,
    ],
    ['Rule', provenance.rule && <span className="mono">{mark('provenance.rule', provenance.rule)}</span>],
    ['Digest of the prompt', provenance.promptDigest && <span className="mono">{provenance.promptDigest}</span>],
  ];
  const texts = [
    ['description', 'What is wrong', report.description],
    ['impact', 'What it does to whom', report.impact],
    ['stack', 'Stack trace', report.stack],
    ['patch', 'Proposed change', report.patch],
  ] as const;
  return (
    <div className="stack" data-source="outside">
      <dl className="facts">
        {facts
          .filter(([, value]) => value !== undefined && value !== false && value !== '')
          .map(([name, value]) => (
            <div key={name} className="fact">
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
      {texts.map(
        ([field, name, text]) =>
          text !== undefined &&
          text !== '' && (
            <section key={field} className="stack-tight">
              <h3>{name}</h3>
              {field === 'stack' || field === 'patch' ? (
                <pre className="code report-pre">{mark(field, text)}</pre>
              ) : (
                <p className="report-prose">{mark(field, text)}</p>
              )}
            </section>
          ),
      )}
      {report.references !== undefined && report.references.length > 0 && (
        <section className="stack-tight">
          <h3>References</h3>
          <ul className="plain-list">
            {report.references.map((url) => (
              <li key={url}>
                <ReferenceLink url={url} />
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}
