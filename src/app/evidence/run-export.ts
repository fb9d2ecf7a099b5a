/** A run in forms that other tools read. */
import type { Actor } from '../../domain/directory/actor.ts';
import type { EvalLog } from '../../domain/evidence/eval-log.ts';
import * as table from '../../formats/attempts/document.ts';
import * as document from '../../formats/every-eval-ever/document.ts';
import * as organisations from '../../store/directory/organisations.ts';
import * as runs from '../../store/evidence/runs.ts';
import type { System } from '../system.ts';
import { type Asked, attemptsOf, scorerOf } from './run-compare.ts';
import { reading, requireReady } from './runs.ts';

/** A table of item, attempt and score by one scorer, the first when none is named. */
export function attempts(system: System, actor: Actor, id: string, asked: Asked): Promise<string> {
  return reading(system, actor, id, 'run_exported', { as: 'attempts' }, async (tx, run) => {
    requireReady(run);
    const scorer = await scorerOf(tx, [run], asked.scorer);
    const rows = await attemptsOf(tx, run, scorer, asked.cluster);
    return table.write(
      rows.map(({ item, epoch, score, cluster, tokens }) => ({
        item,
        attempt: epoch,
        score,
        ...(cluster !== null && { cluster }),
        ...(tokens !== null && { tokens }),
        ...(run.model !== null && { model: run.model }),
      })),
    );
  });
}

/** The results as one document of Every Eval Ever, given by the organisation that imported the log. */
export function everyEvalEver(system: System, actor: Actor, id: string): Promise<string> {
  return reading(system, actor, id, 'run_exported', { as: 'every-eval-ever' }, async (tx, run) => {
    requireReady(run);
    const { header } = await runs.documents(tx, run.number);
    const owner = await organisations.find(tx, run.organisation);
    const source = { organization: owner?.name ?? run.organisation, relationship: 'other' } as const;
    const retrievedAt = Math.floor(Date.parse(run.createdAt) / 1000);
    return `${JSON.stringify(document.write(header as EvalLog, source, retrievedAt), undefined, 2)}\n`;
  });
}
