import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A small server that speaks the chat completions protocol as a developer's endpoint does. Its behaviour is set by the test. */
export interface ModelServer {
  /** `host:port`, for the list of addresses that may be private. */
  host: string;
  baseUrl: string;
  key: string;
  /** Requests that reached it, in order. */
  asked: { authorization: string | undefined; body: Record<string, unknown> }[];
  /** Streams that were open when their client went away. */
  brokenOff: number;
  model: string;
  fingerprint: string | undefined;
  /** Between two events of a stream. */
  eventEveryMs: number;
  /** Events of a stream before it ends by itself. */
  eventsMax: number;
  /** The answer to a question. */
  reply: (question: string) => string;
  /** Answers in place of the model, when set. */
  instead: ((response: ServerResponse) => void) | undefined;
  close(): Promise<void>;
}

export async function modelServer(): Promise<ModelServer> {
  const server = createServer((request, response) => {
    void handle(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const it: ModelServer = {
    host: `127.0.0.1:${port}`,
    baseUrl: `http://127.0.0.1:${port}/v1`,
    key: 'sk-tidewater-sample-0123456789',
    asked: [],
    brokenOff: 0,
    model: 'tern-2',
    fingerprint: 'fp_1',
    eventEveryMs: 20,
    eventsMax: 5,
    reply: (question) => `You asked: ${question}`,
    instead: undefined,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const chunk of request) text += chunk;
    const body = JSON.parse(text || '{}') as Record<string, unknown>;
    it.asked.push({ authorization: request.headers.authorization, body });
    if (it.instead !== undefined) return it.instead(response);
    const json = (status: number, value: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    if (request.headers.authorization !== `Bearer ${it.key}`) {
      json(401, { error: { message: `Wrong key: ${request.headers.authorization}`, code: 'invalid_api_key' } });
      return;
    }
    const messages = body['messages'] as { content: string }[];
    const content = it.reply(messages.at(-1)?.content ?? '');
    const head = {
      id: 'chatcmpl-1',
      model: it.model,
      ...(it.fingerprint !== undefined && { system_fingerprint: it.fingerprint }),
    };
    const usage = { prompt_tokens: 7, completion_tokens: 11, total_tokens: 18 };
    if (body['stream'] !== true) {
      const choices = [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content } }];
      json(200, { ...head, object: 'chat.completion', choices, usage });
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    let sent = 0;
    let isDone = false;
    const send = (value: unknown) => response.write(`data: ${JSON.stringify(value)}\n\n`);
    const timer = setInterval(() => {
      if (sent++ < it.eventsMax) {
        send({ ...head, object: 'chat.completion.chunk', choices: [{ index: 0, delta: { content: `word${sent} ` } }] });
        return;
      }
      if ((body['stream_options'] as { include_usage?: boolean } | undefined)?.include_usage) {
        send({ ...head, choices: [], usage });
      }
      isDone = true;
      clearInterval(timer);
      response.end('data: [DONE]\n\n');
    }, it.eventEveryMs);
    response.on('close', () => {
      clearInterval(timer);
      if (!isDone) it.brokenOff++;
    });
  }
  return it;
}
