import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { completion, type ModelServer, type Reply, saying, start } from '../../test/model-server.ts';
import { EndpointError, type ModelEndpoint, type Options, open, type Try } from './model-endpoint.ts';
import * as outbound from './outbound.ts';

const apiKey = 'sk-tidewater-secret-0123456789';
const question = { model: 'tidewater-large', messages: [{ role: 'user' as const, content: 'How many?' }] };

let server: ModelServer;
let door: outbound.Outbound;
/** How long the client waited before each further try. */
let waits: number[];

beforeEach(async () => {
  server = await start(() => saying('Twelve.'));
  door = outbound.open({ allow: [server.host] });
  waits = [];
});
afterEach(async () => {
  await door.close();
  await server.close();
});

const endpoint = (options: Partial<Options> = {}): ModelEndpoint =>
  open({
    outbound: door,
    baseUrl: server.url,
    apiKey,
    sleep: async (milliseconds) => void waits.push(milliseconds),
    ...options,
  });

/** Answers with each of these in turn, the last one for ever. */
const inTurn =
  (...replies: Reply[]) =>
  ({ number }: { number: number }) =>
    replies[Math.min(number, replies.length) - 1] as Reply;

const failureOf = async (work: Promise<unknown>): Promise<EndpointError> => {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(EndpointError);
  return error as EndpointError;
};

describe('an answer', () => {
  test('says what was said, which model said it, what it used and how long it took', async () => {
    server.answer = () =>
      saying('Twelve.', {
        model: 'tidewater-large-2026-09-01',
        usage: {
          prompt_tokens: 120,
          completion_tokens: 40,
          total_tokens: 160,
          prompt_tokens_details: { cached_tokens: 100 },
          completion_tokens_details: { reasoning_tokens: 30 },
        },
      });

    const answer = await endpoint().complete(question);

    expect(answer).toEqual({
      content: 'Twelve.',
      toolCalls: [],
      finishReason: 'stop',
      model: 'tidewater-large-2026-09-01',
      fingerprint: 'fp_1',
      usage: { promptTokens: 120, completionTokens: 40, cachedTokens: 100, reasoningTokens: 30 },
      latencyMs: expect.any(Number),
      tries: 1,
    });
  });

  test('may ask for tools, and is told what they said', async () => {
    server.answer = inTurn(
      {
        json: completion(null, {
          choices: [
            {
              finish_reason: 'tool_calls',
              message: {
                content: null,
                tool_calls: [{ id: 'c1', type: 'function', function: { name: 'look_up', arguments: '{"a":1}' } }],
              },
            },
          ],
        }),
      },
      saying('Done.'),
    );
    const tools = [{ name: 'look_up', parameters: { type: 'object' } }];

    const asks = await endpoint().complete({ ...question, tools, seed: 7, temperature: 0, maxTokens: 50 });
    await endpoint().complete({
      ...question,
      messages: [
        ...question.messages,
        { role: 'assistant', content: asks.content, toolCalls: asks.toolCalls },
        { role: 'tool', toolCallId: 'c1', content: 'found' },
      ],
      maxTokens: 50,
      maxTokensField: 'max_completion_tokens',
    });

    expect(asks).toMatchObject({
      content: null,
      finishReason: 'tool_calls',
      toolCalls: [{ id: 'c1', name: 'look_up', arguments: '{"a":1}' }],
    });
    expect(server.asked[0]).toMatchObject({
      method: 'POST',
      path: '/v1/chat/completions',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      body: { model: 'tidewater-large', seed: 7, temperature: 0, max_tokens: 50, stream: false },
    });
    expect(server.asked[0]?.body.tools).toEqual([{ type: 'function', function: tools[0] }]);
    expect(server.asked[1]?.body.messages.slice(1)).toEqual([
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'c1', type: 'function', function: { name: 'look_up', arguments: '{"a":1}' } }],
      },
      { role: 'tool', tool_call_id: 'c1', content: 'found' },
    ]);
    expect(server.asked[1]?.body).toMatchObject({ max_completion_tokens: 50 });
  });

  test('may come in parts, of which thinking is not said, and without a fingerprint', async () => {
    const content = [
      { type: 'thinking', thinking: [] },
      { type: 'text', text: 'Twelve' },
      { type: 'text', text: '.' },
    ];
    server.answer = () => ({
      json: completion(null, {
        system_fingerprint: '',
        choices: [{ finish_reason: 'stop', message: { role: 'assistant', content } }],
      }),
    });

    expect(await endpoint().complete(question)).toMatchObject({ content: 'Twelve.', fingerprint: undefined });
  });

  test.each([
    ['none', undefined],
    ['words', { prompt_tokens: 'many', completion_tokens: 5 }],
    ['less than nothing', { prompt_tokens: -1, completion_tokens: 5 }],
    ['halves', { prompt_tokens: 1.5, completion_tokens: 5 }],
    [
      'more cached than there is',
      { prompt_tokens: 5, completion_tokens: 5, prompt_tokens_details: { cached_tokens: 9 } },
    ],
  ])('with a usage that cannot be (%s) has an unknown one, not zero', async (_what, usage) => {
    server.answer = () => saying('Twelve.', { usage });

    expect((await endpoint().complete(question)).usage).toBeUndefined();
  });

  test('of an endpoint that counts reasoning beside the completion has both in its completion', async () => {
    server.answer = () =>
      saying('Twelve.', {
        usage: {
          prompt_tokens: 10,
          completion_tokens: 5,
          total_tokens: 115,
          completion_tokens_details: { reasoning_tokens: 100 },
        },
      });

    expect((await endpoint().complete(question)).usage).toMatchObject({ completionTokens: 105, reasoningTokens: 100 });
  });
});

