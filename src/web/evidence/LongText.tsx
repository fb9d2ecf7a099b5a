import { useState } from 'react';
import { count } from '../parts/numbers.ts';

const cutLength = 4000;

/** Text from a log, as it is: never markup. A long one is cut until the reader asks for all of it. */
export function LongText(props: { text: string; label: string }) {
  const { text, label } = props;
  const [isWhole, setWhole] = useState(false);
  const isLong = text.length > cutLength;
  return (
    <div className="stack-tight">
      <pre className="log-text">{isLong && !isWhole ? text.slice(0, cutLength) : text}</pre>
      {isLong && (
        <button
          type="button"
          className="usa-button usa-button--outline button-small align-start"
          aria-expanded={isWhole}
          onClick={() => setWhole(!isWhole)}
        >
          {isWhole ? 'Show less' : 'Show all'}
          <span className="visually-hidden"> of {label}</span> ({count(text.length)} characters)
        </button>
      )}
    </div>
  );
}
