import { useId } from 'react';

/** One choice of a few, side by side. Radio buttons underneath, so arrow keys and screen readers know it. */
export function Segments<Value extends string>(props: {
  legend: string;
  options: readonly { value: Value; label: string }[];
  value: Value;
  onChange: (value: Value) => void;
}) {
  const name = useId();
  return (
    <fieldset className="usa-fieldset">
      <legend className="usa-legend">{props.legend}</legend>
      <div className="segments">
        {props.options.map(({ value, label }) => (
          <label key={value}>
            <input
              type="radio"
              name={name}
              value={value}
              checked={value === props.value}
              onChange={() => props.onChange(value)}
            />
            {label}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
