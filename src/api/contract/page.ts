import { z } from 'zod';

export const pageLimitMax = 200;

/** The query of every list: page by key, never by offset. `after` is the `next` of the page before. */
export const PageQuery = z.object({
  after: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,500}$/, 'is not a cursor; take it from "next" of the page before')
    .optional(),
  limit: z.coerce.number().int().min(1).max(pageLimitMax).default(50),
});

/** One page of a list; without `next` it is the last. */
export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), next: z.string().optional() });

/** The cursor after a row with this key; opaque to callers. */
export function cursorOf(key: readonly (string | number)[]): string {
  const bytes = new TextEncoder().encode(JSON.stringify(key));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

/** The key in a cursor, or undefined when it was not made by `cursorOf` for a key of this length. */
export function keyOf(cursor: string, length: number): (string | number)[] | undefined {
  try {
    const text = atob(cursor.replaceAll('-', '+').replaceAll('_', '/'));
    const key: unknown = JSON.parse(
      new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(text, (c) => c.charCodeAt(0))),
    );
    const isKey =
      Array.isArray(key) &&
      key.length === length &&
      key.every((part) => typeof part === 'string' || typeof part === 'number');
    return isKey ? key : undefined;
  } catch {
    return undefined;
  }
}
