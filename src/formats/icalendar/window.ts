import type { Instant } from '../../domain/instant.ts';
import type { WindowView } from '../../domain/review/window.ts';
import { type Due, uidOf, write } from './document.ts';

/**
 * The dates of a window as a calendar: start, end, planned date, return due. Ids are of the submission and the kind of date,
 * and `sequence` (the number of recorded events) rises, so that calendars move a date instead of adding one. Says neither
 * the model nor the parties: calendars are copied to places that nobody here knows.
 */
export function writeWindow(submission: string, view: WindowView, sequence: number): string {
  const dues: Due[] = [];
  const add = (kind: string, at: Instant | undefined, summary: string, description: string) => {
    // A date that stood here before may stand in a calendar still.
    const struck = { at: view.startedAt ?? view.at, isCancelled: true };
    const when = at === undefined ? struck : { at };
    dues.push({ uid: uidOf(submission, kind), summary, description, sequence, ...when });
  };
  const isEnded = view.endedAt !== undefined;
  if (view.startedAt !== undefined)
    add('start', view.startedAt, 'Early access: the clock started', 'Days of access count from here.');
  if (view.startedAt !== undefined || view.endsAt !== undefined || isEnded) {
    add(
      'end',
      view.endedAt ?? view.endsAt,
      isEnded ? 'Early access: the window ended' : 'Early access: the window ends',
      isEnded
        ? 'Access ended here.'
        : 'Access ends here unless the developer moves the date or extends. The developer may release earlier at any time.',
    );
  }
  if (view.history.some(({ act }) => act === 'move_anchor' || act === 'offer')) {
    add(
      'anchor',
      view.anchor,
      'Early access: planned date of release',
      'The developer alone sets and moves this date.',
    );
  }
  if (view.returnDueAt !== undefined && view.returnedAt === undefined) {
    add(
      'return',
      view.returnDueAt,
      'Early access: return or destruction due',
      'What was handed over is to be returned or destroyed, and attested.',
    );
  } else if (view.returnedAt !== undefined) {
    add('return', view.returnedAt, 'Early access: return or destruction attested', 'Attested by the authority.');
  }
  return write('Early access', dues, view.at, 'Window');
}
