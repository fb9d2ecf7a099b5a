/** The HTTP server: what holds for every request, then the routes of each area, then the web. */
import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import cookie from '@fastify/cookie';
import helmet from '@fastify/helmet';
import serveStatic from '@fastify/static';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController, type RouteOptions } from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import type { State } from '../app/operation.ts';
import type { System } from '../app/system.ts';
import { publicUrl } from '../config.ts';
import * as inventories from './advisory/inventories.ts';
import * as advisory from './advisory/routes.ts';
import * as cases from './coordination/cases.ts';
import * as applications from './directory/applications.ts';
import * as leaving from './directory/leaving.ts';
import * as participations from './directory/participations.ts';
import * as directory from './directory/routes.ts';
import * as signIn from './directory/sign-in.ts';
import * as letters from './evidence/letters.ts';
import * as readings from './evidence/readings.ts';
import * as registrations from './evidence/registrations.ts';
import * as results from './evidence/results.ts';
import * as runs from './evidence/runs.ts';
import * as taskPacks from './evidence/task-packs.ts';
import * as health from './health.ts';
import * as idempotency from './idempotency.ts';
import * as anonymousReports from './intake/anonymous.ts';
import * as batches from './intake/batches.ts';
import * as claims from './intake/claims.ts';
import * as coverage from './intake/coverage.ts';
import * as intakeFindings from './intake/findings.ts';
import * as intakePolicies from './intake/intake-policies.ts';
import * as mcp from './intake/mcp.ts';
import * as queue from './intake/queue.ts';
import * as validations from './intake/validations.ts';
import * as limits from './limits.ts';
import * as log from './log/routes.ts';
import * as openapi from './openapi.ts';
import * as problems from './problems.ts';
import * as determinations from './review/determinations.ts';
import * as gateway from './review/grant-gateway.ts';
import * as grants from './review/grants.ts';
import * as incidents from './review/incidents.ts';
import * as ledger from './review/ledger.ts';
import * as partners from './review/partners.ts';
import * as pending from './review/pending.ts';
import * as submissions from './review/submissions.ts';
import * as windows from './review/windows.ts';

/** Each area: `routes` under /api/v1, and `standardRoutes` at the addresses that a standard fixes. */
const areas: {
  routes?: (server: FastifyInstance, system: System) => void;
  standardRoutes?: (server: FastifyInstance, system: System) => void;
}[] = [
  advisory,
  inventories,
  directory,
  applications,
  participations,
  leaving,
  log,
  grants,
  gateway,
  ledger,
  incidents,
  submissions,
  windows,
  determinations,
  partners,
  pending,
  runs,
  readings,
  taskPacks,
  registrations,
  results,
  letters,
  queue,
  cases,
  intakeFindings,
  batches,
  anonymousReports,
  claims,
  coverage,
  intakePolicies,
  mcp,
  validations,
];

export interface Options {
  version: string;
  /** Folder of the built web pages; without it only the API is served. */
  webFolder?: string;
  state?: State;
  /** Hears of every route: the tests hold a table of who may use which. */
  onRoute?: (route: RouteOptions) => void;
}

