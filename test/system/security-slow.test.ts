import { type AddressInfo, connect, type Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { build } from '../../src/api/server.ts';
import * as members from '../../src/app/directory/members.ts';
import * as signIn from '../../src/app/directory/sign-in.ts';
import type { System } from '../../src/app/system.ts';
import { system as itself } from '../../src/domain/directory/actor.ts';
import { testSystem } from './test-system.ts';

let system: System;
let server: FastifyInstance;
let cookie: string;
const sockets: Socket[] = [];

beforeAll(async () => {
  system = await testSystem({ env: { ASSAY_DATABASE_POOL_MAX: '4' } });
  server = await build(system, { version: 'test' });
  const made = await system.database.transaction(itself, (tx) =>
    members.found(system, tx, itself, { name: 'alder', isHost: true, isSample: false }, [
      { name: 'Operator', roles: ['operator'] },
    ]),
  );
  const link = await signIn.createLink(system, made.people[0]?.id as `person_${string}`);
  cookie = `session=${await signIn.signInByLink(system, link.slice(link.indexOf('token=') + 6))}`;
  await server.listen({ port: 0, host: '127.0.0.1' });
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await server.close();
});

/** An upload whose body does not come. */
function stalled(key: string): void {
  const socket = connect((server.server.address() as AddressInfo).port, '127.0.0.1', () =>
    socket.write(
      'POST /api/v1/inventories?name=a&fileName=b.json HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n' +
        `Cookie: ${cookie}\r\nIdempotency-Key: ${key}\r\nContent-Length: 1000\r\n\r\n{`,
    ),
  );
  socket.on('error', () => {});
  sockets.push(socket);
}

test('uploads that stall, sent under Idempotency-Keys, keep nobody else from the database', async () => {
  for (let at = 0; at < 8; at++) stalled(`stalled-${at}`);
  await new Promise((resolve) => setTimeout(resolve, 500));
  const began = performance.now();

  const answers = await Promise.all(
    Array.from({ length: 4 }, () => server.inject({ url: '/api/v1/inventories', headers: { cookie } })),
  );

  expect(answers.map((answer) => answer.statusCode)).toEqual([200, 200, 200, 200]);
  expect(performance.now() - began).toBeLessThan(5_000);
});
