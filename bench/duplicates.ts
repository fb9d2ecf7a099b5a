/**
 * `npm run bench -- duplicates`: regroups public advisories with their names hidden; every number is of the half that was not looked at
 * while tuning. `--tuning` gives the same of the other half; `--train-words` and `--train` make the frozen tables again, `--prepare`
 * the records (bench/testdata/SOURCE.md).
 */
import { join } from 'node:path';
import { measure } from './duplicates/measure.ts';
import { prepare } from './duplicates/prepare.ts';
import { load } from './duplicates/records.ts';
import { trainWeights, trainWords } from './duplicates/train.ts';

export async function run([what, ...paths]: string[]): Promise<void> {
  switch (what) {
    case '--prepare':
      return prepare(paths[0]!, paths[1]!, join('bench', 'testdata', 'duplicates.jsonl.br'));
    case '--train-words':
      return trainWords(load());
    case '--train':
      return trainWeights(load());
    case '--tuning':
      return measure(load(), 'tuning');
    default:
      return measure(load(), 'measuring');
  }
}
