import type { ApiVersion, ApiReply } from './dialects.ts';

/** An answer and the API version that it came in. */
interface Resolved<Value> {
  readonly version: ApiVersion;
  readonly answer: ApiReply<Value>;
}

/**
 * Asks in several API versions at once. The first answer that tells the version (a value, or that there is none) counts
 * and the other requests are aborted when they take much longer. Without one, what weighs most: a failure of the transport, which is thrown, then a
 * refusal, then an odd answer, then "no such API". A proxy may refuse the version that its server does not speak.
 */
export async function askVersions<Value>(
  versions: readonly ApiVersion[],
  ask: (version: ApiVersion, signal: AbortSignal) => Promise<ApiReply<Value>>,
  signal: AbortSignal,
): Promise<Resolved<Value>> {
  const loser = new AbortController();
  const either = AbortSignal.any([signal, loser.signal]);
  const asked = versions.map(async (version) => {
    const answer = await ask(version, either);
    if (answer.kind !== 'value' && answer.kind !== 'notFound') throw new Inconclusive(version, answer);
    return { version, answer };
  });
  try {
    return await Promise.any(asked);
  } catch (error) {
    return pickFailure((error as AggregateError).errors as unknown[]); // Promise.any rejects with nothing else
  } finally {
    setTimeout(() => loser.abort(), LOSER_MS).unref();
  }
}

const LOSER_MS = 1000; // most losers answer by then, and their sockets serve the next question

type Unclear = Extract<ApiReply<never>, { kind: 'forbidden' | 'unsupportedApi' | 'invalidResponse' }>;

/** An answer that does not tell which version the server speaks. */
class Inconclusive extends Error {
  readonly version: ApiVersion;
  readonly answer: Unclear;

  constructor(version: ApiVersion, answer: Unclear) {
    super(answer.kind);
    this.version = version;
    this.answer = answer;
  }
}

const WEIGHTS = { forbidden: 2, invalidResponse: 1, unsupportedApi: 0 } as const satisfies Record<
  Unclear['kind'],
  number
>;

function pickFailure(failures: readonly unknown[]): Resolved<never> {
  const answers = failures.filter((failure) => failure instanceof Inconclusive);
  const [heaviest] = answers.sort((a, b) => WEIGHTS[b.answer.kind] - WEIGHTS[a.answer.kind]);
  const thrown = failures.find((failure) => !(failure instanceof Inconclusive));
  if (heaviest === undefined || thrown !== undefined) throw thrown;
  return heaviest;
}
