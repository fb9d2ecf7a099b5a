import { createHash, generateKeyPairSync, sign as signBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { Command } from 'commander';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type WindowEvent, windowAt } from '../domain/review/window.ts';
import { claimsOf, formatName, type WindowExport } from '../domain/review/window-export.ts';
import { builtInPolicies, refOf } from '../domain/review/window-policy.ts';
import * as base64 from '../log/base64.ts';
import * as checkpoint from '../log/checkpoint.ts';
import * as leaf from '../log/leaf.ts';
import * as note from '../log/note.ts';
import * as proof from '../log/proof.ts';
import * as tlogProof from '../log/tlog-proof.ts';
import * as tree from '../log/tree.ts';
import { Exit } from './io.ts';
import { register } from './window.ts';

const hash: tree.Hash = (bytes) => createHash('sha256').update(bytes).digest();
const origin = 'log.example';
const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const signer: note.Signer = {
  key: note.keyOf(hash, origin, Buffer.from(publicKey.export({ format: 'jwk' }).x as string, 'base64url')),
  sign: (message) => signBytes(null, message, privateKey),
};

const policy = builtInPolicies[0]!;
const at = (day: number, month = '03') => `2026-${month}-${String(day).padStart(2, '0')}T09:00:00.000Z`;
const record: WindowEvent[] = [
  {
    act: 'offer',
    policy: refOf(policy),
    terms: 'Sample terms 1.0',
    anchor: at(25, '04'),
    party: 'developer',
    at: at(1),
  },
  { act: 'accept_terms', party: 'authority', at: at(2) },
  { act: 'verify_access', party: 'developer', at: at(3) },
  { act: 'verify_access', party: 'authority', at: at(4) },
  { act: 'pause', reason: 'containment_incident', note: 'sandbox left', party: 'authority', at: at(13) },
  { act: 'resume', party: 'developer', at: at(15) },
];

/** An export whose events stand in a log of their own, as an instance makes one. */
async function exportOf(events: WindowEvent[], claimedAt: string): Promise<WindowExport> {
  const submission = 'submission_1';
  const numbered = events.map((event, index) => ({
    ...event,
    number: index + 1,
    by: `person_${event.party}`,
    organisation: `organisation_${event.party}`,
  }));
  const openings = numbered.map(({ number, by, organisation, ...event }) => ({
    nonce: new Uint8Array(32).fill(number),
    body: JSON.stringify({ number, event, did: 'window_event', object: submission, by, organisation, at: event.at }),
  }));
  const leaves = openings.map((opening, index) =>
    leaf.format({ type: 'act', hour: numbered[index]!.at.slice(0, 13), commitment: leaf.commit(hash, opening) }),
  );
  const frontier = tree.emptyFrontier();
  const nodes = new Map<string, Uint8Array>();
  for (const bytes of leaves) {
    const one = tree.leafHash(hash, bytes);
    nodes.set(`0/${frontier.size}`, one);
    tree.append(hash, frontier, one, (level, index, value) => nodes.set(`${level}/${index}`, value));
  }
  const head = await checkpoint.sign({ origin, size: frontier.size, root: tree.root(hash, frontier) }, [signer]);
  const nodeAt = (level: number, index: number) => nodes.get(`${level}/${index}`) as Uint8Array;
  return {
    format: formatName,
    submission: { id: submission, model: { name: 'Tern', version: '2', digest: null }, parties: [] },
    policy,
    events: numbered.map((event, index) => ({
      ...event,
      log: {
        index,
        leaf: base64.encode(leaves[index]!),
        nonce: base64.encode(openings[index]!.nonce),
        body: openings[index]!.body,
        proof: tlogProof.format({
          index,
          path: proof.inclusion(hash, index, frontier.size, nodeAt),
          checkpoint: head,
        }),
      },
    })),
    claims: claimsOf(windowAt(events, policy, claimedAt)),
    log: { origin, key: note.formatKey(signer.key) },
  };
}

let folder: string;
let honest: WindowExport;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'assay-cli-window-'));
  honest = await exportOf(record, at(20));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function run(document: unknown, ...args: string[]) {
  const path = join(folder, 'window.json');
  writeFileSync(path, typeof document === 'string' ? document : JSON.stringify(document));
  const [out, err] = [new PassThrough(), new PassThrough()];
  const program = new Command().exitOverride();
  register(program, { stdin: Readable.from(['']), stdout: out, stderr: err, env: {} });
  const code = await program.parseAsync(['window', path, ...args], { from: 'user' }).then(
    () => 0,
    (error) => (error instanceof Exit ? error.code : Promise.reject(error)),
  );
  return { code, out: String(out.read() ?? ''), err: String(err.read() ?? '') };
}
const json = async (document: unknown, ...args: string[]) => {
  const { code, out } = await run(document, '--format', 'json', ...args);
  return { code, report: JSON.parse(out) };
};

/** The way to every value of a document. */
function pathsOf(value: unknown): string[][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [[key], ...pathsOf(inner).map((rest) => [key, ...rest])]);
}

