import { machineReportNames } from '../../domain/intake/intake-policy.ts';
import { techniqueNames } from '../../domain/intake/scope.ts';
import { shortDay } from '../parts/dates.ts';
import { ReferenceLink } from '../parts/ReferenceLink.tsx';
import type { IntakePolicy } from './claim-api.ts';

const standingWords: Record<IntakePolicy['standing'], { name: string; tone: string }> = {
  stated: { name: 'Not confirmed', tone: 'tag-soon' },
  confirmed: { name: 'Proof seen by a coordinator', tone: 'tag-pine' },
  removed: { name: 'Removed by a coordinator', tone: '' },
  withdrawn: { name: 'Taken back', tone: '' },
};

/** What maintainers ask of those who scan their package, as they say it. */
export function IntakePolicyCard(props: { stated: IntakePolicy; isProofShown?: boolean }) {
  const { policy, proof, standing, statedBy, statedAt, purl } = props.stated;
  const words = standingWords[standing];
  return (
    <div className="stack-tight">
      <div className="row spread">
        <h3 className="mono" data-source="outside">
          {purl}
        </h3>
        <span className={`tag ${words.tone}`}>{words.name}</span>
      </div>
      {policy.isOptOut && (
        <p>
          <strong>The maintainers ask not to be scanned without being asked first.</strong>{' '}
          {standing === 'confirmed' && 'Questions about claims of this package are answered with “ask the broker”.'}
        </p>
      )}
      <dl className="facts" data-source="outside">
        {policy.reportsPerWeek !== undefined && (
          <>
            <dt>Reports a week</dt>
            <dd>{policy.reportsPerWeek} at most</dd>
          </>
        )}
        {policy.machineReports !== undefined && (
          <>
            <dt>Machines</dt>
            <dd>{machineReportNames[policy.machineReports]}</dd>
          </>
        )}
        {policy.languages.length > 0 && (
          <>
            <dt>Languages</dt>
            <dd>{policy.languages.join(', ')}</dd>
          </>
        )}
        {policy.preferredTechniques.length > 0 && (
          <>
            <dt>Welcome</dt>
            <dd>{policy.preferredTechniques.map((one) => techniqueNames[one]).join(', ')}</dd>
          </>
        )}
        {policy.refuses !== undefined && (
          <>
            <dt>Refused</dt>
            <dd className="pre-line">{policy.refuses}</dd>
          </>
        )}
        {policy.contact !== undefined && (
          <>
            <dt>Contact</dt>
            <dd>
              <ReferenceLink url={policy.contact} />
            </dd>
          </>
        )}
        {policy.securityTxt !== undefined && (
          <>
            <dt>security.txt</dt>
            <dd>
              <ReferenceLink url={policy.securityTxt} />
            </dd>
          </>
        )}
        {props.isProofShown && (
          <>
            <dt>Proof</dt>
            <dd>
              <span className="pre-line">{proof.text}</span>
              <br />
              <ReferenceLink url={proof.url} />
            </dd>
          </>
        )}
      </dl>
      <p className="small soft">
        Stated by <span data-source="outside">{statedBy.person}</span> of{' '}
        <span data-source="outside">{statedBy.organisation}</span> on {shortDay(statedAt)}
        {standing === 'stated' && ', not confirmed'}.
      </p>
    </div>
  );
}
