import manifest from 'oidc-provider/package.json' with { type: 'json' };
import type { Part } from '../part.ts';

/** An OpenID Connect provider of another hand; it needs Node alone, so its journeys open it in their own process (provider.ts). */
export const part: Part = {
  name: 'oidc-provider',
  version: manifest.version,
  start: () => Promise.resolve({ values: {}, stop: () => Promise.resolve() }),
};
