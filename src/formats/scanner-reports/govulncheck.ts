import { type Draft, type Found, textOf, wordOf } from '../finding/draft.ts';
import { packageOf } from '../finding/package.ts';
import { arrayOf, isObject, type JsonObject, objectOf } from '../json.ts';
import { draftOf } from '../osv/finding.ts';

const members = ['config', 'progress', 'SBOM', 'osv', 'finding'];
const isMessage = (value: unknown) =>
  isObject(value) && Object.keys(value).length > 0 && Object.keys(value).every((key) => members.includes(key));

/** govulncheck's JSON: messages after one another (protocol 1.0), or one object with `Vulns` before it. */
export function isOne(value: unknown): boolean {
  if (Array.isArray(value)) return isMessage(value[0]);
  return isObject(value) && 'Vulns' in value && ('Calls' in value || 'Requires' in value);
}

export function* read(value: unknown): Generator<Found> {
  if (Array.isArray(value)) yield* messages(value);
  else yield* early(objectOf(value));
}

/** The most frames of a trace that are written out. */
const framesMax = 200;

/**
 * The protocol tells one flaw several times: that the module is required, that the package is imported, and each way in which the
 * function is called. Those of one record and module are one result, the most telling trace first.
 */
function* messages(list: readonly unknown[]): Generator<Found> {
  const records = new Map<string, JsonObject>();
  const findings = new Map<string, JsonObject[]>();
  let version: unknown;
  for (const message of list) {
    const { osv, finding, config } = objectOf(message);
    if (isObject(config)) version = config['scanner_version'];
    if (isObject(osv) && typeof osv['id'] === 'string') records.set(osv['id'], osv);
    if (!isObject(finding)) continue;
    const key = JSON.stringify([finding['osv'], traceOf(finding)[0]?.['module']]);
    const known = findings.get(key);
    if (known === undefined) findings.set(key, [finding]);
    else known.push(finding);
  }
  let index = 0;
  for (const same of findings.values()) {
    const path = `finding ${++index}`;
    const [told] = same.toSorted((a, b) => tellsMore(b) - tellsMore(a));
    const finding = told ?? {};
    const trace = traceOf(finding);
    const vulnerable = trace[0] ?? {};
    const record = records.get(textOf(finding['osv']) ?? '');
    // Go's versions start with a v in modules and with nothing in records.
    const fixed = textOf(finding['fixed_version'])?.replace(/^v(?=\d)/, '');
    yield {
      path,
      original: same.length === 1 ? finding : same.slice(0, 20),
      draft: {
        ...rest(record, finding['osv']),
        ...packageOf('go', vulnerable['module'], textOf(vulnerable['version'])?.replace(/^v(?=\d)/, '')),
        fixed: [fixed],
        places: same.flatMap((each) => placesOf(traceOf(each))),
        stack: stackOf(trace),
        tool: 'govulncheck',
        toolVersion: version,
        rule: finding['osv'],
      },
    };
  }
}

const traceOf = (finding: JsonObject) => arrayOf(finding['trace']).slice(0, framesMax).map(objectOf);
const tellsMore = (finding: JsonObject) => {
  const [first] = traceOf(finding);
  return first?.['function'] !== undefined ? 2 : first?.['package'] !== undefined ? 1 : 0;
};

/** What the record says of the flaw, without its packages. */
function rest(record: JsonObject | undefined, id: unknown): Draft {
  if (record === undefined) return { titles: [id], aliases: [id] };
  const { purl: _, name: __, ecosystem: ___, fixed: ____, ...draft } = draftOf(record);
  return draft;
}

function symbolOf(frame: JsonObject): string | undefined {
  const name = textOf(frame['function']);
  const receiver = textOf(frame['receiver'])?.replace(/^\*/, '');
  const inside = textOf(frame['package']);
  if (name === undefined) return inside;
  return [inside, receiver, name].filter((part) => part !== undefined).join('.');
}

/** The vulnerable function, and the first place in the code that was scanned: the last frame. */
function placesOf(trace: readonly JsonObject[]): NonNullable<Draft['places']> {
  const [vulnerable] = trace;
  const entry = trace.at(-1);
  const { filename, line } = objectOf(entry?.['position']);
  return [
    ...(vulnerable === undefined ? [] : [{ symbol: symbolOf(vulnerable) }]),
    ...(trace.length > 1 && entry !== undefined ? [{ path: filename, symbol: symbolOf(entry), startLine: line }] : []),
  ];
}

function stackOf(trace: readonly JsonObject[]): string | undefined {
  if (trace.length < 2) return undefined;
  return trace
    .map((frame) => {
      const { filename, line } = objectOf(frame['position']);
      const path = textOf(filename);
      return `    at ${symbolOf(frame) ?? '?'}${path === undefined ? '' : ` (${path}:${wordOf(line) ?? '?'})`}`;
    })
    .join('\n');
}

function* early(report: JsonObject): Generator<Found> {
  const list = arrayOf(report['Vulns']);
  for (let index = 0; index < list.length; index++) {
    const path = `Vulns[${index}]`;
    const one = list[index];
    if (!isObject(one)) {
      yield { path, original: one, problems: [{ path, message: 'This is not an object.' }] };
      continue;
    }
    const record = objectOf(one['OSV']);
    const symbol = [one['PkgPath'], one['Symbol']].filter((part) => typeof part === 'string').join('.');
    yield {
      path,
      original: one,
      draft: {
        ...rest(record, record['id']),
        ...packageOf('go', one['ModPath']),
        places: [{ symbol }],
        tool: 'govulncheck',
        rule: record['id'],
      },
    };
  }
}
