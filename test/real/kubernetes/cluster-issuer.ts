import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { TokenIssuer } from '../caller-journeys.ts';
import { kubectl, type ClusterValues } from './cluster.ts';
import { apply, furnish, layOutOverlay } from './overlay.ts';

/**
 * The cluster as issuer, with components/auth applied in this namespace and its keys where the component says. Its variables are
 * those of the function's Service as the cluster keeps it.
 */
export async function openClusterIssuer(cluster: ClusterValues, namespace: string): Promise<TokenIssuer> {
  const foreign = `${namespace}-evil`; // its name begins with ours, which must not be enough
  const components = ['auth', 'auth/ping-source'];
  await apply(cluster, layOutOverlay({ overlay: 'dev', namespace, components }));
  await furnish(cluster, namespace);
  await kubectl(cluster, 'create', 'namespace', foreign);
  await furnish(cluster, foreign);
  const keys = await kubectl(cluster, 'get', '--raw', '/openid/v1/jwks');
  await kubectl(cluster, '-n', namespace, 'create', 'configmap', 'bi-cron-issuer', `--from-literal=jwks=${keys}`);
  const json = await kubectl(cluster, '-n', namespace, 'get', 'ksvc', 'goods-onsale', '-o', 'json');
  const [{ env }] = (JSON.parse(json) as KnativeService).spec.template.spec.containers; // the CRD's schema
  return {
    subject: `system:serviceaccount:${namespace}:default`,
    signingKey: createPrivateKey(readFileSync(cluster.signingKey)),
    env: Object.fromEntries(await Promise.all(env.map(async (variable) => [variable.name, await valueOf(variable)]))),
    token: (audience, who = 'allowed') => askToken(cluster, who === 'allowed' ? namespace : foreign, audience),
    close: () => Promise.resolve(),
  };

  async function valueOf({ value = '', valueFrom }: Variable): Promise<string> {
    if (valueFrom === undefined) return value;
    const { name, key } = valueFrom.configMapKeyRef;
    return kubectl(cluster, '-n', namespace, 'get', 'configmap', name, '-o', `jsonpath={.data.${key}}`);
  }
}

interface Variable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly configMapKeyRef: { readonly name: string; readonly key: string } };
}

interface KnativeService {
  readonly spec: {
    readonly template: {
      readonly spec: { readonly containers: readonly [{ readonly env: readonly Variable[] }] };
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
