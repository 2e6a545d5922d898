import type { Api, ApiReply, ApiVersion } from './api.ts';
import { v1 } from './api-v1.ts';
import { v3 } from './api-v3.ts';

/** How each version of the HTTP API asks and answers. */
export const APIS: Record<ApiVersion, Api> = { v1, v3 };

/** A reply, and the API version in which it came. */
export interface VersionedReply<Value> {
  readonly version: ApiVersion;
  readonly reply: ApiReply<Value>;
}

const LOSER_MS = 1000; // most losers answer by then, and their sockets serve the next question

/**
 * Asks in several API versions at once. The first reply that tells the version (a value, or that there is none) counts,
 * and the other requests are aborted when they take much longer. Without one, what weighs most: a failure of the
 * transport, which is thrown, then a refusal, then an odd reply, then "no such API". A proxy may refuse the version that
 * its server does not speak.
 */
export async function detectVersion<Value>(
  versions: readonly ApiVersion[],
  ask: (version: ApiVersion, signal: AbortSignal) => Promise<ApiReply<Value>>,
  signal: AbortSignal,
): Promise<VersionedReply<Value>> {
  const loser = new AbortController();
  const either = AbortSignal.any([signal, loser.signal]);
  const { promise: conclusive, resolve } = Promise.withResolvers<VersionedReply<Value>>();
  const asked = versions.map(async (version) => {
    const found = { version, reply: await ask(version, either) };
    if (isConclusive(found.reply)) resolve(found);
    return found;
  });
  try {
    return await Promise.race([conclusive, Promise.allSettled(asked).then(pickFailure<Value>)]);
  } finally {
    setTimeout(() => loser.abort(), LOSER_MS).unref();
  }
}

/** Does it tell that the server speaks this version? */
export const isConclusive = ({ kind }: ApiReply<unknown>): boolean => kind === 'value' || kind === 'notFound';

const WEIGHTS = {
  value: 4,
  notFound: 3,
  forbidden: 2,
  invalidResponse: 1,
  unsupportedApi: 0,
} as const satisfies Record<ApiReply<unknown>['kind'], number>;

function pickFailure<Value>(settled: readonly PromiseSettledResult<VersionedReply<Value>>[]): VersionedReply<Value> {
  const found = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const [heaviest] = found.toSorted((a, b) => WEIGHTS[b.reply.kind] - WEIGHTS[a.reply.kind]);
  const failed = settled.find((one) => one.status === 'rejected');
  if (heaviest !== undefined && (failed === undefined || isConclusive(heaviest.reply))) return heaviest;
  throw failed?.reason;
}
