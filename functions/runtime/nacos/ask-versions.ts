import type { ApiVersion, Understood } from './dialects.ts';

/** An answer and the API version that it came in. */
interface Settled<Value> {
  readonly version: ApiVersion;
  readonly answer: Understood<Value>;
}

/**
 * Asks in several API versions at once. The first answer that tells the version (a value, or that there is none) counts
 * and the other requests are aborted when they take much longer. Without one, what weighs most: a failure of the transport, which is thrown, then a
 * refusal, then an odd answer, then "no such API". A proxy may refuse the version that its server does not speak.
 */
export async function askVersions<Value>(
  versions: readonly ApiVersion[],
  ask: (version: ApiVersion, signal: AbortSignal) => Promise<Understood<Value>>,
  signal: AbortSignal,
): Promise<Settled<Value>> {
  const loser = new AbortController();
  const either = AbortSignal.any([signal, loser.signal]);
  const asked = versions.map(async (version) => {
    const answer = await ask(version, either);
    if (answer.is !== 'value' && answer.is !== 'missing') throw new Unsettled(version, answer);
    return { version, answer };
  });
  try {
    return await Promise.any(asked);
  } catch (error) {
    return weigh((error as AggregateError).errors as unknown[]); // Promise.any rejects with nothing else
  } finally {
    setTimeout(() => loser.abort(), LOSER_MS).unref();
  }
}

const LOSER_MS = 1000; // most losers answer by then, and their sockets serve the next question

type Unclear = Extract<Understood<never>, { is: 'forbidden' | 'absent' | 'unintelligible' }>;

/** An answer that does not tell which version the server speaks. */
class Unsettled extends Error {
  readonly version: ApiVersion;
  readonly answer: Unclear;

  constructor(version: ApiVersion, answer: Unclear) {
    super(answer.is);
    this.version = version;
    this.answer = answer;
  }
}

const WEIGHTS = { forbidden: 2, unintelligible: 1, absent: 0 } as const satisfies Record<Unclear['is'], number>;

function weigh(failures: readonly unknown[]): Settled<never> {
  const answers = failures.filter((failure) => failure instanceof Unsettled);
  const [heaviest] = answers.sort((a, b) => WEIGHTS[b.answer.is] - WEIGHTS[a.answer.is]);
  const thrown = failures.find((failure) => !(failure instanceof Unsettled));
  if (heaviest === undefined || thrown !== undefined) throw thrown;
  return heaviest;
}
