import { useOutcome } from './validation-api.ts';

/** What a coordinator chose to tell the reporter about its reproduction; nothing, for most. */
export function ValidationOutcome({ finding }: { finding: string }) {
  const { data } = useOutcome(finding);
  if (!data?.text) return null;
  return (
    <p>
      The coordinators say of it: <span className="report-prose">“{data.text}”</span>
    </p>
  );
}
