import { Broker, Trigger } from '@kubernetes-models/knative/eventing.knative.dev/v1';
import { Service as KnativeService } from '@kubernetes-models/knative/serving.knative.dev/v1';
import { JobSink } from '@kubernetes-models/knative/sinks.knative.dev/v1alpha1';
import { PingSource } from '@kubernetes-models/knative/sources.knative.dev/v1';
import { CronJob, Job } from 'kubernetes-models/batch/v1';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import { ConfigMap, Namespace, Secret } from 'kubernetes-models/v1';
import { describeActual, findingAt, valueAt, type Manifest, type Path, type RuleFinding } from '../manifest.ts';
import { forEach, type Rule } from '../manifest-set.ts';

/** Validators generated from the Go types of Knative and Kubernetes. */
const MODELS = [
  KnativeService,
  PingSource,
  Broker,
  Trigger,
  JobSink,
  CronJob,
  Job,
  NetworkPolicy,
  ConfigMap,
  Secret,
  Namespace,
];

interface SchemaError {
  readonly instancePath: string;
  readonly message: string;
}

/** The shape of every kind that Knative or Kubernetes publishes and bi-cron uses; other kinds pass. */
export const shape: Rule = {
  id: 'K002',
  title: 'Every object has the shape that its CRD or Kubernetes asks for',
  reason: 'the API server refuses a value of another type',
  check: forEach((set) => set.all, checkShape),
};

function checkShape(manifest: Manifest): RuleFinding[] {
  const Model = MODELS.find(({ apiVersion, kind }) => apiVersion === manifest.apiVersion && kind === manifest.kind);
  if (Model === undefined) return checkVersion(manifest);
  try {
    Model.prototype.validate.call(manifest.body);
    return [];
  } catch (error) {
    return schemaErrorsOf(error)
      .filter(isMistake)
      .map(({ instancePath, message }) => {
        const path = toPath(instancePath);
        const value = valueAt(manifest.body, path);
        const shown = typeof value === 'object' ? '' : `, got ${JSON.stringify(value)}`;
        return findingAt(manifest, path, `${message}${shown}`);
      });
  }
}

/** An object of no kind that is known passes; one that seems to be of such a kind and has another apiVersion does not. */
function checkVersion(manifest: Manifest): RuleFinding[] {
  const { apiVersion, kind } = manifest;
  const meant = MODELS.find(
    (model) =>
      model.kind === kind &&
      (groupOf(model.apiVersion) === groupOf(apiVersion) || /knative/i.test(apiVersion) || isOnlyKnatives(kind)),
  );
  return meant === undefined
    ? []
    : [findingAt(manifest, ['apiVersion'], `expected ${meant.apiVersion}, but ${describeActual(apiVersion)}`)];
}

function groupOf(apiVersion: string): string {
  return apiVersion.split('/').slice(0, -1).join('/');
}

/** Not Service, which is a kind of Kubernetes too. */
function isOnlyKnatives(kind: string): boolean {
  return ['PingSource', 'Broker', 'Trigger', 'JobSink'].includes(kind);
}

/** AJV's own list; anything else thrown is a bug. One mistake may break several branches of a `oneOf`: the first is enough. */
function schemaErrorsOf(error: unknown): SchemaError[] {
  const list: unknown = valueAt(error, ['errors']);
  if (!Array.isArray(list)) throw error;
  const byPlace = new Map<string, SchemaError>();
  for (const entry of list) {
    const instancePath = String(valueAt(entry, ['instancePath']));
    const message = String(valueAt(entry, ['message']));
    const key = message.startsWith('must have required') ? `${instancePath} ${message}` : instancePath;
    if (!byPlace.has(key)) byPlace.set(key, { instancePath, message });
  }
  return [...byPlace.values()];
}

/** The Job in a JobSink is typed as a whole Job; Knative itself adds its apiVersion and kind. */
function isMistake({ instancePath, message }: SchemaError): boolean {
  return !(instancePath === '/spec/job' && /required property (apiVersion|kind)$/.test(message));
}

/** `/spec/containers/0/a~1b` -> `['spec', 'containers', 0, 'a/b']` (JSON Pointer). */
function toPath(pointer: string): Path {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => (/^\d+$/.test(step) ? Number(step) : step.replaceAll('~1', '/').replaceAll('~0', '~')));
}
