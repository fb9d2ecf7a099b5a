import { type Step, type VerifyProgress, verifyLog } from './verify.ts';

export type VerifyRequest = { key: string | undefined };
export type VerifyReply =
  | ({ kind: 'progress' } & VerifyProgress)
  | { kind: 'done'; steps: Step[]; size: number; bytes: number }
  | { kind: 'failed'; message: string };

const reply = (message: VerifyReply) => postMessage(message);

async function read(path: string): Promise<Uint8Array> {
  const response = await fetch(`/log/${path}`, { redirect: 'error' });
  if (!response.ok) throw new Error(`/log/${path} answered ${response.status}.`);
  return new Uint8Array(await response.arrayBuffer());
}

addEventListener('message', async (event: MessageEvent<VerifyRequest>) => {
  try {
    const result = await verifyLog(read, event.data.key, (progress) => reply({ kind: 'progress', ...progress }));
    reply({ kind: 'done', ...result });
  } catch (error) {
    reply({ kind: 'failed', message: (error as Error).message });
  }
});
