import { type EvalContext, refuseSameLabels } from './context.js';
import { eachPausing, KEY_UNITS } from './pausing.js';
import type { StepSeries } from './values.js';

/**
 * The series without the names that were to be dropped, and without those that are empty.
 *
 * @throws QueryError where two series are left with the same labels
 */
export async function dropNames(
  { work }: Pick<EvalContext, 'work'>,
  series: readonly StepSeries[],
): Promise<StepSeries[]> {
  const result: StepSeries[] = [];
  await eachPausing(work, series, KEY_UNITS, (one) => {
    if (one.isEmpty) return;
    result.push(one.dropName ? one.relabeled(one.labels.dropMetadata(), false) : one);
  });
  await refuseSameLabels(work, result);
  return result;
}
