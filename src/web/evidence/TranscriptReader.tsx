import { type FormEvent, type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from 'react';
import { ask, query } from '../api.ts';
import { Failure } from '../parts/Failure.tsx';
import { Field } from '../parts/Field.tsx';
import { count } from '../parts/numbers.ts';
import { announce } from '../shell/announce.ts';
import { EventDetail } from './EventDetail.tsx';
import { EventList, shortKinds } from './EventList.tsx';
import { Folds, type Range } from './folds.ts';
import { runPath, type SampleView, useSample } from './run-api.ts';

/**
 * A transcript: the list of its events, one of them open, and ways to get to others. With `isAnchored` the address names the open
 * event (`#event-12`), so that it can be handed on.
 */
export function TranscriptReader(props: { run: string; sample: number; isAnchored: boolean }) {
  const sample = useSample(props.run, props.sample);
  if (sample.error)
    return <Failure error={sample.error} doing="open the transcript" onRetry={() => sample.refetch()} />;
  if (!sample.data) return <p className="soft">Opening the transcript…</p>;
  if (sample.data.events === 0)
    return <p className="card soft">The log holds no transcript of this sample, only its score.</p>;
  return <Reader {...props} view={sample.data} />;
}

/** The event that the address names. */
const anchored = () => {
  const index = Number(/^#event-(\d{1,9})$/.exec(window.location.hash)?.[1] ?? Number.NaN);
  return Number.isInteger(index) ? index : undefined;
};

/** What a key goes to the next of; with the shift key, to the one before. */
const keyKinds: Record<string, string> = { t: 'tool', m: 'model', s: 'score', e: 'error' };

function Reader(props: { run: string; sample: number; isAnchored: boolean; view: SampleView }) {
  const { run, sample, isAnchored, view } = props;
  const id = useId();
  const [chosen, setChosen] = useState(() => Math.min((isAnchored ? anchored() : undefined) ?? 0, view.events - 1));
  const [folded, setFolded] = useState<ReadonlySet<number>>(new Set());
  const [words, setWords] = useState('');
  const [isSeeking, setSeeking] = useState(false);
  const search = useRef<HTMLInputElement>(null);
  const spans = useMemo(() => new Map(view.spans.map((span) => [span[0], span as Range])), [view.spans]);
  const folds = useMemo(
    () =>
      new Folds(
        view.events,
        [...folded].flatMap((begin) => {
          const span = spans.get(begin);
          return span === undefined ? [] : [[begin + 1, span[1]] as const];
        }),
      ),
    [folded, spans, view.events],
  );

  useEffect(() => {
    if (!isAnchored) return;
    const follow = () => {
      const index = anchored();
      if (index !== undefined) setChosen(Math.min(index, view.events - 1));
    };
    window.addEventListener('hashchange', follow);
    return () => window.removeEventListener('hashchange', follow);
  }, [isAnchored, view.events]);
  useEffect(() => {
    if (!isAnchored) return;
    // Not at every row while a key is held down.
    const timer = setTimeout(() => {
      if (anchored() !== chosen) window.history.replaceState(window.history.state, '', `#event-${chosen}`);
    }, 200);
    return () => clearTimeout(timer);
  }, [chosen, isAnchored]);

  const choose = (index: number) => {
    // What hides it is unfolded.
    setFolded((before) => {
      const hiding = [...before].filter((begin) => begin < index && index <= (spans.get(begin)?.[1] ?? -1));
      return hiding.length === 0 ? before : new Set([...before].filter((begin) => !hiding.includes(begin)));
    });
    setChosen(index);
  };
  const fold = (index: number, isFolded: boolean) =>
    setFolded((before) => {
      const after = new Set(before);
      if (isFolded) after.add(index);
      else after.delete(index);
      return after;
    });
  const seek = async (sought: { kind?: string; q?: string }, back: boolean) => {
    if (isSeeking) return;
    setSeeking(true);
    try {
      let index: number | null = null;
      // A long transcript is searched in parts.
      for (let from: number | null = chosen; from !== null && index === null; ) {
        const answer: { index: number | null; next: number | null } = await ask(
          `${runPath(run)}/samples/${sample}/events/next${query({ from: String(from), back, ...sought })}`,
        );
        index = answer.index;
        from = answer.next;
        if (from !== null) setMissed(`Searching, at event ${count(from)}…`);
      }
      const what = sought.q === undefined ? `event of the kind "${sought.kind}"` : `event with "${sought.q}"`;
      if (index === null) announce(`No ${what} ${back ? 'before' : 'after'} this one.`);
      else choose(index);
      setMissed(index === null ? `No ${what} ${back ? 'before' : 'after'} event ${chosen}.` : '');
    } finally {
      setSeeking(false);
    }
  };
  const [missed, setMissed] = useState('');
  const press = (event: KeyboardEvent) => {
    const isTyping = event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement;
    if (isTyping || event.altKey || event.ctrlKey || event.metaKey) return;
    const kind = keyKinds[event.key.toLowerCase()];
    if (event.key === '/') {
      event.preventDefault();
      search.current?.focus();
    } else if (event.key.toLowerCase() === 'n' && words !== '') seek({ q: words }, event.shiftKey);
    else if (kind !== undefined) seek({ kind }, event.shiftKey);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (words !== '') seek({ q: words }, false);
  };
  // Where a part ends is no place to go to.
  const kinds = Object.entries(view.kinds)
    .filter(([kind]) => kind !== 'span_end')
    .sort(([, a], [, b]) => b - a);
  const isAllFolded = folded.size >= spans.size;

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: single keys are a short way; every act has its button.
    <div className="reader stack" onKeyDown={press}>
      <div className="reader-bar">
        <form className="row" onSubmit={submit}>
          <Field label="Search the transcript" isLabelHidden>
            {(control) => (
              <input
                {...control}
                ref={search}
                className="usa-input"
                type="search"
                placeholder="Search the transcript"
                maxLength={200}
                value={words}
                onChange={(event) => setWords(event.target.value)}
              />
            )}
          </Field>
          <button type="submit" className="usa-button button-small" disabled={words === ''}>
            Next
          </button>
          <button
            type="button"
            className="usa-button usa-button--outline button-small"
            disabled={words === ''}
            onClick={() => seek({ q: words }, true)}
          >
            Previous
          </button>
        </form>
        <fieldset className="row reader-kinds">
          <legend className="visually-hidden">Go to the next event of a kind</legend>
          {kinds.slice(0, 8).map(([kind, number]) => (
            <button
              key={kind}
              type="button"
              className="usa-button usa-button--outline button-small"
              onClick={() => seek({ kind }, false)}
            >
              Next {shortKinds[kind] ?? kind} <span className="soft">({count(number)})</span>
            </button>
          ))}
          {spans.size > 0 && (
            <button
              type="button"
              className="usa-button usa-button--outline button-small"
              onClick={() => setFolded(isAllFolded ? new Set() : new Set(spans.keys()))}
            >
              {isAllFolded ? 'Unfold all' : 'Fold all parts'}
            </button>
          )}
        </fieldset>
        {missed && <p className="small soft">{missed}</p>}
      </div>
      <div className="reader-panes">
        <EventList
          run={run}
          sample={sample}
          total={view.events}
          folds={folds}
          spans={spans}
          folded={folded}
          chosen={chosen}
          onChoose={choose}
          onFold={fold}
          id={id}
        />
        <div className="card reader-detail">
          <EventDetail run={run} sample={sample} index={chosen} />
        </div>
      </div>
      <p className="small soft reader-keys">
        Keys: up and down move, left and right fold, <kbd>t</kbd> next tool, <kbd>m</kbd> next model answer,{' '}
        <kbd>s</kbd> next score, <kbd>e</kbd> next error, <kbd>/</kbd> search, <kbd>n</kbd> next match; with Shift the
        one before.
      </p>
    </div>
  );
}
