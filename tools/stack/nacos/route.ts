import type { IncomingHttpHeaders } from 'node:http';
import type { Answer } from './answer.ts';
import type { Access } from './auth.ts';
import type { ListFault } from './instance-listing.ts';
import type { RequestParameters } from './parameters.ts';

export interface NacosRequest {
  readonly method: string;
  /** As it was sent: `/nacos/v1/cs/configs`. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly parameters: RequestParameters;
  /** What a scripted fault does to instance lists. */
  readonly listFault: ListFault;
  /** Whether the naming part of the server says that it is not in service. */
  readonly isNamingDown: boolean;
  /** Makes a change: at once, or later where a scripted fault delays its visibility. */
  readonly apply: (change: () => void) => void;
  /** Aborted when the client goes away or the server closes. */
  readonly signal: AbortSignal;
}

export interface Route {
  /** What a user must be allowed to, where auth is on. */
  readonly access: Access;
  /** May throw a `Refusal`. */
  answer(request: NacosRequest): Answer | Promise<Answer>;
}

/** By method and path below the context path: `GET /v1/cs/configs`. */
export type Routes = Readonly<Record<string, Route>>;
