import type { Row } from '../../domain/review/submission.ts';
import { limits } from '../../domain/review/submission.ts';
import type { Column, Field as FieldRule } from '../../domain/review/submission-parts.ts';
import { Field } from '../parts/Field.tsx';

/** The control of one answer in a part. */
export function FieldControl(props: { field: FieldRule; value: unknown; onChange: (value: unknown) => void }) {
  const { field, value, onChange } = props;
  if (field.kind === 'choices') {
    const chosen = Array.isArray(value) ? (value as string[]) : [];
    return (
      <fieldset className="usa-fieldset">
        <legend className="usa-legend">{field.label}</legend>
        {field.hint && <p className="usa-hint">{field.hint}</p>}
        {field.options.map(({ key, label }) => (
          <label key={key} className="choice">
            <input
              type="checkbox"
              checked={chosen.includes(key)}
              onChange={(event) =>
                onChange(event.target.checked ? [...chosen, key] : chosen.filter((one) => one !== key))
              }
            />
            {label}
          </label>
        ))}
      </fieldset>
    );
  }
  if (field.kind === 'rows') return <Rows field={field} value={value} onChange={onChange} />;
  const text = value === undefined || value === null ? '' : String(value);
  const label = field.kind === 'count' ? `${field.label} (${field.unit})` : field.label;
  return (
    <Field label={label} hint={field.hint}>
      {(control) => {
        switch (field.kind) {
          case 'text':
            return (
              <textarea
                {...control}
                className="usa-textarea grows"
                maxLength={limits.textLengthMax}
                value={text}
                onChange={(event) => onChange(event.target.value)}
              />
            );
          case 'choice':
            return (
              <select
                {...control}
                className="usa-select"
                value={text}
                onChange={(event) => onChange(event.target.value)}
              >
                <option value="">Not said</option>
                {field.options.map((option) => (
                  <option key={option.key} value={option.key}>
                    {option.label}
                  </option>
                ))}
              </select>
            );
          case 'count':
            return (
              <input
                {...control}
                className="usa-input number-input"
                type="number"
                min={0}
                max={field.max}
                step={1}
                value={text}
                onChange={(event) => onChange(event.target.value === '' ? undefined : Number(event.target.value))}
              />
            );
          default:
            return (
              <input
                {...control}
                className="usa-input"
                type={field.kind === 'day' ? 'date' : 'text'}
                maxLength={limits.lineLengthMax}
                value={text}
                onChange={(event) => onChange(event.target.value)}
              />
            );
        }
      }}
    </Field>
  );
}

function Rows(props: {
  field: Extract<FieldRule, { kind: 'rows' }>;
  value: unknown;
  onChange: (value: unknown) => void;
}) {
  const { field, value, onChange } = props;
  const rows = Array.isArray(value) ? (value as Row[]) : [];
  const change = (at: number, key: string, cell: string) =>
    onChange(rows.map((row, index) => (index === at ? { ...row, [key]: cell } : row)));
  return (
    <fieldset className="usa-fieldset stack">
      <legend className="usa-legend">{field.label}</legend>
      {field.hint && <p className="usa-hint">{field.hint}</p>}
      {rows.map((row, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row is known by its place.
        <fieldset key={at} className="usa-fieldset file-row">
          <legend className="usa-legend">
            {at + 1}
            <span className="visually-hidden">. {field.label}</span>
          </legend>
          <div className="file-cells">
            {field.columns.map((column) => (
              <Cell
                key={column.key}
                column={column}
                value={row[column.key] ?? ''}
                onChange={(cell) => change(at, column.key, cell)}
              />
            ))}
          </div>
          <button
            type="button"
            className="usa-button usa-button--unstyled"
            onClick={() => onChange(rows.filter((_, index) => index !== at))}
          >
            Remove<span className="visually-hidden"> row {at + 1}</span>
          </button>
        </fieldset>
      ))}
      <div>
        <button
          type="button"
          className="usa-button usa-button--outline button-small"
          disabled={rows.length >= limits.rowsMax}
          onClick={() => onChange([...rows, {}])}
        >
          Add a row<span className="visually-hidden"> to {field.label}</span>
        </button>
      </div>
    </fieldset>
  );
}

function Cell(props: { column: Column; value: string; onChange: (value: string) => void }) {
  const { column, value, onChange } = props;
  return (
    <Field label={column.label} hint={column.hint}>
      {(control) =>
        column.kind === 'choice' ? (
          <select {...control} className="usa-select" value={value} onChange={(event) => onChange(event.target.value)}>
            <option value="">Not said</option>
            {column.options.map((option) => (
              <option key={option.key} value={option.key}>
                {option.label}
              </option>
            ))}
          </select>
        ) : (
          <input
            {...control}
            className="usa-input"
            maxLength={limits.lineLengthMax}
            value={value}
            onChange={(event) => onChange(event.target.value)}
          />
        )
      }
    </Field>
  );
}
