import { isZip } from '../archive/zip.ts';
import type { ByteSource } from '../archive/zip-directory.ts';
import { Refused } from '../listing.ts';
import { openEval } from './eval-file.ts';
import { openJson } from './json-file.ts';
import { type LogReader, refusedOf } from './log.ts';

/** Opens a log of either form, told by its first bytes, and reads its header. Throws `Refused`, whose sentence says what to do. */
export async function open(source: ByteSource): Promise<LogReader> {
  try {
    if (source.size === 0) throw new Refused('', 'The file is empty. Copy it again from where it was written.');
    const head = await source.read(0, Math.min(4, source.size));
    return isZip(head) ? await openEval(source) : await openJson(source);
  } catch (error) {
    throw refusedOf(error);
  }
}
