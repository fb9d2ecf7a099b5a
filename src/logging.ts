import { type DestinationStream, type LogFn, type Logger, type LoggerOptions, pino } from 'pino';

/** Names whose values never reach a log, wherever they stand in what is logged. */
const secrets = [
  ...[
    'authorization',
    'cookie',
    'set-cookie',
    'password',
    'token',
    'link',
    'secret',
    'privateKey',
    'body',
    'email',
    'to',
  ],
  ...['idempotency-key', 'connectionString', 'url'],
];

/** Structured logs, one JSON object a line. Addresses, bodies and whatever signs somebody in are left out. */
export function create(level: string, destination?: DestinationStream): Logger {
  const options: LoggerOptions = {
    level,
    base: { pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: {
      paths: secrets.flatMap((name) => [`["${name}"]`, `*["${name}"]`, `*.*["${name}"]`]),
      censor: '[left out]',
    },
    hooks: {
      // Without words of ours pino would take the error's own, uncensored.
      logMethod(args: Parameters<LogFn>, method: LogFn) {
        if (args.length === 1 && typeof args[0] === 'object') method.call(this, args[0], 'error');
        else method.apply(this, args);
      },
    },
    serializers: {
      // Fastify would log addresses and peers of requests; a pattern and an id are enough (server.ts logs them).
      req: (request: { method: string; id: string }) => ({ id: request.id, method: request.method }),
      err: errorOf,
    },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

/** An error without the parameters of a statement and without connection strings. */
function errorOf(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: typeof error };
  const { code, table, constraint } = error as Error & { code?: string; table?: string; constraint?: string };
  const text = (value: string | undefined) =>
    value?.replace(/\b(postgres(?:ql)?|smtps?|https?):\/\/\S+/g, '$1://[left out]');
  return { type: error.name, code, table, constraint, message: text(error.message), stack: text(error.stack) };
}
