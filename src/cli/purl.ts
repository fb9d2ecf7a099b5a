import type { Command } from 'commander';
import { canonical, PurlError, parse } from '../domain/advisory/purl.ts';
import { Exit, exitCode, type Io } from './io.ts';

export function register(program: Command, io: Io): void {
  program
    .command('purl')
    .description('package URLs')
    .command('parse')
    .description('the parts of a package URL, and its canonical text, as JSON')
    .argument('<string>', 'such as pkg:npm/%40angular/core@17.0.0')
    .option('--format <format>', 'json: the only one')
    .action((text: string) => {
      try {
        const purl = parse(text);
        const { type, namespace = null, name, version = null, qualifiers = null, subpath = null } = purl;
        const parts = { type, namespace, name, version, qualifiers, subpath };
        io.stdout.write(`${JSON.stringify({ ...parts, canonical: canonical(purl) })}\n`);
      } catch (error) {
        if (!(error instanceof PurlError)) throw error;
        io.stderr.write(`assay: ${error.message}\n`);
        throw new Exit(exitCode.findings);
      }
    });
}
