/** The chat completions API of a grant: the base address for any client of it is `/api/v1/access/GRANT`. */
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as gateway from '../../app/review/grant-gateway.ts';
import type { System } from '../../app/system.ts';
import * as contract from '../contract/grants.ts';
import { whoIsNow } from '../directory/sign-in.ts';
import { whoIs } from '../directory/who.ts';

const tags = ['access'];
/** Long transcripts are sent with every turn. */
const bodyBytesMax = 16 * 1024 * 1024;
const purposeHeader = 'assay-purpose';

export function routes(server: FastifyInstance, system: System): void {
  const routes = server.withTypeProvider<ZodTypeProvider>();
  const { GrantParams: params } = contract;

  routes.post(
    '/access/:id/chat/completions',
    {
      bodyLimit: bodyBytesMax,
      // What is asked and answered is kept nowhere (I12).
      config: { isSecret: true },
      schema: {
        tags,
        summary: 'Ask the model (OpenAI chat completions, also streamed); the header Assay-Purpose says what for',
        params,
        body: contract.ChatRequest,
      },
    },
    async (request, reply) => {
      const left = new AbortController();
      // A request that came over no network has none that could time out.
      const socket: Partial<Socket> | null = request.raw.socket;
      reply.raw.on('close', () => {
        left.abort();
        socket?.setTimeout?.(server.server.timeout);
      });
      // A model may think for longer than a connection may otherwise be silent.
      socket?.setTimeout?.(gateway.limits.useMsMax);
      const purpose = request.headers[purposeHeader];
      const answer = await gateway.ask(system, whoIs(request), request.params.id, {
        purpose: typeof purpose === 'string' ? purpose.trim() : undefined,
        body: request.body,
        whoNow: () => whoIsNow(system, request),
        signal: left.signal,
      });
      reply.header('cache-control', 'no-store');
      if ('json' in answer) return reply.type('application/json').send(Buffer.from(answer.json));
      return reply
        .type('text/event-stream')
        .header('x-accel-buffering', 'no')
        .send(Readable.from(answer.events, { objectMode: false }));
    },
  );

  routes.get(
    '/access/:id/models',
    {
      schema: {
        tags,
        summary: 'The model of a grant, for clients that list models',
        params,
        response: { 200: contract.ModelList },
      },
    },
    async (request) => {
      const id = await gateway.model(system, whoIs(request), request.params.id);
      return { object: 'list' as const, data: [{ id, object: 'model' as const, owned_by: 'developer' }] };
    },
  );
}
