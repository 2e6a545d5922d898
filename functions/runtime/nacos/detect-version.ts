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

const PREFERRED_MS = 300; // for the preferred version to answer, too: which version is kept must not depend on chance

const LOSER_MS = 1000; // most losers answer by then, and their sockets serve the next question

/**
 * Asks in several API versions at once, the preferred one first. A reply that tells the version (a value, or that there is
 * none) counts, the preferred version's before another's if it comes within 300 ms more, and the other requests are aborted
 * when they take much longer. Without one, the most telling: a failure of the transport, which is thrown, then a refusal,
 * then an invalid reply, then "no such API". A proxy may refuse the version that its server does not speak.
 */
export async function detectVersion<Reply extends VersionedReply<unknown>>(
  versions: readonly [ApiVersion, ...ApiVersion[]],
  ask: (version: ApiVersion, signal: AbortSignal) => Promise<Reply>,
  signal: AbortSignal,
): Promise<Reply> {
  const loser = new AbortController();
  const either = AbortSignal.any([signal, loser.signal]);
  const { promise: conclusive, resolve } = Promise.withResolvers<Reply>();
  const asked = versions.map((version) => ask(version, either));
  const [preferred] = asked;
  const resolveIfConclusive = async (answer: Promise<Reply>): Promise<void> => {
    const found = await answer;
    if (!isConclusive(found.reply)) return;
    if (answer === preferred) resolve(found);
    else setTimeout(() => resolve(found), PREFERRED_MS).unref();
  };
  for (const answer of asked) resolveIfConclusive(answer).catch(() => {}); // settled below
  try {
    return await Promise.race([conclusive, Promise.allSettled(asked).then(pickReply<Reply>)]);
  } finally {
    setTimeout(() => loser.abort(), LOSER_MS).unref();
  }
}

/** Does it tell that the server speaks this version? */
export const isConclusive = ({ kind }: ApiReply<unknown>): boolean => kind === 'value' || kind === 'notFound';

const WEIGHTS = {
  value: 6,
  notFound: 5,
  tooLarge: 4,
  notText: 4,
  forbidden: 3,
  illegalName: 2,
  invalidResponse: 1,
  unsupportedApi: 0,
} as const satisfies Record<ApiReply<unknown>['kind'], number>;

/** The first of the heaviest: the preferred version's when both are conclusive. */
function pickReply<Reply extends VersionedReply<unknown>>(settled: readonly PromiseSettledResult<Reply>[]): Reply {
  const found = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const [heaviest] = found.toSorted((a, b) => WEIGHTS[b.reply.kind] - WEIGHTS[a.reply.kind]);
  const failed = settled.find((one) => one.status === 'rejected');
  if (heaviest !== undefined && (failed === undefined || isConclusive(heaviest.reply))) return heaviest;
  throw failed?.reason;
}
