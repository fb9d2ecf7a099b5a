import { createHash, generateKeyPairSync, sign as signBy } from 'node:crypto';
import { expect, test } from 'vitest';
import { canonicalJson } from '../../domain/canonical-json.ts';
import type { Evidence } from '../../domain/intake/validation.ts';
import * as dsse from '../../formats/dsse/document.ts';
import * as statements from '../../formats/in-toto/statement.ts';
import * as validation from '../../formats/in-toto/validation.ts';
import { verifySignature } from '../log/verify.ts';
import { check } from './validation-check.ts';

const sha256 = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;
const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32);
const key = { publicKey: raw.toString('base64'), fingerprint: 'sha256:f', label: 'laptop' };
const about = { finding: 'finding_1', findingDigest: sha256('report'), kitDigest: sha256('kit') };
const environment = { sandbox: 'bubblewrap 0.8.0', os: 'Debian', arch: 'x64', tools: [], hasNetwork: false };
const evidence: Evidence = {
  kitDigest: about.kitDigest,
  signal: { kind: 'exit', code: 1 },
  environment,
  environmentDigest: sha256(canonicalJson(environment)),
  series: [],
  tool: { name: 'assay', version: '0.1.0' },
  startedAt: '2026-03-01T09:30:00.000Z',
  endedAt: '2026-03-01T09:30:00.000Z',
};

async function signed(changes: Partial<Evidence> = {}): Promise<string> {
  const subject = { id: about.finding, digest: about.findingDigest };
  const payload = statements.write(validation.write(subject, { ...evidence, ...changes }));
  const sign = (message: Uint8Array) => new Uint8Array(signBy(null, message, privateKey));
  return dsse.write(await dsse.sign(statements.payloadType, payload, [{ keyid: '', sign }]));
}
const failing = async (...asked: Parameters<typeof check>) =>
  (await check(...asked)).steps.filter(({ outcome }) => outcome !== 'holds').map(({ text }) => text);

test('evidence on this request, signed by a known key, holds in every step', async () => {
  const checked = await check(await signed(), about, [key], verifySignature);

  expect(checked.steps.map(({ outcome }) => outcome)).toEqual(['holds', 'holds', 'holds', 'holds', 'holds']);
  expect(checked.assessment?.verdict).toBe('inconclusive');
});

test('another key, another finding, another kit and another environment are each told', async () => {
  const text = await signed();

  expect(await failing(text, about, [], verifySignature)).toEqual([expect.stringContaining('None of the keys')]);
  expect(await failing(text, { ...about, findingDigest: sha256('x') }, [key], verifySignature)).toEqual([
    'It is about another finding.',
  ]);
  expect(await failing(text, { ...about, kitDigest: sha256('x') }, [key], verifySignature)).toEqual([
    'It was made with another kit.',
  ]);
  expect(await failing(await signed({ environmentDigest: sha256('x') }), about, [key], verifySignature)).toEqual([
    'The digest of its environment does not hold.',
  ]);
});

test('one changed byte of the payload is told', async () => {
  const envelope = JSON.parse(await signed());
  const payload = Buffer.from(envelope.payload, 'base64').toString().replace('"code":1', '"code":2');

  const changed = JSON.stringify({ ...envelope, payload: Buffer.from(payload).toString('base64') });
  expect(await failing(changed, about, [key], verifySignature)).toEqual([expect.stringContaining('or it was changed')]);
});

test('a browser without Ed25519 says that it did not check, and not that it fails', async () => {
  const unable = () => Promise.reject(new DOMException('no', 'NotSupportedError'));
  const { steps } = await check(await signed(), about, [key], unable);

  expect(steps.filter(({ outcome }) => outcome === 'not checked')).toHaveLength(1);
});

test('what is no envelope is told, never thrown', async () => {
  for (const text of ['', '{}', '[]', 'null', '{"payload":7}']) {
    expect(await failing(text, about, [key], verifySignature)).toEqual([expect.stringContaining('no envelope')]);
  }
});
