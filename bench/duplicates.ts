import { measure } from './duplicates/measure.ts';
import { prepare } from './duplicates/prepare.ts';
import { load } from './duplicates/records.ts';
import { trainWeights, trainWords } from './duplicates/train.ts';

export async function run(args: string[]): Promise<void> {
  switch (args[0]) {
    case '--prepare':
      return prepare(args[1]!, args[2]!, 'bench/testdata/duplicates.jsonl.br');
    case '--train-words':
      return trainWords(load());
    case '--train':
      return trainWeights(load());
    default:
      return measure(load(), args);
  }
}
