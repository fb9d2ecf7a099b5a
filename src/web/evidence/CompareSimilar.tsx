import { useState } from 'react';
import { similar } from '../../domain/evidence/statistics/non-inferiority.ts';
import { Field } from '../parts/Field.tsx';
import { Segments } from '../parts/Segments.tsx';
import { probability, signed } from './compare-words.ts';
import { MethodLink } from './MethodLink.tsx';
import type { Comparison } from './run-api.ts';

/** Is the new one like one already seen? Non-inferiority turned round, with a margin that the reader chooses. */
export function CompareSimilar({ made }: { made: Comparison }) {
  const [newer, setNewer] = useState<'a' | 'b'>('b');
  const [margin, setMargin] = useState('0.05');
  const { paired } = made;
  if (paired === null) return null;
  const value = Number(margin);
  const isFaulty = margin.trim() === '' || !(value > 0 && value < 1);
  const [name, reference] = newer === 'a' ? ['A', 'B'] : ['B', 'A'];
  return (
    <section className="card stack" aria-labelledby="similar">
      <h2 id="similar">Is the new one like one already seen?</h2>
      <p className="small soft">
        The new one must not lie above the reference by the margin: the upper end of the 95% interval of new minus
        reference is held against it (<MethodLink id="b14" />
        ). The margin is yours: the largest difference that you would call negligible. Nothing follows from it by
        itself.
      </p>
      <div className="row compare-similar">
        <Segments
          legend="The new one is"
          options={[
            { value: 'a', label: `A: ${made.sides.a.model ?? 'no name'}` },
            { value: 'b', label: `B: ${made.sides.b.model ?? 'no name'}` },
          ]}
          value={newer}
          onChange={setNewer}
        />
        <Field
          label="Margin, in the units of the score"
          error={isFaulty ? 'Give a number between 0 and 1.' : undefined}
        >
          {(control) => (
            <input
              {...control}
              className="usa-input number-input"
              inputMode="decimal"
              autoComplete="off"
              value={margin}
              onChange={(event) => setMargin(event.target.value)}
            />
          )}
        </Field>
      </div>
      {!isFaulty && <Answer made={made} newer={newer} margin={value} name={name!} reference={reference!} />}
    </section>
  );
}

function Answer(props: { made: Comparison; newer: 'a' | 'b'; margin: number; name: string; reference: string }) {
  const { made, newer, margin, name, reference } = props;
  const paired = made.paired!;
  const difference = newer === 'a' ? paired.difference : -paired.difference;
  const { upper, isWithinMargin, p } = similar(difference, paired.standardError, margin, 0.95);
  const hasSpread = paired.standardError > 0;
  return (
    <div className="stack-tight" role="status">
      <p>
        <strong className="figure">{isWithinMargin ? 'Within the margin' : 'Not shown to be within the margin'}</strong>
      </p>
      <p>
        {name} minus {reference} is {signed(difference)}
        {hasSpread ? (
          <>
            ; the upper end of its interval is {signed(upper)}, the margin {signed(margin)}. p {probability(p)} for “
            {name} lies above {reference} by the margin or more” (one-sided).
          </>
        ) : (
          ' on every shared item, so these items do not tell how far it would move with others.'
        )}
      </p>
      {made.comparable.verdict === 'not_comparable' && (
        <p>The two measure different things, as said above: this answer is about their numbers only.</p>
      )}
      <p className="small soft">
        By the normal distribution; with few items the upper end is a little lower than that of the interval above. It
        is about these items and items like them, and about nothing else that the models may do.
      </p>
    </div>
  );
}
