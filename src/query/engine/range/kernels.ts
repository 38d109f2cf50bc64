import { extremeKernel, timeOfExtremeKernel } from './extremes.js';
import { medianDeviationKernel, quantileKernel } from './order.js';
import { changeKernel, lastChangeKernel } from './rate.js';
import { spreadKernel } from './spread.js';
import { sumKernel } from './sums.js';
import { isChange, isReset, transitionsKernel } from './transitions.js';
import { derivKernel, predictKernel, smoothingKernel } from './trend.js';
import { type KernelFactory, perWindow } from './window.js';

/** The functions over range vectors. */
export function kernelFactory(name: string): KernelFactory | undefined {
  switch (name) {
    case 'rate':
      return changeKernel(true, true);
    case 'increase':
      return changeKernel(true, false);
    case 'delta':
      return changeKernel(false, false);
    case 'irate':
      return lastChangeKernel(true);
    case 'idelta':
      return lastChangeKernel(false);
    case 'sum_over_time':
      return sumKernel(false);
    case 'avg_over_time':
      return sumKernel(true);
    case 'min_over_time':
      return extremeKernel(false);
    case 'max_over_time':
      return extremeKernel(true);
    case 'ts_of_min_over_time':
      return timeOfExtremeKernel(false);
    case 'ts_of_max_over_time':
      return timeOfExtremeKernel(true);
    case 'ts_of_last_over_time':
      return perWindow((buffer, { high }) => buffer.times[high - 1]! / 1000);
    case 'stdvar_over_time':
      return spreadKernel((variance) => variance);
    case 'stddev_over_time':
      return spreadKernel(Math.sqrt);
    case 'quantile_over_time':
      return quantileKernel();
    case 'mad_over_time':
      return medianDeviationKernel();
    case 'count_over_time':
      return perWindow((_buffer, { low, high }) => high - low);
    case 'last_over_time':
      return perWindow((buffer, { high }) => buffer.histogramAt(high - 1) ?? buffer.values[high - 1]!);
    case 'present_over_time':
    case 'absent_over_time':
      return perWindow(() => 1);
    case 'changes':
      return transitionsKernel(isChange);
    case 'resets':
      return transitionsKernel(isReset);
    case 'deriv':
      return derivKernel;
    case 'predict_linear':
      return predictKernel;
    case 'double_exponential_smoothing':
      return smoothingKernel;
    default:
      return undefined;
  }
}
