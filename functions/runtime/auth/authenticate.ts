import { readBearer } from './bearer.ts';
import type { CallerSettings } from './caller-settings.ts';
import type { Verify } from './verify.ts';

/**
 * Lets a caller in and says who it is; undefined when everybody may come in. Throws `rejected: unauthenticated` (401),
 * `rejected: forbidden` (403), or `unavailable: issuer` (503) when the issuer's keys cannot be had.
 */
export type Door = (rawHeaders: readonly string[]) => Promise<string | undefined>;

/**
 * The door of a process. With tokens, the code that verifies them is loaded and the issuer asked for its keys at once,
 * before the first event is here; without, neither happens. An open door that was asked for is told once, through `warn`.
 */
export function createAuthenticate(settings: CallerSettings, warn: (message: string) => void): Door {
  if (settings.auth === 'off') {
    let isTold = !settings.isExplicit;
    return () => {
      if (!isTold) warn('CALLER_AUTH is off: whoever reaches this port may start runs');
      isTold = true;
      return Promise.resolve(undefined);
    };
  }
  const verify: Promise<Verify> = import('./verify.ts').then(({ createVerify }) => createVerify(settings));
  verify.catch(() => {}); // a caller hears of it
  return async (rawHeaders) => {
    const token = readBearer(rawHeaders);
    return (await verify)(token);
  };
}
