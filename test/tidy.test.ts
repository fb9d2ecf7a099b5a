/** Holds the architecture as data. Each rule fails with the files at fault and the sentence to read. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..');

/** What each folder of src may import from the others (ARCHITECTURE.md holds the same table). */
const layers: Record<string, string[]> = {
  domain: [],
  log: [],
  formats: ['domain'],
  store: ['domain', 'log'],
  net: ['domain'],
  app: ['domain', 'formats', 'log', 'store', 'net', 'config'],
  api: ['domain', 'formats', 'log', 'app', 'config'],
  web: ['domain', 'formats', 'log', 'api/contract'],
  cli: ['domain', 'formats', 'log', 'api/contract', 'main', 'config'],
};
/** Files beside the folders that join the parts; the rest of src may not know of them, but for `config`. */
const joints: Record<string, string[]> = {
  config: [],
  main: ['api', 'app', 'store', 'net', 'domain', 'log', 'config', 'formats'],
};
const jointOf: Record<string, string> = {
  config: 'config',
  main: 'main',
  doctor: 'main',
  logging: 'main',
  'node-version': 'main',
  program: 'main',
  evaluation: 'main',
};

/** Areas of domain, store, app, api and web; `directory` and `log` may be used by all. */
const areas = [
  'directory',
  'advisory',
  'intake',
  'coordination',
  'review',
  'evidence',
  'credential',
  'planning',
  'log',
];
const sharedAreas = ['directory', 'log'];
/** What a package, a version and a severity vector are, and the mathematics of statistics: the same in every area's rules. */
const sharedRules =
  /^src\/domain\/(advisory\/(package|purl|purl-types|vers|vers-native|version\/[a-z]+|cvss\/[a-z0-9]+)|evidence\/statistics\/[a-z-]+)\.ts$/;
const layersWithAreas = ['domain', 'store', 'api', 'web'];

/** Packages that speak to one outside thing, and the one place that may. */
const packageHomes: [pattern: RegExp, homes: string[], sentence: string][] = [
  [
    /^(pg|kysely|graphile-worker|pg-copy-streams)$/,
    ['src/store/'],
    'All SQL is in store/; call a function of store/ instead.',
  ],
  [
    /^(undici|axios|got|node-fetch|ky)$/,
    ['src/net/outbound.ts'],
    'There is one door outside: use system.outbound (src/net/outbound.ts).',
  ],
  [
    /^node:(https?|http2)$/,
    ['src/net/outbound.ts', 'src/cli/client.ts', 'src/api/problems.ts'],
    'There is one door outside: use system.outbound (src/net/outbound.ts).',
  ],
  [/^nodemailer$/, ['src/net/mail.ts'], 'Mail is sent by system.mail (src/net/mail.ts), from a job.'],
  [/^(fastify|@fastify\/.*|fastify-type-provider-zod)$/, ['src/api/', 'src/main.ts'], 'HTTP is known in api/ only.'],
  [/^(react|react-dom|react-dom\/.*|@tanstack\/.*)$/, ['src/web/'], 'React is known in web/ only.'],
  [/^commander$/, ['src/cli/'], 'Arguments are known in cli/ only.'],
];

function* walk(folder: string): Generator<string> {
  for (const entry of existsSync(folder) ? readdirSync(folder, { withFileTypes: true }) : []) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (entry.name !== 'testdata' && entry.name !== 'node_modules') yield* walk(path);
    } else yield path;
  }
}

interface Source {
  /** From the root, with forward slashes. */
  path: string;
  text: string;
  imports: string[];
}

