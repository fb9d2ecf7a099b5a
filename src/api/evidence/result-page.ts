/** Pages of lists that are kept in order of a moment and an id. */
import { Refusal } from '../../domain/refusal.ts';
import { cursorOf, keyOf } from '../contract/page.ts';

/** The key after which a page begins, as a part of the page; nothing for the first. */
export function afterOf(cursor: string | undefined): { after?: { at: string; id: string } } {
  if (cursor === undefined) return {};
  const [at, id] = keyOf(cursor, 2) ?? [];
  if (typeof at !== 'string' || typeof id !== 'string' || Number.isNaN(Date.parse(at)))
    throw new Refusal('invalid_request');
  return { after: { at, id } };
}

/** One page, with the cursor of the next where there may be one. */
export function pageOf<Item, Row>(
  items: Item[],
  limit: number,
  last: Row | undefined,
  key: (row: Row) => [string, string],
): { items: Item[]; next?: string } {
  return { items, ...(items.length === limit && last !== undefined && { next: cursorOf(key(last)) }) };
}
