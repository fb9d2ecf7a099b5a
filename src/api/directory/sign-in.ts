/** Finds out who makes a request, before any route sees it, and keeps the session's cookie. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import * as signIn from '../../app/directory/sign-in.ts';
import * as denied from '../../app/log/denied.ts';
import type { System } from '../../app/system.ts';
import { publicUrl } from '../../config.ts';
import type { Actor } from '../../domain/directory/actor.ts';
import * as permission from '../../domain/directory/permission.ts';
import { sessionAgeMaxMs } from '../../domain/directory/session.ts';
import { Refusal } from '../../domain/refusal.ts';
import { whoIs } from './who.ts';

const isHttps = (system: System) => publicUrl(system.config).startsWith('https:');

/** `__Host-` makes the browser refuse a cookie that another host or plain http has set. It needs https, so not on loopback. */
const cookieName = (system: System) => (isHttps(system) ? '__Host-session' : 'session');

const cookieOptions = (system: System) =>
  ({ path: '/', httpOnly: true, sameSite: 'lax', secure: isHttps(system) }) as const;

export function setCookie(system: System, reply: FastifyReply, secret: string): void {
  reply.setCookie(cookieName(system), secret, { ...cookieOptions(system), maxAge: sessionAgeMaxMs / 1000 });
}

export function clearCookie(system: System, reply: FastifyReply): void {
  reply.clearCookie(cookieName(system), cookieOptions(system));
}

export function secretOf(system: System, request: FastifyRequest): string | undefined {
  return request.cookies[cookieName(system)];
}

async function actorOf(system: System, request: FastifyRequest) {
  const authorization = request.headers.authorization;
  if (authorization !== undefined) {
    const token = /^Bearer ([\x21-\x7e]{1,200})$/i.exec(authorization)?.[1];
    const agent = token === undefined ? undefined : await signIn.byToken(system, token);
    if (agent === undefined) throw new Refusal('token_not_valid');
    return agent;
  }
  const secret = secretOf(system, request);
  // A session that has ended is nobody's: what is public stays readable.
  return secret === undefined || secret.length > 200 ? undefined : signIn.byCookie(system, secret);
}

/** Who makes this request by what they sent, looked up anew; undefined when it no longer holds, though it did before. */
export async function whoIsNow(system: System, request: FastifyRequest): Promise<Actor | undefined> {
  try {
    const actor = await actorOf(system, request);
    if (actor !== undefined) permission.requireTakingPart(actor, request.method, request.routeOptions.url);
    return actor;
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

/** Before the routes, and before what asks `whoIs`. */
export function register(server: FastifyInstance, system: System): void {
  server.addHook('onRequest', async (request) => {
    if (request.url.startsWith('/assets/')) return;
    const actor = await actorOf(system, request);
    if (actor === undefined) return;
    request.actor = actor;
    // By the route that was found, never by the address as written: one route has many spellings of its address.
    const area = /^\/api\/v1\/([^/]+)/.exec(request.routeOptions.url ?? '')?.[1];
    if (area !== undefined) permission.requireScope(actor, request.method, area);
    permission.requireTakingPart(actor, request.method, request.routeOptions.url);
  });

  // Tries that were refused are on record too (I7); after the answer, so that it takes no longer for what exists (I5).
  server.addHook('onResponse', async (request, reply) => {
    const isRefused = reply.statusCode === 403 || reply.statusCode === 404 || reply.statusCode === 401;
    const route = request.routeOptions.url;
    if (!isRefused || route?.startsWith('/api/v1/') !== true) return;
    const { id } = (request.params ?? {}) as { id?: string };
    await denied.count(system, whoIs(request), typeof id === 'string' ? id : route);
  });
}
