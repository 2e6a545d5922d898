import { posix } from 'node:path';
import { parseDuration } from '../../../functions/runtime/duration.ts';
import {
  describeActual,
  findingAt,
  listAt,
  mapAt,
  numberAt,
  textAt,
  valueAt,
  type Manifest,
  type Path,
  type RuleFinding,
} from '../manifest.ts';
import { containerPath, forEach, podTemplatePath, type Rule } from '../manifest-set.ts';

// What knative serving's webhook refuses beside unknown fields (K003): pkg/apis/serving/k8s_validation.go and
// metadata_validation.go, release 1.23.

const AUTOSCALING = 'autoscaling.knative.dev/';
/** Of annotation_validation.go; a text of Go's durations has no days, `parseDuration` knows them. */
const HOUR_MS = 3_600_000;
const AUTOSCALING_VALUES: Readonly<Record<string, readonly [isGood: (text: string) => boolean, expected: string]>> = {
  class: [isOneOf('kpa.autoscaling.knative.dev'), '"kpa.autoscaling.knative.dev"'],
  metric: [isOneOf('concurrency', 'rps'), '"concurrency" or "rps"'],
  target: [isNumber(0.01, Infinity), 'a number of at least 0.01'],
  'target-utilization-percentage': [isNumber(1, 100), '1 to 100'],
  'target-burst-capacity': [(text) => text === '-1' || isNumber(0, Infinity)(text), 'a number of at least 0, or -1'],
  'panic-window-percentage': [isNumber(1, 100), '1 to 100'],
  'panic-threshold-percentage': [isNumber(110, 1000), '110 to 1000'],
  'initial-scale': [isNumber(1, 2 ** 31 - 1), '1 or more'],
  window: [isSeconds(6000, HOUR_MS), 'whole seconds from 6s to 1h'],
  'scale-down-delay': [isSeconds(0, HOUR_MS), 'whole seconds from 0s to 1h'],
  'scale-to-zero-pod-retention-period': [isSeconds(0, HOUR_MS), 'whole seconds from 0s to 1h'],
};
const ROLLOUT: Path = ['metadata', 'annotations', 'serving.knative.dev/rollout-duration'];
const SCALES = ['min-scale', 'max-scale'] as const;

/** A misplaced limit on pods has no effect, and two of them run. */
export const autoscalingPlace: Rule = {
  id: 'K005',
  title: 'Autoscaling annotations stand in the template, with names and values that Knative knows',
  reason: "Knative's webhook refuses them on the Service, and numbers that it cannot read",
  check: forEach((set) => set.services, checkAutoscaling),
};

const RESERVED_NAMES = ['PORT', 'K_SERVICE', 'K_CONFIGURATION', 'K_REVISION'];

/** Knative's own variables. */
export const reservedVariables: Rule = {
  id: 'K006',
  title: `A Service sets none of the variables ${RESERVED_NAMES.join(', ')}`,
  reason: "they are Knative's own, and its webhook refuses them",
  check: forEach(
    (set) => set.services,
    (service) => {
      const env: Path = [...containerPath(service), 'env'];
      return listAt(service.body, env).flatMap((entry, index) => {
        const name = textAt(entry, ['name']);
        return name !== undefined && /^[^=\s]+$/.test(name) && !RESERVED_NAMES.includes(name)
          ? []
          : [findingAt(service, [...env, index, 'name'], `expected a name of its own, but ${describeActual(name)}`)];
      });
    },
  ),
};

const RESERVED_PATHS = ['/', '/dev', '/dev/log'];

/** Each volume has a mount, and each mount a volume. */
export const volumesMounted: Rule = {
  id: 'K007',
  title: 'Volumes and mounts of a Service belong together, read-only unless it is an emptyDir, at paths of their own',
  reason: "Knative's webhook refuses a volume without a mount, a mount without a volume, and one that can be written",
  check: forEach((set) => set.services, checkVolumes),
};

/** queue-proxy's and the autoscaler's. */
const RESERVED_PORTS = [8008, 8012, 8013, 8022, 9090, 9091];

