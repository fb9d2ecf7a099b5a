/** Reading evaluation logs of 1 GB, beside what nobody can do without: unpacking them, and JSON.parse of the same text. */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { open as openFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInflateRaw, inflateRawSync } from 'node:zlib';
import { LogCheck } from '../src/domain/evidence/log-check.ts';
import { contentOf, directoryOf } from '../src/formats/archive/zip-directory.ts';
import { open } from '../src/formats/inspect/open.ts';
import { header, sample, summary, zipEnd, zipEntry } from '../test/eval-logs.ts';

const samples = 100;

/** Numbers that look random and are the same in every run (Marsaglia's xorshift). */
function numbers(seed: number): () => number {
  let state = seed + 88675123;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

const words =
  'the port answers open closed host scan returned bytes shell permission denied file root user service'.split(' ');

/** Texts of tool calls and answers; the same one comes again only after some 10 MB, which no packer looks back. */
const texts = (() => {
  const next = numbers(1);
  const text = (length: number) => {
    let made = '';
    while (made.length < length) {
      made += `${words[next() % words.length]} ${(next() % 65_536).toString(16)}${next() % 7 === 0 ? '\n' : ' '}`;
    }
    return made;
  };
  return Array.from({ length: 3_000 }, () => ({
    arguments: { cmd: text(300) },
    result: text(2_900),
    id: String(next()),
  }));
})();

/** One sample of about 10 MB: 3,000 events of tool calls and answers, as an agent's transcript has them. */
function made(index: number) {
  const events = texts.map((_, at) => ({
    event: 'tool',
    timestamp: '2026-09-01T10:00:00+00:00',
    span_id: 's1',
    function: 'bash',
    ...texts[(at + index * 7) % texts.length],
  }));
  return sample(`item-${index}`, 1, index % 3 === 0 ? 'C' : 'I', { events });
}

const head = () => {
  const correct = Math.ceil(samples / 3);
  const p = correct / samples;
  return header({ samples, accuracy: p, stderr: Math.sqrt((p * (1 - p)) / (samples - 1)) });
};

/** Writes one form of the log; gives false where the machine lacks what it takes. */
function write(form: string, path: string): boolean {
  if (form === 'zstd' && spawnSync('zstd', ['--version']).error !== undefined) return false;
  const file = openSync(path, 'w');
  if (form === 'json') {
    writeSync(file, `${JSON.stringify(head()).slice(0, -1)},"samples":[`);
    for (let index = 0; index < samples; index++)
      writeSync(file, `${index === 0 ? '' : ','}${JSON.stringify(made(index))}`);
    writeSync(file, ']}');
  } else {
    const lines: Buffer[] = [];
    const rows: unknown[] = [];
    let offset = 0;
    const add = (name: string, value: unknown) => {
      const content = JSON.stringify(value);
      const packed =
        form === 'zstd' ? spawnSync('zstd', ['-c', '-q'], { input: content, maxBuffer: 1e9 }).stdout : undefined;
      const { local, line } = zipEntry({
        name,
        content,
        method: form === 'zstd' ? 'zstd' : 'deflate',
        ...(packed === undefined ? {} : { packed }),
      });
      writeSync(file, local);
      lines.push(line(offset));
      offset += local.length;
    };
    for (let index = 0; index < samples; index++) {
      const one = made(index);
      rows.push(summary(one));
      add(`samples/${one.id}_epoch_1.json`, one);
    }
    add('summaries.json', rows);
    add('header.json', head());
    writeSync(file, zipEnd(Buffer.concat(lines), offset, lines.length));
  }
  closeSync(file);
  return true;
}

async function sourceOf(path: string) {
  const file = await openFile(path);
  const { size } = await file.stat();
  return {
    size,
    read: async (offset: number, length: number) => {
      const bytes = new Uint8Array(length);
      await file.read(bytes, 0, length, offset);
      return bytes;
    },
    inflater: () => createInflateRaw({ chunkSize: 256 * 1024 }),
  };
}

/** CPU seconds of this process so far, all threads: the machine is shared, and waiting says nothing. */
function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** What a reader has to do at least, one sample at a time: unpack (where packed) and JSON.parse. CPU seconds. */
async function limit(form: string, path: string): Promise<number> {
  const source = await sourceOf(path);
  const start = cpuSeconds();
  const parsed = (bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes));
  if (form === 'json') {
    // One sample's text again and again: V8 holds no string of 1 GB.
    const bytes = Buffer.from(JSON.stringify(made(1)));
    for (let done = 0; done < source.size; done += bytes.length) parsed(bytes);
  } else {
    for (const [, entry] of (await directoryOf(source)).entries) {
      let bytes: Uint8Array;
      if (entry.method === 8) {
        const local = await source.read(entry.offset, 30);
        const at = entry.offset + 30 + (local[26]! | (local[27]! << 8)) + (local[28]! | (local[29]! << 8));
        bytes = inflateRawSync(await source.read(at, entry.packedSize));
      } else {
        const parts: Uint8Array[] = [];
        for await (const part of contentOf(source, entry)) parts.push(part);
        bytes = Buffer.concat(parts);
      }
      parsed(bytes);
    }
  }
  return cpuSeconds() - start;
}

