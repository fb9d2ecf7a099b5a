/** Reading CVSS vectors: one table of metrics per version, one reader for all of them. */

export type Version = '2.0' | '3.0' | '3.1' | '4.0';

/** Why a vector is refused. `error` names the metric where one is at fault. */
export interface CvssProblem {
  vector: string;
  error: string;
  metric?: string;
}

/** A vector that has been read: per metric of its version the number of the value chosen, -1 where it is absent. */
export interface Vector {
  version: Version;
  text: string;
  values: number[];
}

interface Metric {
  name: string;
  values: string[];
  isRequired: boolean;
}

/** `AV:NALP` is a required metric, `E?:X,U` an optional one; values of several letters are parted by commas. */
function metricsOf(definition: string): Metric[] {
  return definition
    .trim()
    .split(/\s+/)
    .map((entry) => {
      const [name, values] = entry.split(':') as [string, string];
      return {
        name: name.replace('?', ''),
        values: values.includes(',') ? values.split(',') : [...values],
        isRequired: !name.endsWith('?'),
      };
    });
}

// The order of the values is relied on by v2.ts, v3.ts and v4.ts, whose weights stand in the same order.

const base3 = 'AV:NALP AC:LH PR:NLH UI:NR S:UC C:HLN I:HLN A:HLN E?:XHFPU RL?:XUWTO RC?:XCRU';
const environmental3 =
  'CR?:XHML IR?:XHML AR?:XHML MAV?:XNALP MAC?:XLH MPR?:XNLH MUI?:XNR MS?:XUC MC?:XHLN MI?:XHLN MA?:XHLN';
const metrics3 = metricsOf(`${base3} ${environmental3}`);

const metricsByVersion: Record<Version, Metric[]> = {
  // CVSS v2 complete guide, section 2.4.
  '2.0': metricsOf(`AV:NAL AC:LMH Au:NSM C:CPN I:CPN A:CPN
    E?:ND,U,POC,F,H RL?:ND,OF,TF,W,U RC?:ND,UC,UR,C CDP?:ND,N,L,LM,MH,H TD?:ND,N,L,M,H CR?:ND,L,M,H IR?:ND,L,M,H AR?:ND,L,M,H`),
  // CVSS v3.0 and v3.1 specification, section 6 (Vector String): the same metrics.
  '3.0': metrics3,
  '3.1': metrics3,
  // CVSS v4.0 specification, section 7 (Vector String), in the order it prescribes.
  '4.0': metricsOf(`AV:NALP AC:LH AT:NP PR:NLH UI:NPA VC:HLN VI:HLN VA:HLN SC:HLN SI:HLN SA:HLN
    E?:XAPU CR?:XHML IR?:XHML AR?:XHML
    MAV?:XNALP MAC?:XLH MAT?:XNP MPR?:XNLH MUI?:XNPA MVC?:XHLN MVI?:XHLN MVA?:XHLN MSC?:XHLN MSI?:XSHLN MSA?:XSHLN
    S?:XNP AU?:XNY R?:XAUI V?:XDC RE?:XLMH U?:X,Clear,Green,Amber,Red`),
};

const indexByVersion = Object.fromEntries(
  Object.entries(metricsByVersion).map(([version, metrics]) => [
    version,
    new Map(metrics.map((metric, index) => [metric.name, index])),
  ]),
) as Record<Version, Map<string, number>>;

/** Longer than any valid vector; keeps hostile text cheap. */
const lengthMax = 256;

/**
 * Reads a CVSS vector. v4.0 metrics must stand in the specified order (section 7); v2 and v3 metrics may stand in any
 * (v3 section 6). A v2 vector has no prefix and may stand in parentheses, as it was published.
 */
export function parse(text: string): Vector | CvssProblem {
  if (text.length > lengthMax) {
    return { vector: text.slice(0, lengthMax), error: `The vector is longer than ${lengthMax} characters.` };
  }
  let version: Version = '2.0';
  let body = text;
  if (text.startsWith('CVSS:')) {
    const slash = text.indexOf('/');
    const stated = text.slice(5, slash < 0 ? text.length : slash);
    if (stated !== '3.0' && stated !== '3.1' && stated !== '4.0') {
      return {
        vector: text,
        error: `CVSS version "${stated}" is not known: use 3.0, 3.1 or 4.0, or a v2 vector without prefix.`,
      };
    }
    version = stated;
    body = slash < 0 ? '' : text.slice(slash + 1);
  } else if (text.startsWith('(') && text.endsWith(')')) {
    body = text.slice(1, -1);
  }
  const metrics = metricsByVersion[version];
  const indexes = indexByVersion[version];
  const values = new Array<number>(metrics.length).fill(-1);
  let highest = -1;
  for (let start = 0; start <= body.length; ) {
    let end = body.indexOf('/', start);
    if (end < 0) end = body.length;
    const colon = body.indexOf(':', start);
    if (colon < 0 || colon >= end) {
      const part = body.slice(start, end);
      const error = part === '' ? 'The vector is empty or has an empty part.' : `"${part}" is not "metric:value".`;
      return { vector: text, error };
    }
    const name = body.slice(start, colon);
    const index = indexes.get(name);
    if (index === undefined)
      return { vector: text, error: `Metric "${name}" is not known in CVSS ${version}.`, metric: name };
    const metric = metrics[index]!;
    const value = body.slice(colon + 1, end);
    const number = metric.values.indexOf(value);
    if (number < 0) {
      const error = `Metric ${name} cannot be "${value}": it takes ${metric.values.join(', ')}.`;
      return { vector: text, error, metric: name };
    }
    if (values[index] !== -1) return { vector: text, error: `Metric ${name} is given twice.`, metric: name };
    if (version === '4.0' && index < highest) {
      const error = `Metric ${name} stands after ${metrics[highest]!.name}: CVSS 4.0 prescribes the order.`;
      return { vector: text, error, metric: name };
    }
    values[index] = number;
    highest = index;
    start = end + 1;
  }
  for (let index = 0; index < metrics.length && metrics[index]!.isRequired; index++) {
    if (values[index] === -1) {
      const { name } = metrics[index]!;
      return { vector: text, error: `Metric ${name} is missing: every base metric must be given.`, metric: name };
    }
  }
  return { version, text, values };
}

/** The value of one metric as written, such as `N` for `AV`; undefined when absent. */
export function valueOfMetric(vector: Vector, metric: string): string | undefined {
  const index = indexByVersion[vector.version].get(metric);
  return index === undefined ? undefined : metricsByVersion[vector.version][index]!.values[vector.values[index]!];
}
