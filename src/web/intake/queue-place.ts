interface Place {
  /** How the list was filtered, and how far down. */
  search: Record<string, string>;
  /** The entry that was opened, and the one below it, should the first have left the list by then. */
  entries: string[];
}

const key = 'queue-place';

/** Where this tab was in the queue, so that whoever comes back goes on from there. Ends with the tab, and with the session. */
export function place(): Place {
  const kept = sessionStorage.getItem(key);
  return kept === null ? { search: {}, entries: [] } : JSON.parse(kept);
}

export function keepPlace(change: Partial<Place>): void {
  sessionStorage.setItem(key, JSON.stringify({ ...place(), ...change }));
}
