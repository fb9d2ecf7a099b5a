import { useCallback, useMemo } from 'react';
import type { z } from 'zod';
import type { PartnerView } from '../../api/contract/partners.ts';
import { sectorName } from '../../domain/review/decision-policy.ts';
import { balance } from '../../domain/review/partner.ts';
import { Chart } from '../parts/Chart.tsx';

type Plot = typeof import('@observablehq/plot');

/** How the partners of one file spread over sectors; exact, for those who may read the file. */
export function PartnerBalance(props: { partners: z.infer<typeof PartnerView>[] }) {
  const counts = useMemo(() => balance(props.partners), [props.partners]);
  const draw = useCallback(
    (plot: Plot, width: number, document: Document) => {
      const bars = counts.flatMap(({ sector, considered, taking }) => [
        { sector: sectorName(sector), count: taking, what: 'Invited or with access' },
        { sector: sectorName(sector), count: considered, what: 'Being considered' },
      ]);
      const most = Math.max(1, ...counts.map(({ considered, taking }) => considered + taking));
      // The name stands above its bar: beside it there is no room on a phone.
      return plot.plot({
        document,
        width,
        height: 40 + counts.length * 48,
        marginLeft: 8,
        marginTop: 12,
        x: { label: null, ticks: Math.min(most, 8), tickFormat: 'd', domain: [0, most] },
        y: { axis: null, domain: counts.map(({ sector }) => sectorName(sector)) },
        color: { domain: ['Invited or with access', 'Being considered'], range: ['#1f6b58', '#9bb5ad'] },
        marks: [
          plot.barX(bars, { x: 'count', y: 'sector', fill: 'what', insetTop: 18, insetBottom: 4 }),
          plot.text(counts, {
            x: 0,
            y: ({ sector }: (typeof counts)[number]) => sectorName(sector),
            text: ({ sector }: (typeof counts)[number]) => sectorName(sector),
            textAnchor: 'start',
            dy: -14,
            dx: 2,
            fontSize: 13,
          }),
          plot.ruleX([0]),
        ],
      });
    },
    [counts],
  );
  if (counts.length === 0) return null;
  return (
    <section className="card stack-tight" aria-label="Balance of sectors">
      <Chart
        caption="Balance of sectors"
        draw={draw}
        table={
          <table className="usa-table">
            <thead>
              <tr>
                <th scope="col">Sector</th>
                <th scope="col" className="number">
                  Invited or with access
                </th>
                <th scope="col" className="number">
                  Being considered
                </th>
              </tr>
            </thead>
            <tbody>
              {counts.map(({ sector, considered, taking }) => (
                <tr key={sector}>
                  <th scope="row">{sectorName(sector)}</th>
                  <td className="number">{taking}</td>
                  <td className="number">{considered}</td>
                </tr>
              ))}
            </tbody>
          </table>
        }
      />
      <p className="small soft">
        <span className="partner-key partner-key-taking" /> Invited or with access ·{' '}
        <span className="partner-key partner-key-considered" /> Being considered. Only those who may read this file see
        these counts.
      </p>
    </section>
  );
}
