import type { z } from 'zod';
import type { Detector, DetectorKind } from './anomaly.types.js';

interface Definition<Params> extends Omit<DetectorKind, 'open' | 'params'> {
  readonly params: z.ZodType<Params>;
  open(params: Params, inputs: number, state?: Float64Array): Detector;
}

/** Parameters are checked where a detector is opened, so that kinds with different ones stand in one list. */
export const defineDetector = <Params>(definition: Definition<Params>): DetectorKind => ({
  ...definition,
  open: (params = {}, inputs = 1, state) => definition.open(definition.params.parse(params), inputs, state),
});
