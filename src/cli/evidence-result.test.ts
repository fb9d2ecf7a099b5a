import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { afterAll, expect, test } from 'vitest';
import { canonicalPlan, type EvaluationPlan } from '../domain/evidence/evaluation-plan.ts';
import { defaults } from '../domain/evidence/registration.ts';
import { canonicalInputs, type ResultExport, type ResultInputs, workedFrom } from '../domain/evidence/result-export.ts';
import { run } from './main.ts';

const folder = mkdtempSync(join(tmpdir(), 'assay-result-'));
afterAll(() => rmSync(folder, { recursive: true }));

const sha256 = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;

const plan: EvaluationPlan = {
  format: 'assay-evaluation-plan/1',
  rule: { ...defaults, title: '', threshold: 0.5, minimumClusters: 2 },
  task: 'locks',
  scorer: 'match',
  clusterBy: null,
  items: 20,
  packRoot: null,
};

function exported(title = 'More than half?'): ResultExport {
  const ofPlan = { ...plan, rule: { ...plan.rule, title } };
  const inputs: ResultInputs = {
    format: 'assay-result-inputs/1',
    plan: ofPlan,
    registration: {
      id: 'registration_1',
      digest: sha256(canonicalPlan(ofPlan)),
      registeredAt: '2026-03-01T09:30:00.000Z',
    },
    runs: [
      {
        id: 'run_1',
        digest: 'sha256:1',
        manifestDigest: 'sha256:2',
        model: 'tern',
        importedAt: '2026-03-02T09:30:00.000Z',
        beganAt: null,
        status: 'success',
        samples: 20,
        readings: { items: 0, open: 0, signed: 'none', cheated: [] },
      },
    ],
    attempts: Array.from({ length: 20 }, (_, at) => ({
      run: 0,
      number: at + 1,
      item: `lock-${at}`,
      epoch: 1,
      score: at < 18 ? 1 : 0,
      cluster: null,
      tokens: null,
      model: 'tern',
    })),
    card: {},
  };
  return { format: 'assay-result-export/1', inputs, digest: sha256(canonicalInputs(inputs)), ...workedFrom(inputs) };
}

async function assay(document: unknown, ...more: string[]) {
  const file = join(folder, 'result.json');
  writeFileSync(file, typeof document === 'string' ? document : JSON.stringify(document));
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const args = ['evidence', 'result', file, ...more];
  const code = await run(args, { stdin: Readable.from(['']), stdout, stderr, env: {} });
  return { code, out: String(stdout.read() ?? ''), errors: String(stderr.read() ?? '') };
}

test('an export that nobody changed is computed the same: exit 0', async () => {
  const { code, out } = await assay(exported());

  expect(out).toContain('The rule is met: measured 90.0%');
  expect(out).toContain('nobody looked there for dishonest success');
  expect(out).toContain('computed again: the same');
  expect(code).toBe(0);
});

test('a zone, a score or a plan that was changed afterwards is found: exit 1, with the places', async () => {
  const ofZone = exported();
  const { code, out } = await assay({ ...ofZone, result: { ...ofZone.result, zone: 'undecided' } });
  expect([code, out]).toEqual([1, expect.stringContaining('it differs in 1 places: result.zone')]);

  const ofScore = exported();
  ofScore.inputs.attempts[19] = { ...ofScore.inputs.attempts[19]!, score: 1 };
  expect(JSON.parse((await assay(ofScore, '--format', 'json')).out)).toMatchObject({
    same: false,
    differing: expect.arrayContaining(['inputs', 'result.inputsDigest']),
  });

  const ofPlan = exported();
  ofPlan.inputs.plan = { ...ofPlan.inputs.plan, rule: { ...ofPlan.inputs.plan.rule, threshold: 0.4 } };
  expect(JSON.parse((await assay(ofPlan, '--format', 'json')).out).differing).toContain('plan');
});

test.each([
  ['no JSON', '{'],
  ['something else', '{"format":"assay-attempts/1"}'],
  ['nothing of an export', '[]'],
  ['a text that would move the cursor of a terminal', JSON.stringify(exported('More\u001b[2J?'))],
])('%s is refused with the reason: exit 1', async (_, text) => {
  const { code, out, errors } = await assay(text);

  expect([code, out]).toEqual([1, '']);
  expect(errors).toContain('was refused');
  expect(errors).not.toContain('\u001b');
});
