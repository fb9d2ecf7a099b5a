/** `assay pack`: fixes the items of a pack before anyone runs them, shows one of them, and checks what was shown. */
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import { link, open, rm } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { type Command, Option } from 'commander';
import { canonicalJson } from '../domain/canonical-json.ts';
import * as taskPack from '../domain/evidence/task-pack.ts';
import type { Problem } from '../domain/problem.ts';
import { parse } from '../formats/json.ts';
import { PackRefused, read } from '../formats/task-pack/document.ts';
import * as sealedList from '../log/sealed-list.ts';
import type { Hash } from '../log/tree.ts';
import { Exit, exitCode, type Io, plain } from './io.ts';

const hash: Hash = (bytes) => createHash('sha256').update(bytes).digest();

interface Options {
  out: string;
  name?: string;
  packVersion: string;
  item: string;
  format: 'text' | 'json';
}

/** A file that cannot be used as asked; told in one line, exit 2. */
class Unusable extends Error {}

export function register(program: Command, io: Io): void {
  const pack = program.command('pack').description('seal task packs, show one item, check what was shown');
  const format = () => new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text');
  const act = (work: () => Promise<void>) =>
    work().catch((error: unknown) => {
      if (error instanceof Exit) throw error;
      const isFile = error instanceof Error && 'code' in error;
      if (!(error instanceof PackRefused || error instanceof Unusable || isFile)) throw error;
      io.stderr.write(`${plain(error.message)}\n`);
      throw new Exit(error instanceof PackRefused ? exitCode.findings : exitCode.usage);
    });

  pack
    .command('seal')
    .argument('<items>', 'file with one item a line (JSON); - reads standard input')
    .requiredOption('--out <pack>', 'new file for the sealed pack, which you keep to yourself')
    .option('--name <name>', 'name of the pack (default: that of the file)')
    .option('--pack-version <version>', 'version of the pack', '1')
    .addOption(format())
    .description('fix the items of a pack, and write the statement that is published before it is used')
    .addHelpText('after', '\nAn item: {"id": "q1", "input": "What is 6 times 7?", "target": "42", "cluster": "sums"}')
    .action((items: string, options: Options) => act(() => seal(io, items, options)));

  pack
    .command('open')
    .argument('<pack>', 'sealed pack')
    .requiredOption('--item <id>', 'id of the item to show')
    .requiredOption('--out <file>', 'new file for the opening')
    .addOption(format())
    .description('show one item of a sealed pack, with proof that it stood in it, and none of the others')
    .action((file: string, options: Options) => act(() => openItem(io, file, options)));

  pack
    .command('verify')
    .argument('<root>', 'statement of the pack, as it was published')
    .argument('<opening>', 'opening of one item')
    .addOption(format())
    .description('check that an opened item stood in the pack of this statement')
    .action((root: string, opening: string, options: Options) => act(() => verify(io, root, opening, options)));
}

const source = (io: Io, path: string): AsyncIterable<Uint8Array> => (path === '-' ? io.stdin : createReadStream(path));

async function seal(io: Io, items: string, options: Options): Promise<void> {
  const rootFile = `${options.out}.root.json`;
  for (const path of [options.out, rootFile]) refuseExisting(path);
  const leaves: Uint8Array[] = [];
  let statement: taskPack.PackStatement | undefined;
  await writeNew(options.out, 0o600, async function* () {
    for await (const line of read(source(io, items))) {
      if ('statement' in line || line.salt !== undefined) throw new Unusable(`${items} is sealed already.`);
      const salt = randomBytes(sealedList.saltLength);
      leaves.push(sealedList.leaf(hash, salt, taskPack.entryOf(line.item)));
      yield `{"salt":"${salt.toString('hex')}","item":${canonicalJson(line.item)}}\n`;
    }
    const name = options.name ?? (items === '-' ? 'pack' : basename(items, extname(items)));
    try {
      statement = taskPack.statement({ name, version: options.packVersion, ...sealedList.seal(hash, leaves) });
    } catch (error) {
      if (error instanceof RangeError) throw new Unusable(error.message);
      throw error;
    }
    yield `${canonicalJson(statement)}\n`;
  });
  await writeNew(rootFile, 0o644, function* () {
    yield `${canonicalJson(statement)}\n`;
  });
  if (options.format === 'json') io.stdout.write(`${canonicalJson({ statement, pack: options.out, rootFile })}\n`);
  else {
    io.stdout.write(
      `${leaves.length} items are sealed under ${statement?.root}.\n` +
        `Publish ${rootFile} before the pack is used. Keep ${options.out} to yourself: it holds the items and their salts.\n`,
    );
  }
}

