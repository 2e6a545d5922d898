import { NACOS_BUDGET_MS } from '../../functions/runtime/deadline.ts';
import { loadDocuments } from '../../functions/runtime/config/load.ts';
import { validateConfig } from '../../functions/runtime/config/validate.ts';
import { formatDuration } from '../../functions/runtime/duration.ts';
import { readBootstrap } from '../../functions/runtime/env.ts';
import { readTrigger } from '../../functions/runtime/event/read.ts';
import { loadMethod } from '../../functions/runtime/grpc/method.ts';
import { addressOf, chooseInstances, isUsable } from '../../functions/runtime/nacos/choose.ts';
import { createNacos } from '../../functions/runtime/nacos/client.ts';
import { Inquiry } from '../../functions/runtime/nacos/inquiry.ts';
import { buildRequest, readData } from '../../functions/runtime/request.ts';
import type { Task } from '../../functions/runtime/task.ts';
import { toRequest } from '../events/task-event.ts';
import { formatTable } from '../table.ts';
import { explainConfig, type ExplainedKey } from './explain-config.ts';
import type { CliHost } from './host.ts';
import { maskSecrets } from './mask.ts';
import type { Type } from 'protobufjs';
import { isObject } from '../../functions/runtime/object.ts';

/** What a run would do. */
export interface DryRun {
  readonly task: string;
  readonly runKey: string;
  readonly slot: string;
  readonly source: 'nacos' | 'fallback';
  readonly paused: string | undefined;
  readonly config: readonly ExplainedKey[];
  readonly method: string;
  readonly timeoutMs: number;
  /** The request in proto3 JSON form, secrets masked. */
  readonly request: unknown;
  readonly instances: { readonly service: string; readonly total: number; readonly usable: number };
  /** The instance drawn by weight; undefined when none is usable. */
  readonly chosen: string | undefined;
}

/**
 * The steps of a run up to its call, by the runtime's own functions: reads Nacos, connects to no backend, calls nothing.
 * Rejects with the RunError that the run would end with.
 */
export async function dryRun(task: Task, event: Uint8Array, env: CliHost['env'], now: Date): Promise<DryRun> {
  const bootstrap = readBootstrap(env);
  const nacos = createNacos(bootstrap.nacos);
  try {
    const trigger = readTrigger(toRequest(event), task.name, now);
    const method = await loadMethod<object, object>(task.rpc);
    const given = readData(task, method, trigger, now);
    const inquiry = new Inquiry(AbortSignal.timeout(NACOS_BUDGET_MS));
    const { documents, source } = await loadDocuments(bootstrap, nacos, inquiry);
    const config = validateConfig(documents, task, bootstrap.deployEnv);
    const request = buildRequest(task, given, trigger, config, now);
    const { service, group, cluster } = config.backend;
    const ref = { service, group, cluster: cluster ?? undefined };
    const { value: instances } = await nacos.listInstances(ref, inquiry);
    const [chosen] = chooseInstances(instances, Math.random, 1).map(addressOf);
    return {
      task: task.name,
      runKey: trigger.runKey,
      slot: trigger.slot.toISOString(),
      source,
      paused: trigger.kind === 'scheduled' ? config.paused : undefined,
      config: explainConfig(documents, task, bootstrap.deployEnv),
      method: task.rpc.method,
      timeoutMs: Math.min(config.timeoutMs, bootstrap.budgetMs),
      request: maskSecrets(toProto3Json(method.requestType(), request)),
      instances: { service, total: instances.length, usable: instances.filter(isUsable).length },
      chosen,
    };
  } finally {
    nacos.close();
  }
}

/** A dry run as a person wants to read it. */
export function formatDryRun(plan: DryRun, { colors: { out: colors }, columns }: CliHost): string {
  const { task, runKey, config, instances, chosen, method, timeoutMs, request, source, paused } = plan;
  const rows = config.map(({ key, value, origin }) => [key, JSON.stringify(value), colors.dim(origin)]);
  const target = chosen === undefined ? colors.red('none usable') : colors.green(chosen);
  return [
    `${colors.bold(task)} ${colors.dim('dry run: nothing was called')}`,
    `${colors.dim('run key ')} ${runKey}`,
    ...(paused === undefined ? [] : [colors.yellow(`paused: ${paused}`)]),
    ...(source === 'fallback' ? [colors.yellow('Nacos is unreachable: NACOS_FALLBACK_DIR stands in')] : []),
    formatTable({ head: ['key', 'value', 'from'], rows }, columns),
    `${colors.dim('instance')} ${target}, drawn from ${instances.usable} usable of ${instances.total} ${instances.service}`,
    `${colors.dim('call    ')} ${method}, deadline ${formatDuration(timeoutMs)}`,
    `${colors.dim('request ')} ${JSON.stringify(request, null, 2)}`,
    '',
  ].join('\n');
}

/** A message in proto3 JSON form, as `--data` takes it: RFC 3339 times, durations such as `1.5s`, 64-bit numbers as strings. */
export function toProto3Json(type: Type, message: object): unknown {
  const options = { longs: String, enums: String, bytes: String, json: true };
  return wellKnownToJson(type, type.toObject(type.fromObject(message), options));
}

/** protobufjs knows all of the JSON form but Timestamp and Duration. */
function wellKnownToJson(type: Type, value: unknown): unknown {
  if (!isObject(value)) return value;
  if (type.fullName === '.google.protobuf.Timestamp') return timestampToJson(value);
  if (type.fullName === '.google.protobuf.Duration') return durationToJson(value);
  const entries = Object.entries(value).map(([name, item]) => {
    const field = type.fields[name]?.resolve();
    const inner = field?.resolvedType;
    if (field === undefined || inner === null || inner === undefined || 'values' in inner) return [name, item];
    if (field.map && isObject(item)) return [name, mapValues(item, (one) => wellKnownToJson(inner, one))];
    return [name, Array.isArray(item) ? item.map((one) => wellKnownToJson(inner, one)) : wellKnownToJson(inner, item)];
  });
  return Object.fromEntries(entries);
}

function mapValues(object: Record<string, unknown>, change: (value: unknown) => unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]));
}

function timestampToJson({ seconds = 0, nanos = 0 }: Record<string, unknown>): string {
  const whole = new Date(Number(seconds) * 1000).toISOString().slice(0, -'.000Z'.length);
  return `${whole}${fractionOf(Number(nanos))}Z`;
}

function durationToJson({ seconds = 0, nanos = 0 }: Record<string, unknown>): string {
  const isNegative = Number(seconds) < 0 || Number(nanos) < 0;
  return `${isNegative ? '-' : ''}${Math.abs(Number(seconds))}${fractionOf(Math.abs(Number(nanos)))}s`;
}

/** `.5` of 500,000,000 ns; nothing of 0. */
function fractionOf(nanos: number): string {
  return nanos === 0 ? '' : `.${String(nanos).padStart(9, '0').replace(/0+$/, '')}`;
}