/** The function speaks HTTP/1.1 on the one port that PORT names. */
export const onePort: Rule = {
  id: 'K008',
  title: 'A Service has at most one port, of TCP, without a name or named http1',
  reason: 'a second port is refused by the webhook, and h2c makes Knative speak HTTP/2 to a server of HTTP/1.1',
  check: forEach((set) => set.services, checkPorts),
};

/** What serves is the latest that was applied. */
export const latestTraffic: Rule = {
  id: 'K019',
  title: 'A Service sends all traffic to its latest Revision',
  reason: 'traffic that stays on a named Revision makes the next upgrade start nothing, while the Service says Ready',
  check: forEach(
    (set) => set.services,
    (service) =>
      listAt(service.body, ['spec', 'traffic']).flatMap((entry, index) =>
        valueAt(entry, ['latestRevision']) === true && numberAt(entry, ['percent']) === 100
          ? []
          : [
              findingAt(
                service,
                ['spec', 'traffic', index],
                `expected latestRevision: true, percent: 100, got ${JSON.stringify(entry)}`,
              ),
            ],
      ),
  ),
};

function isOneOf(...words: readonly string[]): (text: string) => boolean {
  return (text) => words.includes(text);
}

function isNumber(least: number, most: number): (text: string) => boolean {
  return (text) => /^\d+(\.\d+)?$/.test(text) && Number(text) >= least && Number(text) <= most;
}

function isSeconds(leastMs: number, mostMs: number): (text: string) => boolean {
  return (text) => {
    const milliseconds = text === '0' ? 0 : text.includes('d') ? undefined : parseDuration(text);
    return milliseconds !== undefined && milliseconds % 1000 === 0 && milliseconds >= leastMs && milliseconds <= mostMs;
  };
}

/** Values that Knative refuses, and names that it ignores or that are an alias (`maxScale`), which K046 does not read. */
function checkAutoscalingValues(service: Manifest, template: Path): RuleFinding[] {
  const annotations = Object.entries(mapAt(service.body, template)).filter(([name]) => name.startsWith(AUTOSCALING));
  const known = [...SCALES, ...Object.keys(AUTOSCALING_VALUES)];
  return annotations.flatMap(([annotation, value]) => {
    const name = annotation.slice(AUTOSCALING.length);
    const path = [...template, annotation];
    if (!known.includes(name)) return [findingAt(service, path, `expected one of ${known.join(', ')}, got ${name}`)];
    const [isGood, expected] = AUTOSCALING_VALUES[name] ?? [];
    if (isGood === undefined) return []; // a number of pods: below
    return typeof value === 'string' && isGood(value)
      ? []
      : [findingAt(service, path, `expected ${expected} in quotes, but ${describeActual(value)}`)];
  });
}

function checkRollout(service: Manifest): RuleFinding[] {
  const value = valueAt(service.body, ROLLOUT);
  return value === undefined || (typeof value === 'string' && isSeconds(0, Infinity)(value))
    ? []
    : [findingAt(service, ROLLOUT, `expected whole seconds such as "10s", but ${describeActual(value)}`)];
}

function checkAutoscaling(service: Manifest): RuleFinding[] {
  const own: Path = ['metadata', 'annotations'];
  const template: Path = [...podTemplatePath(service), ...own];
  const misplaced = Object.keys(mapAt(service.body, own))
    .filter((name) => name.startsWith('autoscaling.knative.dev'))
    .map((name) =>
      findingAt(service, [...own, name], 'expected it in spec.template.metadata.annotations, got it here'),
    );
  const scaleOf = (name: string): unknown => valueAt(service.body, [...template, AUTOSCALING + name]);
  const unreadable = SCALES.filter((name) => {
    const value = scaleOf(name);
    return value !== undefined && !(typeof value === 'string' && /^\d+$/.test(value));
  }).map((name) =>
    findingAt(
      service,
      [...template, AUTOSCALING + name],
      `expected a whole number in quotes, but ${describeActual(scaleOf(name))}`,
    ),
  );
  const [min = 0, max = 0] = [scaleOf('min-scale'), scaleOf('max-scale')].map(Number);
  const inverted =
    max > 0 && min > max
      ? [findingAt(service, [...template, `${AUTOSCALING}min-scale`], `expected at most max-scale, ${max}, got ${min}`)]
      : [];
  return [
    ...misplaced,
    ...unreadable,
    ...inverted,
    ...checkAutoscalingValues(service, template),
    ...checkRollout(service),
  ];
}

