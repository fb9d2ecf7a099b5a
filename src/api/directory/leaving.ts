import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as leaving from '../../app/directory/leaving.ts';
import type { System } from '../../app/system.ts';
import * as contract from '../contract/participation.ts';
import { clearCookie } from './sign-in.ts';
import { whoIs } from './who.ts';

const tags = ['participation'];

const sendLines = (reply: FastifyReply, lines: AsyncGenerator<string>) =>
  reply
    .type('application/x-ndjson')
    .header('content-disposition', 'attachment; filename="assay-organisation.ndjson"')
    .header('cache-control', 'no-store')
    .send(Readable.from(lines, { objectMode: false }));

export function routes(server: FastifyInstance, system: System): void {
  const routes = server.withTypeProvider<ZodTypeProvider>();

  routes.get(
    '/participation/export',
    { schema: { tags, summary: 'Everything that your organisation owns here, as lines of JSON' } },
    async (request, reply) => sendLines(reply, await leaving.exportOwn(system, whoIs(request))),
  );

  routes.post(
    '/participation/export',
    {
      config: { isSecret: true, rateLimit: { max: 20, timeWindow: 60_000 } },
      schema: { tags, summary: 'The same, of an organisation that left', body: contract.ExportToken },
    },
    async (request, reply) => sendLines(reply, await leaving.exportLeft(system, request.body.token)),
  );

  routes.get(
    '/participation/leaving',
    {
      schema: {
        tags,
        summary: 'What leaving would end, and what others keep; nothing is done',
        response: { 200: contract.LeavingPreview },
      },
    },
    async (request) => leaving.preview(system, whoIs(request)),
  );

  routes.post(
    '/participation/leaving',
    {
      // The answer holds a secret: it is not kept for a repeated request.
      config: { isSecret: true },
      schema: {
        tags,
        summary: 'Leave, at once and without a reason',
        response: { 200: contract.Left },
      },
    },
    async (request, reply) => {
      const left = await leaving.leave(system, whoIs(request));
      clearCookie(system, reply);
      reply.header('cache-control', 'no-store');
      return left;
    },
  );
}
