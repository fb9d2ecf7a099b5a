/**
 * The decision tables of CERT/CC's SSVC, as data: files in tables/, made from CERTCC/SSVC, commit e3b00a256158 (2026-07-20).
 * Copyright Carnegie Mellon University; used under its MIT (SEI)-style licence.
 */
import cisaBod2604 from './tables/cisa_bod_26_04.json' with { type: 'json' };
import cisaCoordinator from './tables/cisa_coordinator.json' with { type: 'json' };
import coordinatorPublish from './tables/coordinator_publish_decision_table.json' with { type: 'json' };
import coordinatorTriage from './tables/coordinator_triage.json' with { type: 'json' };
import cvssRatings from './tables/cvss_v4_0_qualitative_severity_ratings.json' with { type: 'json' };
import cvssEq1 from './tables/cvss_v4_equivalence_set_1.json' with { type: 'json' };
import cvssEq2 from './tables/cvss_v4_equivalence_set_2.json' with { type: 'json' };
import cvssEq3 from './tables/cvss_v4_equivalence_set_3.json' with { type: 'json' };
import cvssEq4 from './tables/cvss_v4_equivalence_set_4.json' with { type: 'json' };
import cvssEq5 from './tables/cvss_v4_equivalence_set_5.json' with { type: 'json' };
import cvssEq6 from './tables/cvss_v4_equivalence_set_6.json' with { type: 'json' };
import deployer from './tables/deployer_patch_application_priority.json' with { type: 'json' };
import humanImpact from './tables/human_impact.json' with { type: 'json' };
import publicSafetyImpact from './tables/public_safety_impact.json' with { type: 'json' };
import supplier from './tables/supplier_patch_development_priority.json' with { type: 'json' };
import utility from './tables/utility.json' with { type: 'json' };

/** A decision point with its values, in the words of SSVC. */
export interface DecisionPoint {
  /** Namespace, key and version, such as `ssvc:E:1.1.0`. */
  id: string;
  key: string;
  name: string;
  definition: string;
  values: { key: string; name: string; definition: string }[];
}

export interface DecisionTable {
  /** Name of the table's file at CERT/CC, such as `cisa_bod_26_04_1_0_0`. */
  file: string;
  namespace: string;
  key: string;
  version: string;
  name: string;
  definition: string;
  points: DecisionPoint[];
  outcome: DecisionPoint;
  /** Value keys of the points and of the outcome, in their order, parted by spaces. */
  rows: string[];
}

export const decisionTables: readonly DecisionTable[] = [
  cisaBod2604,
  cisaCoordinator,
  coordinatorPublish,
  coordinatorTriage,
  cvssRatings,
  cvssEq1,
  cvssEq2,
  cvssEq3,
  cvssEq4,
  cvssEq5,
  cvssEq6,
  deployer,
  humanImpact,
  publicSafetyImpact,
  supplier,
  utility,
];
