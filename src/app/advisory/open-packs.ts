import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { open, type Pack } from '../../domain/advisory/pack.ts';
import { system as itself } from '../../domain/directory/actor.ts';
import type { System } from '../system.ts';
import * as packs from './packs.ts';

/** Opened packs that one process keeps, in bytes as unpacked. */
const bytesMax = 512 * 1024 * 1024;

/** A pack on offer: `file` changes with the content, `bytes` is its size as unpacked. */
export interface Offered {
  ecosystem: string;
  file: string;
  bytes: number;
}

const expand = promisify(gunzip);
/** The latest of each ecosystem; the one used last comes last. */
const opened = new Map<string, { file: string; bytes: number; pack: Promise<Pack> }>();

/** The pack, opened; from memory where it is there. Asked for twice at once, it is opened once. */
export function of(system: System, { ecosystem, file, bytes }: Offered): Promise<Pack> {
  let one = opened.get(ecosystem);
  opened.delete(ecosystem);
  if (one?.file !== file) {
    const pack = read(system, file);
    pack.catch(() => {
      if (opened.get(ecosystem)?.pack === pack) opened.delete(ecosystem);
    });
    one = { file, bytes, pack };
  }
  opened.set(ecosystem, one);
  let total = 0;
  for (const each of opened.values()) total += each.bytes;
  for (const [oldest, each] of opened) {
    if (total <= bytesMax || opened.size === 1) break;
    opened.delete(oldest);
    total -= each.bytes;
  }
  return one.pack;
}

async function read(system: System, file: string): Promise<Pack> {
  const parts: Uint8Array[] = [];
  for await (const part of await packs.open(system, itself, file)) parts.push(part);
  const result = open(await expand(Buffer.concat(parts)));
  if ('problem' in result) throw new Error(`The pack ${file} cannot be opened: ${result.problem}`);
  return result.pack;
}
