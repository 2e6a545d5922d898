import type { Break } from './break.ts';

const POD = ['spec', 'template', 'spec'];
const CONTAINER = [...POD, 'containers', 0];
const ENV = [...CONTAINER, 'env', 2];
const SERVICE = 'Service goods-onsale';
const SCALE = ['metadata', 'annotations', 'autoscaling.knative.dev/min-scale'];

/**
 * One change of a Service each that the API server refuses, or that no comparison of the Services with one another shows; the
 * finding is the same when all Services have it.
 */
export const BREAKS_OF_WEBHOOKS: readonly Break[] = [
  {
    rule: 'K003',
    object: SERVICE,
    path: ENV,
    value: { name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
    at: 'spec.template.spec.containers[0].env[2].valueFrom.fieldRef',
    message: 'expected one of configMapKeyRef, secretKeyRef, got fieldRef',
  },
  {
    rule: 'K003',
    object: SERVICE,
    path: ENV,
    value: { name: 'MEMORY', valueFrom: { resourceFieldRef: { resource: 'limits.memory' } } },
    at: 'spec.template.spec.containers[0].env[2].valueFrom.resourceFieldRef',
    message: 'expected one of configMapKeyRef, secretKeyRef, got resourceFieldRef',
  },
  {
    rule: 'K003',
    object: SERVICE,
    path: [...POD, 'volumes'],
    value: [{ name: 'host', hostPath: { path: '/etc' } }],
    at: 'spec.template.spec.volumes[0].hostPath',
    message: 'expected one of name, secret, configMap, projected, emptyDir, got hostPath',
  },
  {
    rule: 'K003',
    object: SERVICE,
    path: [...CONTAINER, 'ports'],
    value: [{ containerPort: 8080, hostPort: 80 }],
    at: 'spec.template.spec.containers[0].ports[0].hostPort',
    message: 'expected one of name, containerPort, protocol, got hostPort',
  },
  {
    rule: 'K005',
    object: SERVICE,
    path: SCALE,
    value: '0',
    message: 'expected it in spec.template.metadata.annotations, got it here',
  },
  {
    rule: 'K005',
    object: SERVICE,
    path: ['spec', 'template', ...SCALE],
    value: 'one',
    message: 'expected a whole number in quotes, but it is "one"',
  },
  {
    rule: 'K005',
    object: SERVICE,
    path: ['spec', 'template', ...SCALE],
    value: '2',
    message: 'expected at most max-scale, 1, got 2',
  },
  ...['PORT', 'K_SERVICE', 'K_REVISION', 'K_CONFIGURATION'].map((name) => ({
    rule: 'K006',
    object: SERVICE,
    path: ENV,
    value: { name, value: '8080' },
    at: 'spec.template.spec.containers[0].env[2].name',
    message: `expected a name of its own, but it is "${name}"`,
  })),
  {
    rule: 'K007',
    object: SERVICE,
    path: [...POD, 'volumes'],
    value: [{ name: 'tls', secret: { secretName: 'tls' } }],
    at: 'spec.template.spec.volumes[0]',
    message: 'expected a volumeMount of its name, but it is missing',
  },
  {
    rule: 'K007',
    object: SERVICE,
    path: [...CONTAINER, 'volumeMounts'],
    value: [{ name: 'tls', mountPath: '/etc/bi-cron/tls', readOnly: true }],
    at: 'spec.template.spec.containers[0].volumeMounts[0]',
    message: 'expected a volume of its name, but it is missing',
  },
  {
    rule: 'K008',
    object: SERVICE,
    path: [...CONTAINER, 'ports'],
    value: [{ containerPort: 8080 }, { containerPort: 9000 }],
    at: 'spec.template.spec.containers[0].ports[1]',
    message: 'expected one port, got another',
  },
  {
    rule: 'K008',
    object: SERVICE,
    path: [...CONTAINER, 'ports'],
    value: [{ name: 'h2c', containerPort: 8080 }],
    at: 'spec.template.spec.containers[0].ports[0].name',
    message: 'expected no name, or "http1", but it is "h2c"',
  },
  {
    rule: 'K008',
    object: SERVICE,
    path: [...CONTAINER, 'ports'],
    value: [{ containerPort: 8012, protocol: 'UDP' }],
    at: 'spec.template.spec.containers[0].ports[0].protocol',
    message: 'expected "TCP", but it is "UDP"',
    also: ["expected 1 to 65535 without Knative's own 8008, 8012, 8013, 8022, 9090, 9091, but it is 8012"],
  },
  {
    rule: 'K018',
    object: SERVICE,
    path: ENV,
    value: { name: 'RUN_BUDGET', value: '10s' },
    at: 'spec.template.spec.containers[0].env[2].name',
    message: 'expected each name once, got RUN_BUDGET again',
  },
  {
    rule: 'K019',
    object: SERVICE,
    path: ['spec', 'traffic'],
    value: [{ revisionName: 'goods-onsale-00001', percent: 100 }],
    at: 'spec.traffic[0]',
    message: 'expected latestRevision: true, percent: 100, got {"revisionName":"goods-onsale-00001","percent":100}',
  },
  {
    rule: 'K048',
    object: SERVICE,
    path: [...POD, 'containers', 1],
    value: { name: 'sidecar', image: 'proxy:1.0' },
    message: 'expected one container, got "sidecar" too',
  },
  {
    rule: 'K049',
    object: SERVICE,
    path: [...CONTAINER, 'resources', 'limits', 'memory'],
    value: '256m',
    message: 'expected 64Mi to 64Gi, but it is "256m"',
    also: ['expected at most the limit "256m", got "128Mi"'],
  },
  {
    rule: 'K049',
    object: SERVICE,
    path: [...CONTAINER, 'resources', 'requests', 'cpu'],
    value: 100,
    message: 'expected 1m to 64, but it is 100',
  },
  {
    rule: 'K049',
    object: SERVICE,
    path: [...CONTAINER, 'resources', 'limits', 'memory'],
    value: '100Mi',
    at: 'spec.template.spec.containers[0].resources.requests.memory',
    message: 'expected at most the limit "100Mi", got "128Mi"',
  },
];