/** Comments end code for these checks; a `//` inside a string (an address) does not start one. */
const withoutComments = (text: string) =>
  text.replace(
    /("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)|\/\*[\s\S]*?\*\/|(^|[^:\\/])\/\/[^\n]*/g,
    (_all, literal, before) => literal ?? before ?? '',
  );

function read(path: string): Source {
  const text = withoutComments(readFileSync(path, 'utf8'));
  const imports = [...text.matchAll(/(?:\bfrom\s*|\bimport\s*\(?\s*|\bnew URL\(\s*)(['"])([^'"\n]+)\1/g)].map(
    (match) => match[2]!,
  );
  return { path: relative(root, path).split(sep).join('/'), text, imports };
}

const isTest = ({ path }: Source) => /\.test\.tsx?$/.test(path);
const all = ['src', 'test', 'bench'].flatMap((folder) =>
  [...walk(join(root, folder))].filter((path) => /(?<!\.d)\.tsx?$/.test(path)).map(read),
);
const sources = all.filter((source) => source.path.startsWith('src/') && !isTest(source));

/** `src/api/contract/page.ts` is layer `api`, place `api/contract`, no area; `src/main.ts` is the joint `main`. */
function placeOf(path: string): { layer: string; area?: string; isContract: boolean } {
  const [, layer = '', second = ''] = path.split('/');
  const joint = jointOf[layer.replace(/\.ts$/, '')];
  if (joint !== undefined) return { layer: joint, isContract: false };
  return {
    layer,
    isContract: layer === 'api' && second === 'contract',
    ...(areas.includes(second) && { area: second }),
  };
}

/** Relative imports of a file, as paths from the root. */
const inner = ({ path, imports }: Source) =>
  imports
    .filter((name) => name.startsWith('.'))
    .map((name) =>
      relative(root, resolve(root, dirname(path), name))
        .split(sep)
        .join('/'),
    );

function expectNone(offences: string[], sentence: string): void {
  expect(offences, `${sentence}\n  ${offences.join('\n  ')}\n`).toEqual([]);
}

test('imports go one way, down the table of ARCHITECTURE.md', () => {
  const offences = sources.flatMap((source) => {
    const from = placeOf(source.path);
    const allowed = layers[from.layer] ?? joints[from.layer];
    if (allowed === undefined) return [`${source.path} is in no layer`];
    return inner(source)
      .filter((path) => path.startsWith('src/'))
      .filter((path) => {
        const to = placeOf(path);
        return (
          to.layer !== from.layer && !allowed.includes(to.layer) && !(to.isContract && allowed.includes('api/contract'))
        );
      })
      .map((path) => `${source.path} imports ${path}`);
  });

  expectNone(
    offences,
    'Move the code down, or hand the thing in as an argument. To change the table, change it here and in ARCHITECTURE.md, and say why.',
  );
});

test('areas meet only in app', () => {
  const offences = sources.flatMap((source) => {
    const from = placeOf(source.path);
    if (from.area === undefined || !layersWithAreas.includes(from.layer)) return [];
    return inner(source)
      .filter((path) => {
        const to = placeOf(path);
        return (
          to.layer === from.layer &&
          to.area !== undefined &&
          to.area !== from.area &&
          !sharedAreas.includes(to.area) &&
          !sharedRules.test(path)
        );
      })
      .map((path) => `${source.path} imports ${path}`);
  });

  expectNone(offences, 'Join the two areas in an act of app/ instead.');
});

test('pure folders know no machine, no clock and no chance', () => {
  const impure =
    /\bDate\.now\(|\bnew Date\(\s*\)|\bMath\.random\(|(?<![.\w])crypto\.|\bperformance\.now\(|(?<![.\w])process\.|(?<![.\w])fetch\(|\bsetTimeout\(|\bsetInterval\(/;
  const offences = sources
    .filter(({ path }) => /^src\/(domain|formats|log)\//.test(path))
    .flatMap(({ path, text, imports }) => [
      ...imports.filter((name) => name.startsWith('node:')).map((name) => `${path} imports ${name}`),
      ...(impure.test(text) ? [`${path} uses ${impure.exec(text)?.[0]}`] : []),
    ]);

  expectNone(
    offences,
    'This code runs in the browser too and must give the same answer for ever: take the time, the bytes or the hash as an argument.',
  );
});

test('each outside thing has one place that speaks to it', () => {
  const offences = sources.flatMap(({ path, imports }) =>
    packageHomes.flatMap(([pattern, homes, sentence]) =>
      imports
        .filter((name) => pattern.test(name) && !homes.some((home) => path.startsWith(home)))
        .map((name) => `${path} imports ${name}: ${sentence}`),
    ),
  );

  expectNone(offences, 'Use the place that is there.');
});

test('nobody calls the global fetch but the pages, for their own server', () => {
  const offences = [...sources, ...all.filter(({ path }) => path.startsWith('bench/'))]
    .filter(
      ({ path, text }) =>
        !path.startsWith('src/web/') &&
        path !== 'src/cli/client.ts' &&
        /(?<![.\w])fetch\(|globalThis\.fetch/.test(text),
    )
    .map(({ path }) => path);

  expectNone(offences, 'Node decodes Brotli in fetch without being asked (docs/decisions). Use system.outbound.');
});

test('the command line opens no database by itself', () => {
  // `run` joins the door outside, not a database: src/evaluation.ts.
  const instance = /^src\/cli\/(start|worker|migrate|doctor|backup|restore|sample|setting|run)\.ts$/;
  const offences = sources
    .filter(({ path }) => path.startsWith('src/cli/') && !instance.test(path))
    .flatMap((source) =>
      inner(source)
        // Which version this is, is in a file beside it.
        .filter((path) => placeOf(path).layer === 'main' && path !== 'src/program.ts')
        .map((path) => `${source.path} imports ${path}`),
    );

  expectNone(offences, 'Work on files with pure code, or speak HTTP to an instance.');
});

test('no file only forwards', () => {
  const offences = sources
    .filter(({ text }) => text.replace(/\b(import|export)\b[^;]*?\bfrom\s*['"][^'"]+['"];?/g, '').trim() === '')
    .map(({ path }) => path);

  expectNone(offences, 'Import from where the thing is, and remove the file.');
});

test('nothing is exported by default, but where a tool asks for it', () => {
  const offences = all
    .filter(({ text }) => /^\s*export\s+default\b|\bas\s+default\b/m.test(text))
    .map(({ path }) => path);

  expectNone(offences, 'Give it a name: everyone then calls it the same.');
});

test('file names say what is inside', () => {
  const vague = /(^|[/.-])(utils?|helpers?|common|misc|manager|service|shared|stuff|temp)\.tsx?$|\/index\.tsx?$/;
  const offences = all.map(({ path }) => path).filter((path) => vague.test(path));

  expectNone(offences, 'Name the file after the noun in it.');
});

test('the lockfile names no download host', () => {
  const offences = [...readFileSync(join(root, 'package-lock.json'), 'utf8').matchAll(/https?:\/\/[^"]+\.tgz/g)].map(
    ([address]) => address,
  );

  expectNone(offences, 'Install with the .npmrc of this folder (omit-lockfile-registry-resolved).');
});

test('npm ci takes the lockfile: it has an entry for every package of every platform', () => {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { version?: string; optionalDependencies?: Record<string, string> }>;
  };
  const known = new Set(
    Object.entries(packages).flatMap(([path, { version }]) =>
      version === undefined ? [] : [path.slice(path.lastIndexOf('node_modules/') + 13)],
    ),
  );
  const offences = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => !known.has(name))
      .map((name) => `${path} wants ${name}`),
  );

  expectNone(offences, 'A foreign platform of this version is not published; pin an older version that is whole.');
});

test('every dependency is pinned exactly', () => {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<
    string,
    Record<string, string>
  >;
  const offences = ['dependencies', 'devDependencies', 'optionalDependencies'].flatMap((kind) =>
    Object.entries(manifest[kind] ?? {})
      .filter(([, range]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(range))
      .map(([name, range]) => `${name}: ${range}`),
  );

  expectNone(offences, 'Name one version: npm install --save-exact.');
});

test('the interface says what happened, and vouches for nothing', () => {
  const words = /\b(approved|cleared|certified|safe|passed)\b/i;
  const literals = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|>[^<>{}=;()]+</g;
  // SQL has words of its own ("parallel safe").
  const spoken = sources.filter(({ path }) => !path.startsWith('src/store/migrations/'));
  const offences = spoken.flatMap(({ path, text }) =>
    [...text.matchAll(literals)]
      .filter(([literal]) => words.test(literal))
      .map(([literal]) => `${path}: ${literal.slice(0, 80)}`),
  );

  expectNone(offences, 'Say who did what and when, instead of approved, cleared, certified, safe or passed.');
});

test('the web takes types of the contract, never its checks', () => {
  const offences = all
    .filter(({ path }) => path.startsWith('src/web/'))
    .filter(({ text }) => /import (?!type\b)[^;]*from '[./]*api\/contract\//.test(text))
    .map(({ path }) => path);

  expectNone(offences, 'Import types only: what checks compiles code, which a page may not, and is heavy.');
});

test('no committed file knows a machine', () => {
  const offences = all
    .filter(
      ({ path, text }) =>
        path !== 'test/tidy.test.ts' && /['"`\s](\/work\/|\/root\/|\/home\/\w|[A-Z]:\\Users)/.test(text),
    )
    .map(({ path }) => path);

  expectNone(offences, 'Take paths from import.meta or the configuration.');
});
