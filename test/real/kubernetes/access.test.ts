import { expect, it, onTestFinished } from 'vitest';
import { waitUntil } from '../../support/wait-until.ts';
import { startGuarded } from '../caller-journeys.ts';
import { valuesOf } from '../part.ts';
import { readGrants, readRequests } from './audit.ts';
import { openClusterIssuer } from './cluster-issuer.ts';
import { kubectl } from './cluster.ts';
import { part } from './part.ts';

const cluster = valuesOf(part);
/** What every service account may do by the roles of Kubernetes itself. */
const EVERYBODYS = new Set(['get /openid/v1/jwks']);

it('a function asks the API server for the keys and nothing else, as it may, and our manifests grant it no more', async () => {
  const issuer = await openClusterIssuer(cluster, 'access');
  const guarded = await startGuarded(issuer.env);
  onTestFinished(() => guarded.close());
  await guarded.send(await issuer.token('bi-cron'));
  await waitUntil(() =>
    expect(readRequests(cluster, 'access')).toEqual({ allowed: ['get /openid/v1/jwks'], forbidden: [] }),
  );
  const used = readRequests(cluster, 'access').allowed.filter((request) => !EVERYBODYS.has(request));
  expect(await readGrants(cluster, 'access')).toEqual(used);
});

it('the keys are kept from whoever brings no token', async () => {
  const nobody = ['--as=system:anonymous', '--as-group=system:unauthenticated'];
  const asked = kubectl(cluster, 'get', '--raw', '/openid/v1/jwks', ...nobody);
  await expect(asked).rejects.toThrow(/Forbidden/);
});
