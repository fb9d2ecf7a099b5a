import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import * as imports from '../../src/app/advisory/import.ts';
import * as packs from '../../src/app/advisory/packs.ts';
import * as localPacks from '../../src/cli/local-packs.ts';
import { familiesOf } from '../../src/domain/advisory/match/packed-index.ts';
import * as pack from '../../src/domain/advisory/pack.ts';
import { anonymous, system as itself } from '../../src/domain/directory/actor.ts';
import { testSystem } from './test-system.ts';

const files = ['ghsa.jsonl.gz', 'known_exploited_vulnerabilities.json.gz', 'epss_scores-2026-08-22.csv.gz'].map(
  (name) => fileURLToPath(new URL(`../../sample/advisories/${name}`, import.meta.url)),
);

test('the server and the command line know the same of the same files: packs with equal indexes and facts', async () => {
  const assay = await testSystem({ now: () => '2026-11-23T09:30:00.000Z' });
  for (const file of files) {
    const bytes = async function* () {
      yield new Uint8Array(readFileSync(file));
    };
    await imports.run(assay, itself, { key: file, name: 'a file' }, bytes());
  }
  const local = await localPacks.read(files);
  const ofFamily = (family: string) => local.advisories.filter((advisory) => familiesOf(advisory).has(family));

  await packs.buildTouched(assay);

  const offered = await packs.list(assay, anonymous);
  for (const ecosystem of ['Maven', 'npm', 'PyPI']) {
    const { file = '' } = offered.find((one) => one.ecosystem === ecosystem) ?? {};
    const pieces: Uint8Array[] = [];
    for await (const piece of await packs.open(assay, anonymous, file)) pieces.push(piece);
    const [[, bytes] = []] = localPacks.write(local, new Map([[ecosystem, ofFamily(ecosystem)]]), '2026-11-23');

    // The database keeps the keys of a fact in an order of its own, so facts are compared rather than bytes.
    const served = read(gunzipSync(Buffer.concat(pieces)));
    const made = read(bytes ?? new Uint8Array());
    expect(served.digests).toEqual(made.digests);
    expect(served.index).toEqual(made.index);
    expect(served.newest).toBe(made.newest);
  }
});

function read(bytes: Uint8Array) {
  const opened = pack.open(bytes);
  if ('problem' in opened) throw new Error(opened.problem);
  const { index, newest } = opened.pack;
  return { digests: index.ids.map((_, number) => opened.pack.at(number)), index: index.save(), newest };
}
