import type { SampleBuffer } from '../../store/sample-buffer.js';
import type { Kernel, KernelFactory } from './window.js';

/** `changes` and `resets`: how many samples of the window differ from the one before in a certain way. */
export function transitionsKernel(
  differs: (buffer: SampleBuffer, previous: number, current: number) => boolean,
): KernelFactory {
  return (): Kernel => {
    let seen = new Int32Array(0);
    return {
      begin(buffer) {
        if (seen.length < buffer.length) seen = new Int32Array(buffer.times.length);
        let count = 0;
        for (let i = 0; i < buffer.length; i++) {
          if (i > 0 && differs(buffer, i - 1, i)) count++;
          seen[i] = count;
        }
      },
      compute: ({ low, high }) => seen[high - 1]! - seen[low]!,
    };
  };
}

export function isChange(buffer: SampleBuffer, previous: number, current: number): boolean {
  const before = buffer.histogramAt(previous);
  const now = buffer.histogramAt(current);
  if (before === undefined && now === undefined) {
    const a = buffer.values[previous]!;
    const b = buffer.values[current]!;
    return a !== b && !(Number.isNaN(a) && Number.isNaN(b));
  }
  return before === undefined || now === undefined || !now.equals(before);
}

export function isReset(buffer: SampleBuffer, previous: number, current: number): boolean {
  const before = buffer.histogramAt(previous);
  const now = buffer.histogramAt(current);
  if (before === undefined && now === undefined) return buffer.values[current]! < buffer.values[previous]!;
  return before === undefined || now === undefined || now.isResetAfter(before);
}
