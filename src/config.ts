/** Configuration: defaults, then a file (`assay.toml` or `assay.json`), then the environment. Checked whole before anything starts. */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse as parseToml } from 'smol-toml';
import { z } from 'zod';

const httpUrl = (remedy: string) =>
  z.url({ protocol: /^https?$/, error: remedy }).transform((url) => url.replace(/\/+$/, ''));

const section = <Shape extends z.ZodRawShape>(shape: Shape) => z.strictObject(shape).prefault({} as never);

const Settings = z.strictObject({
  /** Folder of the embedded database, keys and files. */
  data: z.string().min(1, 'name a folder').default('data'),
  database: section({
    /** A PostgreSQL 15 or later of yours; without it the embedded one is used. Also `DATABASE_URL`. */
    url: z
      .string()
      .regex(/^postgres(ql)?:\/\//, 'write it as postgresql://user:password@host:5432/name')
      .optional(),
    poolMax: z.coerce.number().int().min(2, 'give at least 2').max(500).default(10),
    statementTimeoutMs: z.coerce.number().int().min(100, 'give at least 100').max(600_000).default(15_000),
  }),
  http: section({
    host: z.string().min(1).default('127.0.0.1'),
    port: z.coerce.number().int().min(0).max(65_535, 'a port is at most 65535').default(8414),
    /** The address people type, when a proxy stands in front: decides cookies, links and passkeys. */
    url: httpUrl('write it as https://assay.example').optional(),
    /** How many proxies in front may be believed about the client's address. */
    proxies: z.coerce.number().int().min(0).max(10).default(0),
    /** Requests a minute of one signed-in actor, and of one address. */
    requestsPerMinute: z.coerce.number().int().min(1).max(1_000_000).default(600),
  }),
  log: section({
    /** The name of the transparency log, for its whole life; by default the host of `http.url`. */
    origin: z
      .string()
      .regex(/^[^\s+]{1,200}$/, 'a log name has no spaces and no plus')
      .optional(),
    /** File with the log's private key (Ed25519, PKCS #8, PEM); by default keys/log-key.pem in the data folder, made when absent. */
    keyFile: z.string().min(1).optional(),
  }),
  secrets: section({
    /** File with the key that seals secrets in the database (32 bytes, base64); by default keys/secret-key in the data folder, made when absent. */
    keyFile: z.string().min(1).optional(),
  }),
  logging: section({
    level: z
      .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], {
        error: 'choose trace, debug, info, warn, error, fatal or silent',
      })
      .default('info'),
  }),
  outbound: section({
    /** `host:port` of private addresses that may be fetched all the same: a mirror inside your network. */
    allow: z.array(z.string().regex(/^\S+:\d{1,5}$/, 'write each as host:port')).default([]),
  }),
  feeds: section({
    osv: httpUrl('write a web address').default('https://storage.googleapis.com/osv-vulnerabilities'),
    kev: httpUrl('write a web address').default(
      'https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json',
    ),
    epss: httpUrl('write a web address').default('https://epss.empiricalsecurity.com/epss_scores-current.csv.gz'),
    /** `provider-metadata.json` of CSAF providers. */
    csaf: z.array(httpUrl('write a web address')).default([]),
    /** Ecosystems to keep in step with OSV; none means that nothing is fetched by itself. */
    ecosystems: z.array(z.string().min(1).max(100)).default([]),
  }),
  judge: section({
    /** An endpoint of the OpenAI chat completions protocol that coordinators may ask about two findings; none unless set. */
    url: httpUrl('write it as https://models.example/v1').optional(),
    /** The model to ask for there; both are needed. */
    model: z.string().min(1).max(200).optional(),
    apiKey: z.string().min(1).max(4096).optional(),
    timeoutMs: z.coerce.number().int().min(1000, 'give at least 1000').max(300_000).default(60_000),
  }),
  mail: section({
    /** smtp:// or smtps:// address; without it messages are kept in the data folder. */
    smtp: z
      .string()
      .regex(/^smtps?:\/\//, 'write it as smtps://user:password@host:465')
      .optional(),
    from: z.email('write a mail address').default('assay@localhost.invalid'),
  }),
  worker: section({
    /** Work on jobs in the server's own process; say false when `assay worker` runs apart. */
    inProcess: z.union([z.boolean(), z.stringbool()]).default(true),
    concurrency: z.coerce.number().int().min(1).max(64).default(2),
  }),
});

