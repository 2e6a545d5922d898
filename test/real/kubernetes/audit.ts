import { readFileSync } from 'node:fs';
import { kubectl, type ClusterValues } from './cluster.ts';

/** What the service accounts of a namespace asked of the API server, such as `get /openid/v1/jwks`, each once, sorted. */
export interface Requests {
  readonly allowed: readonly string[];
  readonly forbidden: readonly string[];
}

interface AuditEvent {
  readonly verb: string;
  readonly requestURI: string;
  readonly user: { readonly username: string };
  readonly objectRef?: { readonly apiGroup?: string; readonly resource?: string; readonly subresource?: string };
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Reads them out of the API server's audit log. */
export function readRequests({ auditLog }: ClusterValues, namespace: string): Requests {
  const events = readFileSync(auditLog, 'utf8')
    .split('\n')
    .slice(0, -1) // the last line may still be under way
    .map((line) => JSON.parse(line) as AuditEvent) // audit.k8s.io/v1
    .filter(({ user }) => user.username.startsWith(`system:serviceaccount:${namespace}:`));
  const withDecision = (decision: string): string[] =>
    unique(
      events
        .filter(({ annotations }) => annotations?.['authorization.k8s.io/decision'] === decision)
        .map(({ verb, objectRef, requestURI }) =>
          objectRef?.resource === undefined
            ? `${verb} ${requestURI.replace(/\?.*/, '')}`
            : `${verb} ${nameOf(objectRef.apiGroup, objectRef.resource, objectRef.subresource)}`,
        ),
    );
  return { allowed: withDecision('allow'), forbidden: withDecision('forbid') };
}

interface Role {
  readonly rules: readonly {
    readonly verbs: readonly string[];
    readonly apiGroups?: readonly string[];
    readonly resources?: readonly string[];
  }[];
}

/** What the namespace's own Roles allow, in the same words: whatever an overlay grants. */
export async function readGrants(cluster: ClusterValues, namespace: string): Promise<string[]> {
  const json = await kubectl(cluster, '-n', namespace, 'get', 'roles.rbac.authorization.k8s.io', '-o', 'json');
  const { items } = JSON.parse(json) as { items: readonly Role[] }; // a List of Roles
  return unique(
    items
      .flatMap(({ rules }) => rules)
      .flatMap(({ verbs, apiGroups = [], resources = [] }) =>
        verbs.flatMap((verb) =>
          apiGroups.flatMap((group) => resources.map((resource) => `${verb} ${nameOf(group, resource)}`)),
        ),
      ),
  );
}

function nameOf(group: string | undefined, resource: string, subresource?: string): string {
  const whole = subresource === undefined ? resource : `${resource}/${subresource}`;
  return group ? `${whole}.${group}` : whole;
}

const unique = (texts: readonly string[]): string[] => [...new Set(texts)].toSorted();
