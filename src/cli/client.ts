/** HTTP to an instance of Assay, for commands. The address and the token come from the caller's own environment. */
import * as http from 'node:http';
import * as https from 'node:https';
import { type Scope, scopes } from '../domain/directory/permission.ts';
import type { Io } from './io.ts';

/** What an instance answered, or why there is no answer, in one line for a person. */
export class ClientError extends Error {
  override readonly name = 'ClientError';
  /** The HTTP status; absent when no answer came. */
  readonly status: number | undefined;

  constructor(message: string, status?: number) {
    super(message);
    this.status = status;
  }
}

export interface Instance {
  /** Without a slash at its end. */
  url: string;
  token: string | undefined;
}

const defaultUrl = 'http://127.0.0.1:8414';
const timeoutMs = 30_000;

/** The instance named by the option or the environment. Throws a ClientError when the address is not one of the web. */
export function instanceOf(io: Io, server?: string): Instance {
  const url = server ?? io.env['ASSAY_URL'] ?? defaultUrl;
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) {
    throw new ClientError(`"${url}" is not a web address. Write it as https://assay.example`);
  }
  return { url: url.replace(/\/+$/, ''), token: io.env['ASSAY_TOKEN'] || undefined };
}

export interface Request {
  method?: string;
  /** Sent as JSON, or as it is when it is bytes or a stream with a content type of its own. */
  body?: unknown;
  contentType?: string;
  /** Largest answer that is read; 64 MiB unless said. */
  sizeMax?: number;
}

/** Streams the body of a successful answer. Throws a ClientError that says what the instance said. */
export async function stream(instance: Instance, path: string, request: Request = {}): Promise<http.IncomingMessage> {
  const url = new URL(`${instance.url}${path}`);
  const { method = 'GET', body, contentType = 'application/json' } = request;
  const isReadable = typeof body === 'object' && body !== null && Symbol.asyncIterator in body;
  const bytes = body === undefined || isReadable ? undefined : body instanceof Uint8Array ? body : JSON.stringify(body);
  const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
    const outgoing = (url.protocol === 'https:' ? https : http).request(
      url,
      {
        method,
        timeout: timeoutMs,
        headers: {
          accept: 'application/json, */*',
          ...(body !== undefined && { 'content-type': contentType }),
          ...(instance.token !== undefined && { authorization: `Bearer ${instance.token}` }),
        },
      },
      resolve,
    );
    outgoing.on('timeout', () => outgoing.destroy(new Error('no answer in time')));
    outgoing.on('error', (error: NodeJS.ErrnoException) =>
      reject(new ClientError(`No answer from ${instance.url}: ${error.code ?? error.message}. Is it running there?`)),
    );
    if (isReadable) {
      (async () => {
        for await (const chunk of body as AsyncIterable<Uint8Array>) {
          if (!outgoing.write(chunk)) await new Promise((next) => outgoing.once('drain', next));
        }
        outgoing.end();
      })().catch((error: Error) => {
        // What the source of the body says, not that the connection ended.
        reject(error);
        outgoing.destroy();
      });
    } else {
      outgoing.end(bytes);
    }
  });
  const status = response.statusCode ?? 0;
  if (status >= 200 && status < 300) return response;
  throw new ClientError(await sayProblem(response, status), status);
}

/** The scope that is missing, and the one to write where it covers that. */
function lacking(scope: string): string {
  const writing = scope.replace(/:read$/, ':write') as Scope;
  const covers = writing !== scope && scopes.includes(writing) ? ` (${writing} covers it)` : '';
  return `Your token lacks the scope ${scope}${covers}.`;
}

/** RFC 9457 problem details as one line. */
async function sayProblem(response: http.IncomingMessage, status: number): Promise<string> {
  const text = Buffer.from(await readAll(response, 1_000_000)).toString('utf8');
  try {
    const problem = JSON.parse(text) as {
      detail?: unknown;
      details?: { scope?: unknown; problems?: unknown };
      errors?: { path: string; message: string }[];
    };
    if (typeof problem.details?.scope === 'string') return lacking(problem.details.scope);
    const { problems } = problem.details ?? {};
    const faults = [
      ...(problem.errors ?? []),
      ...(Array.isArray(problems) ? (problems as typeof problem.errors)! : []),
    ];
    const fields = faults.map((one) => `${one.path}: ${one.message}`).join('; ');
    if (typeof problem.detail === 'string') return `${problem.detail}${fields && ` (${fields})`}`;
  } catch {
    // Not a problem document: the status is all there is to say.
  }
  return `The instance answered with status ${status}.`;
}

async function readAll(response: AsyncIterable<Uint8Array>, sizeMax: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response) {
    size += chunk.length;
    if (size > sizeMax) throw new ClientError('The answer is larger than it should be.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The whole body of a successful answer. */
export async function bytes(instance: Instance, path: string, request: Request = {}): Promise<Uint8Array> {
  return readAll(await stream(instance, path, request), request.sizeMax ?? 64 * 1024 * 1024);
}

/** The body of a successful answer as JSON. */
export async function json<T>(instance: Instance, path: string, request: Request = {}): Promise<T> {
  return JSON.parse(Buffer.from(await bytes(instance, path, request)).toString('utf8')) as T;
}
