import { useEffect } from 'react';
import { useFragment } from './fragment.ts';
import { LocalList } from './LocalList.tsx';
import { startWorker } from './matching.ts';
import { Start } from './Start.tsx';

/** Home: make a patch list, or work on one that this browser keeps. */
export function PatchListPage() {
  const [values] = useFragment();
  const id = values.get('list');
  useEffect(() => {
    // Ready before the first file is dropped.
    startWorker();
  }, []);
  return id ? <LocalList key={id} id={id} /> : <Start />;
}
