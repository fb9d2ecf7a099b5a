import { useMutation } from '@tanstack/react-query';
import type { z } from 'zod';
import type { LogEntry, LogKey, LogProof } from '../../api/contract/log.ts';
import * as base64 from '../../log/base64.ts';
import * as leaf from '../../log/leaf.ts';
import * as note from '../../log/note.ts';
import { isSameHash } from '../../log/proof.ts';
import * as tlogProof from '../../log/tlog-proof.ts';
import { ask } from '../api.ts';
import { Failure } from '../parts/Failure.tsx';
import { Notice } from '../parts/Notice.tsx';
import { count } from '../parts/numbers.ts';
import { ScrollArea } from '../parts/ScrollArea.tsx';
import { save } from '../parts/save.ts';
import { hash, verifySignature } from './verify.ts';

type Entry = z.infer<typeof LogEntry>;
type Proof = z.infer<typeof LogProof>;

/** Fetches the proof of one entry and verifies it here: the opening against the leaf, the leaf against the signed root. */
async function prove(entry: Entry): Promise<{ proof: Proof; size: number; findings: string[]; holds: boolean }> {
  const [proof, { origin, key }] = await Promise.all([
    ask<Proof>(`/api/v1/log/entries/${entry.index}/proof`),
    ask<z.infer<typeof LogKey>>('/api/v1/log/key'),
  ]);
  const bytes = base64.decode(proof.leaf);
  const commitment = leaf.commit(hash, { nonce: base64.decode(entry.nonce), body: entry.body });
  const isOpened = isSameHash(commitment, leaf.parse(bytes).commitment);
  const isIncluded = await tlogProof.verify(hash, proof.text, bytes, origin, note.parseKey(hash, key), verifySignature);
  return {
    proof,
    size: proof.size,
    holds: isOpened && isIncluded,
    findings: [
      isOpened
        ? 'What is shown here is what was sealed in the log.'
        : 'What is shown here is not what was sealed in the log.',
      isIncluded
        ? `The entry stands at place ${count(proof.index)} of ${count(proof.size)}, under a checkpoint signed by ${origin}.`
        : 'The entry is not under the signed checkpoint.',
    ],
  };
}

/** What an entry says, and a check of it in this browser. `summary` is what it is opened by. */
export function EntryProof(props: { entry: Entry; summary?: string }) {
  const { entry, summary = 'What was recorded, and its proof' } = props;
  const check = useMutation({ mutationFn: () => prove(entry) });
  return (
    <details className="small">
      <summary>{summary}</summary>
      <div className="stack entry-detail">
        <ScrollArea label={`Entry ${entry.index}`} className="code">
          <pre>{pretty(entry.body)}</pre>
        </ScrollArea>
        <p className="row">
          <button
            type="button"
            className="usa-button usa-button--outline button-small"
            disabled={check.isPending}
            onClick={() => check.mutate()}
          >
            Verify in this browser
          </button>
          {check.data && (
            <button
              type="button"
              className="usa-button usa-button--unstyled"
              onClick={() => save(check.data.proof.text, `entry-${entry.index}.tlog-proof`, 'text/plain')}
            >
              Save the proof
            </button>
          )}
        </p>
        {check.error && <Failure error={check.error} doing="verify this entry" />}
        {check.data && (
          <Notice kind={check.data.holds ? 'success' : 'error'}>
            {check.data.findings.map((finding) => (
              <p key={finding}>{finding}</p>
            ))}
          </Notice>
        )}
      </div>
    </details>
  );
}

function pretty(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), undefined, 2);
  } catch {
    return body;
  }
}
