import { END, number, numbers, text } from './key.ts';

/** PEP 440 appendix B, anchored; the groups are epoch, release, pre, post, dev and local. */
const pattern =
  /^\s*v?(?:(\d+)!)?(\d+(?:\.\d+)*)(?:[-_.]?(alpha|beta|preview|pre|a|b|c|rc)[-_.]?(\d*))?(?:-(\d+)|[-_.]?(post|rev|r)[-_.]?(\d*))?(?:[-_.]?(dev)[-_.]?(\d*))?(?:\+([a-z0-9]+(?:[-_.][a-z0-9]+)*))?\s*$/i;

const phases: Record<string, string> = {
  a: '"',
  alpha: '"',
  b: '#',
  beta: '#',
  c: '$',
  rc: '$',
  pre: '$',
  preview: '$',
};

/**
 * PEP 440, "Summary of permitted suffixes and relative ordering": dev releases before pre-releases before the release
 * before its local versions before its post-releases. A text that is no PEP 440 version is ordered by the rules that
 * setuptools had before it (`LegacyVersion` of packaging 21), and comes before every version that is.
 */
export function key(version: string): string {
  const match = pattern.exec(version);
  if (match === null) return `!${legacy(version)}`;
  const [, epoch, release, preWord, preNumber, implicitPost, postWord, postNumber, dev, devNumber, local] = match;
  const epochKey = epoch === undefined || /^0+$/.test(epoch) ? '' : `~${number(epoch)}`;
  const isPost = implicitPost !== undefined || postWord !== undefined;
  const devKey = dev === undefined ? '' : `!${number(devNumber ?? '')}`;
  const localKey = local === undefined ? '' : `!${locals(local)}`;
  const head = epochKey + numbers(release!.split('.'), true);
  if (preWord !== undefined) {
    const post = isPost ? `&${number(implicitPost ?? postNumber ?? '')}` : '';
    return `${head}${phases[preWord.toLowerCase()]}${number(preNumber ?? '')}${post}${devKey || END}${localKey}`;
  }
  if (isPost) return `${head}${END}"${number(implicitPost ?? postNumber ?? '')}${devKey || END}${localKey}`;
  return head + (devKey || END) + localKey;
}

/** PEP 440, "Local version identifiers": words before numbers, fewer segments before more. */
function locals(local: string): string {
  let key = '';
  for (const part of local.toLowerCase().split(/[-_.]/)) key += /^\d+$/.test(part) ? number(part) : `!${text(part)}`;
  return key;
}

const replacements: Record<string, string> = { pre: 'c', preview: 'c', '-': 'final-', rc: 'c', dev: '@' };
const zeroPart = '00000000';

function legacy(version: string): string {
  const parts: string[] = [];
  for (const raw of version.toLowerCase().split(/(\d+|[a-z]+|\.|-)/)) {
    const part = Object.hasOwn(replacements, raw) ? replacements[raw]! : raw;
    if (part === '' || part === '.') continue;
    legacyPart(parts, /^\d/.test(part) ? part.padStart(8, '0') : `*${part}`);
  }
  legacyPart(parts, '*final');
  return parts.map(text).join('');
}

function legacyPart(parts: string[], part: string): void {
  if (part.startsWith('*')) {
    if (part < '*final') while (parts.at(-1) === '*final-') parts.pop();
    while (parts.at(-1) === zeroPart) parts.pop();
  }
  parts.push(part);
}

/** True for PEP 440 versions, normalised or not. */
export function isValid(version: string): boolean {
  return pattern.test(version);
}
