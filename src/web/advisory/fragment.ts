import { useLocation, useNavigate } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';

/**
 * What the page shows, kept behind the `#` of its address. Browsers never send that part, so neither a reload nor a
 * server log tells anybody which list was open or what was searched in it; a bookmark still brings it all back.
 */
export function useFragment(): [URLSearchParams, (changes: Record<string, string | undefined>) => void] {
  const hash = useLocation({ select: (location) => location.hash });
  const navigate = useNavigate();
  const values = useMemo(() => new URLSearchParams(hash), [hash]);
  const change = useCallback(
    (changes: Record<string, string | undefined>) => {
      const next = new URLSearchParams(location.hash.slice(1));
      for (const [name, value] of Object.entries(changes)) {
        if (value === undefined || value === '') next.delete(name);
        else next.set(name, value);
      }
      navigate({
        to: '.',
        search: true,
        hash: next.toString(),
        replace: !('list' in changes),
        resetScroll: 'list' in changes,
      });
    },
    [navigate],
  );
  return [values, change];
}
