import path from 'node:path';
import protobuf, { type Field, type Type } from 'protobufjs';
import { isObject } from '../../functions/runtime/object.ts';
import { formatRfc3339 } from '../../functions/runtime/rfc3339.ts';
import { checkRunRequest } from '../dev/check-run-request.ts';
import type { LocalCluster } from '../dev/local-cluster.ts';
import type { LocalTask } from '../dev/task-pool.ts';
import { defaultOverlapMs, longestWindowMs } from '../backfill/plan.ts';
import type { FormField, RequestForm } from './state.ts';

const LONGEST_MS = 3650 * 86_400_000; // for a task whose windows may have any length

/** The form of a task's request: fields and comments from its .proto file, defaults from its configuration. */
export async function requestForm(cluster: LocalCluster, task: LocalTask): Promise<RequestForm> {
  const { definition } = task;
  const type = await loadRequestType(cluster.root, definition.rpc.proto, definition.rpc.method);
  const fields = type.fieldsArray.filter(({ name }) => name !== 'run').map((field) => toFormField(field.resolve())); // bi-cron fills `run`
  const now = cluster.clock.now();
  const unchanged = await checkRunRequest(definition, cluster.config, { data: {}, slot: now, now });
  const { run: _run, ...defaults } = unchanged.ok ? toJson(unchanged.request) : {};
  const longestMs = longestWindowMs(definition);
  const longestStepMs = longestMs && Math.min(longestMs, LONGEST_MS) - defaultOverlapMs(definition);
  return { fields, defaults, longestStepMs, usualMs: usualMsOf(cluster, definition.name) };
}

const GUESS_MS = 1000; // before the first run

/** The median of the task's latest runs. */
function usualMsOf({ history }: LocalCluster, task: string): number {
  const took = history
    .list()
    .filter((run) => run.task === task)
    .flatMap(({ attempts }) => attempts.map(({ arrivedAt, answeredAt = arrivedAt }) => answeredAt - arrivedAt))
    .filter((ms) => ms > 0)
    .toSorted((one, other) => one - other);
  return took[Math.floor(took.length / 2)] ?? GUESS_MS;
}

async function loadRequestType(root: string, protoFile: string, method: string): Promise<Type> {
  const schema = new protobuf.Root();
  schema.resolvePath = (_origin, target) => path.join(root, 'protos', target);
  await schema.load(protoFile, { alternateCommentMode: true }); // keeps the comments, which tell the limits
  const [serviceName = '', methodName = ''] = method.split('/');
  const found = schema.lookupService(serviceName).methods[methodName];
  if (found === undefined) throw new Error(`${protoFile}: expected method ${method}, found none of that name`);
  return schema.lookupService(serviceName).lookupType(found.requestType);
}

function toFormField(field: Field): FormField {
  const { name, type, comment, resolvedType, repeated, map } = field;
  const nested = resolvedType !== null && 'fields' in resolvedType ? resolvedType : undefined;
  const base = { name, type: repeated ? `repeated ${type}` : type, comment: comment ?? '', options: [], fields: [] };
  if (repeated && nested === undefined && !map) return { ...base, kind: 'list' };
  if (nested?.fullName === '.google.protobuf.Timestamp') return { ...base, kind: 'time' };
  if (nested?.fullName === '.google.protobuf.Duration') return { ...base, kind: 'duration' };
  if (nested !== undefined)
    return { ...base, kind: 'group', fields: nested.fieldsArray.map((child) => toFormField(child.resolve())) };
  if (resolvedType !== null && 'values' in resolvedType)
    return { ...base, kind: 'choice', options: Object.keys(resolvedType.values) };
  if (type === 'bool') return { ...base, kind: 'flag' };
  return { ...base, kind: type === 'string' || type === 'bytes' ? 'text' : 'number' };
}

/** The proto3 JSON form of a request as tasks write it: timestamps as text, absent messages left out. */
function toJson(message: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const entries = Object.entries(message).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(entries.map(([key, value]) => [key, valueToJson(value)]));
}

function valueToJson(value: unknown): unknown {
  if (!isObject(value)) return value;
  if (typeof value['seconds'] === 'number') return formatRfc3339(new Date(value['seconds'] * 1000));
  return toJson(value);
}
