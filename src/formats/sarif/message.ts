import { textOf } from '../finding/draft.ts';
import { arrayOf, isObject, type JsonObject } from '../json.ts';

/**
 * The plain text of a message (3.11): its own, or that which its `id` names among the strings of the rule, then of the tool component
 *, with its arguments in place.
 */
export function messageOf(value: unknown, rule: JsonObject, component: JsonObject): string | undefined {
  if (!isObject(value)) return undefined;
  const own = textOf(value['text']) ?? textOf(value['markdown']);
  const text =
    own ?? looked(rule['messageStrings'], value['id']) ?? looked(component['globalMessageStrings'], value['id']);
  if (text === undefined) return undefined;
  const given = arrayOf(value['arguments']);
  return withoutLinks(given.length > 0 ? fill(text, given) : text);
}

function looked(strings: unknown, id: unknown): string | undefined {
  if (!isObject(strings) || typeof id !== 'string' || !Object.hasOwn(strings, id)) return undefined;
  const found = strings[id];
  return isObject(found) ? (textOf(found['text']) ?? textOf(found['markdown'])) : undefined;
}

/** 3.11, messages with placeholders: `{0}` stands for the first argument; a brace is written twice. A placeholder without argument stays. */
function fill(text: string, given: readonly unknown[]): string {
  return text.replace(/\{\{|\}\}|\{(\d{1,4})\}/g, (found, digits?: string) => {
    if (digits === undefined) return found[0] as string;
    const argument = given[Number(digits)];
    return typeof argument === 'string' ? argument : found;
  });
}

/** 3.11, messages with embedded links: `[text](1)` points to a location of the result and leaves its text; an address stays, after its text. */
export function withoutLinks(text: string): string {
  if (!text.includes('](')) return text;
  return text.replace(/\[((?:[^[\]\\]|\\.){1,500})\]\(([^()\s]{1,2000})\)/g, (_, label: string, target: string) => {
    const words = label.replace(/\\([[\]\\])/g, '$1');
    return /^\d+$/.test(target) || target === words ? words : `${words} (${target})`;
  });
}
