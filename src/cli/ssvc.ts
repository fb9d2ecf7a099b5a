import { type Command, Option } from 'commander';
import { evaluate, tableNamed } from '../domain/advisory/ssvc/evaluate.ts';
import { decisionTables } from '../domain/advisory/ssvc/tables.ts';
import { Exit, exitCode, type Io } from './io.ts';
import { mapLines } from './lines.ts';

export function register(program: Command, io: Io): void {
  const ssvc = program.command('ssvc').description('decide by the SSVC decision tables of CERT/CC and CISA');

  ssvc
    .command('evaluate <table>')
    .description('evaluate JSON objects, one a line on standard input; "assay ssvc tables" lists the tables')
    .addOption(new Option('--format <format>', 'json: one object a line').choices(['json']))
    .action(async (name: string) => {
      const table = tableNamed(name);
      if (table === undefined) {
        io.stderr.write(`There is no table "${name}". "assay ssvc tables" lists them.\n`);
        throw new Exit(exitCode.usage);
      }
      let isAnyRefused = false;
      await mapLines(io, (line, number) => {
        const inputs = objectOf(line);
        const result = inputs ? evaluate(table, inputs) : { error: `Line ${number} is not a JSON object.` };
        if ('error' in result) {
          isAnyRefused = true;
          return JSON.stringify(result);
        }
        return JSON.stringify({ ...inputs, ...result });
      });
      if (isAnyRefused) throw new Exit(exitCode.findings);
    });

  ssvc
    .command('tables')
    .description('list the decision tables with their decision points and values')
    .addOption(new Option('--format <format>', 'json: one object a line').choices(['table', 'json']).default('table'))
    .action(({ format }: { format: 'table' | 'json' }) => {
      for (const { file, name, version, points, outcome } of decisionTables) {
        const valuesOf = (point: typeof outcome) => point.values.map((value) => value.name.toLowerCase());
        if (format === 'json') {
          const inputs = points.map((point) => ({ name: point.name, key: point.key, values: valuesOf(point) }));
          io.stdout.write(
            `${JSON.stringify({ table: file, name, version, points: inputs, outcomes: valuesOf(outcome) })}\n`,
          );
        } else {
          io.stdout.write(`${file}\n  ${name} ${version}: ${points.map((point) => point.name).join(', ')}\n`);
        }
      }
    });
}

function objectOf(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
