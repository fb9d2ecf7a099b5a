/** The policy of scan claims and of the coverage board as versioned data, with a source for each rule (I22). */
import document from './policies/claims.json' with { type: 'json' };

export interface ClaimPolicy {
  version: string;
  defaultDays: number;
  /** Days that a claim or a renewal lasts at most, from the act. */
  maxDays: number;
  /** Claims that an organisation holds at one time. */
  openMax: number;
  /** Claims registered and renewed by an organisation in 24 hours. */
  actsPerDay: number;
  /** Questions of an organisation about one target in 24 hours. */
  queriesPerTargetPerDay: number;
  /** Different scopes of one target that an organisation asks about in 7 days. */
  scopesPerTargetPerWeek: number;
  /** Questions of an organisation in an hour. */
  queriesPerHour: number;
  coverage: { days: number; delayDays: number; organisationsMin: number; cellMin: number };
}

const { rules } = document;

export const claimPolicy: ClaimPolicy = {
  version: document.version,
  defaultDays: rules['claim.default_days'].value,
  maxDays: rules['claim.max_days'].value,
  openMax: rules['claim.open_max'].value,
  actsPerDay: rules['claim.acts_per_day'].value,
  queriesPerTargetPerDay: rules['query.per_target_per_day'].value,
  scopesPerTargetPerWeek: rules['query.scopes_per_target_per_week'].value,
  queriesPerHour: rules['query.per_hour'].value,
  coverage: {
    days: rules['coverage.days'].value,
    delayDays: rules['coverage.delay_days'].value,
    organisationsMin: rules['coverage.organisations_min'].value,
    cellMin: rules['coverage.cell_min'].value,
  },
};
