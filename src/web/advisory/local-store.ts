import type { Inventory } from '../../domain/advisory/inventory.ts';
import type { Mark } from '../../domain/advisory/mark.ts';
import type { Outcome } from '../../domain/advisory/outcome.ts';
import { type Clock, Clocks } from '../../domain/advisory/priority/clock.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Exposure } from './matching.ts';

/** A mark as it is kept, with the ids of the advisories that it was made about. */
export type KeptMark = Mark & { vulnerabilities: string[] };

/** A patch list made in this browser. It stays here until the person forgets it. */
export interface LocalList {
  id: string;
  /** The same for every list of one system: the document's serial number, else its name, else the file's. */
  system: string;
  fileName: string;
  madeAt: Instant;
  /** The document itself, to hand on should the person decide to keep it on the instance. */
  file: Blob;
  inventory: Inventory;
  exposure: Exposure;
  /** When the earlier list was made that `exposure` was carried over from; absent once somebody answered on this one. */
  exposureSince?: Instant;
  policy: string;
  /** How it stood when it was made or last answered: what a later list is compared with. */
  outcomes: Outcome[];
}

const databaseName = 'assay';
let opened: Promise<IDBDatabase> | undefined;

function open(): Promise<IDBDatabase> {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(databaseName, 2);
    request.onupgradeneeded = ({ oldVersion }) => {
      if (oldVersion < 1) {
        request.result.createObjectStore('lists', { keyPath: 'id' });
        // Marks hang on the system, not on one list, so that next week's list still knows them.
        request.result.createObjectStore('marks', { keyPath: ['system', 'key'] });
      }
      request.result.createObjectStore('clocks', { keyPath: 'system' });
    };
    request.onsuccess = () => {
      // A page of a later version of this program may want to change the stores.
      request.result.onversionchange = () => {
        request.result.close();
        opened = undefined;
      };
      resolve(request.result);
    };
    request.onerror = () => reject(request.error);
  });
  return opened;
}

async function run<T>(
  store: 'lists' | 'marks' | 'clocks',
  mode: IDBTransactionMode,
  work: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  const database = await open();
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(store, mode);
    const request = work(transaction.objectStore(store));
    transaction.oncomplete = () => resolve(request.result);
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });
}

export const saveList = (list: LocalList) => run('lists', 'readwrite', (store) => store.put(list));

export const loadList = (id: string) =>
  run('lists', 'readonly', (store) => store.get(id) as IDBRequest<LocalList | undefined>);

/** All lists of this browser, newest first. */
export async function loadLists(): Promise<LocalList[]> {
  const lists = await run('lists', 'readonly', (store) => store.getAll() as IDBRequest<LocalList[]>);
  return lists.sort((a, b) => (a.madeAt < b.madeAt ? 1 : -1));
}

/** Keeps how a list stands after another answer or policy, so that the next list is compared with that. */
export const saveOutcomes = (id: string, outcomes: Outcome[]) =>
  run('lists', 'readwrite', (store) => {
    const request = store.get(id) as IDBRequest<LocalList | undefined>;
    request.addEventListener('success', () => {
      if (request.result) store.put({ ...request.result, outcomes });
    });
    return request;
  });

/** Forgets a list, and the marks and clocks of its system when this was the last list of it. */
export async function forgetList(list: LocalList): Promise<void> {
  await run('lists', 'readwrite', (store) => store.delete(list.id));
  const others = await loadLists();
  const clocked = clockedAs(list);
  if (others.every((other) => clockedAs(other) !== clocked))
    await run('clocks', 'readwrite', (store) => store.delete(clocked));
  if (others.some((other) => other.system === list.system)) return;
  await run('marks', 'readwrite', (store) => store.delete(marksOf(list.system)));
}

const marksOf = (system: string) => IDBKeyRange.bound([system], [system, []]);

/** The marks of a system by item key. */
export async function loadMarks(system: string): Promise<Record<string, KeptMark>> {
  type Row = KeptMark & { system: string; key: string };
  const rows = await run('marks', 'readonly', (store) => store.getAll(marksOf(system)) as IDBRequest<Row[]>);
  return Object.fromEntries(rows.map(({ system: _, key, ...mark }) => [key, mark]));
}

/** Sets a mark, or takes it away when `mark` is undefined. */
export async function saveMark(system: string, key: string, mark: KeptMark | undefined): Promise<void> {
  if (mark === undefined) await run('marks', 'readwrite', (store) => store.delete([system, key]));
  else await run('marks', 'readwrite', (store) => store.put({ ...mark, system, key }));
}

/**
 * The system that clocks belong to. The name comes first: tools draw a new serial number for every document, and a clock that starts
 * anew with each would never run down.
 */
export const clockedAs = ({ inventory, fileName }: Pick<LocalList, 'inventory' | 'fileName'>): string =>
  inventory.name ?? inventory.serial ?? fileName;

/**
 * What was answered on the newest earlier list of the same system, and when that list was made. Takes the lists newest first;
 * gives nothing when nobody has answered there.
 */
export function exposureBefore(
  lists: readonly LocalList[],
  of: Pick<LocalList, 'system' | 'inventory' | 'fileName'>,
): { exposure: Exposure; exposureSince: Instant } | undefined {
  const earlier = lists.find((list) => list.system === of.system || clockedAs(list) === clockedAs(of));
  if (earlier === undefined || earlier.exposure === 'unknown') return undefined;
  return { exposure: earlier.exposure, exposureSince: earlier.madeAt };
}

type ClockRow = { system: string; clocks: Clock[] };

/** From when the days of each vulnerability of a system count. */
export async function loadClocks(system: string): Promise<Clock[]> {
  const row = await run('clocks', 'readonly', (store) => store.get(system) as IDBRequest<ClockRow | undefined>);
  return row?.clocks ?? [];
}

/** Keeps clocks beside those that are there, of each day the earlier one, in one step: two pages may do so at once. */
export async function saveClocks(system: string, later: readonly Clock[]): Promise<void> {
  await run('clocks', 'readwrite', (store) => {
    const request = store.get(system) as IDBRequest<ClockRow | undefined>;
    request.addEventListener('success', () => {
      const clocks = new Clocks([...(request.result?.clocks ?? []), ...later]).all();
      store.put({ system, clocks } satisfies ClockRow);
    });
    return request;
  });
}
