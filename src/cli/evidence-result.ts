/** A result computed again from its export, and held against what stands there. */
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { canonicalPlan } from '../domain/evidence/evaluation-plan.ts';
import {
  percent,
  policyWords,
  reasonSays,
  reasonWords,
  ruleWords,
  zoneSentence,
} from '../domain/evidence/letter-words.ts';
import type { Result } from '../domain/evidence/result.ts';
import {
  canonicalInputs,
  differences,
  type ResultExport,
  readExport,
  workedFrom,
} from '../domain/evidence/result-export.ts';
import { Exit, exitCode, type Io, plain } from './io.ts';

/** An export of the most attempts that a result takes is a third of this. */
const sizeMax = 200_000_000;

export function register(evidence: Command, io: Io): void {
  evidence
    .command('result')
    .description('compute a result again from its export, and say where it differs from what stands there')
    .argument('<export>', 'the JSON that the result was saved as')
    .addOption(new Option('--format <format>', 'output').choices(['text', 'json']).default('text'))
    .addHelpText('after', '\nExit code: 0 the same; 1 it differs, or the file was refused; 2 used wrongly.')
    .action(async (file: string, options: { format: 'text' | 'json' }) => {
      const document = await exportIn(file, io);
      const digests = digestsOf(document);
      const { result, remarks } = workedFrom(document.inputs);
      // As JSON has it: what is undefined is not there.
      const worked = JSON.parse(JSON.stringify({ result, remarks }));
      const differing = [
        ...Object.entries(digests).flatMap(([name, { given, computed }]) => (given === computed ? [] : [name])),
        ...differences({ result: document.result, remarks: document.remarks }, worked),
      ];
      const { zone, reasons } = result;
      io.stdout.write(
        options.format === 'json'
          ? `${JSON.stringify({ file, same: differing.length === 0, differing: differing.slice(0, 100), zone, reasons, digests })}\n`
          : told(file, document, result, differing),
      );
      if (differing.length > 0) throw new Exit(exitCode.findings);
    });
}

const digestsOf = ({ inputs, digest }: ResultExport) => {
  const sha256 = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;
  return {
    inputs: { given: digest, computed: sha256(canonicalInputs(inputs)) },
    plan: { given: inputs.registration.digest, computed: sha256(canonicalPlan(inputs.plan)) },
  };
};

/** The export in a file. A refusal ends the command. */
async function exportIn(file: string, io: Io): Promise<ResultExport> {
  const refuse = (lines: string[]): never => {
    io.stderr.write(plain(`${file} was refused:\n${lines.map((line) => `  ${line}`).join('\n')}\n`));
    throw new Exit(exitCode.findings);
  };
  let value: unknown;
  try {
    const { size } = await stat(file);
    if (size > sizeMax) return refuse([`it has ${size} bytes; ${sizeMax} are read at most`]);
    value = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    return refuse([error instanceof Error ? error.message : String(error)]);
  }
  const read = readExport(value);
  if ('problems' in read) return refuse(read.problems.map(({ path, message }) => `${path}: ${message}`));
  return read.document;
}

function told(file: string, { inputs, remarks }: ResultExport, result: Result, differing: string[]): string {
  const lines = [
    file,
    `  ${inputs.plan.rule.title}`,
    `  ${ruleWords(inputs.plan.rule)}`,
    `  ${zoneSentence(result)}`,
    ...result.reasons.map(
      (reason) => `  - ${reasonSays(reason, result, inputs.plan.rule)} ${reasonWords[reason].toDo}`,
    ),
    ...result.cheating.map(
      ({ policy, estimate }) => `  if ${policyWords[policy]}: ${estimate ? percent(estimate.mean) : 'none'}`,
    ),
    ...remarks.map(({ text }) => `  ! ${text}`),
    ...result.warnings.map(({ message }) => `  ! ${message}`),
    differing.length === 0
      ? '  computed again: the same'
      : `  computed again: it differs in ${differing.length} places: ${differing.slice(0, 10).join(', ')}`,
  ];
  return plain(`${lines.join('\n')}\n`);
}
