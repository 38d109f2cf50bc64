import { OTHER_METHOD } from '../semconv.js';
import type { Series } from './metrics.js';

/** Endpoints that are kept; those beyond it are made anew for each request. */
const MAX_ENDPOINTS = 1000;
/** Messages that are kept, some 60 bytes each. */
const MAX_MESSAGES = 10_000;

/**
 * What is said again and again of the requests of one method and route, made once: the name of their spans,
 * their series, the messages of their log lines. It saves a tenth of what the three signals of a request take.
 */
export class Endpoints {
  readonly #byRoute = new Map<string | undefined, Map<string, Endpoint>>();
  readonly #room: Room = { messages: MAX_MESSAGES };
  #kept = 0;

  /** The endpoint of a method and the template of a route; `undefined` where no route matched. */
  of(method: string, route: string | undefined): Endpoint {
    return this.#byRoute.get(route)?.get(method) ?? this.#make(method, route);
  }

  #make(method: string, route: string | undefined): Endpoint {
    const endpoint = new Endpoint(method, route, this.#room);
    if (this.#kept >= MAX_ENDPOINTS) return endpoint;
    this.#kept++;
    let methods = this.#byRoute.get(route);
    if (methods === undefined) {
      methods = new Map();
      this.#byRoute.set(route, methods);
    }
    methods.set(method, endpoint);
    return endpoint;
  }
}

/** How much more may be kept, by all endpoints together. */
interface Room {
  messages: number;
}

export class Endpoint {
  readonly method: string;
  readonly route: string | undefined;
  readonly spanName: string;
  readonly #answers = new Map<number, Answer>();
  readonly #room: Room;

  constructor(method: string, route: string | undefined, room: Room) {
    const verb = method === OTHER_METHOD ? 'HTTP' : method;
    this.method = method;
    this.route = route;
    this.spanName = route === undefined ? verb : `${verb} ${route}`;
    this.#room = room;
  }

  answered(status: number): Answer {
    let answer = this.#answers.get(status);
    if (answer === undefined) {
      answer = new Answer(this, status, this.#room);
      this.#answers.set(status, answer);
    }
    return answer;
  }
}

/** What is said of the answers of one endpoint that have the same status. */
export class Answer {
  /** Set when the first of them is counted. */
  series: Series | undefined = undefined;
  readonly #endpoint: Endpoint;
  readonly #status: number;
  readonly #room: Room;
  /** By tenths of a millisecond. */
  readonly #messages: string[] = [];

  constructor(endpoint: Endpoint, status: number, room: Room) {
    this.#endpoint = endpoint;
    this.#status = status;
    this.#room = room;
  }

  /** The message of a request's line: `GET /users/:id 200 12ms`, with the path where no route matched. */
  message(path: string, milliseconds: number): string {
    const { method, route } = this.#endpoint;
    if (milliseconds >= 10) {
      return `${method} ${route ?? path} ${this.#status} ${Math.round(milliseconds)}ms`;
    }
    const tenths = Math.round(milliseconds * 10);
    const known = route === undefined ? undefined : this.#messages[tenths];
    if (known !== undefined) return known;

    const message = `${method} ${route ?? path} ${this.#status} ${tenths / 10}ms`;
    if (route !== undefined && tenths >= 0 && this.#room.messages > 0) {
      this.#room.messages--;
      this.#messages[tenths] = message;
    }
    return message;
  }
}
