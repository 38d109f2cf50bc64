import { invalidOption } from '../../common/errors.js';
import { checkMethods } from '../../common/options.js';
import type { Sampler } from './sampler.js';

/** The arguments that samplers have in common. Each check names the path of what is wrong. */

export function checkProbability(owner: string, path: string, value: number): void {
  if (typeof value !== 'number' || !(value >= 0 && value <= 1)) {
    throw invalidOption(owner, path, value, 'a number from 0 to 1');
  }
}

export function checkRate(owner: string, path: string, value: number): void {
  if (typeof value !== 'number' || !(value >= 0 && value < Infinity)) {
    throw invalidOption(owner, path, value, 'a number of at least 0');
  }
}

export function checkSampler(owner: string, path: string, value: Sampler): Sampler {
  return checkMethods(owner, path, value, ['shouldSample']);
}