test('I8: what a request is for goes with it where a plan says so, and nothing of the kind elsewhere', async () => {
  await endpoint({ purpose: 'capability_evaluation' }).complete(question);
  await endpoint().complete(question);

  expect(server.asked.map(({ headers }) => headers['assay-purpose'])).toEqual(['capability_evaluation', undefined]);
});

test('the models of an endpoint are listed in its order', async () => {
  server.answer = () => ({ json: { object: 'list', data: [{ id: 'b' }, { id: 'a', owned_by: 'x' }] } });

  expect(await endpoint({ baseUrl: `${server.url}/?api-version=2` }).models()).toEqual(['b', 'a']);
  expect(server.asked[0]).toMatchObject({ method: 'GET', path: '/v1/models?api-version=2' });
});

describe('trying again', () => {
  test('follows Retry-After where it is given, in seconds, in milliseconds or as a date', async () => {
    server.answer = inTurn(
      { status: 429, headers: { 'retry-after': '3' } },
      { status: 503, headers: { 'retry-after': '9', 'retry-after-ms': '1500' } },
      { status: 429, headers: { 'retry-after': new Date(Date.now() + 20_000).toUTCString() } },
      saying('Twelve.'),
    );

    const answer = await endpoint().complete(question);

    expect(answer.tries).toBe(4);
    expect(waits.slice(0, 2)).toEqual([3_000, 1_500]);
    expect(waits[2]).toBeGreaterThan(15_000);
    expect(waits[2]).toBeLessThanOrEqual(20_000);
  });

  test('waits longer from try to try, and by chance', async () => {
    server.answer = () => ({ status: 500 });

    const failure = await failureOf(endpoint({ triesMax: 6 }).complete(question));

    expect(failure).toMatchObject({ code: 'server', status: 500, tries: 6 });
    expect(waits).toHaveLength(5);
    for (const [index, wait] of waits.entries()) expect(wait).toBeLessThanOrEqual(500 * 2 ** (index + 1));
  });

  test('ends when the endpoint wants to be left alone for longer than is waited', async () => {
    server.answer = () => ({ status: 429, headers: { 'retry-after': '86400' } });

    expect(await failureOf(endpoint().complete(question))).toMatchObject({
      code: 'rate_limited',
      tries: 1,
      retryAfterMs: 86_400_000,
    });
  });

  test('is told of before each try, with the bytes that will be sent, and after it; what is thrown there ends it', async () => {
    server.answer = () => ({ status: 500 });
    const told: Try[] = [];
    const lost: string[] = [];
    const work = endpoint().complete({
      ...question,
      onTry: (next) => {
        told.push(next);
        if (next.number === 3) throw new Error('no more');
      },
      onLost: ({ code, isSent }) => {
        lost.push(`${code} after ${told.length}, ${isSent}`);
      },
    });

    await expect(work).rejects.toThrow('no more');
    expect(server.asked).toHaveLength(2);
    expect(told.map(({ number }) => number)).toEqual([1, 2, 3]);
    expect(lost).toEqual(['server after 1, true', 'server after 2, true']);
    expect(told[0]?.bytes).toBe(Number(server.asked[0]?.headers['content-length']));
  });

  test('does not happen for what will not get better', async () => {
    for (const [status, code] of [
      [400, 'refused'],
      [401, 'unauthorized'],
      [403, 'unauthorized'],
      [404, 'refused'],
      [422, 'refused'],
    ] as const) {
      server.answer = () => ({ status });

      expect(await failureOf(endpoint().complete(question))).toMatchObject({ code, status, tries: 1 });
    }
  });

  test('ends with the signal, while waiting too', async () => {
    server.answer = () => ({ status: 500 });
    const ending = new AbortController();
    const work = open({ outbound: door, baseUrl: server.url }).complete({ ...question, signal: ending.signal });
    setTimeout(() => ending.abort(new Error('enough')), 50);

    await expect(work).rejects.toThrow('enough');
  });
});

