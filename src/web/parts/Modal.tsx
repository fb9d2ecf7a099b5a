import { type ReactNode, useEffect, useId, useRef } from 'react';

/** A dialog over the page. The browser keeps the focus inside it and gives it back; Escape closes. */
export function Modal(props: { heading: string; onClose: () => void; isWide?: boolean; children: ReactNode }) {
  const { heading, onClose, isWide, children } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const element = dialog.current;
    if (element && !element.open) element.showModal();
    // To what is to be filled in; Close comes first in the dialog only for the eye.
    const first = 'form input:enabled, form textarea:enabled, form select:enabled, form button[type="submit"]:enabled';
    element?.querySelector<HTMLElement>(first)?.focus();
    return () => element?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      className={`modal ${isWide ? 'modal-wide' : ''}`}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <div className="stack">
        <div className="modal-head">
          <h2 id={id}>{heading}</h2>
          <button type="button" className="usa-button usa-button--outline button-small" onClick={onClose}>
            Close
          </button>
        </div>
        {children}
      </div>
    </dialog>
  );
}
