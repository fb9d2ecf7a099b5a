import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ask } from '../api.ts';
import { Failure } from '../parts/Failure.tsx';
import { Modal } from '../parts/Modal.tsx';
import { Segments } from '../parts/Segments.tsx';
import { announce } from '../shell/announce.ts';
import { Preview } from './SubmissionPreview.tsx';
import { type HandOverPreview, submissionPath } from './submission-api.ts';

/** Hands a version over, after saying who will read what. */
export function HandOver(props: { id: string; version: number; onDone: () => Promise<unknown> }) {
  const { id, version, onDone } = props;
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button type="button" className="usa-button" onClick={() => setOpen(true)}>
        Hand over version {version}…
      </button>
      {isOpen && (
        <Modal heading={`Hand over version ${version}`} onClose={() => setOpen(false)}>
          <Asking
            id={id}
            version={version}
            onDone={() => {
              setOpen(false);
              announce(`Version ${version} is handed over.`);
              return onDone();
            }}
          />
        </Modal>
      )}
    </>
  );
}

function Asking(props: { id: string; version: number; onDone: () => unknown }) {
  const { id, version, onDone } = props;
  const [more, setMore] = useState<'interim' | 'whole'>('interim');
  const preview = useQuery({
    queryKey: ['handover-preview', id, version],
    queryFn: () => ask<HandOverPreview>(submissionPath(id, '/handover/preview'), { method: 'POST', body: { version } }),
    staleTime: 0,
    gcTime: 0,
  });
  const act = useMutation({
    mutationFn: (organisations: string[]) =>
      ask(submissionPath(id, '/handover'), {
        method: 'POST',
        body: { version, isInterim: more === 'interim', organisations },
      }),
    onSuccess: onDone,
    onError: () => preview.refetch(),
  });
  if (preview.error)
    return <Failure error={preview.error} doing="see who would read what" onRetry={() => preview.refetch()} />;
  if (!preview.data) return <p className="soft">Looking who would read what…</p>;
  return (
    <div className="stack">
      <Preview
        preview={preview.data}
        nobody="Nobody else may know of this file yet. Whoever you let in later reads this version first."
      />
      <Segments
        legend="This version is"
        options={[
          { value: 'interim', label: 'Interim: more will follow' },
          { value: 'whole', label: 'All that we give' },
        ]}
        value={more}
        onChange={setMore}
      />
      {act.error && <Failure error={act.error} doing="hand it over" />}
      <p className="row">
        <button
          type="button"
          className="usa-button"
          disabled={act.isPending}
          onClick={() => act.mutate(preview.data.organisations)}
        >
          Hand it over
        </button>
        <span className="small soft">What was read stays read: this cannot be taken back.</span>
      </p>
    </div>
  );
}
