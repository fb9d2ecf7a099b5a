/** What a request may be, before anything reads it. */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { System } from '../app/system.ts';
import { publicUrl } from '../config.ts';
import { Refusal } from '../domain/refusal.ts';
import { whoIs } from './directory/who.ts';

export const bodyBytesMax = 1024 * 1024;
export const headerBytesMax = 16 * 1024;
export const addressLengthMax = 8 * 1024;
export const jsonDepthMax = 64;

const changes = (method: string) => method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS';

const loopback = /^(localhost|127\.0\.0\.1|\[::1\])$/;

/** Nesting of JSON text, found without parsing: what comes after `JSON.parse` recurses and would run out of stack. */
export function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x22: // A string: on to the quote that ends it.
        for (at++; at < text.length && text.charCodeAt(at) !== 0x22; at++) if (text.charCodeAt(at) === 0x5c) at++;
        break;
      case 0x5b:
      case 0x7b:
        if (++depth > deepest) deepest = depth;
        break;
      case 0x5d:
      case 0x7d:
        depth--;
    }
  }
  return deepest;
}

/** What requests of nobody in particular are counted by: an IPv4 address; of an IPv6 address its first 64 bits, as one host has the rest (RFC 4291 section 2.5.4). */
export function networkOf(ip: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip);
  if (mapped !== null) return mapped[1] as string;
  if (!ip.includes(':')) return ip;
  const [head = '', tail] = ip.split('%', 1)[0]?.split('::') ?? [];
  const [front, back] = [head, tail ?? ''].map((part) => (part === '' ? [] : part.split(':')));
  const missing = tail === undefined ? 0 : Math.max(0, 8 - (front?.length ?? 0) - (back?.length ?? 0));
  const groups = [...(front ?? []), ...Array<string>(missing).fill('0'), ...(back ?? [])];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}

/** Registers what holds for every request, in the order of cost: shape, origin, rate, then the body. */
export async function register(server: FastifyInstance, system: System): Promise<void> {
  const { config } = system;
  const own = new URL(publicUrl(config));

  server.addHook('onRequest', async (request) => {
    if (request.raw.url !== undefined && request.raw.url.length > addressLengthMax)
      throw new Refusal('address_too_long');
    const encoding = request.headers['content-encoding'];
    if (encoding !== undefined && encoding !== 'identity') throw new Refusal('encoded_body');
    refuseForeign(request, config.http.host, own);
  });

  await server.register(rateLimit, {
    global: true,
    // Before signing in is even tried. Several people may share one address.
    max: config.http.requestsPerMinute * 3,
    timeWindow: 60_000,
    cache: 10_000,
    hook: 'onRequest',
    keyGenerator: (request) => `address ${networkOf(request.ip)}`,
    allowList: (request) => request.url.startsWith('/assets/') || request.url === '/healthz',
    errorResponseBuilder: () => new Refusal('too_many_requests'),
  });
  const perActor = server.createRateLimit({
    max: config.http.requestsPerMinute,
    timeWindow: 60_000,
    keyGenerator: (request) => whoIs(request).id,
  });
  server.addHook('preHandler', async (request, reply) => {
    if (whoIs(request).kind === 'anonymous') return;
    const use = await perActor(request);
    if (use.isAllowed || !use.isExceeded) return;
    reply.header('retry-after', use.ttlInSeconds);
    throw new Refusal('too_many_requests');
  });

  server.removeContentTypeParser(['application/json', 'text/plain']);
  readJson(server, 'application/json');
}

/** Reads bodies of this content type, or of every one (`*`), as JSON. */
export function readJson(server: FastifyInstance, contentType: string): void {
  const parse = server.getDefaultJsonParser('error', 'error');
  server.addContentTypeParser(contentType, { parseAs: 'string' }, (request, body, done) => {
    const text = body as string;
    if (text === '') return done(null, undefined);
    if (depthOf(text) > jsonDepthMax) return done(new Refusal('nested_too_deep'));
    return parse(request, text, (error, value) => (error ? done(new Refusal('malformed_body')) : done(null, value)));
  });
}

/**
 * A page of another origin may send a request with our cookie; it may not act. Also refuses a Host that is not ours
 * while we listen on this machine only: a name of a stranger that resolves to 127.0.0.1 (DNS rebinding).
 */
function refuseForeign(request: FastifyRequest, host: string, own: URL): void {
  const named = hostnameOf(request.headers.host);
  if (loopback.test(host) && named !== undefined && !loopback.test(named) && named !== own.hostname) {
    throw new Refusal('foreign_origin');
  }
  if (!changes(request.method)) return;
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') throw new Refusal('foreign_origin');
  const origin = request.headers.origin;
  if (origin === undefined) return;
  // The proxy in front may have changed scheme and port, so the configured address counts beside the one asked for.
  if (origin !== own.origin && origin !== `http://${request.headers.host}`) throw new Refusal('foreign_origin');
}

function hostnameOf(host: string | undefined): string | undefined {
  try {
    return host === undefined ? undefined : new URL(`http://${host}`).hostname;
  } catch {
    return '';
  }
}

/** SHA-256 of what makes two requests the same. Of a body that is still to come, a document, only its declared length is known. */
export function requestHash(request: FastifyRequest): Buffer {
  const hash = createHash('sha256').update(`${request.method} ${request.url}\n`);
  if (request.body instanceof Readable) hash.update(`stream ${request.headers['content-length'] ?? ''}`);
  else if (request.body !== undefined) hash.update(JSON.stringify(request.body));
  return hash.digest();
}