async function openItem(io: Io, file: string, options: Options): Promise<void> {
  refuseExisting(options.out);
  const leaves: Uint8Array[] = [];
  let found: { index: number; salt: string; item: taskPack.TaskItem } | undefined;
  let statement: taskPack.PackStatement | undefined;
  for await (const line of read(source(io, file))) {
    if ('statement' in line) {
      statement = line.statement;
      continue;
    }
    const { item, salt } = line;
    if (salt === undefined) throw new Unusable(`${file} is not sealed. Seal it first with \`assay pack seal\`.`);
    if (item.id === options.item) found = { index: leaves.length, salt, item };
    leaves.push(sealedList.leaf(hash, taskPack.bytesOf(salt), taskPack.entryOf(item)));
  }
  if (statement === undefined) throw new Unusable(`${file} is not a sealed pack.`);
  if (taskPack.hexOf(sealedList.seal(hash, leaves).root) !== statement.root) {
    throw new PackRefused([{ path: '', message: 'The pack was changed after it was sealed: its root is another.' }]);
  }
  if (found === undefined) throw new Unusable(`The pack has no item of the id "${options.item.slice(0, 200)}".`);
  const opening: taskPack.PackOpening = {
    ...statement,
    format: 'assay-task-opening/1',
    ...found,
    path: sealedList.path(hash, leaves, found.index).map(taskPack.hexOf),
  };
  await writeNew(options.out, 0o600, function* () {
    yield `${canonicalJson(opening)}\n`;
  });
  if (options.format === 'json') {
    io.stdout.write(
      `${canonicalJson({ item: found.item.id, index: found.index, root: statement.root, out: options.out })}\n`,
    );
  } else {
    io.stdout.write(
      `Item ${found.item.id} is in ${options.out}, with its place and proof. ` +
        'Whoever reads it knows this item: count it as shown.\n',
    );
  }
}

async function verify(io: Io, rootFile: string, openingFile: string, options: Options): Promise<void> {
  const pack = taskPack.readStatement(readJson(rootFile, 10_000));
  const shown = taskPack.readOpening(readJson(openingFile, 4 * taskPack.itemLengthMax));
  const refused = [
    ...('problems' in pack ? inFile(rootFile, pack.problems) : []),
    ...('problems' in shown ? inFile(openingFile, shown.problems) : []),
  ];
  if ('problems' in pack || 'problems' in shown) throw new PackRefused(refused);
  const { statement } = pack;
  const { opening } = shown;
  const problem = !taskPack.isOf(opening, statement)
    ? 'The opening is of another pack than this statement.'
    : sealedList.verify(hash, taskPack.sealOf(statement), taskPack.shownOf(opening))
      ? undefined
      : 'The item, its salt, its place or its proof is not what was sealed.';
  const isValid = problem === undefined;
  if (options.format === 'json') {
    const answer = { valid: isValid, item: opening.item.id, index: opening.index, ...statement, problem };
    io.stdout.write(`${canonicalJson(answer)}\n`);
  } else {
    const name = `${statement.name} ${statement.version}`;
    io.stdout.write(
      isValid
        ? `Item ${opening.item.id} stood at place ${opening.index + 1} of ${statement.size} in ${name} when it was sealed.\n`
        : `${problem}\n`,
    );
  }
  throw new Exit(isValid ? exitCode.fine : exitCode.findings);
}

const inFile = (file: string, problems: Problem[]) =>
  problems.map(({ path, message }) => ({ path: path === '' ? file : `${file}, ${path}`, message }));

function readJson(path: string, sizeMax: number): unknown {
  if (statSync(path).size > sizeMax)
    throw new PackRefused([{ path, message: `The file is larger than ${sizeMax} bytes.` }]);
  const parsed = parse(readFileSync(path, 'utf8'));
  if ('problems' in parsed) throw new PackRefused(inFile(path, parsed.problems));
  return parsed.value;
}

function refuseExisting(path: string): void {
  if (existsSync(path)) throw new Unusable(`${path} exists already. Name a new file, or move that one away.`);
}

/** Writes a new file: whole or not at all, and never over another. */
async function writeNew(
  path: string,
  mode: number,
  parts: () => Iterable<string> | AsyncIterable<string>,
): Promise<void> {
  const partial = `${path}.${process.pid}.part`;
  const file = await open(partial, 'wx', mode);
  try {
    let text = '';
    for await (const part of parts()) {
      text += part;
      if (text.length < 65_536) continue;
      await file.appendFile(text);
      text = '';
    }
    await file.appendFile(text);
    await file.sync();
    // Unlike a rename, a link fails where a file stands.
    await link(partial, path);
  } finally {
    await file.close();
    await rm(partial, { force: true });
  }
}
