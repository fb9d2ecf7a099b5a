import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as coverage from '../../app/intake/coverage.ts';
import type { System } from '../../app/system.ts';
import * as contract from '../contract/claims.ts';

export function routes(server: FastifyInstance, system: System): void {
  server.withTypeProvider<ZodTypeProvider>().get(
    '/coverage',
    {
      schema: {
        tags: ['scan claims'],
        summary: 'Widely used packages on which no claim ran that its owner lets be counted; stands for a week',
        response: { 200: contract.Coverage },
      },
    },
    () => coverage.read(system),
  );
}