function checkVolumes(service: Manifest): RuleFinding[] {
  const volumesPath: Path = [...podTemplatePath(service), 'spec', 'volumes'];
  const mountsPath: Path = [...containerPath(service), 'volumeMounts'];
  const volumes = listAt(service.body, volumesPath);
  const mounts = listAt(service.body, mountsPath);
  const named = (list: readonly unknown[], entry: unknown): unknown =>
    list.find((other) => textAt(other, ['name']) === textAt(entry, ['name']));
  const ofVolumes = volumes.flatMap((volume, index) => [
    ...(named(mounts, volume) === undefined
      ? [findingAt(service, [...volumesPath, index], 'expected a volumeMount of its name, but it is missing')]
      : []),
    ...(named(volumes, volume) === volume
      ? []
      : [findingAt(service, [...volumesPath, index, 'name'], 'expected a name of its own, got one twice')]),
  ]);
  return [...ofVolumes, ...mounts.flatMap((_, index) => checkMount(service, [...mountsPath, index], volumes))];
}

function checkMount(service: Manifest, at: Path, volumes: readonly unknown[]): RuleFinding[] {
  const mount = valueAt(service.body, at);
  const volume = volumes.find((one) => textAt(one, ['name']) === textAt(mount, ['name']));
  if (volume === undefined) return [findingAt(service, at, 'expected a volume of its name, but it is missing')];
  const before = listAt(service.body, at.slice(0, -1)).slice(0, Number(at.at(-1)));
  const place = placeOf(mount);
  const isOwn = !RESERVED_PATHS.includes(place) && !before.some((other) => placeOf(other) === place);
  const isReadOnly = valueAt(mount, ['readOnly']) === true || valueAt(volume, ['emptyDir']) !== undefined;
  return expectEach(service, at, {
    readOnly: [isReadOnly, 'true'],
    mountPath: [place.startsWith('/') && isOwn, `an absolute path of its own other than ${RESERVED_PATHS.join(', ')}`],
  });
}

/** Go's path.Clean of the mount's path. */
function placeOf(mount: unknown): string {
  return posix.normalize(textAt(mount, ['mountPath']) ?? '').replace(/(?<=.)\/$/, '');
}

function checkPorts(service: Manifest): RuleFinding[] {
  const path: Path = [...containerPath(service), 'ports'];
  const [first, ...others] = listAt(service.body, path);
  if (first === undefined) return [];
  const [name, protocol, number] = ['name', 'protocol', 'containerPort'].map((field) => valueAt(first, [field]));
  const isFree = typeof number === 'number' && number > 0 && number < 65_536 && !RESERVED_PORTS.includes(number);
  return [
    ...expectEach(service, [...path, 0], {
      name: [name === undefined || name === '' || name === 'http1', 'no name, or "http1"'],
      protocol: [protocol === undefined || protocol === 'TCP', '"TCP"'],
      containerPort: [number === undefined || isFree, `1 to 65535 without Knative's own ${RESERVED_PORTS.join(', ')}`],
    }),
    ...others.map((_, index) => findingAt(service, [...path, index + 1], 'expected one port, got another')),
  ];
}

/** A finding for each field of an object that is not as expected. */
function expectEach(
  service: Manifest,
  at: Path,
  fields: Readonly<Record<string, readonly [isGood: boolean, expected: string]>>,
): RuleFinding[] {
  return Object.entries(fields).flatMap(([field, [isGood, expected]]) => {
    const path = [...at, field];
    return isGood
      ? []
      : [findingAt(service, path, `expected ${expected}, but ${describeActual(valueAt(service.body, path))}`)];
  });
}
