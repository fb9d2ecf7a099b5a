import { type Scope, targetText, techniqueNames } from '../../domain/intake/scope.ts';
import { pathWords, versionWords } from './claim-words.ts';

/** What a claim covers, in one line of words below its target. */
export function ClaimScope({ scope }: { scope: Scope }) {
  return (
    <p className="work-meta meta-flush" data-source="outside">
      <span>{versionWords(scope.versions)}</span>
      <span>{pathWords(scope)}</span>
      <span>
        {techniqueNames[scope.technique]}
        {scope.isTechniqueBound && ', only this technique'}
      </span>
    </p>
  );
}

export const ClaimTarget = ({ scope }: { scope: Scope }) => (
  <span className="mono" data-source="outside">
    {targetText(scope)}
  </span>
);
