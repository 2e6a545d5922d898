import type { Enum, Field, MapField, Type } from 'protobufjs';
import { isObject } from '../object.ts';
import { invalidEvent, Description } from '../run-error.ts';
import { parseRfc3339, RFC3339_FORM } from '../rfc3339.ts';

type Message = Record<string, unknown>;

/**
 * Reads a message in proto3 JSON form strictly: an unknown field, a wrong type or a number out of range is refused with
 * its path (`data.window.end`). protobufjs' own `fromObject` drops and coerces silently. Field names may be in
 * lowerCamelCase or as in the .proto file; null means absent. Returns the message as `Type.fromObject` takes it.
 * `withheld` fields are never offered: the caller refuses them.
 */
export function readMessage(
  type: Type,
  json: Record<string, unknown>,
  path: string,
  withheld: readonly string[] = [],
): Message {
  const message: Message = {};
  const oneofs = new Map<string, string>();
  for (const [key, value] of Object.entries(json)) {
    const field = findField(type, key);
    const at = `${path}.${shorten(key)}`;
    if (field === undefined)
      throw invalidEvent(at, `one of ${listOffered(type, withheld)}`, new Description('an unknown field'));
    if (value === null) continue;
    if (field.name in message) throw invalidEvent(at, 'a field once', new Description('both of its names'));
    const oneof = field.partOf?.name;
    if (oneof !== undefined && oneofs.has(oneof))
      throw invalidEvent(at, `one field of ${oneof}`, new Description(`also ${oneofs.get(oneof)}`));
    if (oneof !== undefined) oneofs.set(oneof, key);
    message[field.name] = readField(field.resolve(), value, at);
  }
  return message;
}

const listOffered = ({ fields }: Type, withheld: readonly string[]): string =>
  Object.keys(fields)
    .filter((name) => !withheld.includes(name))
    .join(', ');

const MAX_NAME = 60;

/** A sender's own name for something, as it is quoted in paths. */
const shorten = (name: string): string => (name.length > MAX_NAME ? `${name.slice(0, MAX_NAME)}…` : name);

function findField(type: Type, key: string): Field | undefined {
  if (Object.hasOwn(type.fields, key)) return type.fields[key];
  return type.fieldsArray.find((field) => protoName(field.name) === key);
}

const protoName = (camel: string): string => camel.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

function readField(field: Field, value: unknown, at: string): unknown {
  if (field.map) {
    if (!isObject(value)) throw invalidEvent(at, 'an object', value);
    const { keyType } = field as Field & Pick<MapField, 'keyType'>; // protobufjs types a MapField as no Field
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => {
        const itemAt = `${at}.${shorten(key)}`;
        return [readKey(keyType, key, itemAt), readValue(field, item, itemAt)];
      }),
    );
  }
  if (!field.repeated) return readValue(field, value, at);
  if (!Array.isArray(value)) throw invalidEvent(at, 'an array', value);
  return value.map((item: unknown, index) => readValue(field, item, `${at}[${index}]`));
}

/** The keys of a JSON object are text, whatever the type of the map's keys. */
function readKey(type: string, key: string, at: string): string {
  if (type !== 'bool') return String(readScalar(type, key, at));
  if (key !== 'true' && key !== 'false') throw invalidEvent(at, 'true or false', key);
  return key === 'true' ? key : ''; // protobufjs writes a key of any text but this one as true
}

function readValue({ type, resolvedType }: Field, value: unknown, at: string): unknown {
  if (resolvedType === null) return readScalar(type, value, at);
  if ('values' in resolvedType) return readEnum(resolvedType, value, at);
  if (resolvedType.fullName === '.google.protobuf.Timestamp') return readTimestamp(value, at);
  if (resolvedType.fullName === '.google.protobuf.Duration') return readDuration(value, at);
  if (!isObject(value)) throw invalidEvent(at, 'an object', value);
  return readMessage(resolvedType, value, at);
}

