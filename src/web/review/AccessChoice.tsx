import { type InputHTMLAttributes, type ReactNode, useId } from 'react';

/** A checkbox or radio button with its label, large enough for a finger. */
export function AccessChoice(
  props: Omit<InputHTMLAttributes<HTMLInputElement>, 'type' | 'id' | 'className'> & {
    kind: 'checkbox' | 'radio';
    children: ReactNode;
  },
) {
  const id = useId();
  const { kind, children, ...input } = props;
  return (
    <div className={`usa-${kind}`}>
      <input {...input} id={id} type={kind} className={`usa-${kind}__input`} />
      <label className={`usa-${kind}__label`} htmlFor={id}>
        {children}
      </label>
    </div>
  );
}
