import type { ErrorCode, ErrorDetails } from './errors';

/** The steps of Test Connection, in their order. */
export const TEST_STEPS = ['reach', 'authenticate', 'place', 'list'] as const;
/** `place` is the engine path (hashicorp) or the region (aws). */
export type TestStepName = (typeof TEST_STEPS)[number];

export interface TestStep {
  readonly step: TestStepName;
  readonly state: 'running' | 'done' | 'failed' | 'skipped';
  /** How long the step took, in milliseconds, when it is over. */
  readonly ms?: number;
  /** Facts for the step's sentence: version, kind of auth, seconds to live, KV version, number of secrets … */
  readonly facts?: ErrorDetails;
  readonly failure?: { readonly code: ErrorCode; readonly details: ErrorDetails };
}
