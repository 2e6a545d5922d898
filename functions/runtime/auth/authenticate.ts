import { readBearer } from './bearer.ts';
import type { CallerSettings } from './caller-settings.ts';
import type { Verify } from './verify.ts';

/**
 * Authenticates a caller and gives its subject; undefined when CALLER_AUTH is off. Throws `rejected: unauthenticated` (401),
 * `rejected: forbidden` (403), or `unavailable: issuer` (503) when the issuer's keys are unavailable.
 */
export type Authenticate = (rawHeaders: readonly string[]) => Promise<string | undefined>;

/**
 * How this process authenticates callers. With tokens, the code that verifies them is loaded and the issuer asked for its
 * keys at once, before the first event is here; without, neither happens. CALLER_AUTH=off is warned of once.
 */
export function createAuthenticate(settings: CallerSettings, warn: (message: string) => void): Authenticate {
  if (settings.auth === 'off') {
    let isWarned = !settings.isExplicit;
    return () => {
      if (!isWarned) warn('CALLER_AUTH is off: every caller that reaches this port may start runs');
      isWarned = true;
      return Promise.resolve(undefined);
    };
  }
  const verify: Promise<Verify> = import('./verify.ts').then(({ createVerify }) => createVerify(settings));
  verify.catch(() => {}); // each caller gets it
  return async (rawHeaders) => {
    const token = readBearer(rawHeaders);
    return (await verify)(token);
  };
}