/** Each in a process of its own, so that the peak is its own. */
async function child(what: string, form: string, path: string): Promise<void> {
  if (what === 'limit') {
    console.log(JSON.stringify(await limit(form, path)));
    return;
  }
  const cpu = cpuSeconds();
  const start = performance.now();
  const reader = await open(await sourceOf(path));
  const opened = performance.now();
  const check = new LogCheck(reader.log);
  if (form !== 'json') for await (const row of reader.summaries()) check.addSummary(row);
  let last = { id: '', epoch: 1 };
  for await (const one of reader.samples()) {
    last = one;
    check.add(one);
  }
  const report = check.report();
  const seconds = (performance.now() - start) / 1000;
  const cpuUsed = cpuSeconds() - cpu;
  const peak = process.resourceUsage().maxRSS / 1024;
  const paging = performance.now();
  let events = 0;
  for await (const _ of reader.events(last, { from: 2_000, count: 100 })) events++;
  console.log(
    JSON.stringify({
      seconds,
      cpuUsed,
      peak,
      openMs: opened - start,
      pageMs: performance.now() - paging,
      events,
      samples: report.samplesRead,
      marks: report.marks.length,
      accuracy: report.scores[0]?.recomputed.accuracy,
    }),
  );
}

export async function run(args: string[]): Promise<void> {
  if (args[0] === 'read' || args[0] === 'limit') return child(args[0], args[1] as string, args[2] as string);
  const folder = mkdtempSync(join(tmpdir(), 'assay-bench-'));
  const inProcess = (what: string, form: string, path: string) => {
    const script = `import(${JSON.stringify(import.meta.url)}).then((bench) => bench.run(${JSON.stringify([what, form, path])}))`;
    const { status, stdout } = spawnSync(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    if (status !== 0) throw new Error(`${what} ${form} ended with ${status}.`);
    return JSON.parse(String(stdout));
  };
  try {
    console.log(
      `A log of ${samples} samples, read whole and checked against its header; the limit is unpacking and JSON.parse of each sample. MB of text.\n`,
    );
    console.log(
      'form       text MB   file MB   header ms   MB/s   MB/CPU s   limit MB/CPU s   ratio   peak RSS MB   page of 100 events ms',
    );
    for (const form of args.length > 0 ? args : ['deflate', 'zstd', 'json']) {
      const path = join(folder, form === 'json' ? 'log.json' : 'log.eval');
      if (!write(form, path)) {
        console.log(`${form.padEnd(8)} left out: the program zstd is not installed`);
        continue;
      }
      const mb =
        form === 'json' ? statSync(path).size / 1e6 : (samples * Buffer.byteLength(JSON.stringify(made(1)))) / 1e6;
      const ours = inProcess('read', form, path);
      const bound = inProcess('limit', form, path);
      if (ours.samples !== samples || ours.marks !== 0 || ours.events !== 100) throw new Error(JSON.stringify(ours));
      console.log(
        [
          form.padEnd(8),
          mb.toFixed(0).padStart(10),
          (statSync(path).size / 1e6).toFixed(0).padStart(10),
          ours.openMs.toFixed(0).padStart(12),
          (mb / ours.seconds).toFixed(0).padStart(7),
          (mb / ours.cpuUsed).toFixed(0).padStart(11),
          (mb / bound).toFixed(0).padStart(17),
          (bound / ours.cpuUsed).toFixed(2).padStart(8),
          ours.peak.toFixed(0).padStart(14),
          ours.pageMs.toFixed(0).padStart(24),
        ].join(''),
      );
      rmSync(path);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
