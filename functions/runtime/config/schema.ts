import * as v from 'valibot';
import { isObject } from '../object.ts';
import type { Task } from '../task.ts';
import { findNameProblem, splitServiceName, type NAME_RULES } from '../nacos/names.ts';
import { duration, durationOr, optional, optionSchemas } from './option-schema.ts';

const tlsSchema = v.strictObject({
  mode: v.picklist(['insecure', 'tls', 'mtls']),
  /** PEM files, read at each new connection. */
  ca: optional(v.string()),
  cert: optional(v.string()),
  key: optional(v.string()),
  /** The name that the certificate must carry, when it is not the instance's address. */
  serverName: optional(v.string()),
});

/** A name that Nacos takes; another would be refused there, by each run. */
const nameOf = (kind: keyof typeof NAME_RULES) =>
  v.pipe(
    v.string(),
    v.nonEmpty(),
    v.check(
      (name) => name === '' || findNameProblem(kind, name) === undefined,
      ({ input }) => findNameProblem(kind, input) ?? '',
    ),
  );

/** `service`, or `group@@service` as Nacos shows it. */
const serviceSchema = v.pipe(
  v.string(),
  v.nonEmpty(),
  v.check(
    (name) => name === '' || findServiceProblem(name) === undefined,
    ({ input }) => findServiceProblem(input) ?? '',
  ),
  v.transform(splitServiceName),
);

function findServiceProblem(name: string): string | undefined {
  const { group, service } = splitServiceName(name);
  return findNameProblem('service', service) ?? (group === undefined ? undefined : findNameProblem('group', group));
}

const backendEntries = v.strictObject({
  service: serviceSchema,
  group: v.nullish(nameOf('group'), 'DEFAULT_GROUP'),
  cluster: optional(nameOf('cluster')),
  timeout: durationOr('30s'),
  tls: v.nullish(tlsSchema, { mode: 'insecure' }),
  /** A file with the bearer token to show to the backend, read again for each call. */
  tokenFile: optional(v.pipe(v.string(), v.nonEmpty())),
});

const backendSchema = v.pipe(
  backendEntries,
  v.transform(({ service: { group, service }, ...rest }) => ({ ...rest, service, group: group ?? rest.group })),
);

/** Where a backend is registered and how to speak to it. */
export type BackendConfig = v.InferOutput<typeof backendSchema>;

/** The keys that a run of this task reads: its backend's and its own. */
export function sectionsFor(task: Task) {
  return v.object({
    grpc: v.object({ [task.backend]: backendSchema }),
    tasks: v.nullish(mapOf(v.object({ [task.name]: v.nullish(mapOf(taskSchema(task)), {}) })), {}),
  });
}

/** Valibot takes an array for an object without keys. */
const mapOf = <Schema extends v.GenericSchema>(schema: Schema) =>
  v.pipe(v.unknown(), v.check(isObject, 'a map of keys'), schema);

/** YAML 1.1, and with it Go and Java, reads the first as false; here they are text, as the others, and would pause the task. */
const NO = /^(?:n|no|off|false|0|f|none|null|~)$/i;

const pausedSchema = v.pipe(
  v.union([v.pipe(v.string(), v.trim()), v.boolean()], 'a reason, or true'),
  v.check((value) => typeof value !== 'string' || !NO.test(value), 'true, false or a reason'),
);

/** The keys that may stand at a path of this task's sections. */
export function knownKeys(task: Task, [section, , key]: readonly (string | number)[]): string[] {
  if (section === 'tasks') return Object.keys(taskSchema(task).entries);
  return Object.keys((key === 'tls' ? tlsSchema : backendEntries).entries);
}

/** Keys that every task has, beside its own. */
export function taskSchema(task: Task) {
  return v.strictObject({
    timeout: optional(duration),
    paused: optional(pausedSchema),
    ...optionSchemas(task.options),
  });
}
