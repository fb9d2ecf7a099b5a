/** For whoever operates the instance: alive, ready, and numbers. */
import type { FastifyInstance } from 'fastify';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import * as operation from '../app/operation.ts';
import type { System } from '../app/system.ts';

/** Every instance counts by itself, so that tests may run several in one process. */
export function register(server: FastifyInstance, system: System, state: operation.State): void {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'assay_' });
  const durations = new Histogram({
    name: 'assay_http_request_seconds',
    help: 'Time to answer, by route, method and status.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  });
  new Gauge({
    name: 'assay_database_connections',
    help: 'Connections of the pool, by what they do.',
    labelNames: ['state'],
    registers: [registry],
    collect() {
      const { totalCount, idleCount, waitingCount } = system.database.pool;
      this.set({ state: 'idle' }, idleCount);
      this.set({ state: 'busy' }, totalCount - idleCount);
      this.set({ state: 'waited_for' }, waitingCount);
    },
  });
  new Gauge({
    name: 'assay_jobs',
    help: 'Jobs that wait, by task; failing ones have been tried at least once.',
    labelNames: ['task', 'state'],
    registers: [registry],
    async collect() {
      this.reset();
      for (const { task, waiting, failing } of await operation.jobs(system).catch(() => [])) {
        this.set({ task, state: 'waiting' }, waiting - failing);
        this.set({ task, state: 'failing' }, failing);
      }
    },
  });
  new Gauge({
    name: 'assay_log_waiting_entries',
    help: 'Entries of the log that wait for their place; it should fall to 0 every second.',
    registers: [registry],
    async collect() {
      const count = await operation.waitingEntries(system).catch(() => undefined);
      if (count !== undefined) this.set(count);
    },
  });
  new Gauge({
    name: 'assay_imports',
    help: 'The newest hundred imports, by state.',
    labelNames: ['state'],
    registers: [registry],
    async collect() {
      this.reset();
      for (const { state } of await operation.imports(system).catch(() => [])) this.inc({ state });
    },
  });
  new Gauge({
    name: 'assay_import_items',
    help: 'Items that running imports have done.',
    registers: [registry],
    async collect() {
      const imports = await operation.imports(system).catch(() => []);
      this.set(imports.filter(({ state }) => state === 'running').reduce((sum, { position }) => sum + position, 0));
    },
  });
  const refused = new Counter({
    name: 'assay_http_refusals_total',
    help: 'Answers that refused, by status.',
    labelNames: ['status'],
    registers: [registry],
  });

  server.addHook('onResponse', async (request, reply) => {
    // The pattern, never the address itself: ids would make one series each, and do not belong in metrics.
    const route = request.routeOptions.url ?? 'none';
    durations.observe({ method: request.method, route, status: reply.statusCode }, reply.elapsedTime / 1000);
    if (reply.statusCode >= 400) refused.inc({ status: reply.statusCode });
  });

  server.get('/healthz', { schema: { hide: true } }, async () => ({ status: 'alive' }));
  server.get('/readyz', { schema: { hide: true } }, async (_request, reply) => {
    const checks = await operation.readiness(system, state);
    const isReady = Object.values(checks).every((check) => check === 'ok');
    reply.code(isReady ? 200 : 503).header('cache-control', 'no-store');
    return { status: isReady ? 'ready' : 'not ready', checks };
  });
  server.get('/metrics', { schema: { hide: true } }, async (_request, reply) =>
    reply.type(registry.contentType).send(await registry.metrics()),
  );
}
