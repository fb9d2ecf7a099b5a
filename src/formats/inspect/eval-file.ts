import type { EvalLog, SampleSummary } from '../../domain/evidence/eval-log.ts';
import { type ByteSource, contentOf, type DirectoryEntry, directoryOf } from '../archive/zip-directory.ts';
import { arrayOf, isObject, type JsonObject } from '../json.ts';
import { Refused } from '../listing.ts';
import { quoted } from '../text.ts';
import { configUpdateOf, headerOf } from './header.ts';
import { type Path, type Plan, walk } from './json-walk.ts';
import {
  type LogReader,
  partsOf,
  refusedOf,
  type SampleName,
  type SampleParts,
  summaryIn,
  Transcripts,
} from './log.ts';
import { summaryOf } from './sample.ts';

/** `samples/{id}_epoch_{n}.json`, or `.../sample.json` where the sample lies in chunks. An id may hold anything, `/` too. */
const samplePattern = /^(samples\/.*_epoch_\d+)(\.json|\/sample\.json)$/s;

/** The zip form of a log (`.eval`). Entry names are keys of the directory and nothing else. */
export async function openEval(source: ByteSource): Promise<LogReader> {
  const { entries, repeated } = await directoryOf(source);
  const file = new EvalFile(source, entries);
  const log = await file.header();
  if (repeated > 0) {
    log.marks.push({
      code: 'entries_repeated',
      text: `${repeated} entries of the file were written again later; the later ones are read.`,
    });
  }
  const odd = [...entries.keys()].filter(isOdd);
  if (odd.length > 0) {
    log.marks.push({
      code: 'odd_entry_names',
      text: `${odd.length} entries have names that no log needs, such as ${quoted(odd[0])}. Nothing is ever written under a name of the file.`,
    });
  }
  const transcripts = new Transcripts(log, async (sample) => file.find(sample));
  return {
    log,
    summaries: () => file.summaries(log),
    samples: () => file.samples(log),
    events: (sample, options) => transcripts.events(sample, options),
  };
}

/** Names that would climb out of a folder or hide something, were they ever used as paths. */
const isOdd = (name: string) =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a NUL in a name is what is looked for.
  /(^|[/\\])\.\.([/\\]|$)|^[/\\]|^[a-z]:|[\u0000-\u001f]/i.test(name) || name.length > 1000;

class EvalFile {
  private readonly source: ByteSource;
  private readonly entries: Map<string, DirectoryEntry>;

  constructor(source: ByteSource, entries: Map<string, DirectoryEntry>) {
    this.source = source;
    this.entries = entries;
  }

  async header(): Promise<EvalLog> {
    if (this.entries.has('header.json')) return headerOf(await this.object('header.json'), 'inspect-eval');
    if (!this.entries.has('_journal/start.json')) {
      throw new Refused(
        'header.json',
        'The zip file is not an evaluation log of Inspect: it has neither header.json nor _journal/start.json. Give the .eval file that `inspect eval` wrote.',
      );
    }
    // The run stopped before its header was written: what was known at the start is all there is.
    const start = await this.object('_journal/start.json');
    const updates = [];
    for (const name of this.numbered('_journal/config_updates/')) {
      for (const update of await this.values(name)) if (isObject(update)) updates.push(configUpdateOf(update));
    }
    return { ...headerOf({ ...start, status: 'started' }, 'inspect-eval'), configUpdates: updates };
  }

  async *summaries(log: EvalLog): AsyncGenerator<SampleSummary> {
    const names = this.entries.has('summaries.json') ? ['summaries.json'] : this.numbered('_journal/summaries/');
    if (names.length === 0) {
      yield* this.samples(log);
      return;
    }
    for (const name of names) {
      const plan = (path: Path): Plan => (path.length === 0 ? 'enter' : 'value');
      for await (const taken of partsOf(() => this.pieces(name), name).walk(plan)) {
        for (const { path, value } of taken) {
          if (isObject(value)) yield summaryOf(value, log, `${name}[${path[0]}]`);
        }
      }
    }
  }

