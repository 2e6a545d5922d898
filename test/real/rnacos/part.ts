import path from 'node:path';
import type { Part } from '../part.ts';
import { buildRnacos, missingCargo, startRnacos } from './start-rnacos.ts';

export const USER = { username: 'bi-cron', password: 'pa55-of-the-reader' };

/** `USER` as the environment of a function and the tools. */
export const CREDENTIALS = { NACOS_USERNAME: USER.username, NACOS_PASSWORD: USER.password };

/** Two servers that are alone; several nodes are started by the journeys that stop them. */
export interface Nacoses {
  /** Auth off. */
  readonly open: string;
  /** Auth on, for `USER`. */
  readonly secured: string;
}

/** The part as of one version; both are tried for their auth. */
export const rnacosPart = (name: string, version: string): Part<Nacoses> => ({
  name,
  version,
  missing: missingCargo,
  build: { recipe: [] /* the version says it all */, into: (folder) => buildRnacos(version, folder) },
  start: async (built, tmp) => {
    const [open, secured] = await Promise.all([
      startRnacos(built, path.join(tmp, 'open')),
      startRnacos(built, path.join(tmp, 'secured'), { user: USER }),
    ]);
    return {
      values: { open: open.address, secured: secured.address },
      stop: async () => {
        await Promise.all([open.server.stop(), secured.server.stop()]);
      },
    };
  },
});

/** Nacos of another hand. */
export const part = rnacosPart('rnacos', '0.8.8');
