import { type DragEvent, useId, useRef, useState } from 'react';

/** The largest file this page takes: what `formats/inventory.ts` reads in one piece. */
export const fileSizeMax = 256 * 1024 * 1024;

/** Takes one file, dropped or chosen. It hands the file on and sends nothing. */
export function DropZone(props: { onFile: (file: File) => void; onSample: () => void; isBusy: boolean }) {
  const [isOver, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const hint = useId();
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const file = event.dataTransfer.files[0];
    if (file && !props.isBusy) props.onFile(file);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is an extra; the button inside does the same by keyboard.
    <div
      className={`drop ${isOver ? 'drop-over' : ''}`}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <svg className="drop-picture" viewBox="0 0 64 64" aria-hidden="true">
        <path d="M14 8h24l12 12v36H14z" fill="none" stroke="currentColor" strokeWidth="2.5" strokeLinejoin="round" />
        <path d="M38 8v12h12" fill="none" stroke="currentColor" strokeWidth="2.5" strokeLinejoin="round" />
        <path d="M22 31h20M22 39h20M22 47h12" stroke="currentColor" strokeWidth="2.5" strokeLinecap="round" />
      </svg>
      <div className="stack-tight">
        <p className="drop-title">Drop an SBOM or a lockfile here</p>
        <p className="soft small" id={hint}>
          CycloneDX, SPDX, package-lock.json, poetry.lock, Cargo.lock, go.mod, pom.xml and more
        </p>
      </div>
      <div className="row drop-buttons">
        <button
          type="button"
          className="usa-button"
          aria-describedby={hint}
          disabled={props.isBusy}
          onClick={() => input.current?.click()}
        >
          Choose a file
        </button>
        <button
          type="button"
          className="usa-button usa-button--outline"
          disabled={props.isBusy}
          onClick={props.onSample}
        >
          Try the sample hospital
        </button>
      </div>
      <input
        ref={input}
        className="visually-hidden"
        type="file"
        tabIndex={-1}
        aria-label="SBOM or lockfile"
        onChange={(event) => {
          const file = event.target.files?.[0];
          if (file) props.onFile(file);
          // The same file may be chosen again.
          event.target.value = '';
        }}
      />
    </div>
  );
}
