import { aliasesIn, type Found, textOf, wordOf } from '../finding/draft.ts';
import { packageOf, rangeOf } from '../finding/package.ts';
import { arrayOf, isObject, objectOf } from '../json.ts';
import { Refused } from '../listing.ts';
import { quoted } from '../text.ts';
import { advisoryDraft } from './npm-audit.ts';

const types = ['auditAdvisory', 'auditSummary', 'auditAction', 'info', 'warning', 'error', 'activityTick', 'step'];

/** `yarn audit --json` (yarn 1) and `yarn npm audit --json` (yarn 2 and later): one JSON value a line. */
export const isOne = (value: unknown) => Array.isArray(value) && value.length > 0 && isLine(value[0]);

const isLine = (line: unknown) =>
  isObject(line) &&
  ((types.includes(textOf(line['type']) ?? '') && 'data' in line) ||
    (typeof line['value'] === 'string' && isObject(line['children']) && 'Issue' in line['children']));

export function* read(value: unknown): Generator<Found> {
  const lines = arrayOf(value);
  for (let index = 0; index < lines.length; index++) {
    const line = objectOf(lines[index]);
    const path = `line ${index + 1}`;
    const { advisory } = objectOf(line['data']);
    if (line['type'] === 'error') {
      const message = `The audit itself broke off: it says ${quoted(line['data'])}. Run it again.`;
      throw new Refused(path, message);
    }
    if (line['type'] === 'auditAdvisory' && isObject(advisory)) {
      yield { path, original: line, draft: { ...advisoryDraft(advisory), tool: 'yarn audit' } };
    } else if (isObject(line['children'])) {
      const { ID, Issue, URL, Severity, 'Vulnerable Versions': range, 'Tree Versions': versions } = line['children'];
      if (typeof ID === 'string' && / \(deprecation\)$/.test(ID)) {
        const message = 'The package is deprecated; that is no flaw.';
        yield { path, original: line, problems: [{ path, message }] };
        continue;
      }
      yield {
        path,
        original: line,
        draft: {
          titles: [Issue],
          ...packageOf('npm', line['value'], arrayOf(versions)[0]),
          affected: rangeOf('npm', range),
          aliases: aliasesIn([URL]),
          level: Severity,
          references: [URL],
          tool: 'yarn audit',
          rule: wordOf(ID),
        },
      };
    }
  }
}
