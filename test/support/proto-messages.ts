import * as fc from 'fast-check';
import type { Arbitrary } from 'fast-check';
import type { Field, Type } from 'protobufjs';

/** A value in proto3 JSON form, and what protobufjs makes of it: longs and enums as text, bytes as base64. */
export interface Pair {
  readonly json: unknown;
  readonly sent: unknown;
}

const integers = (min: bigint, max: bigint): Arbitrary<bigint> => fc.bigInt({ min, max });
const small = (arbitrary: Arbitrary<bigint>): Arbitrary<Pair> =>
  fc.tuple(arbitrary, fc.boolean()).map(([n, quoted]) => ({ json: quoted ? String(n) : Number(n), sent: Number(n) }));
const big = (arbitrary: Arbitrary<bigint>): Arbitrary<Pair> =>
  fc.tuple(arbitrary, fc.boolean()).map(([n, quoted]) => {
    const isExact = Number.isSafeInteger(Number(n));
    return { json: quoted || !isExact ? String(n) : Number(n), sent: String(n) };
  });
const same = (arbitrary: Arbitrary<unknown>): Arbitrary<Pair> =>
  arbitrary.map((value) => ({ json: value, sent: value }));
const number = (arbitrary: Arbitrary<number>): Arbitrary<Pair> =>
  arbitrary.map((value) => ({ json: Number.isFinite(value) ? value : String(value), sent: value + 0 })); // JSON has no -0

const [INT32, UINT32] = [integers(-(2n ** 31n), 2n ** 31n - 1n), integers(0n, 2n ** 32n - 1n)];
const [INT64, UINT64] = [integers(-(2n ** 63n), 2n ** 63n - 1n), integers(0n, 2n ** 64n - 1n)];
const SCALARS: Record<string, Arbitrary<Pair>> = {
  int32: small(INT32),
  sint32: small(INT32),
  sfixed32: small(INT32),
  uint32: small(UINT32),
  fixed32: small(UINT32),
  int64: big(INT64),
  sint64: big(INT64),
  sfixed64: big(INT64),
  uint64: big(UINT64),
  fixed64: big(UINT64),
  float: number(fc.float()),
  double: number(fc.double()),
  bool: same(fc.boolean()),
  string: same(fc.string({ unit: 'binary' })),
  bytes: same(fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('base64'))),
};

const TIMESTAMP: Arbitrary<Pair> = fc
  .tuple(
    fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }),
    fc.nat(999_999_999),
  )
  .map(([date, nanos]) => {
    const seconds = Math.floor(date.getTime() / 1000);
    const whole = new Date(seconds * 1000).toISOString().slice(0, 'yyyy-mm-ddThh:mm:ss'.length);
    return { json: `${whole}.${String(nanos).padStart(9, '0')}Z`, sent: { seconds: String(seconds), nanos } };
  });

const DURATION: Arbitrary<Pair> = fc
  .tuple(fc.nat(2 ** 31 - 1), fc.nat(999_999_999), fc.constantFrom(1, -1))
  .map(([seconds, nanos, sign]) => ({
    json: `${sign < 0 ? '-' : ''}${seconds}.${String(nanos).padStart(9, '0')}s`,
    sent: { seconds: String(sign * seconds), nanos: nanos === 0 ? 0 : sign * nanos },
  }));

function valuesOf({ type, resolvedType }: Field, depth: number): Arbitrary<Pair> {
  if (resolvedType === null) return SCALARS[type] ?? fc.constant({ json: type, sent: 'no arbitrary for this type' });
  if ('values' in resolvedType) {
    const entries = Object.entries(resolvedType.values);
    return fc
      .tuple(fc.constantFrom(...entries), fc.boolean())
      .map(([[name, value], byName]) => ({ json: byName ? name : value, sent: name }));
  }
  if (resolvedType.fullName === '.google.protobuf.Timestamp') return TIMESTAMP;
  if (resolvedType.fullName === '.google.protobuf.Duration') return DURATION;
  return messagesOf(resolvedType, depth - 1);
}

function fieldsOf(field: Field, depth: number): Arbitrary<Pair> {
  const value = valuesOf(field, depth);
  if (field.repeated) {
    return fc.array(value, { minLength: 1, maxLength: 3 }).map((pairs) => ({
      json: pairs.map(({ json }) => json),
      sent: pairs.map(({ sent }) => sent),
    }));
  }
  if (!field.map) return value;
  const key = { byName: fc.string({ minLength: 1 }), byFlag: fc.constantFrom('true', 'false') }[field.name];
  const keys = (key ?? fc.nat().map(String)).filter((name) => name !== '__proto__'); // no key of a protobufjs map
  return fc.dictionary(keys, value, { minKeys: 1, maxKeys: 3, noNullPrototype: true }).map((pairs) => ({
    json: Object.fromEntries(Object.entries(pairs).map(([name, { json }]) => [name, json])),
    sent: Object.fromEntries(Object.entries(pairs).map(([name, { sent }]) => [name, sent])),
  }));
}

/** Messages with any set of fields, by either name, one field of each oneof. */
export function messagesOf(type: Type, depth: number): Arbitrary<Pair> {
  const fields = type.fieldsArray
    .map((field) => field.resolve())
    .filter(({ resolvedType }) => depth > 0 || resolvedType === null || 'values' in resolvedType);
  return fc
    .tuple(
      ...fields.map((field) =>
        fc.option(fc.record({ field: fc.constant(field), pair: fieldsOf(field, depth), asInProto: fc.boolean() })),
      ),
    )
    .map((drawn) => {
      const json: Record<string, unknown> = {};
      const sent: Record<string, unknown> = {};
      const taken = new Set<string>();
      for (const given of drawn) {
        if (given === null) continue;
        const { field, pair, asInProto } = given;
        const oneof = field.partOf?.name;
        if (oneof !== undefined && taken.has(oneof)) continue;
        if (oneof !== undefined) taken.add(oneof);
        const protoName = field.name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
        json[asInProto ? protoName : field.name] = pair.json;
        sent[field.name] = pair.sent;
      }
      return { json, sent };
    });
}
