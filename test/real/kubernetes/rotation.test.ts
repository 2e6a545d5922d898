import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startGuarded, untilLetIn, type Guarded } from '../caller-journeys.ts';
import { valuesOf } from '../part.ts';
import { askToken } from './cluster-issuer.ts';
import { kubectl, makeKey, startCluster, type Cluster } from './cluster.ts';
import { part } from './part.ts';

let cluster: Cluster;
let folder: string;
let guarded: Guarded;
let later: Guarded | undefined;

/** A cluster of its own, whose keys anybody may read, as on managed ones, and a function that finds them by discovery. */
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'rotation-'));
  cluster = await startCluster(valuesOf(part).built, folder, true);
  const role = '--clusterrole=system:service-account-issuer-discovery';
  const anybody = ['--group=system:unauthenticated', '--group=system:authenticated'];
  await kubectl(cluster.values, 'create', 'clusterrolebinding', 'issuer-discovery', role, ...anybody);
  await kubectl(cluster.values, 'create', 'serviceaccount', 'default');
  guarded = await startGuarded(env());
});
afterAll(async () => {
  await guarded.close();
  await later?.close();
  await cluster.stop();
});

const env = (): Record<string, string> => ({
  CALLER_AUTH: 'token',
  CALLER_ISSUER: cluster.values.url,
  CALLER_AUDIENCE: 'bi-cron',
  CALLER_SUBJECTS: 'system:serviceaccount:default:*',
  CALLER_CA_FILE: cluster.values.caFile,
});

it("the API server's new key is accepted without a restart, and one that was withdrawn is not", async () => {
  const oldToken = await askToken(cluster.values, 'default', 'bi-cron');
  expect((await guarded.send(oldToken)).status).toBe(200);

  const first = cluster.values.signingKey;
  const second = makeKey(path.join(folder, 'second.key'));
  await cluster.restart({ signing: second, published: [second, first] });
  const newToken = await askToken(cluster.values, 'default', 'bi-cron');
  await untilLetIn(guarded, newToken);
  expect((await guarded.send(oldToken)).status).toBe(200);

  await cluster.restart({ signing: second, published: [second] });
  later = await startGuarded(env());
  expect((await later.send(newToken)).status).toBe(200);
  expect(await later.send(oldToken)).toEqual({
    status: 401,
    message: expect.stringContaining('got one signed by an unknown key') as string,
  });
});
