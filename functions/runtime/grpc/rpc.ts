/** Names a unary method and the types of its messages, generated from the same .proto file. A literal: naming loads nothing. */
export interface Rpc<Request extends object, Reply extends object> {
  /** File in `protos/`, such as `bi/leke/v1/order.proto`. */
  readonly proto: string;
  /** `package.Service/Method`. */
  readonly method: string;
  /** Carries the message types only; never set. */
  readonly types?: (request: Request) => Reply;
}

/** The unary method `package.Service/Method` of a file in `protos/`. */
export function unary<Request extends object, Reply extends object>(
  proto: string,
  method: string,
): Rpc<Request, Reply> {
  return { proto, method };
}
