import type { Type } from 'protobufjs';
import { isObject } from '../../functions/runtime/object.ts';

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
