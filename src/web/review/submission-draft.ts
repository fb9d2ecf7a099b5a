import { useEffect, useState } from 'react';
import type { Part } from '../../domain/review/submission.ts';
import type { PartNumber } from '../../domain/review/submission-parts.ts';

/** What somebody has typed into one part and not saved: as loose as a form is. */
export interface PartDraft {
  /** The version that was on the page when typing began. */
  basedOn: number;
  state: Part['state'] | 'open';
  content: Record<string, unknown>;
  reason: string;
}

/** The form of a part as it is kept. */
export function draftOf(part: Part | undefined, basedOn: number): PartDraft {
  return {
    basedOn,
    state: part?.state ?? 'open',
    content: part?.state === 'given' ? part.content : {},
    reason: part !== undefined && part.state !== 'given' ? part.reason : '',
  };
}

/** The form as it is sent; null opens the part again. */
export function saidOf(draft: PartDraft): unknown {
  if (draft.state === 'open') return null;
  return draft.state === 'given'
    ? { state: 'given', content: draft.content }
    : { state: draft.state, reason: draft.reason };
}

const keyOf = (person: string, submission: string, number: PartNumber) =>
  `assay.file.${person}.${submission}.${number}`;

/** Numbers of the parts in which this person has typed something that is not saved. */
export function draftedParts(person: string, submission: string): number[] {
  const prefix = `assay.file.${person}.${submission}.`;
  return Object.keys(sessionStorage)
    .filter((key) => key.startsWith(prefix))
    .map((key) => Number(key.slice(prefix.length)));
}

/**
 * What was typed into a part, kept in this tab until it is saved or dropped: a reload loses nothing, and closing the tab leaves nothing
 * of a confidential file on the computer.
 */
export function usePartDraft(person: string, submission: string, number: PartNumber) {
  const key = keyOf(person, submission, number);
  const [draft, setDraft] = useState<PartDraft | undefined>(() => {
    try {
      return JSON.parse(sessionStorage.getItem(key) ?? 'null') ?? undefined;
    } catch {
      return undefined;
    }
  });
  useEffect(() => {
    if (draft === undefined) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, JSON.stringify(draft));
  }, [draft, key]);
  return [draft, setDraft] as const;
}
