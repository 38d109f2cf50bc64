/** What a primary asks, and what a worker answers: other messages on the same line pass by. */
export interface Message {
  readonly telltale: 'metrics?' | 'metrics!';
  readonly request: number;
  /** Of an answer: the metrics, packed. */
  readonly body?: string;
}

export function asMessage(value: unknown, kind: Message['telltale']): Message | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const message = value as Partial<Message>;
  return message.telltale === kind && typeof message.request === 'number' ? (message as Message) : undefined;
}
