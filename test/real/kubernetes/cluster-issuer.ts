import { createPrivateKey } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TokenIssuer } from '../caller-journeys.ts';
import { kubectl, type ClusterValues } from './cluster.ts';
import { apply, furnish, layOutOverlay } from './overlay.ts';

const MOUNTED = '/var/run/bi-cron/issuer';

/**
 * The cluster as issuer, with components/auth applied in this namespace. Its variables are those of the function's Service as
 * the cluster keeps it, with paths and the API server's address of this machine.
 */
export async function openClusterIssuer(cluster: ClusterValues, namespace: string): Promise<TokenIssuer> {
  const foreign = `${namespace}-evil`; // its name begins with ours, which must not be enough
  const components = ['auth', 'auth/ping-source'];
  await apply(cluster, layOutOverlay({ overlay: 'dev', namespace, components }));
  await furnish(cluster, namespace);
  await kubectl(cluster, 'create', 'namespace', foreign);
  await furnish(cluster, foreign);
  const mounted = mkdtempSync(path.join(tmpdir(), 'issuer-'));
  writeFileSync(path.join(mounted, 'ca.crt'), readFileSync(cluster.caFile));
  writeFileSync(path.join(mounted, 'token'), await askToken(cluster, namespace, undefined));
  const json = await kubectl(cluster, '-n', namespace, 'get', 'ksvc', 'goods-onsale', '-o', 'json');
  const [{ env }] = (JSON.parse(json) as KnativeService).spec.template.spec.containers; // the CRD's schema
  const here = (value: string): string =>
    value.replace(MOUNTED, mounted).replace('https://kubernetes.default.svc/', `${cluster.url}/`);
  return {
    subject: `system:serviceaccount:${namespace}:default`,
    signingKey: createPrivateKey(readFileSync(cluster.signingKey)),
    env: Object.fromEntries(env.map(({ name, value }) => [name, here(value)])),
    token: (audience, who = 'allowed') => askToken(cluster, who === 'allowed' ? namespace : foreign, audience),
    close: () => Promise.resolve(),
  };
}

interface KnativeService {
  readonly spec: {
    readonly template: {
      readonly spec: { readonly containers: readonly [{ readonly env: readonly { name: string; value: string }[] }] };
    };
  };
}

/** A token of the namespace's default service account by TokenRequest, for an hour; without an audience for the API server itself. */
export async function askToken(
  cluster: ClusterValues,
  namespace: string,
  audience: string | undefined,
): Promise<string> {
  const audiences = audience === undefined ? [] : ['--audience', audience];
  return (await kubectl(cluster, '-n', namespace, 'create', 'token', 'default', ...audiences)).trim();
}
