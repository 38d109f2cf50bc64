/**
 * The part of JSON Schema that events are described in: what a serializer can be compiled from and a type be
 * derived from. Anything else that a schema says (`minLength`, `pattern`, …) is documentation here; nothing is
 * validated when an event is logged.
 *
 * https://json-schema.org/draft-07
 */
export interface JsonSchema {
  // With `undefined`, without which `FromSchema` does not compile under `exactOptionalPropertyTypes`.
  readonly type?: JsonType | readonly JsonType[] | undefined;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly additionalProperties?: boolean | JsonSchema;
  readonly enum?: readonly (string | number | boolean | null)[];
  readonly const?: string | number | boolean | null;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly nullable?: boolean;
  readonly format?: string;
  readonly title?: string;
  readonly description?: string;
  readonly examples?: readonly unknown[];
  readonly default?: unknown;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
}

export type JsonType = 'string' | 'number' | 'integer' | 'boolean' | 'null' | 'array' | 'object';

/** The schema of an event: an object whose properties are the fields of the line. */
export interface EventSchema extends JsonSchema {
  readonly type: 'object';
  readonly properties: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: false;
}

/**
 * The TypeScript type of what a schema describes.
 *
 * ```ts
 * type Order = FromSchema<{ type: 'object'; properties: { id: { type: 'string' } }; required: ['id'] }>;
 * // { id: string }
 * ```
 */
export type FromSchema<S extends JsonSchema> =
  | (S extends { readonly nullable: true } ? null : never)
  | (S extends { readonly const: infer C }
      ? C
      : S extends { readonly enum: readonly (infer E)[] }
        ? E
        : S extends { readonly anyOf: readonly (infer A extends JsonSchema)[] }
          ? FromEach<A>
          : S extends { readonly oneOf: readonly (infer O extends JsonSchema)[] }
            ? FromEach<O>
            : S extends { readonly type: infer T }
              ? T extends readonly (infer One)[]
                ? FromType<One, S>
                : FromType<T, S>
              : unknown);

type FromEach<S extends JsonSchema> = S extends JsonSchema ? FromSchema<S> : never;

type FromType<T, S extends JsonSchema> = T extends 'string'
  ? S extends { readonly format: 'date-time' | 'date' | 'time' }
    ? string | Date
    : string
  : T extends 'number'
    ? number
    : T extends 'integer'
      ? number | bigint
      : T extends 'boolean'
        ? boolean
        : T extends 'null'
          ? null
          : T extends 'array'
            ? S extends { readonly items: infer I extends JsonSchema }
              ? readonly FromSchema<I>[]
              : readonly unknown[]
            : T extends 'object'
              ? FromObject<S>
              : never;

type FromObject<S extends JsonSchema> = S extends { readonly properties: infer P extends Properties }
  ? Flat<
      { readonly [K in keyof P & Required<S>]: FromSchema<P[K]> } & {
        readonly [K in Exclude<keyof P, Required<S>>]?: FromSchema<P[K]> | undefined;
      }
    > &
      FromAdditional<S>
  : FromAdditional<S>;

type FromAdditional<S extends JsonSchema> = S extends {
  readonly additionalProperties: infer A extends JsonSchema;
}
  ? { readonly [key: string]: FromSchema<A> }
  : S extends { readonly additionalProperties: true }
    ? { readonly [key: string]: unknown }
    : unknown;

type Properties = Readonly<Record<string, JsonSchema>>;

type Required<S extends JsonSchema> = S extends { readonly required: readonly (infer K)[] } ? K : never;

type Flat<T> = { [K in keyof T]: T[K] };
