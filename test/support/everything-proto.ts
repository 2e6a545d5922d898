import protobuf, { type Type } from 'protobufjs';
import { RunError } from '../../functions/runtime/run-error.ts';
import { readMessage } from '../../functions/runtime/grpc/proto-json.ts';

/** For tests: a message type with a field of every kind, which the project's own protos do not all have; as source. */
export const EVERYTHING_PROTO = `
syntax = "proto3";
package test;
import "google/protobuf/timestamp.proto";
import "google/protobuf/duration.proto";

enum Color { COLOR_UNSPECIFIED = 0; COLOR_RED = 1; COLOR_BLUE = -5; }
message Inner { int32 small_number = 1; Inner inner = 2; }
message Everything {
  int32 int32_a = 1;
  sint32 sint32_a = 2;
  sfixed32 sfixed32_a = 3;
  uint32 uint32_a = 4;
  fixed32 fixed32_a = 5;
  int64 int64_a = 6;
  sint64 sint64_a = 7;
  sfixed64 sfixed64_a = 8;
  uint64 uint64_a = 9;
  fixed64 fixed64_a = 10;
  float float_a = 11;
  double double_a = 12;
  bool bool_a = 13;
  string string_a = 14;
  bytes bytes_a = 15;
  Color color = 16;
  Inner inner = 17;
  google.protobuf.Timestamp timestamp = 18;
  google.protobuf.Duration duration = 19;
  repeated int64 many_numbers = 20;
  repeated Inner many_inner = 21;
  repeated Color many_colors = 22;
  map<string, int32> by_name = 23;
  map<int32, Inner> by_number = 24;
  map<bool, string> by_flag = 25;
  map<uint32, google.protobuf.Timestamp> by_time = 26;
  oneof choice { string first_choice = 27; int32 second_choice = 28; }
  optional int32 maybe = 29;
}
`;

/** The same, parsed. */
export const EVERYTHING: Type = parse();

function parse(): Type {
  const { root } = protobuf.parse(EVERYTHING_PROTO);
  for (const file of ['google/protobuf/timestamp.proto', 'google/protobuf/duration.proto']) {
    root.addJSON(protobuf.common.get(file)?.nested ?? {});
  }
  root.resolveAll();
  return root.lookupType('test.Everything');
}

/** Reads the JSON form and gives what a backend finds in the bytes that are sent for it. */
export function throughTheWire(type: Type, json: Record<string, unknown>): Record<string, unknown> {
  const bytes = type.encode(type.fromObject(readMessage(type, json, 'data'))).finish();
  return type.toObject(type.decode(bytes), { longs: String, enums: String, bytes: String });
}

/** What is said of a JSON form that is refused; fails the test when it is read, or when something else is thrown. */
export function refusalOf(type: Type, json: Record<string, unknown>): Pick<RunError, 'message' | 'field' | 'ending'> {
  try {
    readMessage(type, json, 'data');
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
    return { message: error.message, field: error.field, ending: error.ending };
  }
  throw new Error(`expected a refusal, got a message`);
}
