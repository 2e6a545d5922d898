import { createPrivateKey } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { describeCallers, LONG_AGO_S, resign } from '../caller-journeys.ts';
import { valuesOf } from '../part.ts';
import { askToken, openClusterIssuer } from './cluster-issuer.ts';
import { kubectl } from './cluster.ts';
import { furnish } from './overlay.ts';
import { part } from './part.ts';

const cluster = valuesOf(part);

describeCallers(() => openClusterIssuer(cluster, 'callers'));

it("the API server's own review agrees on a good token, on another audience and on an expired one", async () => {
  const key = createPrivateKey(readFileSync(cluster.signingKey));
  await kubectl(cluster, 'create', 'namespace', 'reviewed');
  await furnish(cluster, 'reviewed');
  const token = await askToken(cluster, 'reviewed', 'bi-cron');
  expect(await review(token)).toMatchObject({
    authenticated: true,
    user: { username: 'system:serviceaccount:reviewed:default' },
  });
  expect(await review(await askToken(cluster, 'reviewed', 'someone-else'))).toEqual({
    user: {},
    error: expect.any(String),
  });
  expect(await review(await resign(token, key, LONG_AGO_S))).toEqual({
    user: {},
    error: expect.stringContaining('expired'),
  });
});

async function review(token: string): Promise<unknown> {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'review-')), 'review.json');
  const spec = { token, audiences: ['bi-cron'] };
  writeFileSync(file, JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec }));
  return (JSON.parse(await kubectl(cluster, 'create', '-o', 'json', '-f', file)) as { status: unknown }).status; // a TokenReview
}
