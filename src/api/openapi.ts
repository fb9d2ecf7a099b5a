/** The description of the API, made from the very shapes that check it. */
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { Problem } from './contract/problem.ts';

const logo =
  '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="40"><text y="28" font-family="sans-serif" font-size="26" fill="#fff">Assay</text></svg>';

/** Before the routes: the description is collected while they are registered. */
export async function register(server: FastifyInstance, version: string): Promise<void> {
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Assay',
        version,
        description:
          'Lists page by key: give `next` of one page as `after` of the following. Refusals are RFC 9457 problem ' +
          'details; /api/problems lists their codes. A request that changes something may carry an Idempotency-Key: ' +
          'sent again within a day it gets the same answer and acts once.',
      },
      servers: [{ url: '/' }],
      components: {
        securitySchemes: {
          session: { type: 'apiKey', in: 'cookie', name: 'session', description: 'People, by signing in.' },
          agent: { type: 'http', scheme: 'bearer', description: 'Agents, by their token.' },
        },
      },
      security: [{}, { session: [] }, { agent: [] }],
    },
    transform: (route) => {
      const described = jsonSchemaTransform(route);
      // A body that is a file, read as a stream, has no shape of its own.
      const schema = described.schema as { consumes?: string[]; body?: unknown } | undefined;
      if (schema?.consumes !== undefined) schema.body ??= { type: 'string', format: 'binary', description: 'The file' };
      return described;
    },
    transformObject: jsonSchemaTransformObject,
  });
  // Every operation may refuse.
  server.addHook('onRoute', (route) => {
    const schema = route.schema as { hide?: boolean; response?: Record<string, unknown> } | undefined;
    if (schema === undefined || schema.hide) return;
    schema.response = { '4xx': Problem, '5xx': Problem, ...schema.response };
  });
  await server.register(swaggerUi, {
    routePrefix: '/api/docs',
    logo: { type: 'image/svg+xml', content: logo },
    uiConfig: { docExpansion: 'list', deepLinking: true, validatorUrl: null, supportedSubmitMethods: ['get'] },
    // The page of this library writes style attributes; it is fenced by itself and holds no secrets.
    staticCSP:
      "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; script-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  });
  server.get('/api/openapi.json', { schema: { hide: true } }, async () => server.swagger());
}
