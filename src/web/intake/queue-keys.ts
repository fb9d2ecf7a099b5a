import type { Keys } from '../parts/KeyHelp.tsx';

/** The keys of the queue and of an opened entry. */
export const queueKeys: Keys = [
  ['j', 'Next entry'],
  ['k', 'Previous entry'],
  ['Enter', 'Open the entry'],
  ['/', 'Go to the filter'],
  ['c', 'Compare with the next candidate'],
  ['m', 'Join what is proposed, or the candidate that is compared, into one case'],
  ['x', 'Keep the compared candidate apart'],
  ['s', 'Take this report out of its case'],
  ['a', 'Accept: a case of its own'],
  ['q', 'Ask the reporter'],
  ['r', 'Refuse, with a reason'],
  ['o', 'Take up again what was refused'],
  ['t', 'Take it, or leave it to others'],
  ['u', 'Undo the last act on its case'],
  ['Esc', 'Back to the queue, close a dialog'],
  ['?', 'Show these keys'],
];
