import { size } from '../parts/numbers.ts';

/** Something of a log as text: messages in their parts, pictures and sounds by name only, everything else as JSON. */
export function textOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return named(value) ?? value;
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value)) {
    return value.every((part) => typeof part === 'string' || isPart(part))
      ? value.map(textOf).filter(Boolean).join('\n')
      : JSON.stringify(value, hidden, 2);
  }
  if (isPart(value)) return partText(value);
  return JSON.stringify(value, hidden, 2);
}

type Part = { type: string; [key: string]: unknown };

const isPart = (value: unknown): value is Part =>
  typeof value === 'object' && value !== null && typeof (value as Part).type === 'string';

function partText(part: Part): string {
  if (typeof part['text'] === 'string') return part['text'];
  if (typeof part['reasoning'] === 'string') return `[reasoning]\n${part['reasoning']}`;
  const held = part[part.type];
  return typeof held === 'string'
    ? (named(held) ?? `[${part.type}: ${held.slice(0, 200)}]`)
    : `[${part.type}, not shown]`;
}

/** A picture or sound inside a text (RFC 2397) is named, not shown. */
function named(text: string): string | undefined {
  const kind = /^data:([a-z]+\/[a-z0-9.+-]+)[;,]/i.exec(text.slice(0, 100))?.[1];
  return kind === undefined ? undefined : `[${kind}, ${size(Math.round((text.length * 3) / 4))}, not shown]`;
}

const hidden = (_key: string, value: unknown) => (typeof value === 'string' ? (named(value) ?? value) : value);
