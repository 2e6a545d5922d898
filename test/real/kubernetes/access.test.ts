import { expect, it, onTestFinished } from 'vitest';
import { startGuarded } from '../caller-journeys.ts';
import { valuesOf } from '../part.ts';
import { readGrants, readRequests } from './audit.ts';
import { openClusterIssuer } from './cluster-issuer.ts';
import { kubectl } from './cluster.ts';
import { part } from './part.ts';

const cluster = valuesOf(part);
it('a function asks the API server for nothing, and our manifests grant it nothing', async () => {
  const issuer = await openClusterIssuer(cluster, 'access');
  const guarded = await startGuarded(issuer.env);
  onTestFinished(() => guarded.close());
  expect((await guarded.send(await issuer.token('bi-cron'))).status).toBe(200);
  expect(readRequests(cluster, 'access')).toEqual({ allowed: [], forbidden: [] });
  expect(await readGrants(cluster, 'access')).toEqual([]);
});

it('the keys are refused without a token', async () => {
  const nobody = ['--as=system:anonymous', '--as-group=system:unauthenticated'];
  const asked = kubectl(cluster, 'get', '--raw', '/openid/v1/jwks', ...nobody);
  await expect(asked).rejects.toThrow(/Forbidden/);
});
