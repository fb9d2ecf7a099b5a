const plain = new Intl.NumberFormat('en');

/** `1,234`. */
export function count(value: number): string {
  return plain.format(value);
}

/** `1 upgrade`, `5 upgrades`. Takes the singular; `plural` only where adding an s is wrong. */
export function counted(value: number, one: string, plural = `${one}s`): string {
  return `${plain.format(value)} ${value === 1 ? one : plural}`;
}

/** `0.4 s`, `12 s`, `3 min`, `2 h 24 min`. */
export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `2.2 MB`, `410 kB`; decimal units, as in file lists. */
export function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${Math.round(bytes / 1000)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
