import {
  describeActual,
  findingAt,
  listAt,
  textAt,
  valueAt,
  type Manifest,
  type Path,
  type RuleFinding,
} from '../manifest.ts';
import { containerPath, forEach, podTemplatePath, type Rule } from '../manifest-set.ts';

/** Memory is bounded, CPU is not. */
export const resources: Rule = {
  id: 'K043',
  title: 'Containers have requests and a memory limit, and no CPU limit',
  reason: 'a CPU limit throttles module loading, which is what a cold start consists of',
  check: forEach((set) => [...set.services, ...set.jobs], checkResources),
};

/** A tag that moves cannot be rolled back to. */
export const fixedImage: Rule = {
  id: 'K044',
  title: 'The image has a tag other than latest, or a digest',
  reason: 'it is unclear what runs, and Kubernetes pulls :latest on every start',
  check: forEach(
    (set) => [...set.services, ...set.jobs],
    (manifest) => {
      const path = [...containerPath(manifest), 'image'];
      const image = textAt(manifest.body, path);
      if (image !== undefined && !/^[a-z0-9][a-z0-9._\-/:]*(?::[\w.-]+)?(?:@sha256:[0-9a-f]{64})?$/.test(image)) {
        return [findingAt(manifest, path, `expected an image in small letters, but ${describeActual(image)}`)];
      }
      const tag = image === undefined ? undefined : /(?::([^/@]+))?(@sha256:[0-9a-f]{64})?$/.exec(image);
      return tag?.[2] !== undefined || (tag?.[1] !== undefined && tag[1] !== 'latest')
        ? []
        : [findingAt(manifest, path, `expected an image with a version tag or a digest, but ${describeActual(image)}`)];
    },
  ),
};

/** Knative's own probe is faster than any that can be written. */
export const noProbes: Rule = {
  id: 'K045',
  title: 'Services have no probes',
  reason:
    'Knative probes PORT every 50 ms by itself; with periodSeconds it is a second at the least, on each cold start',
  check: forEach(
    (set) => set.services,
    (service) =>
      ['readinessProbe', 'livenessProbe', 'startupProbe'].flatMap((probe) => {
        const path = [...containerPath(service), probe];
        return valueAt(service.body, path) === undefined
          ? []
          : [findingAt(service, path, `expected no ${probe}, got one`)];
      }),
  ),
};

/** An overlapping tick must reach the process that runs. */
export const oneRunningPod: Rule = {
  id: 'K046',
  title: 'containerConcurrency is 0 and max-scale is "1"',
  reason: 'the process itself decides about a second event; a limit hides it in a queue, a second pod runs it',
  check: forEach((set) => set.functions, checkScale),
};

/** The image knows how it is started. */
export const noCommand: Rule = {
  id: 'K047',
  title: 'A function has no command, and a Job only the arguments of once',
  reason: "the image's own command is node in exec form; a shell or npm as PID 1 swallows SIGTERM and loses the run",
  check: forEach((set) => [...set.functions, ...set.jobs], checkCommand),
};

/** A pod is a function and nothing else. */
export const oneContainer: Rule = {
  id: 'K048',
  title: 'A pod has one container',
  reason: 'a sidecar is started and awaited on each cold start, and of two containers Knative must know which serves',
  check: forEach(
    (set) => [...set.services, ...set.jobs],
    (manifest) => {
      const containers: Path = containerPath(manifest).slice(0, -1);
      const others = listAt(manifest.body, containers).slice(1);
      return others.map((other, index) =>
        findingAt(
          manifest,
          [...containers, index + 1],
          `expected one container, got ${JSON.stringify(valueAt(other, ['name']))} too`,
        ),
      );
    },
  ),
};

/** The last one wins silently. */
export const variablesOnce: Rule = {
  id: 'K018',
  title: 'An environment variable is set once',
  reason: 'the last one wins, and kubectl apply drops the other at the next change',
  check: forEach(
    (set) => [...set.services, ...set.jobs],
    (manifest) => {
      const env: Path = [...containerPath(manifest), 'env'];
      const names = listAt(manifest.body, env).map((entry) => textAt(entry, ['name']));
      return names.flatMap((name, index) =>
        name === undefined || names.indexOf(name) === index
          ? []
          : [findingAt(manifest, [...env, index, 'name'], `expected each name once, got ${name} again`)],
      );
    },
  ),
};

function checkResources(manifest: Manifest): RuleFinding[] {
  const path: Path = [...containerPath(manifest), 'resources'];
  const required = [
    [...path, 'requests', 'cpu'],
    [...path, 'requests', 'memory'],
    [...path, 'limits', 'memory'],
  ].filter((place) => valueAt(manifest.body, place) === undefined);
  const cpuLimit = [...path, 'limits', 'cpu'];
  const limit = valueAt(manifest.body, cpuLimit);
  return [
    ...required.map((place) => findingAt(manifest, place, 'expected a quantity, but it is missing')),
    ...(limit === undefined
      ? []
      : [findingAt(manifest, cpuLimit, `expected no CPU limit, got ${JSON.stringify(limit)}`)]),
  ];
}

function checkScale(service: Manifest): RuleFinding[] {
  const template = podTemplatePath(service);
  const concurrency: Path = [...template, 'spec', 'containerConcurrency'];
  const maxScale: Path = [...template, 'metadata', 'annotations', 'autoscaling.knative.dev/max-scale'];
  const expected: readonly (readonly [Path, unknown])[] = [
    [concurrency, 0],
    [maxScale, '1'],
  ];
  return expected.flatMap(([path, wanted]) => {
    const value = valueAt(service.body, path);
    return value === wanted
      ? []
      : [findingAt(service, path, `expected ${JSON.stringify(wanted)}, but ${describeActual(value)}`)];
  });
}

function checkCommand(manifest: Manifest): RuleFinding[] {
  const container = containerPath(manifest);
  const command = valueAt(manifest.body, [...container, 'command']);
  const args = listAt(manifest.body, [...container, 'args']);
  const isJob = podTemplatePath(manifest).length > 2;
  const wrongArgs = isJob ? args[0] !== 'once' : args.length > 0;
  return [
    ...(command === undefined
      ? []
      : [findingAt(manifest, [...container, 'command'], `expected no command, got ${JSON.stringify(command)}`)]),
    ...(wrongArgs
      ? [
          findingAt(
            manifest,
            [...container, 'args'],
            `expected ${isJob ? '"once" as first argument' : 'no args'}, got ${JSON.stringify(args)}`,
          ),
        ]
      : []),
  ];
}
