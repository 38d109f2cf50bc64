import { renderTrace } from 'telltale/console';
import type { Trace } from './collector.js';

/** One slow and one failed trace of those that went through both services, each drawn as a tree. */
export function tellTraces(traces: ReadonlyMap<string, Trace>, colors: boolean, width = 110): string {
  const whole = [...traces.values()].filter(throughBoth);
  const failed = longest(whole.filter(hasFailed));
  const slow = longest(whole.filter((trace) => trace !== failed && !hasFailed(trace)));
  return [
    titled('A slow request', slow, colors, width),
    titled('A failed request', failed, colors, width),
  ].join('');
}

function titled(title: string, trace: Trace | undefined, colors: boolean, width: number): string {
  const tree =
    trace === undefined
      ? '(none this time: let the demo run longer)\n'
      : renderTrace(trace.spans, { logs: trace.logs, colors, width });
  return `\n${title}\n${'─'.repeat(title.length)}\n${tree.endsWith('\n') ? tree : `${tree}\n`}`;
}

/** A trace whose first span has arrived, with spans of two services. */
function throughBoth({ spans }: Trace): boolean {
  return (
    spans.some((span) => span.parentSpanContext === undefined) &&
    new Set(spans.map((span) => span.resource.attributes['service.name'])).size > 1
  );
}

function hasFailed({ spans }: Trace): boolean {
  return spans.some((span) => span.parentSpanContext === undefined && span.status.code === 2);
}

function longest(traces: Trace[]): Trace | undefined {
  let best: Trace | undefined;
  for (const trace of traces) {
    if (best === undefined || duration(trace) > duration(best)) best = trace;
  }
  return best;
}

function duration({ spans }: Trace): number {
  const root = spans.find((span) => span.parentSpanContext === undefined);
  return root === undefined ? 0 : root.duration[0] * 1e9 + root.duration[1];
}
