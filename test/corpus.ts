import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

export interface CorpusFile {
  file: string;
  bytes: Uint8Array;
}

/** The files of a test suite packed as gzipped JSON lines of `{file, text}` (or `base64` where a file is not UTF-8). */
export function corpus(address: URL): CorpusFile[] {
  return gunzipSync(readFileSync(address))
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const { file, text, base64 } = JSON.parse(line) as { file: string; text?: string; base64?: string };
      return {
        file,
        bytes: new Uint8Array(text === undefined ? Buffer.from(base64 ?? '', 'base64') : Buffer.from(text)),
      };
    });
}
