import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { open } from './mail.ts';

const message = { to: 'ada@northlight.example', subject: 'Something waits', text: 'Open https://assay.example' };
const now = () => '2026-03-01T09:30:00.000Z';

test('without SMTP a message is kept for the operator, who alone may read it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-mail-'));
  const mail = open({ from: 'assay@host.example', folder, now });

  await mail.send(message);
  await mail.send({ ...message, subject: 'Another' });

  const lines = readFileSync(mail.place, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines).toEqual([
    { at: now(), ...message },
    { at: now(), ...message, subject: 'Another' },
  ]);
  expect(statSync(mail.place).mode & 0o077).toBe(0);
  rmSync(folder, { recursive: true });
});

/** Enough of RFC 5321 to take one message. */
function smtpServer(): Promise<{ port: number; taken: string[]; close(): void }> {
  const taken: string[] = [];
  const server = createServer((socket: Socket) => {
    socket.write('220 host.example\r\n');
    let isData = false;
    socket.on('data', (chunk) => {
      for (const line of chunk.toString().split('\r\n').slice(0, -1)) {
        taken.push(line);
        if (isData && line !== '.') continue;
        if (line === 'DATA') {
          isData = true;
          socket.write('354 go on\r\n');
        } else {
          isData = false;
          socket.write(line === 'QUIT' ? '221 bye\r\n' : '250 ok\r\n');
        }
      }
    });
    socket.on('error', () => {});
  });
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () =>
      resolve({ port: (server.address() as AddressInfo).port, taken, close: () => server.close() }),
    ),
  );
}

test('with SMTP it is sent, and an address cannot bring in headers or further recipients', async () => {
  const server = await smtpServer();
  const mail = open({ smtp: `smtp://127.0.0.1:${server.port}`, from: 'assay@host.example', folder: '/nowhere', now });

  await mail.send({ ...message, to: 'ada@northlight.example', subject: 'Something waits\r\nBcc: eve@evil.example' });
  server.close();

  expect(server.taken.filter((line) => line.startsWith('RCPT'))).toEqual(['RCPT TO:<ada@northlight.example>']);
  expect(server.taken).not.toContainEqual(expect.stringMatching(/^Bcc:/i));
  expect(server.taken).toContain('Open https://assay.example');
});