describe('no whole answer', () => {
  test('a slow one is a timeout', async () => {
    server.answer = () => ({ ...saying('late'), delayMs: 5_000 });

    expect(await failureOf(endpoint({ timeoutMs: 100, triesMax: 2 }).complete(question))).toMatchObject({
      code: 'timeout',
      tries: 2,
    });
  });

  test('one that is cut off is asked for again', async () => {
    server.answer = inTurn({ ...saying('cut'), cutAt: 30 }, saying('whole'));

    expect(await endpoint().complete(question)).toMatchObject({ content: 'whole', tries: 2 });
  });

  test('a huge one is refused before it fills the memory', async () => {
    server.answer = () => saying('x'.repeat(300_000));

    expect(await failureOf(endpoint({ bytesMax: 100_000 }).complete(question))).toMatchObject({
      code: 'too_large',
      tries: 1,
    });
  });

  test('nobody there is a network failure', async () => {
    await server.close();

    expect(await failureOf(endpoint({ triesMax: 2 }).complete(question))).toMatchObject({ code: 'network', tries: 2 });
  });

  test.each([
    ['a page', '<html>busy</html>'],
    ['nothing', ''],
    ['a list', '[]'],
    ['no choices', JSON.stringify(completion('x', { choices: [] }))],
    ['a name that moves the cursor', JSON.stringify(completion('x', { model: 'a\u001b[2Jb' }))],
    ['no model', JSON.stringify(completion('x', { model: undefined }))],
    ['content of another type', JSON.stringify(completion(7 as never))],
    ['text that is not UTF-8', Buffer.from([0x7b, 0xff, 0x7d])],
  ])('%s is malformed', async (_what, raw) => {
    server.answer = () => ({ raw });

    expect(await failureOf(endpoint().complete(question))).toMatchObject({ code: 'malformed', tries: 1 });
  });
});

describe('secrets stay here', () => {
  test('no error tells the key, the question or what the other side wrote, even where it echoes them', async () => {
    const echo = {
      error: { message: `Bad key ${apiKey}; you asked How many?`, code: 'invalid_api_key', type: `Bearer ${apiKey}` },
    };
    for (const reply of [
      { status: 401, json: echo },
      { status: 400, json: { error: { code: apiKey, type: apiKey, message: apiKey } } },
      { status: 500, json: echo },
      { raw: `${apiKey} How many?` },
      { status: 429, json: echo },
    ]) {
      server.answer = () => reply;
      const failure = await failureOf(endpoint({ triesMax: 1 }).complete(question));
      const told = JSON.stringify([failure, failure.message, failure.stack, failure.cause, String(failure)]);

      expect(told).not.toContain(apiKey);
      expect(told).not.toContain('How many');
    }
    server.answer = () => ({ status: 401, json: echo });
    expect((await failureOf(endpoint().complete(question))).message).toContain('(invalid_api_key)');
  });

  test('no redirect is followed: question and key go to the address that was named', async () => {
    const other = await start(() => saying('caught'));
    server.answer = () => ({ status: 307, headers: { location: `${other.url}/chat/completions` } });

    expect(await failureOf(endpoint().complete(question))).toMatchObject({ code: 'address', status: 307 });
    expect(other.asked).toEqual([]);
    await other.close();
  });

  test('a key is not sent in the clear over a network', () => {
    expect(() => endpoint({ baseUrl: 'http://models.tidewater.example/v1' })).toThrow(/in the clear/);
    expect(() => endpoint({ baseUrl: 'http://user:word@127.0.0.1/v1' })).toThrow(/password/);
    expect(() => endpoint({ apiKey: 'two\nlines' })).toThrow(/no header/);
    expect(() => endpoint({ baseUrl: 'file:///etc/passwd' })).toThrow(/https/);
  });

  test('a private address that the operator did not allow is not reached', async () => {
    const closed = outbound.open();

    expect(await failureOf(endpoint({ outbound: closed }).complete(question))).toMatchObject({
      ...{ code: 'address', isSent: false },
      message: expect.stringContaining(`[outbound]\nallow = ["${server.host}"]`),
    });
    expect(server.asked).toEqual([]);
    await closed.close();
  });
});
