import type { KeptLog } from '../../domain/evidence/model-horizon.ts';
import { ask, query } from '../api.ts';
import { type RunView, runPath, type SamplePageOf } from './run-api.ts';

export interface KeptRuns extends KeptLog {
  id: string;
}

/** As many as the server gives at once. The contract itself stays out of the browser: its checks compile code, which pages may not. */
const pageLimitMax = 200;
/** More samples than this are not fetched: save the log's attempts and use the command line. */
const samplesMax = 50_000;

/** The samples of logs kept here, one log after the other. `onRead` hears how many have come. */
export async function loadKept(
  ids: readonly string[],
  onRead: (samples: number) => void,
  signal: AbortSignal,
): Promise<KeptRuns[]> {
  const runs: KeptRuns[] = [];
  let read = 0;
  for (const id of ids) {
    const run = await ask<RunView>(runPath(id), { signal });
    const samples: SamplePageOf['items'] = [];
    let after: string | undefined;
    do {
      const page = await ask<SamplePageOf>(`${runPath(id)}/samples${query({ after, limit: pageLimitMax })}`, {
        signal,
      });
      samples.push(...page.items);
      read += page.items.length;
      onRead(read);
      if (read > samplesMax)
        throw new Error(`These logs have more than ${samplesMax} samples together. Choose fewer of them.`);
      after = page.next;
    } while (after !== undefined);
    const name = run.task ?? run.fileName;
    runs.push({ id, task: name, model: run.model ?? name, samples: samples.map(({ summary }) => summary) });
  }
  return runs;
}

/** Scores that any of these samples has, in order of name. */
export function scorersOf(runs: readonly KeptRuns[]): string[] {
  const names = new Set<string>();
  for (const { samples } of runs)
    for (const { scores } of samples)
      for (const [name, { value, parts }] of Object.entries(scores)) {
        if (value !== null) names.add(name);
        for (const part of Object.keys(parts ?? {})) names.add(`${name}.${part}`);
      }
  return [...names].sort();
}
