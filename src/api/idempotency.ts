/**
 * `Idempotency-Key`: the act and its kept answer are written in one transaction, so a request that is repeated after any
 * crash either finds nothing done, or finds the answer. The answer leaves only after the commit.
 */
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify';
import * as repeat from '../app/repeat.ts';
import type { System } from '../app/system.ts';
import { Refusal } from '../domain/refusal.ts';
import { whoIs } from './directory/who.ts';
import { requestHash } from './limits.ts';

const methods = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);
/** Headers of an answer that belong to what it says. */
const keptHeaders = ['location', 'etag', 'content-type'];

/** Wraps the handlers of all later routes that change something. */
export function register(server: FastifyInstance, system: System): void {
  // A repeatable request holds its transaction until it is answered, and a streamed body comes as slowly as its sender likes:
  // such uploads never hold more than a quarter of the connections, half of what one organisation may hold.
  const streamedMax = Math.max(1, Math.floor(system.config.database.poolMax / 4));
  let streamed = 0;
  server.addHook('onRoute', (route) => {
    const verbs = [route.method].flat();
    if (!verbs.some((verb) => methods.has(verb)) || route.config?.isSecret || route.config?.asksOutside) return;
    const handler = route.handler;
    route.handler = async function (request, reply) {
      const key = request.headers['idempotency-key'];
      const actor = whoIs(request);
      // Nobody in particular has no keys of their own: one could read the answer of another.
      if (key === undefined || actor.kind === 'anonymous') return handler.call(this, request, reply);
      if (typeof key !== 'string' || !/^[\x21-\x7e]{1,200}$/.test(key)) throw new Refusal('invalid_request');
      const isStreamed = request.body instanceof Readable;
      if (isStreamed && streamed >= streamedMax) throw new Refusal('unavailable');
      if (isStreamed) streamed++;
      const kept = await repeat
        .once(system, actor, key, requestHash(request), () => capture(this, handler, request, reply))
        .finally(() => {
          if (isStreamed) streamed--;
        });
      reply.code(kept.status).headers(kept.headers);
      if (kept.isRepeated) reply.header('idempotency-replayed', 'true');
      return reply.serializer((text: unknown) => text as string).send(kept.body);
    };
  });
}

/** Runs the handler and takes its answer as text instead of sending it. */
async function capture(
  server: FastifyInstance,
  handler: RouteHandlerMethod,
  request: FastifyRequest,
  reply: FastifyReply,
) {
  let sent: unknown;
  reply.send = (payload?: unknown) => {
    sent = payload;
    return reply;
  };
  // A reply is a promise of being sent, for which a handler that returns it would wait for ever.
  Object.defineProperty(reply, 'then', { value: undefined, configurable: true });
  try {
    const returned = await (handler as (this: FastifyInstance, q: FastifyRequest, r: FastifyReply) => unknown).call(
      server,
      request,
      reply,
    );
    const payload = returned === undefined || returned === reply ? sent : returned;
    if (typeof payload === 'object' && reply.getHeader('content-type') === undefined)
      reply.type('application/json; charset=utf-8');
    const body =
      payload === undefined || payload === null
        ? ''
        : typeof payload === 'string'
          ? payload
          : String(reply.serialize(payload as object));
    const headers = Object.fromEntries(
      keptHeaders.flatMap((name) => {
        const value = reply.getHeader(name);
        return value === undefined ? [] : [[name, String(value)]];
      }),
    );
    return { status: reply.statusCode, headers, body };
  } finally {
    // Uncovers the methods of the prototype again.
    Reflect.deleteProperty(reply, 'send');
    Reflect.deleteProperty(reply, 'then');
  }
}