/** Builds the server of a system; it listens when told to. */
export async function build(
  system: System,
  { version, webFolder, state = { isStopping: false }, onRoute }: Options,
): Promise<FastifyInstance> {
  const { config } = system;
  const isHttps = publicUrl(config).startsWith('https:');
  const server = Fastify({
    loggerInstance: system.logger as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomUUID(),
    trustProxy: config.http.proxies === 0 ? false : (_address: string, hop: number) => hop < config.http.proxies,
    bodyLimit: limits.bodyBytesMax,
    routerOptions: { maxParamLength: 500, ignoreTrailingSlash: false },
    requestTimeout: 600_000,
    connectionTimeout: 120_000,
    keepAliveTimeout: 65_000,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    http: { maxHeaderSize: limits.headerBytesMax },
    clientErrorHandler(error: Error & { code?: string }, socket) {
      if (error.code === 'ECONNRESET' || !socket.writable) return socket.destroy();
      const problem = problems.problemOf(
        error.code === 'HPE_HEADER_OVERFLOW' ? 'headers_too_large' : 'malformed_body',
        randomUUID(),
      );
      const body = JSON.stringify(problem);
      socket.end(
        `HTTP/1.1 ${problem.status} ${problem.title}\r\nContent-Type: ${problems.problemContentType}\r\n` +
          `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
      );
    },
  });
  server.setValidatorCompiler(validatorCompiler);
  server.setSerializerCompiler(serializerCompiler);
  if (onRoute !== undefined) server.addHook('onRoute', onRoute);
  problems.register(server);

  server.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
  });
  // One line a request, with the pattern of its route: addresses hold search words and one-time links.
  server.addHook('onResponse', async (request, reply) => {
    request.log.info(
      {
        method: request.method,
        route: request.routeOptions.url ?? 'none',
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime),
      },
      'answered',
    );
  });
  await server.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        requireTrustedTypesFor: ["'script'"],
        // The one policy of the web, for the address of its matching worker.
        trustedTypes: ['assay'],
      },
    },
    strictTransportSecurity: isHttps ? { maxAge: 31_536_000, includeSubDomains: false } : false,
    referrerPolicy: { policy: 'no-referrer' },
    crossOriginEmbedderPolicy: { policy: 'require-corp' },
  });
  await server.register(cookie);
  await limits.register(server, system);
  signIn.register(server, system);
  tagAnswers(server);
  health.register(server, system, state);
  await openapi.register(server, version);
  idempotency.register(server, system);

  server.get('/api/problems', { schema: { hide: true } }, async () => ({ items: problems.catalogue() }));
  for (const area of areas) area.standardRoutes?.(server, system);
  await server.register(
    async (api) => {
      for (const area of areas) area.routes?.(api, system);
    },
    { prefix: '/api/v1' },
  );
  const hasWeb = webFolder !== undefined && existsSync(join(webFolder, 'index.html'));
  if (hasWeb) await serveWeb(server, webFolder);
  // Every page of the web is index.html, which finds its way by the address; a file or a call that does not exist is not.
  server.setNotFoundHandler((request, reply) => {
    const isPage =
      hasWeb &&
      (request.method === 'GET' || request.method === 'HEAD') &&
      !/^\/(api|v1|log|assets)(\/|$)/.test(request.url) &&
      (request.headers.accept ?? '').includes('text/html');
    return isPage
      ? reply.header('cache-control', 'no-cache').sendFile('index.html')
      : problems.notFound(request, reply);
  });
  return server;
}

/** Strong ETags on JSON answers: asked again with If-None-Match, an unchanged one is not sent again. */
function tagAnswers(server: FastifyInstance): void {
  server.addHook('onSend', async (request, reply, payload) => {
    if (request.method !== 'GET' || reply.statusCode !== 200 || typeof payload !== 'string') return payload;
    // Answers depend on who asks: nobody in between may keep them, and the browser asks again.
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'private, no-cache');
    if (!reply.hasHeader('etag'))
      reply.header('etag', `"${createHash('sha256').update(payload).digest('base64url').slice(0, 27)}"`);
    const tag = reply.getHeader('etag');
    const asked = request.headers['if-none-match']?.split(',').map((part) => part.trim().replace(/^W\//, ''));
    if (asked?.includes(String(tag)) || asked?.includes('*')) {
      reply.code(304).removeHeader('content-type');
      return null;
    }
    return payload;
  });
}

/** Built pages. Files under /assets carry their hash in their name and never change; every page of the app is index.html. */
async function serveWeb(server: FastifyInstance, root: string): Promise<void> {
  await server.register(serveStatic, {
    root,
    preCompressed: true,
    cacheControl: false,
    index: ['index.html'],
    wildcard: true,
    setHeaders(reply, path) {
      const isImmutable = path.startsWith(join(root, 'assets'));
      reply.setHeader('cache-control', isImmutable ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
  });
}
