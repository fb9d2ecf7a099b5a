import { type EvalLog, type SampleSummary, sampleKey } from '../../domain/evidence/eval-log.ts';
import type { ByteSource } from '../archive/zip-directory.ts';
import { Refused } from '../listing.ts';
import { quoted } from '../text.ts';
import { headerOf, refuseUnlike } from './header.ts';
import { type Path, type Plan, walk } from './json-walk.ts';
import { type LogReader, partsOf, type SampleName, type SampleParts, Transcripts } from './log.ts';
import { SampleFields } from './sample.ts';

const pieceSize = 256 * 1024;

/** Top-level members that make up the header. The samples come after them, and can be very large. */
const headerKeys = new Set([
  'version',
  'status',
  'eval',
  'plan',
  'results',
  'stats',
  'error',
  'invalidated',
  'log_updates',
  'config_updates',
  'tags',
  'metadata',
]);

/** The form of a log that is one JSON file (`.json`), of any size. */
export async function openJson(source: ByteSource): Promise<LogReader> {
  const log = await header(source);
  const file = new JsonFile(source, log);
  const transcripts = new Transcripts(log, (sample) => file.find(sample));
  return {
    log,
    summaries: () => file.samples(),
    samples: () => file.samples(),
    events: (sample, options) => transcripts.events(sample, options),
  };
}

async function header(source: ByteSource): Promise<EvalLog> {
  const object: Record<string, unknown> = Object.create(null);
  const seen: string[] = [];
  let isEnough = false;
  const plan = (path: Path): Plan => {
    if (path.length === 0) return 'enter';
    const key = path[0];
    if (typeof key !== 'string') return 'skip';
    if (seen.length < 20) seen.push(key);
    // Inspect writes the samples after the header; where something is still missing the file is read to its end.
    if (key === 'samples' && seen.includes('eval') && seen.includes('stats')) isEnough = true;
    return headerKeys.has(key) ? 'value' : 'skip';
  };
  for await (const taken of walk(piecesOf(source, 0, source.size), plan, () => isEnough)) {
    for (const { path, value } of taken) if (path.length === 1) object[path[0] as string] = value;
  }
  if (object.eval === undefined) throw refuseUnlike(seen);
  return headerOf(object, 'inspect-json');
}

class JsonFile {
  private readonly source: ByteSource;
  private readonly log: EvalLog;
  /** Where each sample lies, once all have been read. Of a sample that comes twice the later one. */
  private places: Map<string, { start: number; end: number }> | undefined;

  constructor(source: ByteSource, log: EvalLog) {
    this.source = source;
    this.log = log;
  }

  async *samples(): AsyncGenerator<SampleSummary> {
    const places = new Map<string, { start: number; end: number }>();
    const fields = new SampleFields();
    const plan = (path: Path): Plan => {
      if (path.length === 0) return 'enter';
      if (path[0] !== 'samples') return 'skip';
      return path.length === 1 ? 'enter' : fields.plan(path.slice(2));
    };
    for await (const taken of walk(piecesOf(this.source, 0, this.source.size), plan)) {
      for (const { path, value, start, end } of taken) {
        if (path[0] !== 'samples' || path.length < 2) continue;
        if (value !== undefined) fields.take(path.slice(2), value);
        else if (path.length === 2) {
          const summary = fields.summary(this.log, `samples[${path[1]}]`);
          places.set(sampleKey(summary), { start, end });
          yield summary;
        }
      }
    }
    this.places = places;
  }

  async find(sample: SampleName): Promise<SampleParts> {
    if (this.places === undefined) for await (const _ of this.samples());
    const place = this.places?.get(sampleKey(sample));
    if (place === undefined) {
      throw new Refused('samples', `The log holds no sample ${quoted(sample.id)}, epoch ${sample.epoch}.`);
    }
    return partsOf(() => piecesOf(this.source, place.start, place.end), sampleKey(sample));
  }
}

async function* piecesOf(source: ByteSource, start: number, end: number): AsyncGenerator<Uint8Array> {
  for (let at = start; at < end; at += pieceSize) yield await source.read(at, Math.min(pieceSize, end - at));
}
