/**
 * A client of endpoints that speak the OpenAI chat completions protocol (`POST /chat/completions`, `GET /models`), through
 * the one guarded door outside. An answer says which model gave it, what it used and how long it took; the key and what
 * the other side writes in its errors are never part of a message of ours, as they may hold secrets or sealed items.
 */
import { z } from 'zod';
import { isPrivate, type Outbound, OutboundError } from './outbound.ts';

export interface Options {
  /** Its `allow` list names `host:port` of private endpoints. */
  outbound: Outbound;
  /** Without `/chat/completions`, for example `https://models.tidewater.example/v1`. A query in it is kept. */
  baseUrl: string;
  /** Sent as `Authorization: Bearer`; left out for an endpoint without keys. */
  apiKey?: string;
  /** What the requests are for, in the words of a grant of access: an instance of Assay in between asks for it (`Assay-Purpose`). */
  purpose?: string;
  /** For one try, from the first byte sent to the last one read; 120 seconds unless said. */
  timeoutMs?: number;
  /** Decoded bytes of one answer at most; 10 MB unless said. */
  bytesMax?: number;
  /** Tries of one request at most, the first one included; 5 unless said. */
  triesMax?: number;
  /** Longest wait before another try: a longer Retry-After ends the request instead; 60 seconds unless said. */
  waitMaxMs?: number;
  /** Waits; the machine's timer unless a test gives one. Rejects when the signal is aborted. */
  sleep?: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
}

/** What a model asks to be called. `arguments` is the model's own text, meant to be JSON and not always so. */
export interface ToolCall {
  id: string;
  name: string;
  arguments: string;
}

export type Message =
  | { role: 'system' | 'user'; content: string }
  | { role: 'assistant'; content: string | null; toolCalls?: ToolCall[] }
  | { role: 'tool'; toolCallId: string; content: string };

export interface Tool {
  name: string;
  description?: string;
  /** JSON Schema of the arguments. */
  parameters: Record<string, unknown>;
}

export interface CompletionRequest {
  model: string;
  messages: Message[];
  tools?: Tool[];
  seed?: number;
  temperature?: number;
  topP?: number;
  /** Most tokens that may be generated, reasoning included. */
  maxTokens?: number;
  /** How the endpoint wants `maxTokens` to be named; `max_tokens` unless said. */
  maxTokensField?: 'max_tokens' | 'max_completion_tokens';
  reasoningEffort?: string;
  signal?: AbortSignal;
  /** Called, and waited for, before every try. What it throws ends the request. */
  onTry?: (next: Try) => void | Promise<void>;
  /** Called, and waited for, as soon as a try has no answer, before any wait for the next one. Not when the signal ended it. */
  onLost?: (why: EndpointError) => void | Promise<void>;
}

/** What is about to be sent. */
export interface Try {
  /** From 1. */
  number: number;
  /** Bytes of the request's body. */
  bytes: number;
}

/** Tokens of one answer, as the endpoint counts them. */
export interface Usage {
  /** All of the input, cached tokens included. */
  promptTokens: number;
  /** All that was generated, reasoning tokens included. */
  completionTokens: number;
  /** Input tokens read from a cache; 0 when the endpoint does not say. */
  cachedTokens: number;
  /** Generated tokens that were reasoning; 0 when the endpoint does not say. */
  reasoningTokens: number;
}

export interface Completion {
  content: string | null;
  toolCalls: ToolCall[];
  /** `stop`, `length`, `tool_calls`, `content_filter` or a word of the endpoint's own; undefined when it says none. */
  finishReason: string | undefined;
  /** The model that the answer names, which need not be the one that was asked. */
  model: string;
  /** `system_fingerprint`; undefined when the endpoint has none. */
  fingerprint: string | undefined;
  /** Undefined when the endpoint tells no usage or one that cannot be: unknown is not zero. */
  usage: Usage | undefined;
  /** Of the try that was answered, to its last byte. */
  latencyMs: number;
  /** How often it was asked. Tries without an answer may have cost tokens too. */
  tries: number;
}

export interface ModelEndpoint {
  /** The ids that the endpoint lists, in its order. */
  models(signal?: AbortSignal): Promise<string[]>;
  /** One answer. Throws an EndpointError when there is none after all tries. */
  complete(request: CompletionRequest): Promise<Completion>;
}

/**
 * Why there is no answer. `unauthorized`: the key is not taken (401, 403). `refused`: the request is not taken (other 4xx).
 * `rate_limited`: 429. `server`: 5xx. `timeout`, `network`: no whole answer arrived. `malformed`: an answer that is none of
 * the protocol. `too_large`: more bytes than allowed. `address`: the door outside does not open to this address.
 */
