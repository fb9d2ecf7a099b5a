/** Reading and checking SBOMs, beside what nobody can do without: JSON.parse to read, the schema as published to check. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { checkValue } from '../src/formats/cyclonedx/check.ts';
import v6 from '../src/formats/cyclonedx/schema/bom-1.6.schema.json' with { type: 'json' };
import signature from '../src/formats/cyclonedx/schema/jsf-0.82.schema.json' with { type: 'json' };
import licences from '../src/formats/cyclonedx/schema/spdx.schema.json' with { type: 'json' };
import { read } from '../src/formats/inventory.ts';
import { readStream } from '../src/formats/inventory-stream.ts';

const encoder = new TextEncoder();
const rounds = 9;

function component(index: number): object {
  const name = `package-${index % 20_000}`;
  const version = `${index % 9}.${index % 31}.${index % 7}`;
  return {
    'bom-ref': `pkg:npm/${name}@${version}#${index}`,
    type: 'library',
    name,
    version,
    purl: `pkg:npm/${name}@${version}`,
    hashes: [{ alg: 'SHA-256', content: String(index).padStart(64, '0') }],
    licenses: [{ license: { id: 'MIT' } }],
    externalReferences: [
      { type: 'website', url: `https://example.org/${name}` },
      { type: 'distribution', url: `https://example.org/${name}-${version}.tgz` },
    ],
  };
}

const head = {
  bomFormat: 'CycloneDX',
  specVersion: '1.6',
  serialNumber: 'urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79',
  version: 1,
};
const bom = (count: number) => ({ ...head, components: Array.from({ length: count }, (_, index) => component(index)) });

/** CPU seconds of each work over the same input, turn about; the median of the rounds. */
function compared(...works: (() => unknown)[]): number[] {
  const spent: number[][] = works.map(() => []);
  for (let round = -2; round < rounds; round++) {
    for (const [at, work] of works.entries()) {
      const before = process.cpuUsage();
      let times = 0;
      const until = performance.now() + 120;
      do {
        work();
        times++;
      } while (performance.now() < until);
      const { user, system } = process.cpuUsage(before);
      // The first two warm up.
      if (round >= 0) spent[at]?.push((user + system) / 1e6 / times);
    }
  }
  return spent.map((all) => all.sort((a, b) => a - b)[rounds >> 1] as number);
}

function reading(): void {
  const examples = new Map(
    gunzipSync(readFileSync('src/formats/cyclonedx/testdata/bom-examples.jsonl.gz'))
      .toString()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { file: string; text: string })
      .map(({ file, text }) => [file, encoder.encode(text)]),
  );
  const files: [string, Uint8Array][] = [
    ...['keycloak-10.0.2', 'protonmail-webclient-v4-0912dff', 'dropwizard-1.3.15'].map((name): [string, Uint8Array] => [
      name,
      examples.get(`SBOM/${name}/bom.json`) as Uint8Array,
    ]),
    ['generated, 20,000 components', encoder.encode(JSON.stringify(bom(20_000)))],
  ];
  console.log('Text to components: speed beside JSON.parse of the same bytes (decoded), in CPU time\n');
  console.log('file                                  MB   components   JSON.parse MB/s   read MB/s   ratio');
  for (const [name, bytes] of files) {
    const answer = read(bytes, 'bom.json');
    const count = 'inventory' in answer ? answer.inventory.components.length : 0;
    const [parse = 0, all = 0] = compared(
      () => JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)),
      () => read(bytes, 'bom.json'),
    );
    const mb = bytes.length / 1e6;
    const cells = [
      mb.toFixed(2).padStart(6),
      String(count).padStart(12),
      (mb / parse).toFixed(0).padStart(17),
      (mb / all).toFixed(0).padStart(11),
    ];
    console.log(`${name.padEnd(34)}${cells.join('')}${(parse / all).toFixed(2).padStart(8)}`);
  }
}

function checking(): void {
  const plain = new Ajv({ strict: false, schemas: [licences, signature] });
  addFormats.default(plain, ['date-time', 'uri', 'email', 'regex']);
  plain.addFormat('iri-reference', /^\S*$/);
  plain.addFormat('idn-email', /^[^\s@]+@[^\s@]+$/);
  const byPairs = plain.compile(v6);
  console.log('\nCycloneDX 1.6 by the official schema: uniqueItems by a hash set, beside ajv as published\n');
  console.log('document                         ajv documents/s   ours documents/s   ratio   verdicts');
  for (const count of [100, 1000]) {
    const good: unknown = JSON.parse(JSON.stringify(bom(count)));
    const bad: unknown = JSON.parse(JSON.stringify({ ...head, components: [...bom(count).components, component(0)] }));
    const verdicts = [good, bad].map((value) => [byPairs(value), checkValue(value).length === 0].join('/'));
    const [ajv = 0, ours = 0] = compared(
      () => byPairs(good),
      () => checkValue(good),
    );
    console.log(
      `${`${count} components`.padEnd(32)}${(1 / ajv).toFixed(1).padStart(16)}${(1 / ours).toFixed(1).padStart(19)}${(ajv / ours).toFixed(1).padStart(8)}   valid ${verdicts[0]}, repeated ${verdicts[1]}`,
    );
  }
}

/** In a process of its own, so that the peak is its own. */
async function streaming(form: string): Promise<void> {
  let bytes = 0;
  async function* document(): AsyncGenerator<Uint8Array> {
    let part =
      form === 'json'
        ? `${JSON.stringify(head).slice(0, -1)},"components":[`
        : '<bom xmlns="http://cyclonedx.org/schema/bom/1.6" version="1"><components>';
    for (let index = 0; bytes < 110e6; index++) {
      const { name, version, purl } = component(index) as Record<string, string>;
      part +=
        form === 'json'
          ? `${index === 0 ? '' : ','}${JSON.stringify(component(index))}`
          : `<component type="library" bom-ref="r${index}"><name>${name}</name><version>${version}</version><hashes><hash alg="SHA-256">${String(index).padStart(64, '0')}</hash></hashes><purl>${purl}</purl></component>`;
      if (part.length < 64 * 1024) continue;
      const chunk = encoder.encode(part);
      bytes += chunk.length;
      part = '';
      yield chunk;
    }
    yield encoder.encode(form === 'json' ? `${part}]}` : `${part}</components></bom>`);
  }
  let count = 0;
  const start = performance.now();
  const answer = await readStream(document(), `bom.${form}`, () => count++);
  const seconds = (performance.now() - start) / 1000;
  if ('problems' in answer) throw new Error(JSON.stringify(answer.problems));
  const peak = process.resourceUsage().maxRSS / 1024;
  console.log(
    `${`CycloneDX ${form.toUpperCase()}`.padEnd(20)}${(bytes / 1e6).toFixed(0).padStart(5)} MB${String(count).padStart(12)}${seconds.toFixed(2).padStart(10)} s${peak.toFixed(0).padStart(9)} MB`,
  );
}

export async function run(args: string[]): Promise<void> {
  if (args[0] === 'stream') return streaming(args[1] ?? 'json');
  reading();
  checking();
  console.log('\nA large SBOM in pieces, with a heap of at most 64 MB (writing the document included)\n');
  console.log('document              size   components      time   peak RSS');
  for (const form of ['json', 'xml']) {
    const script = `import(${JSON.stringify(import.meta.url)}).then((bench) => bench.run(['stream', '${form}']))`;
    const { status } = spawnSync(process.execPath, ['--max-old-space-size=64', '-e', script], { stdio: 'inherit' });
    if (status !== 0) throw new Error(`Streaming ${form} ended with ${status}.`);
  }
}
