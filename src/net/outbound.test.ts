import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isPrivate, type Options, type Outbound, open } from './outbound.ts';

let server: Server;
let port: number;
let answer: (request: IncomingMessage, response: ServerResponse) => void;
let visits = 0;

beforeAll(async () => {
  server = createServer((request, response) => {
    visits++;
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
  return () => server.close();
});

const doors: Outbound[] = [];
afterAll(() => Promise.all(doors.map((door) => door.close())));

function door(options: Options = {}): Outbound {
  const opened = open(options);
  doors.push(opened);
  return opened;
}

const local = () => door({ allow: [`127.0.0.1:${port}`] });
const at = (path = '/') => `http://127.0.0.1:${port}${path}`;

describe('no private or reserved address is reached', () => {
  test.each([
    '127.0.0.1',
    '0x7f.1',
    '2130706433',
    '0177.0.0.1',
    '[::1]',
    '[::ffff:7f00:1]',
    '[::ffff:127.0.0.1]',
    '0.0.0.0',
    'localhost',
  ])('%s', async (host) => {
    visits = 0;

    await expect(door().request({ url: `http://${host}:${port}/` })).rejects.toMatchObject({ code: 'address' });
    expect(visits).toBe(0);
  });

  test('cloud metadata, private networks and addresses that carry one', () => {
    for (const address of [
      ...['169.254.169.254', '10.0.0.1', '172.31.255.255', '192.168.1.1', '100.64.0.1', '224.0.0.1', '255.255.255.255'],
      ...[
        'fd00::1',
        'fe80::1',
        'fe80::1%eth0',
        '::',
        '::7f00:1',
        '64:ff9b::7f00:1',
        '2002:7f00:1::',
        'ff02::1',
        '2001:db8::1',
      ],
      ...['not an address', ''],
    ]) {
      expect(isPrivate(address), address).toBe(true);
    }
    for (const address of ['8.8.8.8', '1.1.1.1', '172.32.0.1', '2606:4700::1111', '2a00:1450:4001::1']) {
      expect(isPrivate(address), address).toBe(false);
    }
  });

  test('an IPv4 address is as private inside IPv6, in either spelling', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
        const hex = `::ffff:${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
        expect(isPrivate(`::ffff:${address}`)).toBe(isPrivate(address));
        expect(isPrivate(hex)).toBe(isPrivate(address));
      }),
    );
  });

  test('a name is refused when any of its addresses is private', async () => {
    const lookup = ((_host: string, _options: object, callback: (error: null, all: object[]) => void) =>
      callback(null, [
        { address: '8.8.8.8', family: 4 },
        { address: '127.0.0.1', family: 4 },
      ])) as unknown as NonNullable<Options['lookup']>;

    await expect(door({ lookup }).request({ url: `http://feed.example:${port}/` })).rejects.toMatchObject({
      code: 'address',
    });
  });

  test('a name that changes its answer between the check and the connection gains nothing', async () => {
    visits = 0;
    let asked = 0;
    // The guard sees an outside address in the list it checks; the socket is then given another.
    const lookup = ((_host: string, _options: object, callback: (error: null, all: object[]) => void) => {
      asked++;
      const rebinding = { family: 4 };
      let reads = 0;
      Object.defineProperty(rebinding, 'address', {
        enumerable: true,
        get: () => (reads++ === 0 ? '8.8.8.8' : '127.0.0.1'),
      });
      callback(null, [rebinding]);
    }) as unknown as NonNullable<Options['lookup']>;

    await expect(door({ lookup }).request({ url: `http://feed.example:${port}/` })).rejects.toMatchObject({
      code: 'address',
    });
    expect([asked, visits]).toEqual([1, 0]);
  });

  test('a redirect from an allowed server to a private address', async () => {
    answer = (_request, response) =>
      response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data/' }).end();

    await expect(local().request({ url: at() })).rejects.toMatchObject({ code: 'address' });
  });

  test('being allowed is a matter of host and port', async () => {
    await expect(door({ allow: [`127.0.0.1:${port + 1}`] }).request({ url: at() })).rejects.toMatchObject({
      code: 'address',
    });
  });
});

describe('what is asked', () => {
  test.each([
    ['file:///etc/passwd', 'scheme'],
    ['ftp://example.com/', 'scheme'],
    ['not an address', 'url'],
    ['http://user:secret@example.com/', 'url'],
  ])('%s is refused', async (url, code) => {
    await expect(door().request({ url })).rejects.toMatchObject({ code });
  });

  test('unchanged content comes back as 304 without a body', async () => {
    answer = (request, response) => {
      if (request.headers['if-none-match'] === '"a"') response.writeHead(304).end();
      else response.writeHead(200, { etag: '"a"', 'last-modified': 'Sun, 01 Mar 2026 09:30:00 GMT' }).end('first');
    };

    const first = await local().bytes({ url: at() });
    const second = await local().bytes({ url: at(), etag: first.etag ?? '' });

    expect([first.status, first.etag, Buffer.from(first.content).toString()]).toEqual([200, '"a"', 'first']);
    expect([second.status, second.content.length]).toEqual([304, 0]);
  });

  test('credentials stay with the origin they are for', async () => {
    const seen: (string | undefined)[] = [];
    answer = (request, response) => {
      seen.push(request.headers.authorization);
      if (request.url === '/') response.writeHead(302, { location: `http://localhost:${port}/there` }).end();
      else response.end('there');
    };

    await door({ allow: [`127.0.0.1:${port}`, `localhost:${port}`] }).bytes({
      url: at(),
      headers: { Authorization: 'Bearer x' },
    });

    expect(seen).toEqual(['Bearer x', undefined]);
  });

  test('redirects end', async () => {
    answer = (_request, response) => response.writeHead(302, { location: '/' }).end();

    await expect(local().request({ url: at() })).rejects.toMatchObject({ code: 'redirects' });
  });
});

describe('what is answered', () => {
  test('Brotli and Zstandard are refused, asked for or not', async () => {
    for (const encoding of ['br', 'zstd', 'gzip, br', 'compress']) {
      answer = (request, response) => {
        expect(request.headers['accept-encoding']).not.toMatch(/br|zstd/);
        response.writeHead(200, { 'content-encoding': encoding }).end(brotliCompressSync('text'));
      };

      await expect(local().request({ url: at() })).rejects.toMatchObject({ code: 'encoding' });
    }
  });

  test('the limit counts decoded bytes, so a bomb is cut off', async () => {
    answer = (_request, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(50_000_000)));

    await expect(local().bytes({ url: at(), bytesMax: 1_000_000 })).rejects.toMatchObject({ code: 'size' });
  });

  test('gzip is decoded as it comes', async () => {
    answer = (_request, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('text'));

    expect(Buffer.from((await local().bytes({ url: at() })).content).toString()).toBe('text');
  });

  test('a body cut off, or gzip that is none, is an error', async () => {
    answer = (_request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half');
      setTimeout(() => response.destroy(), 20);
    };
    await expect(local().bytes({ url: at() })).rejects.toThrow();

    answer = (_request, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('not gzip');
    await expect(local().bytes({ url: at() })).rejects.toThrow();
  });

  test('silence ends', async () => {
    answer = () => {};

    await expect(local().request({ url: at(), timeoutMs: 200 })).rejects.toThrow(/[Tt]imeout/);
  });
});
