import type { ReactNode } from 'react';
import type { Facts } from '../../domain/advisory/fact.ts';
import { shortDay } from '../parts/dates.ts';

/** Every fact with its source and date; what no source says is said to be unknown. */
export function FactList(props: { facts: Facts }) {
  const { kev, epss, ssvc, cvss } = props.facts;
  return (
    <dl className="fact-list">
      <Row name="Known exploited" from={kev}>
        {kev
          ? `listed ${shortDay(kev.dateAdded)}${kev.isRansomwareUse ? ', used by ransomware' : ''}`
          : 'not in the KEV catalog held here'}
      </Row>
      <Row name="EPSS" from={epss}>
        {epss
          ? `${percent(epss.score)} chance of exploitation in 30 days${epss.percentile === undefined ? '' : `, above ${Math.floor(epss.percentile * 100)}% of all`}`
          : 'unknown'}
      </Row>
      <Row name="SSVC" from={ssvc}>
        {ssvc ? (
          <>
            exploitation {ssvc.exploitation ?? 'unknown'}, automatable {ssvc.automatable ?? 'unknown'}, technical impact{' '}
            {ssvc.technicalImpact ?? 'unknown'}
            {ssvc.derivation && ` (derived. ${ssvc.derivation.join(' ')})`}
          </>
        ) : (
          'unknown'
        )}
      </Row>
      {cvss.length === 0 ? (
        <Row name="CVSS">unknown</Row>
      ) : (
        cvss.map((fact) => (
          <Row key={`${fact.source} ${fact.vector}`} name={`CVSS ${fact.version}`} from={fact}>
            {fact.score.toFixed(1)} <span className="mono break-all">{fact.vector}</span>
          </Row>
        ))
      )}
    </dl>
  );
}

const percent = (share: number) => (share >= 0.995 ? 'over 99%' : `${(share * 100).toFixed(share < 0.1 ? 1 : 0)}%`);

function Row(props: { name: string; from?: { source: string; date: string } | undefined; children: ReactNode }) {
  const { name, from, children } = props;
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {children}
        {from && (
          <span className="soft">
            {' '}
            · {from.source}, {shortDay(from.date)}
          </span>
        )}
      </dd>
    </div>
  );
}
