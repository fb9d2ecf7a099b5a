import type { FastifyRequest } from 'fastify';
import { type Actor, anonymous } from '../../domain/directory/actor.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set before every handler by `sign-in.ts`; absent where no credential was sent. */
    actor?: Actor;
  }
  interface FastifyContextConfig {
    /** The answer holds a secret: nothing keeps it. */
    isSecret?: boolean;
    /** Waits for somebody outside: no transaction may be held so long, so an Idempotency-Key has no meaning here. */
    asksOutside?: boolean;
  }
}

/** Who makes this request: a person by session cookie, an agent by bearer token, or nobody in particular. */
export function whoIs(request: FastifyRequest): Actor {
  return request.actor ?? anonymous;
}
