import * as v from 'valibot';
import { isObject } from '../object.ts';
import type { Task } from '../task.ts';
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

const backendSchema = v.strictObject({
  service: v.pipe(v.string(), v.nonEmpty()),
  group: v.nullish(v.pipe(v.string(), v.nonEmpty()), 'DEFAULT_GROUP'),
  cluster: optional(v.string()),
  timeout: durationOr('30s'),
  tls: v.nullish(tlsSchema, { mode: 'insecure' }),
  /** A file with the bearer token to show to the backend, read again for each call. */
  tokenFile: optional(v.pipe(v.string(), v.nonEmpty())),
});

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

/** Keys that every task has, beside its own. */
export function taskSchema(task: Task) {
  return v.strictObject({
    timeout: optional(duration),
    paused: optional(v.union([v.string(), v.boolean()], 'a reason, or true')),
    ...optionSchemas(task.options),
  });
}
