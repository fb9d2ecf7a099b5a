import { type AddressInfo, connect } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { build } from '../../src/api/server.ts';
import * as agents from '../../src/app/directory/agents.ts';
import * as members from '../../src/app/directory/members.ts';
import type { System } from '../../src/app/system.ts';
import { type Actor, system as itself } from '../../src/domain/directory/actor.ts';
import { testSystem } from './test-system.ts';

let system: System;
let server: FastifyInstance;
/** Of an agent that acts for an administrator and operator of the host, and may read the log and nothing else. */
let token: string;

beforeAll(async () => {
  system = await testSystem();
  server = await build(system, { version: 'test' });
  const made = await system.database.transaction(itself, (tx) =>
    members.found(system, tx, itself, { name: 'alder', isHost: true, isSample: false }, [
      { name: 'Everything', roles: ['administrator', 'operator'] },
    ]),
  );
  const actor: Actor = {
    kind: 'person',
    id: made.people[0]?.id as `person_${string}`,
    organisation: made.organisation.id,
    roles: ['administrator', 'operator'],
  };
  const scopes = ['log:read' as const];
  token = (await agents.add(system, actor, { name: 'bot', scopes, expiresAt: '2026-04-01T00:00:00.000Z' })).token;
  await server.listen({ port: 0, host: '127.0.0.1' });
});
afterAll(() => server.close());

/** The status of an answer to a request line written exactly so. */
function statusOf(method: string, target: string): Promise<number> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect((server.server.address() as AddressInfo).port, '127.0.0.1', () =>
      socket.write(
        `${method} ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nAuthorization: Bearer ${token}\r\n\r\n`,
      ),
    );
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(Number(text.split(' ')[1])));
  });
}

test.each([
  ['GET', '/api/v1/inventories'],
  ['GET', '/api/v1/%69nventories'],
  ['GET', '/%61pi/v1/inventories'],
  ['GET', '/api%2Fv1/inventories'],
  ['GET', 'http://127.0.0.1/api/v1/inventories'],
  ['HEAD', '/api/v1/%69nventories'],
  ['GET', '/api/v1/%69mports'],
  ['GET', '/api/v1/%66eeds?x=/api/v1/packs'],
  ['DELETE', '/api/v1/%69nventories/inventory_x'],
  ['DELETE', '/api/v1/%73ession'],
])('%s %s is closed to an agent without the scope, however the address is spelled (I16)', async (method, target) => {
  expect([403, 404]).toContain(await statusOf(method, target));
});

test('a refused try is on record however its address is spelled (I7)', async () => {
  const tries = async () => {
    const { rows } = await system.database.pool.query<{ tries: number }>(
      "select coalesce(sum(tries), 0)::int as tries from log_denials where actor like 'agent_%'",
    );
    return rows[0]?.tries;
  };
  await expect.poll(tries).toBeGreaterThan(0);
  await new Promise((resolve) => setTimeout(resolve, 200));
  const before = (await tries()) as number;

  await statusOf('GET', '/%61pi/v1/people');

  await expect.poll(tries).toBe(before + 1);
});