  async *samples(log: EvalLog): AsyncGenerator<SampleSummary> {
    let misnamed = 0;
    for (const name of this.entries.keys()) {
      const [, prefix, ending] = samplePattern.exec(name) ?? [];
      if (prefix === undefined) continue;
      const isChunked = ending !== '.json';
      if (isChunked && this.entries.has(`${prefix}.json`)) continue;
      const parts = isChunked ? this.chunked(prefix) : partsOf(() => this.pieces(name), name);
      const summary = await summaryIn(parts, log, name);
      if (`samples/${summary.id}_epoch_${summary.epoch}` !== prefix) misnamed++;
      yield summary;
    }
    if (misnamed > 0) {
      log.marks.push({
        code: 'samples_misnamed',
        text: `${misnamed} samples lie under the name of another sample. What is inside counts.`,
      });
    }
  }

  find({ id, epoch }: SampleName): SampleParts {
    const prefix = `samples/${id}_epoch_${epoch}`;
    if (this.entries.has(`${prefix}.json`)) return partsOf(() => this.pieces(`${prefix}.json`), `${prefix}.json`);
    if (this.entries.has(`${prefix}/sample.json`)) return this.chunked(prefix);
    throw new Refused('samples', `The log holds no sample ${quoted(id)}, epoch ${epoch}.`);
  }

  /** A sample in chunks, seen as the one object it stands for: the shell, then its sequences under the names of a whole sample. */
  private chunked(prefix: string): SampleParts {
    const file = this;
    const chunks = (sequence: string) => this.numbered(`${prefix}/${sequence}/`);
    return {
      async *walk(plan, isDone = () => false) {
        /** Walks one entry as the member of the sample at `place`, and its array's elements from `first` on. */
        const member = async function* (name: string, place: Path, first: number | undefined) {
          const placed = (path: Path): Path =>
            first === undefined || path.length === 0
              ? [...place, ...path]
              : [...place, first + (path[0] as number), ...path.slice(1)];
          const pieces = () => file.pieces(name);
          for await (const taken of partsOf(pieces, name).walk((path) => plan(placed(path)), isDone)) {
            yield taken.map((one) => ({ ...one, path: placed(one.path) }));
          }
        };
        yield* member(`${prefix}/sample.json`, [], undefined);
        if (file.entries.has(`${prefix}/metadata.json`))
          yield* member(`${prefix}/metadata.json`, ['metadata'], undefined);
        const sequences: [string, Path][] = [
          ['attachments', ['attachments']],
          ['messages', ['events_data', 'messages']],
          ['calls', ['events_data', 'calls']],
          ['events', ['events']],
        ];
        for (const [sequence, place] of sequences) {
          // Asked before anything is unpacked: most readings want only some of the sequences.
          if (plan(place) === 'skip') continue;
          for (const name of chunks(sequence)) {
            if (isDone()) return;
            yield* member(name, place, Number(/(\d+)\.json$/.exec(name)?.[1]));
          }
        }
      },
    };
  }

  /** Names of `{prefix}{n}.json`, by number. */
  private numbered(prefix: string): string[] {
    return [...this.entries.keys()]
      .filter((name) => name.startsWith(prefix) && /^\d{1,15}\.json$/.test(name.slice(prefix.length)))
      .map((name) => ({ name, number: Number(name.slice(prefix.length, -5)) }))
      .sort((left, right) => left.number - right.number)
      .map(({ name }) => name);
  }

  private async object(name: string): Promise<JsonObject> {
    const object: Record<string, unknown> = Object.create(null);
    const plan = (path: Path): Plan => (path.length === 0 ? 'enter' : 'value');
    try {
      for await (const taken of walk(this.pieces(name), plan)) {
        for (const { path, value } of taken) {
          if (path.length === 1 && typeof path[0] === 'string') object[path[0]] = value;
        }
      }
    } catch (error) {
      throw refusedOf(error, name);
    }
    return object;
  }

  private async values(name: string): Promise<readonly unknown[]> {
    try {
      for await (const [taken] of walk(this.pieces(name), () => 'value')) {
        return Array.isArray(taken?.value) ? arrayOf(taken.value) : [taken?.value];
      }
    } catch (error) {
      throw refusedOf(error, name);
    }
    return [];
  }

  private pieces(name: string): AsyncIterable<Uint8Array> {
    return contentOf(this.source, this.entries.get(name) as DirectoryEntry);
  }
}
