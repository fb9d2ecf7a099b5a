import type { Affected, Range } from '../../domain/advisory/advisory.ts';
import { orderOf, orders } from '../../domain/advisory/version/order.ts';

/** A stretch of affected versions. Without `until` it has no known end. */
interface Stretch {
  from: string;
  until?: { version: string; isIncluded: boolean };
}

/** The stretches of a range, in the order of their events; `0` means from the first version. */
export function stretchesOf(range: Range, compare: (a: string, b: string) => number): Stretch[] {
  const versionOf = (event: Range['events'][number]) =>
    event.introduced ?? event.fixed ?? event.last_affected ?? event.limit ?? '';
  const first = (version: string) => version === '0';
  const events = [...range.events].sort((a, b) => {
    const [one, other] = [versionOf(a), versionOf(b)];
    return first(one) || first(other) ? Number(first(other)) - Number(first(one)) : compare(one, other);
  });
  const stretches: Stretch[] = [];
  let from: string | undefined;
  for (const event of events) {
    if (event.introduced !== undefined) from ??= event.introduced;
    else if (from !== undefined) {
      const isIncluded = event.last_affected !== undefined;
      stretches.push({ from, until: { version: versionOf(event), isIncluded } });
      from = undefined;
    }
  }
  if (from !== undefined) stretches.push({ from });
  return stretches;
}

function inWords({ from, until }: Stretch): string {
  const start = from === '0' ? 'every version' : `from ${from}`;
  if (until === undefined) return from === '0' ? 'every version, no fix named' : `${start} on, no fix named`;
  return until.isIncluded ? `${start} up to and including ${until.version}` : `${start} before ${until.version}`;
}

/** Which versions of one package are affected: drawn on a line, and in words below it. */
export function RangePicture(props: { affected: Affected }) {
  const { affected } = props;
  const ecosystem = affected.package?.ecosystem ?? '';
  const ranges = (affected.ranges ?? []).filter((range) => range.type !== 'GIT');
  const commits = (affected.ranges ?? []).filter((range) => range.type === 'GIT');
  const stretches = ranges.flatMap((range) => {
    const order = range.type === 'SEMVER' ? orders.semver : orderOf(ecosystem);
    return order ? stretchesOf(range, (a, b) => order.compare(a, b)) : [];
  });
  return (
    <div className="stack-tight">
      {stretches.length > 0 && stretches.length <= 12 && <Line stretches={stretches} />}
      {stretches.length > 0 && (
        <ul className="plain-list">
          {stretches.map((stretch) => (
            <li key={inWords(stretch)}>{inWords(stretch)}</li>
          ))}
        </ul>
      )}
      {commits.length > 0 && (
        <p className="small soft">
          {commits.length === 1 ? 'One range' : `${commits.length} ranges`} of commits in{' '}
          {commits.map(({ repo }) => repo).join(', ')}
        </p>
      )}
      {(affected.versions?.length ?? 0) > 0 && (
        <details className="small">
          <summary>{affected.versions?.length} versions listed one by one</summary>
          <p className="mono break-all">{affected.versions?.join(', ')}</p>
        </details>
      )}
    </div>
  );
}

const margin = 28;

/** Versions stand at even distances: the line shows their order, not how far apart they are. */
function Line(props: { stretches: Stretch[] }) {
  const { stretches } = props;
  const marks = [...new Set(stretches.flatMap(({ from, until }) => [from, ...(until ? [until.version] : [])]))];
  // Few versions need no wide line, and on a phone a narrow picture keeps its letters readable.
  const isShort = marks.length <= 3;
  const width = isShort ? 340 : 640;
  const step = (width - 2 * margin) / Math.max(1, marks.length);
  const at = (version: string) => margin + marks.indexOf(version) * step;
  const end = width - margin / 2;
  return (
    <svg
      className={isShort ? 'range-line range-line-short' : 'range-line'}
      viewBox={`0 0 ${width} 62`}
      role="img"
      aria-label={`Affected: ${stretches.map(inWords).join('; ')}`}
    >
      <line x1={margin} x2={end} y1={24} y2={24} className="range-axis" />
      {stretches.map(({ from, until }) => (
        <rect
          key={from}
          x={at(from)}
          width={(until ? at(until.version) : end) - at(from)}
          y={19}
          height={10}
          rx={until ? 3 : 0}
          className="range-affected"
        />
      ))}
      {marks.map((version, index) => {
        const isFix = stretches.some(({ until }) => until?.version === version && !until.isIncluded);
        return (
          <g key={version}>
            <circle cx={at(version)} cy={24} r={6} className={isFix ? 'range-fix' : 'range-start'} />
            <text
              x={at(version)}
              y={index % 2 === 0 || marks.length < 7 ? 48 : 12}
              textAnchor={index === 0 ? 'start' : 'middle'}
              dx={index === 0 ? -6 : 0}
            >
              {version === '0' ? 'first' : version}
            </text>
          </g>
        );
      })}
    </svg>
  );
}
