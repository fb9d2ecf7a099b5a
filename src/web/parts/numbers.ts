const plain = new Intl.NumberFormat('en');

/** `1,234`. */
export function count(value: number): string {
  return plain.format(value);
}

/** `1 upgrade`, `5 upgrades`. Takes the singular; `plural` only where adding an s is wrong. */
export function counted(value: number, one: string, plural = `${one}s`): string {
  return `${plain.format(value)} ${value === 1 ? one : plural}`;
}

/** `2.2 MB`, `410 kB`; decimal units, as in file lists. */
export function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${Math.round(bytes / 1000)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
