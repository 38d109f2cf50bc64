import {
  Client,
  type ClientOptions,
  credentials,
  type MethodDefinition,
  Server,
  ServerCredentials,
  type ServerOptions,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';

export interface Order {
  id: string;
}

type Streams = Pick<MethodDefinition<Order, Order>, 'requestStream' | 'responseStream'>;

function method(name: string, streams: Streams): MethodDefinition<Order, Order> {
  const serialize = (order: Order) => {
    if (order.id === 'unserializable') throw new Error('cannot be written');
    return Buffer.from(JSON.stringify(order));
  };
  const deserialize = (bytes: Buffer) => JSON.parse(String(bytes)) as Order;
  return {
    path: `/shop.v1.Orders/${name}`,
    ...streams,
    requestSerialize: serialize,
    requestDeserialize: deserialize,
    responseSerialize: serialize,
    responseDeserialize: deserialize,
  };
}

/** One method of each of the four kinds, with JSON on the wire: no code generator, no schema. */
export const orders = {
  place: method('Place', { requestStream: false, responseStream: false }),
  upload: method('Upload', { requestStream: true, responseStream: false }),
  watch: method('Watch', { requestStream: false, responseStream: true }),
  chat: method('Chat', { requestStream: true, responseStream: true }),
};

export type Orders = Record<keyof typeof orders, never>;

/** A real server on a free port of loopback. */
export async function serve(implementation: UntypedServiceImplementation, options?: ServerOptions) {
  const server = new Server(options);
  server.addService(orders, implementation);
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  );
  return { address: `127.0.0.1:${port}`, port, server, close: () => server.forceShutdown() };
}

/** A real client, by the four kinds of calls. */
export function connect(address: string, options?: ClientOptions) {
  const client = new Client(address, credentials.createInsecure(), options);
  const codec = <K extends keyof typeof orders>(key: K) =>
    [orders[key].path, orders[key].requestSerialize, orders[key].responseDeserialize] as const;
  return {
    client,
    close: () => client.close(),
    codec,
  };
}