export type EndpointErrorCode =
  | 'unauthorized'
  | 'refused'
  | 'rate_limited'
  | 'server'
  | 'timeout'
  | 'network'
  | 'malformed'
  | 'too_large'
  | 'address';

export class EndpointError extends Error {
  override readonly name = 'EndpointError';
  readonly code: EndpointErrorCode;
  /** The HTTP status of the last try; undefined when no answer came. */
  readonly status: number | undefined;
  /** How often it was asked. */
  readonly tries: number;
  /** How long the endpoint wants to be left alone, when it says so. */
  readonly retryAfterMs: number | undefined;
  /** False when nothing of the last try left this machine: it was refused at the door, or there was no connection. */
  readonly isSent: boolean;

  constructor(
    code: EndpointErrorCode,
    message: string,
    {
      status,
      tries = 0,
      retryAfterMs,
      isSent = true,
    }: { status?: number; tries?: number; retryAfterMs?: number | undefined; isSent?: boolean } = {},
  ) {
    super(message);
    this.code = code;
    this.status = status;
    this.tries = tries;
    this.retryAfterMs = retryAfterMs;
    this.isSent = isSent;
  }
}

const modelsMax = 10_000;
const toolCallsMax = 128;
const partsMax = 1_000;
const backoffMs = 500;

/** Names that can be shown as they are: no control characters, no marks that turn the direction of text. */
const Id = z.string().regex(/^\P{C}{1,500}$/u);
/** A name that need not be there; empty is as good as absent. */
const Optional = z.union([Id, z.literal('')]).nullish();

const ModelList = z.looseObject({ data: z.array(z.looseObject({ id: Id })).max(modelsMax) });

/** Some endpoints give content in parts, of which thinking is one kind. */
const Part = z.looseObject({ type: z.string(), text: z.string().optional() });

const ChatCompletion = z.looseObject({
  model: Id,
  system_fingerprint: Optional,
  choices: z
    .array(
      z.looseObject({
        finish_reason: Optional,
        message: z.looseObject({
          content: z.union([z.string(), z.array(Part).max(partsMax)]).nullish(),
          tool_calls: z
            .array(
              z.looseObject({
                id: z.string().max(500),
                function: z.looseObject({ name: z.string().max(500), arguments: z.string() }),
              }),
            )
            .max(toolCallsMax)
            .nullish(),
        }),
      }),
    )
    .min(1),
  usage: z.unknown().optional(),
});

const count = z.int().min(0).max(1e12);

const UsageAnswer = z.looseObject({
  prompt_tokens: count,
  completion_tokens: count,
  total_tokens: count.nullish(),
  prompt_tokens_details: z.looseObject({ cached_tokens: count.nullish() }).nullish(),
  completion_tokens_details: z.looseObject({ reasoning_tokens: count.nullish() }).nullish(),
});

