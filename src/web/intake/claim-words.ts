/** Claims in plain words. */
import * as vers from '../../domain/advisory/vers.ts';
import type { Instant } from '../../domain/instant.ts';
import type { AuthorityKind, ClaimState } from '../../domain/intake/claim.ts';
import { allVersions, type Scope } from '../../domain/intake/scope.ts';
import { counted } from '../parts/numbers.ts';
import type { Answer } from './claim-api.ts';

export const stateWords: Record<ClaimState, { name: string; tone: string }> = {
  claimed: { name: 'Open', tone: 'tag-pine' },
  finished: { name: 'Finished', tone: '' },
  lapsed: { name: 'Lapsed', tone: '' },
  cancelled: { name: 'Cancelled', tone: '' },
};

export const authorityWords: Record<AuthorityKind, string> = {
  own_software: 'It is our own software',
  written_permission: 'Written permission of its owner',
  published_policy: 'A published policy of its owner that allows it, such as a bug bounty',
  licence: 'A licence that lets us examine a copy of our own',
};

export const answerWords: Record<Answer, { name: string; says: string }> = {
  clear: {
    name: 'Clear',
    says: 'No overlapping claim is known here. That is no permission to scan, and work that nobody claimed may still go on.',
  },
  conflict: {
    name: 'Conflict',
    says: 'Another organisation has claimed an overlapping scope and answers such questions. You can ask to be introduced.',
  },
  ask_broker: {
    name: 'Ask the broker',
    says: 'It cannot be told here: somebody leaves the answer to the broker, the maintainers want to be asked first, or the two scopes cannot be compared. Write to the coordinators of this instance before you go on.',
  },
};

/** `all versions`, `versions >= 1.0, < 2.0`. */
export function versionWords(range: string): string {
  if (range === allVersions) return 'all versions';
  const signs = { '=': '', '!=': 'not ', '<': 'before ', '<=': 'up to ', '>': 'after ', '>=': 'from ', '*': 'all' };
  const parts = vers.read(range).constraints.map(({ comparator, version }) => `${signs[comparator]}${version}`);
  const shown = parts.length > 6 ? [...parts.slice(0, 6), `${parts.length - 6} more bounds`] : parts;
  return `versions ${shown.join(', ')}`;
}

export const pathWords = (scope: Pick<Scope, 'path' | 'target'>): string =>
  scope.path !== '' ? `under ${scope.path}` : scope.target.kind === 'host' ? 'the whole host' : 'the whole source tree';

/** `3 days 4 hours`, `5 hours`, `less than an hour`; from one moment to a later one. */
export function lasting(from: Instant, to: Instant): string {
  const hours = Math.round((Date.parse(to) - Date.parse(from)) / 3_600_000);
  if (hours < 1) return 'less than an hour';
  const days = Math.floor(hours / 24);
  if (days === 0) return counted(hours, 'hour');
  return hours % 24 === 0 || days > 6 ? counted(days, 'day') : `${counted(days, 'day')} ${counted(hours % 24, 'hour')}`;
}
