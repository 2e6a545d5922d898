import { Metadata, status, type Client, type ServiceError } from '@grpc/grpc-js';
import { CheckFailure, type Finding } from './check.ts';

/** `HealthCheckResponse.ServingStatus` (grpc.health.v1), field 1, by number. */
const SERVING_STATUS = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'];
const FIELD_1_VARINT = 0x08;

/** Asks grpc.health.v1.Health for the server as a whole. A backend without that service can be called all the same. */
export async function checkHealth(client: Client, timeoutMs: number): Promise<Finding<undefined>> {
  try {
    const reply = await check(client, timeoutMs);
    const state = SERVING_STATUS[reply[0] === FIELD_1_VARINT ? (reply[1] ?? 0) : 0] ?? 'UNKNOWN';
    if (state !== 'SERVING')
      throw new CheckFailure(`says ${state}`, 'the backend is up but not ready: look at its log');
    return { detail: `SERVING, within a deadline of ${timeoutMs} ms`, value: undefined };
  } catch (error) {
    if (error instanceof CheckFailure) throw error;
    const { code, details } = error as ServiceError; // what grpc-js rejects with
    if (code === status.UNIMPLEMENTED)
      return {
        detail: 'the backend has no grpc.health.v1.Health',
        warn: { next: 'nothing has to be done; a health service would tell more' },
        value: undefined,
      };
    const next =
      code === status.DEADLINE_EXCEEDED
        ? `the backend does not answer within ${timeoutMs} ms: look at its load`
        : 'the channel is up but the check failed: look at the log of the backend';
    throw new CheckFailure(`${status[code]}: ${details}`, next, { cause: error });
  }
}

function check(client: Client, timeoutMs: number): Promise<Buffer> {
  const identity = (bytes: Buffer): Buffer => bytes;
  const options = { deadline: Date.now() + timeoutMs };
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      '/grpc.health.v1.Health/Check',
      identity,
      identity,
      Buffer.alloc(0),
      new Metadata(),
      options,
      (error, reply) => {
        if (error === null) resolve(reply ?? Buffer.alloc(0));
        else reject(error);
      },
    );
  });
}
