import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ask } from '../api.ts';
import { moments } from '../parts/dates.ts';
import { Failure } from '../parts/Failure.tsx';
import { count, counted } from '../parts/numbers.ts';
import { textOf } from './content.ts';
import { LongText } from './LongText.tsx';
import { type EventView, runPath } from './run-api.ts';

type Fields = Record<string, unknown>;

/** One event with all that the log holds of it. */
export function EventDetail(props: { run: string; sample: number; index: number }) {
  const { run, sample, index } = props;
  const event = useQuery({
    queryKey: ['run', run, 'event', sample, index],
    queryFn: () => ask<EventView>(`${runPath(run)}/samples/${sample}/events/${index}`),
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: (before) => before,
  });
  if (event.error) return <Failure error={event.error} doing="open the event" onRetry={() => event.refetch()} />;
  if (!event.data) return <p className="soft">Opening event {count(index)}…</p>;
  const { payload, kind, at } = event.data;
  return (
    <article
      className="event-detail stack"
      aria-label={`Event ${event.data.index}`}
      aria-busy={event.isPlaceholderData}
    >
      <div className="row spread">
        <h2 className="event-title">
          Event {count(event.data.index)}: {kindWords[kind] ?? kind}
        </h2>
        {at && <span className="soft small">{moments(at)}</span>}
      </div>
      <Body kind={kind} payload={payload} text={event.data.text} />
      <details key={event.data.index}>
        <summary>As the log holds it</summary>
        <LongText text={JSON.stringify(payload, undefined, 2)} label="the event" />
      </details>
    </article>
  );
}

/** Kinds of events in plain words. */
export const kindWords: Record<string, string> = {
  model: 'the model answers',
  tool: 'a tool is used',
  score: 'scored',
  score_edit: 'score edited',
  span_begin: 'part begins',
  span_end: 'part ends',
  sample_init: 'sample begins',
  sample_limit: 'limit reached',
  state: 'state changed',
  store: 'store changed',
  info: 'note',
  logger: 'log line',
  error: 'error',
  input: 'a person typed',
  approval: 'approval asked',
  sandbox: 'sandbox used',
  subtask: 'subtask',
  message: 'message',
};

function Body(props: { kind: string; payload: Fields; text: string }) {
  const { kind, payload, text } = props;
  if (kind === 'model') return <ModelCall payload={payload} />;
  if (kind === 'tool') return <ToolUse payload={payload} />;
  if (kind === 'score') return <Score payload={payload} />;
  const content = payload['content'] ?? payload['data'] ?? payload['message'] ?? payload['error'];
  return (
    <Part label="Text">
      <LongText text={content === undefined ? text : textOf(content)} label="the text" />
    </Part>
  );
}

function Part(props: { label: string; children: ReactNode }) {
  return (
    <section className="stack-tight" aria-label={props.label}>
      <h3 className="event-part">{props.label}</h3>
      {props.children}
    </section>
  );
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const listOf = (value: unknown): Fields[] => (Array.isArray(value) ? value.filter(isFields) : []);

function ModelCall(props: { payload: Fields }) {
  const { payload } = props;
  const output = isFields(payload['output']) ? payload['output'] : {};
  const usage = isFields(output['usage']) ? output['usage'] : undefined;
  const left = payload['input_left_out'];
  return (
    <>
      <p className="soft small">
        <span className="mono">{textOf(payload['model'] ?? output['model'])}</span>
        {usage &&
          ` · ${count(Number(usage['input_tokens'] ?? 0))} tokens in, ${count(Number(usage['output_tokens'] ?? 0))} out`}
      </p>
      <Part label="What it was told">
        {typeof left === 'number' && (
          <p className="soft small">
            {counted(left, 'earlier message')} {left === 1 ? 'was' : 'were'} in the call before this one.
          </p>
        )}
        {listOf(payload['input']).map((message, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: messages have no name of their own, and never move.
          <Message key={at} message={message} />
        ))}
      </Part>
      <Part label="What it answered">
        {listOf(output['choices']).map((choice, at) =>
          // biome-ignore lint/suspicious/noArrayIndexKey: choices have no name of their own, and never move.
          isFields(choice['message']) ? <Message key={at} message={choice['message']} /> : null,
        )}
        {payload['error'] !== undefined && payload['error'] !== null && (
          <LongText text={textOf(payload['error'])} label="the error" />
        )}
      </Part>
    </>
  );
}

function Message(props: { message: Fields }) {
  const { message } = props;
  const text = textOf(message['content']);
  return (
    <div className="message">
      <p className="message-role">{textOf(message['role']) || 'message'}</p>
      {text !== '' && <LongText text={text} label="the message" />}
      {listOf(message['tool_calls']).map((call, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: calls never move.
        <div key={at}>
          <p className="small">
            calls <span className="mono">{textOf(call['function'])}</span>
          </p>
          <LongText text={textOf(call['arguments'])} label="the arguments" />
        </div>
      ))}
    </div>
  );
}

function ToolUse(props: { payload: Fields }) {
  const { payload } = props;
  return (
    <>
      <p className="small">
        Tool <strong className="mono">{textOf(payload['function'])}</strong>
      </p>
      <Part label="Arguments">
        <LongText text={textOf(payload['arguments'])} label="the arguments" />
      </Part>
      <Part label="Result">
        <LongText text={textOf(payload['result'])} label="the result" />
      </Part>
      {payload['error'] !== undefined && payload['error'] !== null && (
        <Part label="Error">
          <LongText text={textOf(payload['error'])} label="the error" />
        </Part>
      )}
    </>
  );
}

function Score(props: { payload: Fields }) {
  const score = isFields(props.payload['score']) ? props.payload['score'] : props.payload;
  return (
    <>
      <Part label="Score">
        <LongText text={textOf(score['value'])} label="the score" />
      </Part>
      {score['answer'] != null && (
        <Part label="Answer">
          <LongText text={textOf(score['answer'])} label="the answer" />
        </Part>
      )}
      {score['explanation'] != null && (
        <Part label="Explanation">
          <LongText text={textOf(score['explanation'])} label="the explanation" />
        </Part>
      )}
    </>
  );
}
