import { createPublicKey, generateKeyPairSync, type KeyObject, sign as signBy, verify as verifyBy } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Envelope, envelopeLimits, pae, read, sign, signersOf, type VerifySignature, write } from './document.ts';
import vector from './testdata/hello-world.json' with { type: 'json' };

const type = 'application/vnd.in-toto+json';
const bytesOf = (text: string) => new TextEncoder().encode(text);

function keyPair(keyid: string) {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const raw = new Uint8Array(publicKey.export({ type: 'spki', format: 'der' })).subarray(-32);
  return { keyid, publicKey: raw, sign: (message: Uint8Array) => new Uint8Array(signBy(null, message, privateKey)) };
}
const keyOf = (raw: Uint8Array): KeyObject =>
  createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(raw).toString('base64url') }, format: 'jwk' });
const verify: VerifySignature = (key, message, signature) => verifyBy(null, message, keyOf(key), signature);

const [anna, ben, eve] = [keyPair('anna'), keyPair('ben'), keyPair('eve')];

/** The envelope as it comes back from its text. */
function reread(envelope: Envelope): Envelope {
  const again = read(write(envelope), [envelope.payloadType]);
  if ('problems' in again) throw new Error(JSON.stringify(again.problems));
  return again.envelope;
}

describe('the vector of protocol.md', () => {
  test('PAE is the text that the specification prints', () => {
    expect(new TextDecoder().decode(pae('http://example.com/HelloWorld', bytesOf('hello world')))).toBe(vector.pae);
  });

  test('its envelope is read, and its signature is over the PAE of what was read', () => {
    const found = read(JSON.stringify(vector.envelope), ['http://example.com/HelloWorld']);

    if ('problems' in found) throw new Error(JSON.stringify(found.problems));
    const { payloadType, payload, signatures } = found.envelope;
    const key = createPublicKey({ key: vector.key, format: 'jwk' });
    const holds = verifyBy('sha256', pae(payloadType, payload), { key, dsaEncoding: 'ieee-p1363' }, signatures[0]!.sig);
    expect(holds).toBe(true);
  });
});

test('lengths count bytes, not characters', () => {
  expect(new TextDecoder().decode(pae('ä', bytesOf('€')))).toBe('DSSEv1 2 ä 3 €');
});

test('no two pairs of type and body have the same PAE', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.string(), fc.string(), (type1, body1, type2, body2) => {
      const isSame = Buffer.from(pae(type1, bytesOf(body1))).equals(pae(type2, bytesOf(body2)));

      expect(isSame).toBe(type1 === type2 && Buffer.from(bytesOf(body1)).equals(bytesOf(body2)));
    }),
  );
});

test('what is written is read again as it was, in either base64 alphabet', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (payload) => {
      const envelope = await sign(type, payload, [anna]);
      const text = write(envelope);
      const urlSafe = JSON.parse(text);
      urlSafe.payload = urlSafe.payload.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
      urlSafe.signatures[0].sig = urlSafe.signatures[0].sig.replaceAll('+', '-').replaceAll('/', '_');

      expect(reread(envelope)).toEqual(envelope);
      expect(read(JSON.stringify(urlSafe), [type])).toEqual({ envelope });
    }),
    { numRuns: 40 },
  );
});

test('each key that signed counts once, whatever the key ids say', async () => {
  const envelope = await sign(type, bytesOf('{}'), [anna, ben, anna]);
  const mislabelled = { ...envelope, signatures: envelope.signatures.map(({ sig }) => ({ keyid: 'eve', sig })) };

  expect(await signersOf(mislabelled, [anna, ben, eve], verify)).toEqual([anna, ben]);
  expect(await signersOf(mislabelled, [eve], verify)).toEqual([]);
});

test('a changed payload, type or signature has no signer', async () => {
  const envelope = await sign(type, bytesOf('{"a":1}'), [anna]);
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('payload', 'sig'),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      async (part, at, by) => {
        const changed = structuredClone(envelope);
        const bytes = part === 'payload' ? changed.payload : changed.signatures[0]!.sig;
        bytes[at % bytes.length]! ^= by;

        expect(await signersOf(changed, [anna], verify)).toEqual([]);
      },
    ),
    { numRuns: 60 },
  );
  expect(await signersOf({ ...envelope, payloadType: 'text/plain' }, [anna], verify)).toEqual([]);
});

describe('what is refused', () => {
  const good = { payloadType: type, payload: 'e30=', signatures: [{ sig: 'AAAA' }] };
  const cases: [string, unknown, string][] = [
    ['another payload type', { ...good, payloadType: 'application/json' }, 'payloadType'],
    ['a payload type in another case', { ...good, payloadType: type.toUpperCase() }, 'payloadType'],
    ['no payload', { ...good, payload: undefined }, 'payload'],
    ['a payload that is no base64', { ...good, payload: '{}' }, 'payload'],
    ['nobody’s signature', { ...good, signatures: [] }, 'signatures'],
    ['signatures that are no list', { ...good, signatures: 'x' }, 'signatures'],
    ['an empty signature', { ...good, signatures: [{ sig: '' }] }, 'signatures[0].sig'],
    ['a signature that is a number', { ...good, signatures: [{ sig: 7 }] }, 'signatures[0].sig'],
    ['a key id that is a number', { ...good, signatures: [{ sig: 'AAAA', keyid: 7 }] }, 'signatures[0].keyid'],
    ['more signatures than ten', { ...good, signatures: Array(11).fill({ sig: 'AAAA' }) }, 'signatures'],
    ['a list', [good], ''],
  ];
  test.each(cases)('%s', (_name, value, path) => {
    expect(read(JSON.stringify(value), [type])).toMatchObject({ problems: [{ path }] });
  });

  test('a text of more than 1 MiB, before it is parsed', () => {
    expect(read(' '.repeat(envelopeLimits.textLengthMax + 1), [type])).toMatchObject({ problems: [{ path: '' }] });
  });

  test('anything else gives problems, never an exception', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(read(text, [type])).toHaveProperty('problems');
      }),
    );
  });
});

test('fields that a later version may add are left out (envelope.md)', () => {
  const later = { payloadType: type, payload: 'e30=', signatures: [{ sig: 'AAAA', cert: 'x' }], extensions: [] };

  expect(read(JSON.stringify(later), [type])).toEqual({
    envelope: { payloadType: type, payload: bytesOf('{}'), signatures: [{ sig: new Uint8Array(3) }] },
  });
});
