/** Reads and fits runs off the page's thread. What comes in stays here: nothing is requested. */
import {
  binsOf,
  curveOf,
  type FittedModel,
  horizonOf,
  type RunRow,
  spanOf,
} from '../../domain/evidence/model-horizon.ts';
import { ArchiveError, gunzipIfPacked } from '../../formats/archive/gzip.ts';
import { type RunFile, read } from '../../formats/runs/document.ts';
import type { Progress, Worked, WorkReply, WorkRequest } from './horizon-work.ts';

/** Runs that came last: other choices do not need them read again. */
let kept: RunFile = { models: new Map(), problems: [] };

const nothing: Worked = { span: { from: 1, to: 2 }, models: [], problems: [] };

addEventListener('message', async ({ data }: MessageEvent<WorkRequest>) => {
  const { id, from, choices } = data;
  const reply = (message: WorkReply) => postMessage(message);
  const tell = (progress: Progress) => reply({ id, kind: 'progress', progress });
  try {
    if (from instanceof File) kept = await read(gunzipIfPacked(bytesOf(from, tell)));
    else if (from !== 'same') kept = { models: byModel(from), problems: [] };
    const fitted: FittedModel[] = [];
    for (const [model, rows] of kept.models) {
      tell({ phase: 'fitting', done: fitted.length, all: kept.models.size, model });
      fitted.push(horizonOf(model, rows, choices));
    }
    const span = fitted.length === 0 ? nothing.span : spanOf(fitted.map(({ horizon }) => horizon));
    const models = fitted.map((one) => ({
      horizon: one.horizon,
      curve: curveOf(one, span),
      bins: binsOf(one.runs),
    }));
    reply({ id, kind: 'worked', worked: { span, models, problems: kept.problems } });
  } catch (error) {
    if (error instanceof ArchiveError)
      reply({ id, kind: 'worked', worked: { ...nothing, problems: [{ path: '', message: error.message }] } });
    else reply({ id, kind: 'failed', message: (error as Error).message });
  }
});

function byModel(rows: readonly RunRow[]): Map<string, RunRow[]> {
  const models = new Map<string, RunRow[]>();
  for (const row of rows) {
    const own = models.get(row.model);
    if (own === undefined) models.set(row.model, [row]);
    else own.push(row);
  }
  return models;
}

/** The file in pieces, telling about every hundredth how far it is. */
async function* bytesOf(file: File, tell: (progress: Progress) => void): AsyncGenerator<Uint8Array> {
  const reader = file.stream().getReader();
  let done = 0;
  let told = -1;
  try {
    for (;;) {
      const piece = await reader.read();
      if (piece.done) return;
      done += piece.value.length;
      if (done - told > file.size / 100) {
        told = done;
        tell({ phase: 'reading', share: done / file.size });
      }
      yield piece.value;
    }
  } finally {
    await reader.cancel();
  }
}
