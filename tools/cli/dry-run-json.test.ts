import protobuf from 'protobufjs';
import { expect, it } from 'vitest';
import { toProto3Json } from './dry-run.ts';

const { root } = protobuf.parse(`
  syntax = "proto3";
  package google.protobuf;
  message Timestamp { int64 seconds = 1; int32 nanos = 2; }
  message Duration { int64 seconds = 1; int32 nanos = 2; }
  enum Kind { NONE = 0; SOME = 1; }
  message Whole {
    Timestamp at = 1; Duration took = 2; int64 big = 3; Kind kind = 4; bytes raw = 5; repeated Timestamp all = 6;
    map<string, Duration> by = 7; Whole inner = 8; double odd = 9;
  }`);

it('writes times, durations, 64-bit numbers, enums, bytes and NaN and infinities as proto3 JSON does', () => {
  const at = { seconds: 1_795_326_000, nanos: 500_000_000 };
  const message = {
    at,
    took: { seconds: -1, nanos: -250_000_000 },
    big: '9007199254740993',
    kind: 1,
    raw: Buffer.from('hi'),
    all: [{ seconds: 0, nanos: 0 }],
    by: { a: { seconds: 90 } },
    inner: { at },
    odd: Number.NaN,
  };
  expect(toProto3Json(root.lookupType('google.protobuf.Whole'), message)).toEqual({
    at: '2026-11-22T05:40:00.5Z',
    took: '-1.25s',
    big: '9007199254740993',
    kind: 'SOME',
    raw: 'aGk=',
    all: ['1970-01-01T00:00:00Z'],
    by: { a: '90s' },
    inner: { at: '2026-11-22T05:40:00.5Z' },
    odd: 'NaN',
  });
});
