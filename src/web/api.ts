/** What the server says when it refuses (RFC 9457 problem details). */
interface ProblemDetails {
  status: number;
  title?: string;
  detail?: string;
  code?: string;
}

/** A request that the server refused, or that never reached it (`status` 0). The message is a sentence to show. */
export class ApiProblem extends Error {
  readonly status: number;
  readonly code: string | undefined;

  constructor(details: ProblemDetails) {
    super(details.detail ?? details.title ?? `The server answered ${details.status}.`);
    this.status = details.status;
    this.code = details.code;
  }
}

/**
 * Asks this instance, and no other: `path` starts with `/`. `body` goes as JSON, `file` as it is. Gives the answer's JSON, or undefined for 204.
 * A POST that may be sent again for the same act takes the same `key` each time. Throws `ApiProblem` for every refusal.
 */
export async function ask<T>(
  path: string,
  options: { method?: string; body?: unknown; file?: Blob; key?: string; signal?: AbortSignal } = {},
): Promise<T> {
  const { method = 'GET', body, file, key, signal } = options;
  const headers: Record<string, string> = { accept: 'application/json' };
  if (body !== undefined) headers['content-type'] = 'application/json';
  if (file !== undefined) headers['content-type'] = 'application/octet-stream';
  if (method === 'POST') headers['idempotency-key'] = key ?? crypto.randomUUID();
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      headers,
      credentials: 'same-origin',
      redirect: 'error',
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(file === undefined ? {} : { body: file }),
      ...(signal ? { signal } : {}),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiProblem({ status: 0, detail: 'This instance did not answer. Check your connection, then try again.' });
  }
  const isJson = /[/+]json/.test(response.headers.get('content-type') ?? '');
  if (!response.ok) {
    const details = isJson ? ((await response.json()) as Partial<ProblemDetails>) : {};
    throw new ApiProblem({ ...details, status: response.status });
  }
  if (response.status === 204) return undefined as T;
  if (!isJson) {
    throw new ApiProblem({
      status: response.status,
      detail: 'This address answers something else than data. Is the server running?',
    });
  }
  return (await response.json()) as T;
}

/** Builds a query string from what is set; empty values are left out. */
export function query(values: Record<string, string | number | boolean | undefined>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined && value !== '' && value !== false) search.set(name, String(value));
  }
  const text = search.toString();
  return text === '' ? '' : `?${text}`;
}
