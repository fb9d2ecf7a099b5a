import { useEffect } from 'react';
import { useFragment } from './fragment.ts';
import { LocalList } from './LocalList.tsx';
import { startWorker } from './matching.ts';
import { Start } from './Start.tsx';

const signsOfLife = ['pointermove', 'touchstart', 'dragenter', 'keydown'] as const;

/** Home: make a patch list, or work on one that this browser keeps. */
export function PatchListPage() {
  const [values] = useFragment();
  const id = values.get('list');
  useEffect(() => {
    // The matching worker is a third of the script. It is fetched when somebody moves, so that it is ready before the
    // first file is dropped and the page itself shows without it.
    const stop = new AbortController();
    const start = () => {
      stop.abort();
      startWorker();
    };
    for (const sign of signsOfLife) addEventListener(sign, start, { signal: stop.signal, passive: true });
    return () => stop.abort();
  }, []);
  return id ? <LocalList key={id} id={id} /> : <Start />;
}
