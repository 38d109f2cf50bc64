/** What an expression yields. A matrix is what users call a range vector. */
export type ValueType = 'scalar' | 'vector' | 'matrix' | 'string' | 'none';

/** The name of a type in messages. */
export function documentedType(type: ValueType): string {
  if (type === 'vector') return 'instant vector';
  return type === 'matrix' ? 'range vector' : type;
}
