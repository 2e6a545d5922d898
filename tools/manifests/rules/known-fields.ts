import { findingAt, listAt, mapAt, type Manifest, type Path, type RuleFinding } from '../manifest.ts';
import { podTemplatePath, type ManifestSet, type Rule } from '../manifest-set.ts';

// serving: pkg/apis/serving/fieldmask.go, what is allowed without a feature flag; eventing: the v1 types
const POD_FIELDS = [
  'serviceAccountName',
  'containers',
  'volumes',
  'imagePullSecrets',
  'enableServiceLinks',
  'automountServiceAccountToken',
  'containerConcurrency',
  'timeoutSeconds',
  'responseStartTimeoutSeconds',
  'idleTimeoutSeconds',
];
const TRAFFIC_FIELDS = ['latestRevision', 'percent', 'tag'];
const CONTAINER_FIELDS = [
  'name',
  'args',
  'command',
  'env',
  'workingDir',
  'envFrom',
  'image',
  'imagePullPolicy',
  'livenessProbe',
  'startupProbe',
  'ports',
  'readinessProbe',
  'resources',
  'securityContext',
  'terminationMessagePath',
  'terminationMessagePolicy',
  'volumeMounts',
];
const SECURITY_FIELDS = [
  'capabilities',
  'readOnlyRootFilesystem',
  'runAsUser',
  'runAsGroup',
  'runAsNonRoot',
  'allowPrivilegeEscalation',
  'seccompProfile',
];
/** What a list below the pod or the container may hold; `valueFrom` is an object. */
const ENTRY_FIELDS = {
  volumes: ['name', 'secret', 'configMap', 'projected', 'emptyDir'],
  env: ['name', 'value', 'valueFrom'],
  envFrom: ['prefix', 'configMapRef', 'secretRef'],
  ports: ['name', 'containerPort', 'protocol'],
  volumeMounts: ['name', 'readOnly', 'mountPath', 'subPath'],
} as const;
const VALUE_FROM_FIELDS = ['configMapKeyRef', 'secretKeyRef']; // fieldRef and resourceFieldRef are behind a flag
const PING_SOURCE_FIELDS = ['sink', 'ceOverrides', 'schedule', 'timezone', 'contentType', 'data', 'dataBase64'];
const SINK_FIELDS = ['ref', 'uri', 'CACerts', 'audience'];
const REFERENCE_FIELDS = ['kind', 'namespace', 'name', 'apiVersion']; // group and address are behind flags
const TRIGGER_FIELDS = ['broker', 'brokerRef', 'filter', 'filters', 'subscriber', 'delivery'];
const DELIVERY_FIELDS = [
  'deadLetterSink',
  'retry',
  'timeout',
  'backoffPolicy',
  'backoffDelay',
  'retryAfterMax',
  'format',
];

/** Names that the generated schemas let pass, and the webhooks do not. */
export const knownFields: Rule = {
  id: 'K003',
  title: 'Only fields that Knative accepts without a feature flag',
  reason: "Knative's webhook refuses an unknown field, and one whose feature flag is off",
  check: (set) => [
    ...set.services.flatMap(checkService),
    ...set.pingSources.flatMap((source) => [
      ...unknown(source, ['spec'], PING_SOURCE_FIELDS),
      ...unknown(source, ['spec', 'sink'], SINK_FIELDS),
      ...unknown(source, ['spec', 'sink', 'ref'], REFERENCE_FIELDS),
      ...unknown(source, ['spec', 'ceOverrides'], ['extensions']),
    ]),
    ...set.triggers.flatMap((trigger) => unknown(trigger, ['spec'], TRIGGER_FIELDS)),
    ...set.brokers.flatMap((broker) => unknown(broker, ['spec'], ['config', 'delivery'])),
    ...delivering(set).flatMap((manifest) => unknown(manifest, ['spec', 'delivery'], DELIVERY_FIELDS)),
  ],
};

function delivering(set: ManifestSet): readonly Manifest[] {
  return [...set.brokers, ...set.triggers];
}

function checkService(service: Manifest): RuleFinding[] {
  const pod: Path = [...podTemplatePath(service), 'spec'];
  return [
    ...unknown(service, ['spec'], ['template', 'traffic']),
    ...listAt(service.body, ['spec', 'traffic']).flatMap((_, index) =>
      unknown(service, ['spec', 'traffic', index], TRAFFIC_FIELDS),
    ),
    ...unknown(service, pod, POD_FIELDS),
    ...unknownInList(service, pod, 'volumes'),
    ...listAt(service.body, [...pod, 'containers']).flatMap((_, index) =>
      checkContainer(service, [...pod, 'containers', index]),
    ),
  ];
}

function checkContainer(service: Manifest, path: Path): RuleFinding[] {
  return [
    ...unknown(service, path, CONTAINER_FIELDS),
    ...unknown(service, [...path, 'securityContext'], SECURITY_FIELDS),
    ...unknown(service, [...path, 'securityContext', 'capabilities'], ['drop', 'add']),
    ...unknown(service, [...path, 'resources'], ['limits', 'requests']),
    ...(['env', 'envFrom', 'ports', 'volumeMounts'] as const).flatMap((list) => unknownInList(service, path, list)),
    ...listAt(service.body, [...path, 'env']).flatMap((_, index) =>
      unknown(service, [...path, 'env', index, 'valueFrom'], VALUE_FROM_FIELDS),
    ),
  ];
}

function unknownInList(service: Manifest, path: Path, list: keyof typeof ENTRY_FIELDS): RuleFinding[] {
  return listAt(service.body, [...path, list]).flatMap((_, index) =>
    unknown(service, [...path, list, index], ENTRY_FIELDS[list]),
  );
}

function unknown(manifest: Manifest, path: Path, allowed: readonly string[]): RuleFinding[] {
  return Object.keys(mapAt(manifest.body, path))
    .filter((field) => !allowed.includes(field))
    .map((field) => findingAt(manifest, [...path, field], `expected one of ${allowed.join(', ')}, got ${field}`));
}
