/** Reads and matches inventories off the page's thread. What comes in stays here: the only requests are for packs. */

import type { Inventory } from '../../domain/advisory/inventory.ts';
import { familiesOfComponents } from '../../domain/advisory/package.ts';
import * as patchList from '../../domain/advisory/patch-list.ts';
import { builtIn } from '../../domain/advisory/priority/built-in.ts';
import { read } from '../../formats/inventory.ts';
import type { WorkReply, WorkRequest } from './matching.ts';
import * as packs from './packs.ts';

addEventListener('message', async ({ data }: MessageEvent<WorkRequest>) => {
  const { id } = data;
  const reply = (message: WorkReply) => postMessage(message);
  try {
    const began = performance.now();
    let inventory: Inventory;
    if (data.from === 'file') {
      reply({ id, kind: 'phase', phase: { phase: 'reading' } });
      const answer = read(new Uint8Array(data.bytes), data.fileName);
      if ('problems' in answer) return reply({ id, kind: 'unreadable', problems: answer.problems });
      inventory = answer.inventory;
    } else {
      inventory = data.inventory;
    }
    const needed = await neededPacks(inventory);
    let done = 0;
    let bytes = 0;
    const opened = await Promise.all(
      needed.map(async (offered) => {
        const pack = await packs.open(offered);
        done += 1;
        bytes += offered.bytes;
        reply({ id, kind: 'phase', phase: { phase: 'packs', done, all: needed.length, bytes } });
        return pack;
      }),
    );
    reply({ id, kind: 'phase', phase: { phase: 'matching' } });
    const { policy, exposure, asOf, clocks = [] } = data.settings;
    const chosen = builtIn(policy);
    if (chosen === undefined) throw new Error(`There is no policy "${policy}" here.`);
    const list = patchList.build({
      inventory,
      packs: opened,
      policy: chosen,
      asOf,
      clocks,
      asset: exposure === 'unknown' ? {} : { exposed: exposure },
    });
    reply({ id, kind: 'matched', matched: { inventory, list, milliseconds: performance.now() - began } });
  } catch (error) {
    reply({ id, kind: 'failed', message: (error as Error).message });
  }
});

/** The packs of the ecosystems that the inventory names. Their names are all that the server learns. */
async function neededPacks(inventory: Inventory): Promise<packs.OfferedPack[]> {
  const ecosystems = familiesOfComponents(inventory.components);
  return (await packs.offered()).filter((pack) => pack.advisories > 0 && ecosystems.has(pack.ecosystem));
}
