/**
 * The one door to outside addresses. An address is refused when it, or anything its name resolves to, is private or
 * reserved; the check is repeated on the connected socket, so a name that changes its answer in between gains nothing.
 * Bodies are streamed, capped and decoded from gzip or deflate only. Node's global fetch decodes Brotli unasked and is
 * never used (docs/decisions).
 */
import { lookup as systemLookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction, type Socket } from 'node:net';
import { PassThrough, pipeline, Transform } from 'node:stream';
import { createGunzip, createInflate } from 'node:zlib';
import { Agent, buildConnector, type Dispatcher } from 'undici';

export interface Options {
  /** `host:port` pairs that may be private: a mirror inside the network, a server of a test. */
  allow?: string[];
  /** Resolves names; the system's resolver unless a test gives one. */
  lookup?: typeof systemLookup;
  /** Connections to one origin at once; 8 unless said. */
  connections?: number;
}

export interface Request {
  url: string;
  method?: 'GET' | 'HEAD' | 'POST';
  headers?: Record<string, string>;
  body?: string | Uint8Array;
  /** From an earlier answer; unchanged content then comes back as 304 without a body. */
  etag?: string;
  lastModified?: string;
  /** Decoded bytes at most; 10 MB unless said. */
  bytesMax?: number;
  /** For connecting and for each silence between bytes; 30 seconds unless said. */
  timeoutMs?: number;
  /** How many redirects are followed; 5 unless said. At 0 the redirect itself is the answer. */
  redirectsMax?: number;
  signal?: AbortSignal;
}

export interface Answer {
  status: number;
  /** Where the answer came from, after redirects. */
  url: string;
  headers: Record<string, string>;
  etag?: string;
  lastModified?: string;
  /** Decoded; throws OutboundError when it grows beyond the limit. Read it to its end or destroy it. */
  body: AsyncIterable<Uint8Array> & { destroy(error?: Error): void };
}

export interface Outbound {
  request(request: Request): Promise<Answer>;
  /** The whole body as bytes, within the limit. */
  bytes(request: Request): Promise<Answer & { content: Uint8Array }>;
  close(): Promise<void>;
}

/** Why nothing was fetched. `code` is for programs, the message for the operator. */
export class OutboundError extends Error {
  readonly code: 'address' | 'scheme' | 'redirects' | 'encoding' | 'size' | 'url';

  constructor(code: OutboundError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

const defaultRedirectsMax = 5;
const defaultBytesMax = 10_000_000;
const defaultTimeoutMs = 30_000;

/** IANA special-purpose registries (RFC 6890 and successors), multicast, and IPv6 forms that carry an IPv4 address. */
const reserved = new BlockList();
for (const range of [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24'],
  ...['192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24'],
  ...['224.0.0.0/4', '240.0.0.0/4'],
]) {
  const [network, prefix] = range.split('/') as [string, string];
  reserved.addSubnet(network, Number(prefix), 'ipv4');
}
for (const range of [
  ...['::/96', '::ffff:0:0:0/96', '64:ff9b::/96', '64:ff9b:1::/48', '100::/64', '2001::/23', '2001:db8::/32'],
  ...['2002::/16', '3fff::/20', '5f00::/16', 'fc00::/7', 'fe80::/10', 'fec0::/10', 'ff00::/8'],
]) {
  const [network, prefix] = range.split('/') as [string, string];
  reserved.addSubnet(network, Number(prefix), 'ipv6');
}

/** True for an address that no outside service has: private, reserved, unreadable, or with a zone. */
export function isPrivate(address: string): boolean {
  const family = isIP(address);
  if (family === 0 || address.includes('%')) return true;
  if (family === 4) return reserved.check(address, 'ipv4');
  const mapped = /^(?:0{0,4}:){1,5}(?:0{1,4}:)*ffff:(?:(\d+\.\d+\.\d+\.\d+)|([0-9a-f]{1,4}):([0-9a-f]{1,4}))$/i.exec(
    address,
  );
  if (mapped !== null) {
    const high = Number.parseInt(mapped[2] ?? '0', 16);
    const low = Number.parseInt(mapped[3] ?? '0', 16);
    return isPrivate(mapped[1] ?? [high >> 8, high & 255, low >> 8, low & 255].join('.'));
  }
  return reserved.check(address, 'ipv6');
}

const refused = (host: string) =>
  new OutboundError(
    'address',
    `${host} is a private or reserved address. Add "host:port" to outbound.allow if it is a mirror of yours.`,
  );

/** Opens the door; one per process. */
export function open({ allow = [], lookup = systemLookup, connections = 8 }: Options = {}): Outbound {
  const allowed = new Set(allow.map((pair) => pair.toLowerCase()));

  /** The resolver of one connection: every answer must be an outside address, not only the first. */
  const guardedLookup: LookupFunction = (host, options, callback) => {
    lookup(host, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, '', 0);
      const first = addresses[0];
      if (first === undefined || addresses.some(({ address }) => isPrivate(address)))
        return callback(refused(host), '', 0);
      if (options.all) return callback(null, addresses);
      return callback(null, first.address, first.family);
    });
  };
  const plain = buildConnector({ timeout: defaultTimeoutMs, lookup: lookup as LookupFunction });
  const guarded = buildConnector({ timeout: defaultTimeoutMs, lookup: guardedLookup });
  const agent = new Agent({
    connections,
    keepAliveTimeout: 10_000,
    connect(options, callback) {
      const host = options.hostname.replace(/^\[|\]$/g, '');
      const port = options.port || (options.protocol === 'https:' ? '443' : '80');
      if (allowed.has(`${host.toLowerCase()}:${port}`)) return plain(options, callback);
      // A literal address is never looked up, so it is checked here.
      if (isIP(host) !== 0 && isPrivate(host)) return callback(refused(host), null);
      return guarded(options, (...[error, socket]: Parameters<buildConnector.Callback>) => {
        if (error !== null) return callback(error, null);
        if (isPrivate((socket as Socket).remoteAddress ?? '')) {
          socket.destroy();
          return callback(refused(host), null);
        }
        return callback(null, socket);
      });
    },
  });

