/** A small endpoint of the chat completions protocol on this machine, whose faults a test chooses. */
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Asked {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  // biome-ignore lint/suspicious/noExplicitAny: the body of a request as it came.
  body: any;
  /** From 1, of all requests to this server. */
  number: number;
}

export interface Reply {
  status?: number;
  headers?: Record<string, string>;
  /** Sent as JSON. */
  json?: unknown;
  /** Sent as it is. */
  raw?: string | Uint8Array;
  delayMs?: number;
  /** The connection ends after so many bytes of the body, though more were announced. */
  cutAt?: number;
}

export interface ModelServer {
  /** The base address of the endpoint. */
  url: string;
  /** For `outbound.allow`. */
  host: string;
  asked: Asked[];
  /** What is answered; `saying('...')` answers as a model would. */
  answer: (asked: Asked) => Reply;
  close(): Promise<void>;
}

/** A completion of a model, with what a test changes. */
export function completion(content: string | null, change: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    model: 'tidewater-large',
    system_fingerprint: 'fp_1',
    choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content } }],
    usage: { prompt_tokens: 20, completion_tokens: 5, total_tokens: 25 },
    ...change,
  };
}

export const saying = (content: string, change: Record<string, unknown> = {}): Reply => ({
  json: completion(content, change),
});

export async function start(answer: (asked: Asked) => Reply): Promise<ModelServer> {
  const asked: Asked[] = [];
  const http: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8');
      const one: Asked = {
        method: request.method ?? '',
        path: request.url ?? '',
        headers: request.headers,
        body: text === '' ? undefined : JSON.parse(text),
        number: asked.length + 1,
      };
      asked.push(one);
      const { status = 200, headers = {}, json, raw, delayMs = 0, cutAt } = server.answer(one);
      const body = Buffer.from(raw ?? JSON.stringify(json ?? {}));
      const send = () => {
        response.writeHead(status, { 'content-type': 'application/json', 'content-length': body.length, ...headers });
        if (cutAt === undefined) response.end(body);
        else response.write(body.subarray(0, cutAt), () => response.destroy());
      };
      if (delayMs > 0) setTimeout(send, delayMs).unref();
      else send();
    });
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const { port } = http.address() as AddressInfo;
  const server: ModelServer = {
    url: `http://127.0.0.1:${port}/v1`,
    host: `127.0.0.1:${port}`,
    asked,
    answer,
    close: async () => {
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
  return server;
}
