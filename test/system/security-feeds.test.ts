import { Readable } from 'node:stream';
import { beforeAll, expect, test } from 'vitest';
import * as imports from '../../src/app/advisory/import.ts';
import type { System } from '../../src/app/system.ts';
import { system as itself } from '../../src/domain/directory/actor.ts';
import { testSystem } from './test-system.ts';

let system: System;

beforeAll(async () => {
  system = await testSystem();
});

const advisory = (id: string, fields: object = {}) => ({
  schema_version: '1.7.0',
  id,
  modified: '2026-01-01T00:00:00Z',
  affected: [{ package: { ecosystem: 'PyPI', name: 'sample' }, versions: ['1.0'] }],
  ...fields,
});

const many = (count: number, name: string) => Array.from({ length: count }, (_, at) => `${name}-${at}`);

/** Whoever publishes to a feed that we read can write these; one that cannot be kept must not keep out the rest. */
test.each([
  ['30,000 aliases', advisory('HOSTILE-1', { aliases: many(30_000, 'ALIAS') })],
  ['30,000 upstream ids', advisory('HOSTILE-2', { upstream: many(30_000, 'UP') })],
  ['30,000 CVE ids, a bundle', advisory('HOSTILE-3', { aliases: many(30_000, 'CVE-2026') })],
  ['a NUL in its text', advisory('HOSTILE-4', { summary: 'a\u0000b' })],
  ['half a surrogate pair', advisory('HOSTILE-5', { details: '\ud800' })],
  ['the name of a prototype', advisory('__proto__', { aliases: ['constructor', 'toString'] })],
])('an advisory with %s neither stops its batch nor takes long', { timeout: 30_000 }, async (name, hostile) => {
  const lines = [hostile, advisory(`AFTER-${name.replaceAll(/[^0-9A-Za-z]+/g, '-')}`)];
  const chunks = Readable.from([Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(''))]);
  const began = performance.now();

  const done = await imports.run(system, itself, { key: name, name: 'feed' }, chunks);

  expect(done.state).toBe('finished');
  expect(done.added + done.refused).toBe(2);
  expect(done.added).toBeGreaterThan(0);
  expect(performance.now() - began).toBeLessThan(10_000);
});
