import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { cli, json } from '../../support/cli.ts';
import { startGuarded, type Guarded, type TokenIssuer } from '../caller-journeys.ts';
import { valuesOf } from '../part.ts';
import { openClusterIssuer } from './cluster-issuer.ts';
import { kubectl } from './cluster.ts';
import { part } from './part.ts';

const cluster = valuesOf(part);
const NAMESPACE = 'commands';

let issuer: TokenIssuer;
let guarded: Guarded;
let env: Record<string, string>;
beforeAll(async () => {
  issuer = await openClusterIssuer(cluster, NAMESPACE);
  guarded = await startGuarded(issuer.env);
  await actAsServing();
  env = { KUBECONFIG: cluster.kubeconfig, PATH: `${layOutKubectl(guarded.fn.url)}:${process.env['PATH'] ?? ''}` };
});
afterAll(() => guarded.close());

/** What Serving adds to a Service that is ready: its address, never an audience, and the placeholder that names the ingress. */
async function actAsServing(): Promise<void> {
  const status = { address: { url: `http://goods-onsale.${NAMESPACE}.svc.cluster.local` } };
  const patch = ['--subresource=status', '--type=merge', `--patch=${JSON.stringify({ status })}`];
  await kubectl(cluster, '-n', NAMESPACE, 'patch', 'ksvc', 'goods-onsale', ...patch);
  const ingress = 'kourier-internal.kourier-system.svc.cluster.local';
  const placeholder = ['service', 'externalname', 'goods-onsale', '--external-name', ingress];
  await kubectl(cluster, '-n', NAMESPACE, 'create', ...placeholder);
}

/** A folder with the real kubectl, but for a port-forward: a cluster without nodes has no pod, so it leads to the function here. */
function layOutKubectl(functionUrl: string): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'kubectl-'));
  const forward = `echo "Forwarding from 127.0.0.1:${new URL(functionUrl).port} -> 8080"; exec sleep 600`;
  const script = `#!/bin/sh\ncase " $* " in *" port-forward "*) ${forward};; *) exec ${cluster.kubectl} "$@";; esac\n`;
  writeFileSync(path.join(folder, 'kubectl'), script);
  chmodSync(path.join(folder, 'kubectl'), 0o755);
  return folder;
}

it('bi-cron send --namespace brings a token where the function asks for one', async () => {
  const sent = await cli(['send', 'goods-onsale', '--namespace', NAMESPACE, '--json'], { env });
  expect(json(sent)).toMatchObject({ outcome: 'done', status: 200 });
  expect(sent.status).toBe(0);
});

it('bi-cron doctor has a line for the issuer and its keys', async () => {
  const { stdout } = await cli(['doctor'], { env: { ...issuer.env, ...guarded.stack.env } });
  expect(stdout).toMatch(/issuer/i);
});
