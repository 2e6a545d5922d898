import { textAt, valueAt, type Manifest, type Path, type RuleFinding } from './manifest.ts';
import type { TickReader } from './tick-reader.ts';

/** What is linted together: the objects of one apply, sorted by what they are to bi-cron. */
export interface ManifestSet {
  readonly all: readonly Manifest[];
  /** Knative Services, the dead letter sink among them. */
  readonly services: readonly Manifest[];
  /** Knative Services that are a task. */
  readonly functions: readonly Manifest[];
  readonly pingSources: readonly Manifest[];
  readonly brokers: readonly Manifest[];
  readonly triggers: readonly Manifest[];
  /** JobSinks and CronJobs. */
  readonly jobs: readonly Manifest[];
}

/** The label that tells what an object is to bi-cron. */
export const COMPONENT_LABEL = 'app.kubernetes.io/component';
/** The label that names the backend a task calls: two tasks with the same one share its quota. */
export const BACKEND_LABEL = 'bi-cron/backend';

const DEAD_LETTER = 'dead-letter';

export function toManifestSet(all: readonly Manifest[]): ManifestSet {
  const ofKind = (group: string, kind: string): Manifest[] =>
    all.filter((manifest) => manifest.kind === kind && manifest.apiVersion.startsWith(`${group}/`));
  const services = ofKind('serving.knative.dev', 'Service');
  return {
    all,
    services,
    functions: services.filter(
      (service) => textAt(service.body, ['metadata', 'labels', COMPONENT_LABEL]) !== DEAD_LETTER,
    ),
    pingSources: ofKind('sources.knative.dev', 'PingSource'),
    brokers: ofKind('eventing.knative.dev', 'Broker'),
    triggers: ofKind('eventing.knative.dev', 'Trigger'),
    jobs: [...ofKind('sinks.knative.dev', 'JobSink'), ...ofKind('batch', 'CronJob')],
  };
}

/** Path of the pod template in a Knative Service, JobSink or CronJob. */
export function podTemplatePath(manifest: Manifest): Path {
  if (manifest.kind === 'JobSink') return ['spec', 'job', 'spec', 'template'];
  if (manifest.kind === 'CronJob') return ['spec', 'jobTemplate', 'spec', 'template'];
  return ['spec', 'template'];
}

/** Path of the first container, the only one that bi-cron's objects have. */
export function containerPath(manifest: Manifest): Path {
  return [...podTemplatePath(manifest), 'spec', 'containers', 0];
}

/** The literal value of an environment variable of the first container. */
export function environmentOf(manifest: Manifest, name: string): { value: string | undefined; path: Path } {
  const list = [...containerPath(manifest), 'env'];
  const entries = valueAt(manifest.body, list);
  const index = Array.isArray(entries) ? entries.findIndex((entry) => textAt(entry, ['name']) === name) : -1;
  if (index === -1) return { value: undefined, path: list };
  const path = [...list, index, 'value'];
  return { value: textAt(manifest.body, path), path };
}

/** Whether the object that `path` refers to (`kind`, `name`) is `target`. */
export function refersTo(manifest: Manifest, path: Path, target: { kind: string; name: string }): boolean {
  return (
    textAt(manifest.body, [...path, 'kind']) === target.kind && textAt(manifest.body, [...path, 'name']) === target.name
  );
}

/** What a rule may know besides the manifests. */
export interface LintContext {
  /** The task folders of `functions/`. */
  readonly tasks: readonly string[];
  /** How each task reads its events (`loadTickReaders`); without one of its own an event is not read. */
  readonly readers?: ReadonlyMap<string, TickReader>;
  /** From when on daylight saving is looked at. */
  readonly now: Date;
}

/** One thing that must hold, with its number (never reused) and why. */
export interface Rule {
  readonly id: string;
  readonly title: string;
  /** Completes a message: one sentence, what happens otherwise. */
  readonly reason: string;
  readonly check: (set: ManifestSet, context: LintContext) => readonly RuleFinding[];
}

/** A check that looks at one object at a time. */
export function forEach(
  select: (set: ManifestSet) => readonly Manifest[],
  check: (manifest: Manifest, set: ManifestSet, context: LintContext) => readonly RuleFinding[],
): Rule['check'] {
  return (set, context) => select(set).flatMap((manifest) => check(manifest, set, context));
}
