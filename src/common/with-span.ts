import { type Context, ROOT_CONTEXT, type Span } from '@opentelemetry/api';
import { LinkedContext } from './context.js';
import { SPAN_KEY } from './otel-keys.js';

/** The context with another span current, whoever made the context. */
export function withSpan(context: Context, span: Span | undefined): Context {
  if (context instanceof LinkedContext) return new LinkedContext(span, context.entries);
  if (context === ROOT_CONTEXT) return new LinkedContext(span, undefined);
  return context.setValue(SPAN_KEY, span);
}