  async function request(wanted: Request): Promise<Answer> {
    let url = parse(wanted.url);
    let { method = 'GET', body } = wanted;
    const { redirectsMax = defaultRedirectsMax } = wanted;
    let headers: Record<string, string> = {
      'user-agent': 'assay',
      'accept-encoding': 'gzip, deflate, identity',
      ...(wanted.etag === undefined ? {} : { 'if-none-match': wanted.etag }),
      ...(wanted.lastModified === undefined ? {} : { 'if-modified-since': wanted.lastModified }),
      ...wanted.headers,
    };
    for (let redirects = 0; ; redirects++) {
      const timeout = wanted.timeoutMs ?? defaultTimeoutMs;
      const response = await agent.request({
        origin: url.origin,
        path: url.pathname + url.search,
        method,
        headers,
        body: body ?? null,
        headersTimeout: timeout,
        bodyTimeout: timeout,
        signal: wanted.signal ?? null,
      });
      const location = response.headers.location;
      const isRedirect = [301, 302, 303, 307, 308].includes(response.statusCode) && typeof location === 'string';
      if (!isRedirect || redirectsMax === 0) {
        return answerOf(response, url, wanted.bytesMax ?? defaultBytesMax);
      }
      response.body.on('error', () => {}).destroy();
      if (redirects === redirectsMax)
        throw new OutboundError('redirects', `${wanted.url} redirects more than ${redirectsMax} times.`);
      const next = parse(location, url);
      if (url.protocol === 'https:' && next.protocol === 'http:') {
        throw new OutboundError('scheme', `${wanted.url} redirects from https to http, which is not followed.`);
      }
      if (next.origin !== url.origin) headers = withoutCredentials(headers);
      if (response.statusCode === 303 || (method === 'POST' && response.statusCode <= 302)) {
        method = 'GET';
        body = undefined;
      }
      url = next;
    }
  }

  return {
    request,
    async bytes(wanted) {
      const answer = await request(wanted);
      const chunks: Uint8Array[] = [];
      for await (const chunk of answer.body) chunks.push(chunk);
      return { ...answer, content: Buffer.concat(chunks) };
    },
    close: () => agent.close(),
  };
}

function parse(text: string, base?: URL): URL {
  let url: URL;
  try {
    url = new URL(text, base);
  } catch {
    throw new OutboundError('url', `"${text.slice(0, 200)}" is not an address. Write it as https://host/path.`);
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new OutboundError('scheme', `Only http and https addresses are fetched, not ${url.protocol}`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new OutboundError('url', 'An address with a user name or password in it is not fetched.');
  }
  return url;
}

const withoutCredentials = (headers: Record<string, string>) =>
  Object.fromEntries(
    Object.entries(headers).filter(([name]) => !/^(authorization|cookie|proxy-authorization)$/i.test(name)),
  );

function answerOf(response: Dispatcher.ResponseData, url: URL, bytesMax: number): Answer {
  const headers = Object.fromEntries(
    Object.entries(response.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );
  const decoder = decoderOf(headers['content-encoding'] ?? 'identity');
  if (decoder === undefined) {
    response.body.on('error', () => {}).destroy();
    throw new OutboundError(
      'encoding',
      `${url.origin} answers in an encoding that is not read: ${headers['content-encoding']}.`,
    );
  }
  const body = capped(bytesMax, url);
  // A failure of any part reaches the reader as an error of the last one.
  pipeline(response.body, decoder, body, () => {});
  return {
    status: response.statusCode,
    url: url.href,
    headers,
    ...(headers['etag'] === undefined ? {} : { etag: headers['etag'] }),
    ...(headers['last-modified'] === undefined ? {} : { lastModified: headers['last-modified'] }),
    body,
  };
}

function decoderOf(encoding: string): Transform | undefined {
  switch (encoding.trim().toLowerCase()) {
    case '':
    case 'identity':
      return new PassThrough();
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'deflate':
      return createInflate();
    default:
      return undefined;
  }
}

function capped(bytesMax: number, url: URL): Transform {
  let total = 0;
  return new Transform({
    transform(chunk: Uint8Array, _encoding, callback) {
      total += chunk.length;
      if (total <= bytesMax) return callback(null, chunk);
      return callback(new OutboundError('size', `${url.origin}${url.pathname} sends more than ${bytesMax} bytes.`));
    },
  });
}
