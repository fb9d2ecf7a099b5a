/** Version orders, range keys and package URLs beside the libraries of the field, in one run, with equal answers. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import * as pep440 from '@renovatebot/pep440';
import semver from 'semver';
import { parse } from '../src/domain/advisory/purl.ts';
import { type Order, orders } from '../src/domain/advisory/version/order.ts';

/** From the root of the checkout, where `npm run` starts. */
const testdata = 'src/domain/advisory';
const rounds = 5;

function versionsOf(file: string): string[] {
  const text = gunzipSync(readFileSync(`${testdata}/version/testdata/${file}.txt.gz`)).toString('utf8');
  const found = new Set<string>();
  for (const line of text.split('\n')) {
    const match = /^([^#/].*) [<=>] (.*)$/.exec(line);
    if (match !== null) for (const version of match.slice(1)) found.add(version);
  }
  return [...found];
}

/** Millions of calls per CPU-second: the median of five rounds of at least 0.2 s. */
function rate(calls: number, work: () => void): number {
  work();
  const rates: number[] = [];
  for (let round = 0; round < rounds; round++) {
    let done = 0;
    let spent = 0;
    while (spent < 200_000) {
      const before = process.cpuUsage();
      work();
      const { user, system } = process.cpuUsage(before);
      spent += user + system;
      done += calls;
    }
    rates.push(done / spent);
  }
  return rates.sort((a, b) => a - b)[rounds >> 1]!;
}

function line(what: string, ours: number, peer?: { name: string; rate: number }): void {
  const beside =
    peer === undefined
      ? ''
      : `${peer.name} ${peer.rate.toFixed(2).padStart(6)} M/s   ${(ours / peer.rate).toFixed(1)} times`;
  console.log(`${what.padEnd(44)} ${ours.toFixed(2).padStart(6)} M/s   ${beside}`);
}

function pairsRate(versions: string[], compare: (a: string, b: string) => number): number {
  return rate(versions.length - 1, () => {
    for (let index = 1; index < versions.length; index++) compare(versions[index - 1]!, versions[index]!);
  });
}

/** Neighbours in the list on which two comparisons differ. */
function disagreements(versions: string[], order: Order, compare: (a: string, b: string) => number): number {
  let count = 0;
  for (let index = 1; index < versions.length; index++) {
    const [a, b] = [versions[index - 1]!, versions[index]!];
    if (Math.sign(order.compare(a, b)) !== Math.sign(compare(a, b))) count++;
  }
  return count;
}

export async function run(): Promise<void> {
  const plain = Array.from({ length: 20_000 }, (_, index) => `${index % 13}.${index % 97}.${index % 41}`);
  const mixed = plain.map((version, index) => (index % 7 === 0 ? `${version}-rc.${index % 5}` : version));
  const python = versionsOf('pypi-versions-generated').filter((version) => pep440.valid(version) !== null);

  console.log('Compare, calls per CPU-second, medians of five:');
  const node = (a: string, b: string) => semver.compare(a, b);
  const packaging = (a: string, b: string) => pep440.compare(a, b);
  line('SemVer, plain versions', pairsRate(plain, orders.semver.compare), {
    name: 'semver',
    rate: pairsRate(plain, node),
  });
  line('SemVer, one in seven a pre-release', pairsRate(mixed, orders.semver.compare), {
    name: 'semver',
    rate: pairsRate(mixed, node),
  });
  line(`PyPI, ${python.length} real versions`, pairsRate(python, orders.pypi.compare), {
    name: 'pep440',
    rate: pairsRate(python, packaging),
  });
  console.log(
    `Answers that differ: semver ${disagreements(mixed, orders.semver, node)}, pep440 ${disagreements(python, orders.pypi, packaging)}`,
  );

  console.log('\nKey and pack, real versions of the official fixtures:');
  for (const [file, name] of [
    ['pypi-versions-generated', 'pypi'],
    ['maven-versions-generated', 'maven'],
    ['debian-versions-generated', 'debian'],
    ['alpine-versions-generated', 'alpine'],
    ['rubygems-versions-generated', 'rubygems'],
    ['packagist-versions-generated', 'packagist'],
    ['redhat-versions', 'rpm'],
  ] as const) {
    const versions = versionsOf(file);
    const order = orders[name];
    const exact = versions.filter((version) => order.pack(version).isExact).length / versions.length;
    const key = rate(versions.length, () => {
      for (const version of versions) order.key(version);
    });
    const pack = rate(versions.length, () => {
      for (const version of versions) order.pack(version);
    });
    const compare = pairsRate(versions, order.compare);
    console.log(
      `${name.padEnd(12)} key ${key.toFixed(2).padStart(6)} M/s   pack ${pack.toFixed(2).padStart(6)} M/s   compare ${compare.toFixed(2).padStart(6)} M/s   ${(exact * 100).toFixed(1)}% exact in one number`,
    );
  }

  console.log('\nPackage URLs:');
  const suite = JSON.parse(
    gunzipSync(readFileSync(`${testdata}/testdata/purl/tests.json.gz`)).toString('utf8'),
  ) as Record<string, { test_type: string; input: string; expected_failure?: boolean }[]>;
  const official = Object.values(suite)
    .flat()
    .filter((one) => one.test_type === 'parse' && !one.expected_failure)
    .map((one) => one.input);
  const ordinary = [
    'npm/lodash',
    'pypi/django',
    'maven/org.slf4j/slf4j-api',
    'golang/github.com/gorilla/mux',
    'cargo/rand',
    'npm/%40angular/core',
  ].flatMap((name) => Array.from({ length: 500 }, (_, index) => `pkg:${name}@1.${index}.0`));
  for (const [what, texts] of [
    ['ordinary', ordinary],
    ['the official parse cases', official],
  ] as const) {
    line(
      `parse, ${what}`,
      rate(texts.length, () => {
        for (const text of texts) parse(text);
      }),
    );
  }
}
