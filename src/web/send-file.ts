import { ApiProblem } from './api.ts';

/** What the server says of a file that it does not take: each problem as a sentence. */
export class FileRefused extends ApiProblem {
  readonly problems: { path: string; message: string }[];

  constructor(details: ConstructorParameters<typeof ApiProblem>[0], problems: { path: string; message: string }[]) {
    super(details);
    this.problems = problems;
  }
}

/**
 * Sends a file, telling how much of it has gone (0 to 1); gives the answer and its status. Throws `ApiProblem`. The browser reports
 * progress of this kind of request only.
 */
export function sendFile<T>(
  path: string,
  file: File,
  onSent: (share: number) => void,
  signal: AbortSignal,
): Promise<{ status: number; answer: T }> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', path);
    request.setRequestHeader('content-type', 'application/octet-stream');
    request.setRequestHeader('accept', 'application/json');
    request.upload.onprogress = (event) => onSent(event.total === 0 ? 0 : event.loaded / event.total);
    request.onload = () => {
      const { status } = request;
      const answer = jsonOf(request.responseText);
      if (status < 300) return resolve({ status, answer: answer as T });
      const details = answer['details'] as { problems?: { path: string; message: string }[] } | undefined;
      return reject(new FileRefused({ ...answer, status }, details?.problems ?? []));
    };
    request.onerror = () =>
      reject(new ApiProblem({ status: 0, detail: 'The file did not arrive. Check your connection, then try again.' }));
    request.onabort = () => reject(new ApiProblem({ status: 0, detail: 'You stopped sending.' }));
    signal.addEventListener('abort', () => request.abort(), { once: true });
    request.send(file);
  });
}

function jsonOf(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}