/** The machine's timer. */
function wait(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, milliseconds);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** A client of one endpoint. Throws an EndpointError when the address cannot be one. */
export function open(options: Options): ModelEndpoint {
  const { outbound, apiKey, timeoutMs = 120_000, bytesMax = 10_000_000, triesMax = 5, waitMaxMs = 60_000 } = options;
  const sleep = options.sleep ?? wait;
  const base = baseOf(options.baseUrl, apiKey !== undefined);
  if (apiKey !== undefined && !/^[\x21-\x7e]{1,4096}$/.test(apiKey)) {
    throw new EndpointError('unauthorized', 'The key holds characters that no header can carry. Set it again.');
  }

  const addressOf = (path: string) => {
    const url = new URL(base);
    url.pathname = `${url.pathname.replace(/\/+$/, '')}${path}`;
    return url.href;
  };

  /** One try. Gives the status, the headers and the parsed body, or throws an EndpointError. */
  async function ask(path: string, body: string | undefined, signal: AbortSignal | undefined) {
    const timeout = AbortSignal.timeout(timeoutMs);
    try {
      const answer = await outbound.bytes({
        url: addressOf(path),
        method: body === undefined ? 'GET' : 'POST',
        headers: {
          accept: 'application/json',
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...(apiKey !== undefined && { authorization: `Bearer ${apiKey}` }),
          ...(options.purpose !== undefined && { 'assay-purpose': options.purpose }),
        },
        ...(body !== undefined && { body }),
        bytesMax,
        timeoutMs,
        // A task of a sealed pack goes to the address that was named, and to no other.
        redirectsMax: 0,
        signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
      });
      return { status: answer.status, headers: answer.headers, json: parse(answer.content) };
    } catch (error) {
      if (error instanceof OutboundError && error.code === 'address') {
        throw new EndpointError('address', notAllowed(base), { isSent: false });
      }
      if (signal?.aborted) throw signal.reason;
      if (error instanceof OutboundError) {
        const code = error.code === 'size' ? 'too_large' : error.code === 'encoding' ? 'malformed' : 'address';
        throw new EndpointError(code, error.message, { isSent: error.code !== 'scheme' && error.code !== 'url' });
      }
      const name = (error as NodeJS.ErrnoException).code ?? (error as Error).name;
      if (timeout.aborted || /TIMEOUT|TimeoutError/.test(name)) {
        throw new EndpointError('timeout', `${base.host} gave no whole answer in ${timeoutMs} ms.`);
      }
      throw new EndpointError('network', `No whole answer from ${base.host}: ${nameOf(name)}.`, {
        isSent: !unconnected.has(name),
      });
    }
  }

  /** Tries until there is an answer, it is plain that there will be none, or the tries are used up. */
  async function insist(
    path: string,
    body: string | undefined,
    { signal, onTry, onLost }: Pick<CompletionRequest, 'signal' | 'onTry' | 'onLost'>,
  ) {
    const bytes = body === undefined ? 0 : Buffer.byteLength(body);
    for (let tries = 1; ; tries++) {
      signal?.throwIfAborted();
      await onTry?.({ number: tries, bytes });
      const startedAt = performance.now();
      let failure: EndpointError;
      try {
        const answer = await ask(path, body, signal);
        if (answer.status >= 200 && answer.status < 300) {
          return { json: answer.json, tries, latencyMs: performance.now() - startedAt };
        }
        failure = refusalOf(answer, base.host, apiKey);
      } catch (error) {
        if (!(error instanceof EndpointError)) throw error;
        failure = error;
      }
      const { code, status, retryAfterMs } = failure;
      // Full jitter: many waiting clients do not come back at one moment.
      const waitMs = retryAfterMs ?? Math.random() * Math.min(waitMaxMs, backoffMs * 2 ** tries);
      const isPassing = code === 'rate_limited' || code === 'server' || code === 'timeout' || code === 'network';
      await onLost?.(failure);
      if (!isPassing || tries >= triesMax || waitMs > waitMaxMs) {
        throw new EndpointError(code, failure.message, {
          ...(status !== undefined && { status }),
          tries,
          retryAfterMs,
          isSent: failure.isSent,
        });
      }
      await sleep(waitMs, signal);
    }
  }

  const malformed = (tries: number) =>
    new EndpointError('malformed', `${base.host} answers, but not as this protocol says.`, { status: 200, tries });

  return {
    async models(signal) {
      const { json, tries } = await insist('/models', undefined, signal === undefined ? {} : { signal });
      const parsed = ModelList.safeParse(json);
      if (!parsed.success) throw malformed(tries);
      return parsed.data.data.map(({ id }) => id);
    },
    async complete(request) {
      const { json, tries, latencyMs } = await insist('/chat/completions', JSON.stringify(bodyOf(request)), request);
      const parsed = ChatCompletion.safeParse(json);
      const choice = parsed.data?.choices[0];
      if (!parsed.success || choice === undefined) throw malformed(tries);
      return {
        content: contentOf(choice.message.content),
        toolCalls: (choice.message.tool_calls ?? []).map((call) => ({
          id: call.id,
          name: call.function.name,
          arguments: call.function.arguments,
        })),
        finishReason: choice.finish_reason || undefined,
        model: parsed.data.model,
        fingerprint: parsed.data.system_fingerprint || undefined,
        usage: usageOf(parsed.data.usage),
        latencyMs,
        tries,
      };
    },
  };
}

function baseOf(text: string, hasKey: boolean): URL {
  if (!URL.canParse(text)) {
    throw new EndpointError('address', `"${text.slice(0, 200)}" is not an address. Write it as https://host/v1.`);
  }
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new EndpointError('address', `An endpoint has an https address, not ${url.protocol}`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new EndpointError('address', 'An address with a user name or password in it is not used.');
  }
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const isNear = host === 'localhost' || (/^[\d.]+$|:/.test(host) && isPrivate(host));
  if (hasKey && url.protocol === 'http:' && !isNear) {
    throw new EndpointError('address', `A key is not sent to ${url.host} in the clear. Use an https address.`);
  }
  return url;
}

/** What the operator is told of a private endpoint, with the lines to write. */
function notAllowed({ hostname, port, protocol }: URL): string {
  const pair = `${hostname.replace(/^\[|\]$/g, '')}:${port || (protocol === 'https:' ? '443' : '80')}`;
  return (
    `${pair} is, or leads to, a private or reserved address. Such a model endpoint is asked only where you allow it: ` +
    `write into assay.toml\n\n[outbound]\nallow = ["${pair}"]\n\nor set ASSAY_OUTBOUND_ALLOW=${pair}.`
  );
}