export type Config = z.infer<typeof Settings>;

/** Configuration that cannot be used; `message` names each key and what to write instead. */
export class ConfigError extends Error {}

interface Source {
  env: NodeJS.ProcessEnv;
  folder: string;
}

type Tree = { [key: string]: unknown };

/** `http.port` is `ASSAY_HTTP_PORT`; `database.poolMax` is `ASSAY_DATABASE_POOL_MAX`. */
const variableOf = (path: string[]) =>
  `ASSAY_${path.map((part) => part.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()).join('_')}`;

/** Every key with the name of its variable, and whether it holds a list (comma-separated in a variable). */
export function keys(): { path: string[]; variable: string; isList: boolean }[] {
  const schema = z.toJSONSchema(Settings, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
  const walk = (node: JsonSchema, path: string[]): ReturnType<typeof keys> =>
    node.properties === undefined
      ? [{ path, variable: variableOf(path), isList: node.type === 'array' }]
      : Object.entries(node.properties).flatMap(([name, child]) => walk(child, [...path, name]));
  return walk(schema, []);
}

interface JsonSchema {
  type?: string;
  properties?: Record<string, JsonSchema>;
}

/** Variables that belong to the scripts and the build rather than to the instance. */
const otherVariables = new Set([
  'ASSAY_CONFIG',
  'ASSAY_URL',
  'ASSAY_TOKEN',
  'ASSAY_TEST_DATABASE_URL',
  'ASSAY_TEST_POSTGRES',
]);

/** Reads and checks the whole configuration. Throws a ConfigError that says everything that is wrong at once. */
export function read({ env, folder }: Source): Config {
  const settings = readFile(env, folder);
  const known = keys();
  const variables = new Set([...known.map((key) => key.variable), ...otherVariables]);
  const faults = Object.keys(env)
    .filter((name) => name.startsWith('ASSAY_') && !variables.has(name))
    .map((name) => `${name}: there is no such setting. Leave it out, or see \`assay doctor\` for the names.`);
  if (env['DATABASE_URL']) put(settings, ['database', 'url'], env['DATABASE_URL']);
  for (const { path, variable, isList } of known) {
    const value = env[variable];
    if (value === undefined || value === '') continue;
    put(settings, path, isList ? value.split(',').map((part) => part.trim()) : value);
  }
  const parsed = Settings.safeParse(settings);
  if (!parsed.success) {
    faults.push(
      ...parsed.error.issues.flatMap((issue) =>
        issue.code === 'unrecognized_keys'
          ? issue.keys.map(
              (key) => `${[...issue.path, key].join('.')}: there is no such key. Leave it out or correct its name.`,
            )
          : [
              `${issue.path.join('.')} (${variableOf(issue.path.filter((part) => typeof part === 'string'))}): ${issue.message}.`,
            ],
      ),
    );
  }
  if (faults.length > 0 || !parsed.success)
    throw new ConfigError(`The configuration cannot be used.\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
  return { ...parsed.data, data: resolve(folder, parsed.data.data) };
}

function put(tree: Tree, path: string[], value: unknown): void {
  const [head, ...rest] = path as [string, ...string[]];
  if (rest.length === 0) tree[head] = value;
  else {
    tree[head] ??= {};
    put(tree[head] as Tree, rest, value);
  }
}

function readFile(env: NodeJS.ProcessEnv, folder: string): Tree {
  const named = env['ASSAY_CONFIG'];
  const path =
    named === undefined
      ? ['assay.toml', 'assay.json'].map((name) => resolve(folder, name)).find(existsSync)
      : resolve(folder, named);
  if (path === undefined) return {};
  try {
    const text = readFileSync(path, 'utf8');
    const value: unknown = path.endsWith('.json') ? JSON.parse(text) : parseToml(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new Error('it is not a table of settings');
    return value as Tree;
  } catch (error) {
    throw new ConfigError(`The configuration file ${path} cannot be read: ${(error as Error).message}`);
  }
}

/**
 * The address at which people reach this instance, listening on `port`. This machine's own address is told as localhost: a
 * passkey needs a name (WebAuthn Level 3, RP ID).
 */
export const publicUrl = ({ http }: Config, port = http.port): string =>
  http.url ?? `http://${http.host === '127.0.0.1' ? 'localhost' : http.host}:${port}`;