describe('assay window', () => {
  test('an honest export: exit 0, both meters, state and end recomputed, each event found in the log', async () => {
    const { code, report } = await json(honest, '--key', note.formatKey(signer.key));

    expect(code).toBe(0);
    expect(report).toMatchObject({
      valid: true,
      problems: [],
      at: at(20),
      state: 'running',
      usedMs: 14 * 86_400_000,
      calendarMs: 16 * 86_400_000,
      endsAt: at(5, '04'),
      policy: { name: 'window-30' },
      log: { origin, entries: 6, without: 0, keyFrom: 'given' },
    });
  });

  test('the text shows two meters, what comes next and by whom, and what happened', async () => {
    const { out } = await run(honest);

    await expect(out).toMatchFileSnapshot('testdata/window.txt');
  });

  test('--as-of asks for another moment', async () => {
    expect((await json(honest, '--as-of', '2026-03-13T21:00:00Z')).report).toMatchObject({ state: 'paused' });
    expect((await json(honest, '--as-of', '2026-05-01')).report).toMatchObject({
      state: 'expired',
      endedAt: at(5, '04'),
      returns: 'return_due',
    });
    expect((await run(honest, '--as-of', 'tomorrow')).code).toBe(2);
  });

  test('--policy says what the clock would have said under another policy, and claims nothing', async () => {
    const { code, report } = await json(honest, '--policy', 'window-14', '--as-of', '2026-05-01');

    expect(code).toBe(0);
    expect(report).toMatchObject({ state: 'expired', endedAt: at(20), policy: { name: 'window-14' } });
    expect((await run(honest, '--policy', 'window-60')).code).toBe(2);
  });

  test('a claim that does not follow: exit 1 and the difference', async () => {
    const { code, report } = await json({ ...honest, claims: { ...honest.claims, usedMs: 1 } });

    expect(code).toBe(1);
    expect(report.valid).toBe(false);
    expect(report.problems.join()).toContain('usedMs: the export claims 1');
  });

  test('an event changed after it was recorded: exit 1, and the log says which', async () => {
    const events = honest.events.map((event) => (event.number === 6 ? { ...event, at: at(14) } : event));
    const shifted = events.map(({ number: _, by: __, organisation: ___, log: ____, ...event }) => event as WindowEvent);
    // Claims that fit the changed event do not help.
    const { code, report } = await json({ ...honest, events, claims: claimsOf(windowAt(shifted, policy, at(20))) });

    expect(code).toBe(1);
    expect(report.problems).toEqual(['Event 6 in the log: the entry is of another event than this one.']);
  });

  test('an event of another submission, a foreign key and a bent proof are found', async () => {
    const other = await json({ ...honest, submission: { ...honest.submission, id: 'submission_2' } });
    const foreign = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }).x as string;
    const key = note.formatKey(note.keyOf(hash, origin, Buffer.from(foreign, 'base64url')));
    const bent = structuredClone(honest);
    bent.events[0]!.log!.proof = bent.events[1]!.log!.proof;

    expect(other.report.problems).toHaveLength(6);
    expect((await json(honest, '--key', key)).code).toBe(1);
    expect((await json(bent)).report.problems).toEqual([
      'Event 1 in the log: the proof does not show the entry in the log.',
    ]);
  });

  test('an event without an entry is counted, so that nobody takes it for one of the log', async () => {
    const { log: _, ...bare } = honest.events[5]!;
    const { out } = await run({ ...honest, events: [...honest.events.slice(0, 5), bare] });

    expect(out).toContain('1 without an entry');
  });

  test.each([
    ['not JSON', '{'],
    ['another format', { format: 'assay-log-export/1' }],
    ['nothing', 'null'],
    ['text in place of events', { events: 'x' }],
  ])('%s is refused with the reason, exit 1', async (_, document) => {
    const { code, err } = await run(document);

    expect(code).toBe(1);
    expect(err).toContain('was refused');
  });

  test('whatever is changed in an export, the answer is 0 or 1 and never a fault of ours', async () => {
    const paths = pathsOf(honest);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...paths), fc.jsonValue({ maxDepth: 1 }), async (path, value) => {
        const changed = structuredClone(honest) as unknown as Record<string, unknown>;
        const parent = path.slice(0, -1).reduce((at, key) => at[key] as Record<string, unknown>, changed);
        parent[path.at(-1)!] = value;

        expect([0, 1]).toContain((await run(changed)).code);
      }),
      { numRuns: 300 },
    );
  });

  test('a file that is not there is a wrong use', async () => {
    const [out, err] = [new PassThrough(), new PassThrough()];
    const program = new Command().exitOverride();
    register(program, { stdin: Readable.from(['']), stdout: out, stderr: err, env: {} });

    await expect(program.parseAsync(['window', join(folder, 'none.json')], { from: 'user' })).rejects.toMatchObject({
      code: 2,
    });
  });

  test('--ics writes its dates as a calendar', async () => {
    const path = join(folder, 'window.ics');
    await run(honest, '--ics', path);

    expect(readFileSync(path, 'utf8')).toContain('DTSTART:20260405T090000Z');
  });

  test('no text in an export reaches the terminal as a command', async () => {
    const events = [{ ...honest.events[0]!, terms: 'a\u001b[2Jb' }, ...honest.events.slice(1)];

    expect((await run({ ...honest, events })).out).not.toContain('\u001b');
  });
});
