import { textOf } from '../finding/draft.ts';
import { arrayOf, elementAt, isObject, type JsonObject } from '../json.ts';

/** Tells the path of a file within the source that was scanned. */
export interface Artifacts {
  /** Takes an artifactLocation (3.4). */
  pathOf(location: unknown): string | undefined;
}

/** How far bases may stand on bases (3.14.14); a circle ends here too. */
const basesMax = 20;

/**
 * Paths as the source knows them: a relative URI under the bases that are relative themselves. Where the root lies on the machine that
 * scanned is left away, for it differs from machine to machine and tells of people.
 */
export function artifactsOf(run: JsonObject): Artifacts {
  const artifacts = arrayOf(run['artifacts']);
  const bases = isObject(run['originalUriBaseIds']) ? run['originalUriBaseIds'] : {};
  const roots = Object.values(bases)
    .map((base) => (isObject(base) ? textOf(base['uri']) : undefined))
    .filter((uri): uri is string => uri !== undefined && /^[a-z][a-z0-9+.-]*:/i.test(uri))
    .map((uri) => (uri.endsWith('/') ? uri : `${uri}/`))
    .sort((a, b) => b.length - a.length)
    .slice(0, basesMax);
  return {
    pathOf(value) {
      if (!isObject(value)) return undefined;
      let location = value;
      if (textOf(location['uri']) === undefined) {
        const artifact = elementAt(artifacts, location['index']);
        location = isObject(artifact) && isObject(artifact['location']) ? artifact['location'] : location;
      }
      let uri = textOf(location['uri']);
      if (uri === undefined) return undefined;
      let baseId = location['uriBaseId'];
      for (let depth = 0; depth < basesMax && typeof baseId === 'string' && !isAbsolute(uri); depth++) {
        const base: unknown = Object.hasOwn(bases, baseId) ? bases[baseId] : undefined;
        const baseUri = isObject(base) ? textOf(base['uri']) : undefined;
        if (!isObject(base) || baseUri === undefined || isAbsolute(baseUri)) break;
        uri = `${baseUri}${baseUri.endsWith('/') ? '' : '/'}${uri}`;
        baseId = base['uriBaseId'];
      }
      const root = roots.find((each) => uri?.startsWith(each));
      return clean(root === undefined ? uri : uri.slice(root.length));
    },
  };
}

const isAbsolute = (uri: string) => /^[a-z][a-z0-9+.-]+:/i.test(uri);

/** A `file:` URI or relative reference as a path: decoded, with forward slashes, without steps up and down. Other URIs stay. */
function clean(uri: string): string | undefined {
  if (isAbsolute(uri) && !/^file:/i.test(uri)) return uri;
  const isFile = /^file:/i.test(uri);
  const path = decoded(uri.replace(/^file:(?:\/\/[^/]*)?/i, '')).replaceAll('\\', '/');
  const kept: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..' && kept.length > 0 && kept.at(-1) !== '..') kept.pop();
    else kept.push(part);
  }
  const isRooted = (isFile || path.startsWith('/')) && !/^[a-z]:$/i.test(kept[0] ?? '');
  return kept.length === 0 ? undefined : `${isRooted ? '/' : ''}${kept.join('/')}`;
}

function decoded(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
