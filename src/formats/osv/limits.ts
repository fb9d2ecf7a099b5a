import type { Problem } from '../../domain/problem.ts';

/** Levels of lists and objects in one advisory. The schema itself needs eight; source-specific fields may add some. */
export const depthMax = 40;

/** Values in one advisory: the largest distribution advisories hold about 200,000. */
export const valuesMax = 2_000_000;

/**
 * The first reason why a parsed JSON value is too much for us: too deep, too many values, or text that cannot be kept
 * (a NUL or half a surrogate pair, which PostgreSQL refuses), or the key `__proto__`. Undefined when there is none.
 */
export function withinLimits(value: unknown): Problem | undefined {
  let count = 0;
  const visit = (item: unknown, depth: number): Problem | undefined => {
    if (++count > valuesMax) return { path: '', message: `The document holds more than ${valuesMax} values.` };
    if (typeof item === 'string') {
      return isKeepable(item) ? undefined : { path: '', message: unkeepable };
    }
    if (typeof item !== 'object' || item === null) return undefined;
    if (depth > depthMax) return { path: '', message: `The document is nested deeper than ${depthMax} levels.` };
    if (Array.isArray(item)) {
      for (const [i, entry] of item.entries()) {
        const problem = visit(entry, depth + 1);
        if (problem !== undefined) return { ...problem, path: `[${i}]${dotted(problem.path)}` };
      }
      return undefined;
    }
    for (const [key, entry] of Object.entries(item)) {
      if (key === '__proto__') return { path: '', message: 'The key "__proto__" is not allowed.' };
      if (!isKeepable(key)) return { path: '', message: unkeepable };
      const problem = visit(entry, depth + 1);
      if (problem !== undefined) return { ...problem, path: `${key.slice(0, 60)}${dotted(problem.path)}` };
    }
    return undefined;
  };
  return visit(value, 1);
}

const unkeepable = 'The text holds a NUL character or half a surrogate pair. Remove it.';

function isKeepable(text: string): boolean {
  return !/\0|\p{Surrogate}/u.test(text);
}

function dotted(path: string): string {
  return path === '' || path.startsWith('[') ? path : `.${path}`;
}
