import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as pending from '../../app/review/pending.ts';
import type { System } from '../../app/system.ts';
import * as contract from '../contract/pending.ts';
import { SubmissionParams as params } from '../contract/submissions.ts';
import { whoIs } from '../directory/who.ts';

export function routes(server: FastifyInstance, system: System): void {
  server.withTypeProvider<ZodTypeProvider>().get(
    '/submissions/:id/pending',
    {
      schema: {
        tags: ['submissions'],
        summary: 'What waits for somebody, and for whom; a release waits for none of it',
        params,
        response: { 200: contract.Pending },
      },
    },
    async (request) => ({ items: await pending.list(system, whoIs(request), request.params.id) }),
  );
}