function readEnum({ values }: Enum, value: unknown, at: string): number {
  if (typeof value === 'string' && Object.hasOwn(values, value)) return values[value] ?? 0;
  if (typeof value === 'number' && Object.values(values).includes(value)) return value;
  throw invalidEvent(at, `one of ${Object.keys(values).join(', ')}`, value);
}

function readTimestamp(value: unknown, at: string): unknown {
  const instant = typeof value === 'string' ? parseRfc3339(value) : undefined;
  if (instant === undefined) throw invalidEvent(at, RFC3339_FORM, value);
  return instant;
}

const DURATION_FORM = /^(-?)(\d{1,12})(?:\.(\d{1,9}))?s$/; // google.protobuf.Duration in proto3 JSON form
const MAX_DURATION_SECONDS = 315_576_000_000; // 10,000 years, duration.proto

function readDuration(value: unknown, at: string): { seconds: number; nanos: number } {
  const match = typeof value === 'string' ? DURATION_FORM.exec(value) : null;
  const [, sign, seconds, fraction = ''] = match ?? [];
  if (seconds === undefined || Number(seconds) > MAX_DURATION_SECONDS)
    throw invalidEvent(at, 'seconds such as "90s" or "1.5s"', value);
  const factor = sign === '-' ? -1 : 1;
  return { seconds: factor * Number(seconds), nanos: factor * Number(fraction.padEnd(9, '0')) };
}

const INTEGER_BITS: Record<string, readonly [signed: boolean, bits: 32 | 64]> = {
  int32: [true, 32],
  sint32: [true, 32],
  sfixed32: [true, 32],
  uint32: [false, 32],
  fixed32: [false, 32],
  int64: [true, 64],
  sint64: [true, 64],
  sfixed64: [true, 64],
  uint64: [false, 64],
  fixed64: [false, 64],
};

function readScalar(type: string, value: unknown, at: string): unknown {
  const integer = INTEGER_BITS[type];
  if (integer !== undefined) return readInteger(type, integer, value, at);
  switch (type) {
    case 'string':
      if (typeof value !== 'string') throw invalidEvent(at, 'a string', value);
      if (!value.isWellFormed()) throw invalidEvent(at, 'Unicode text', new Description('half of a surrogate pair'));
      return value;
    case 'bool':
      if (typeof value !== 'boolean') throw invalidEvent(at, 'true or false', value);
      return value;
    case 'bytes':
      if (typeof value !== 'string' || !isBase64(value)) throw invalidEvent(at, 'base64 text', value);
      return Buffer.from(value, 'base64');
    default:
      return readFloat(type, value, at);
  }
}

/** Base64 in either alphabet, with or without padding. */
function isBase64(text: string): boolean {
  const digits = /^([\w+/-]*)={0,2}$/.exec(text)?.[1];
  return digits !== undefined && digits.length % 4 !== 1;
}

function readInteger(type: string, [signed, bits]: readonly [boolean, 32 | 64], value: unknown, at: string): unknown {
  const isText = typeof value === 'string' && /^-?\d{1,20}$/.test(value);
  if (!isText && !Number.isSafeInteger(value)) throw invalidEvent(at, `a whole number (${type})`, value);
  const whole = BigInt(value as string | number); // one of the two, as just checked
  const inRange = signed ? BigInt.asIntN(bits, whole) === whole : BigInt.asUintN(bits, whole) === whole;
  if (!inRange) throw invalidEvent(at, `a number within ${type}`, value);
  return bits === 32 ? Number(whole) : whole.toString();
}

function readFloat(type: string, value: unknown, at: string): number {
  if (value === 'NaN' || value === 'Infinity' || value === '-Infinity') return Number(value);
  if (typeof value !== 'number') throw invalidEvent(at, 'a number', value);
  if (!Number.isFinite(type === 'float' ? Math.fround(value) : value))
    throw invalidEvent(at, `a number within ${type}`, Number.isFinite(value) ? value : new Description('a larger one'));
  return value;
}