/** Errors of a name that was not resolved and of a connection that was not made. */
const unconnected = new Set(['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED']);

function bodyOf(request: CompletionRequest): Record<string, unknown> {
  const { model, messages, tools, seed, temperature, topP, maxTokens, reasoningEffort } = request;
  return {
    model,
    messages: messages.map((message) => {
      if (message.role === 'tool') {
        return { role: 'tool', tool_call_id: message.toolCallId, content: message.content };
      }
      if (message.role !== 'assistant' || message.toolCalls === undefined || message.toolCalls.length === 0) {
        return { role: message.role, content: message.content };
      }
      return {
        role: 'assistant',
        content: message.content,
        tool_calls: message.toolCalls.map(({ id, name, arguments: text }) => ({
          id,
          type: 'function',
          function: { name, arguments: text },
        })),
      };
    }),
    ...(tools !== undefined &&
      tools.length > 0 && { tools: tools.map((tool) => ({ type: 'function', function: tool })) }),
    ...(seed !== undefined && { seed }),
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { top_p: topP }),
    ...(maxTokens !== undefined && { [request.maxTokensField ?? 'max_tokens']: maxTokens }),
    ...(reasoningEffort !== undefined && { reasoning_effort: reasoningEffort }),
    stream: false,
  };
}

/** The body as JSON; undefined when it is none, which the caller's shape then refuses. */
function parse(content: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(content));
  } catch {
    return undefined;
  }
}

function refusalOf(
  { status, headers, json }: { status: number; headers: Record<string, string>; json: unknown },
  host: string,
  apiKey: string | undefined,
): EndpointError {
  const word = wordOf(json, apiKey);
  const said = `${host} answers with status ${status}${word === undefined ? '' : ` (${word})`}.`;
  const after = retryAfterOf(headers);
  if (status === 401 || status === 403) return new EndpointError('unauthorized', `${said} Check the key.`, { status });
  if (status === 429) return new EndpointError('rate_limited', said, { status, retryAfterMs: after });
  if (status >= 500 || status === 408 || status === 425) {
    return new EndpointError('server', said, { status, retryAfterMs: after });
  }
  if (status >= 300 && status < 400) {
    return new EndpointError('address', `${said} Redirects are not followed: name the address itself.`, { status });
  }
  return new EndpointError('refused', said, { status });
}

/** The one word of an error that says what kind it is, such as `context_length_exceeded`; never its free text. */
function wordOf(json: unknown, apiKey: string | undefined): string | undefined {
  const error = (json as { error?: { code?: unknown; type?: unknown } } | undefined)?.error;
  return [error?.code, error?.type].find(
    (word): word is string => typeof word === 'string' && /^[a-z][a-z0-9_]{0,63}$/.test(word) && word !== apiKey,
  );
}

/** RFC 9110 section 10.2.3, seconds or a date; `retry-after-ms` where a vendor sends it. */
function retryAfterOf(headers: Record<string, string>): number | undefined {
  const milliseconds = headers['retry-after-ms'];
  if (milliseconds !== undefined && /^\d{1,9}(\.\d+)?$/.test(milliseconds)) return Number(milliseconds);
  const after = headers['retry-after'];
  if (after === undefined) return undefined;
  if (/^\d{1,9}(\.\d+)?$/.test(after)) return Number(after) * 1000;
  const at = Date.parse(after);
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now());
}

/** Names of system errors only: a message may quote what was sent. */
const nameOf = (name: string) => (/^[A-Za-z_]{1,64}$/.test(name) ? name : 'the connection failed');

/** What was said; thinking is not. */
function contentOf(content: string | { type: string; text?: string | undefined }[] | null | undefined): string | null {
  if (!Array.isArray(content)) return content ?? null;
  return content.flatMap(({ type, text }) => (type === 'text' && text !== undefined ? [text] : [])).join('');
}

function usageOf(answer: unknown): Usage | undefined {
  const parsed = UsageAnswer.safeParse(answer);
  if (!parsed.success) return undefined;
  const { prompt_tokens: promptTokens, completion_tokens, total_tokens } = parsed.data;
  const cachedTokens = parsed.data.prompt_tokens_details?.cached_tokens ?? 0;
  const reasoningTokens = parsed.data.completion_tokens_details?.reasoning_tokens ?? 0;
  // Some endpoints count reasoning beside the completion; the total then tells.
  const completionTokens = Math.max(completion_tokens, (total_tokens ?? 0) - promptTokens);
  if (cachedTokens > promptTokens || reasoningTokens > completionTokens) return undefined;
  return { promptTokens, completionTokens, cachedTokens, reasoningTokens };
}
