import { assert, jsonValue, property, string } from 'fast-check';
import { expect, it } from 'vitest';
import { printable, printableWithColors } from './printable.ts';

// oxlint-disable-next-line no-control-regex -- control characters are what must not be there
const UNPRINTABLE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;
const anyText = string({ unit: 'binary' });

it('leaves no control, C1 or bidirectional character, whatever comes', () => {
  assert(
    property(anyText, (text) => {
      expect(printable(text)).not.toMatch(UNPRINTABLE);
    }),
  );
});

it('says the same value in JSON', () => {
  assert(
    property(jsonValue(), (value) => {
      const json = JSON.stringify(value);
      expect(JSON.parse(printable(json))).toEqual(JSON.parse(json));
    }),
  );
});

it.each([
  ['\u001B[2J\u001B]0;title\u0007', '\\u001b[2J\\u001b]0;title\\u0007'],
  ['\u009B31mred', '\\u009b31mred'],
  ['a\u202Eb', 'a\\u202eb'],
  ['one\r\ntwo\tthree\n', 'one\ntwo three\n'],
  ['half\rover', 'half\\u000dover'],
  ['双11 é 🙂', '双11 é 🙂'],
])('writes %j as %j', (text, expected) => {
  expect(printable(text)).toBe(expected);
});

it('keeps the colours of this tool and no other sequence', () => {
  expect(printableWithColors('\u001B[31mred\u001B[39m \u001B[8mhidden \u001B[2J')).toBe(
    '\u001B[31mred\u001B[39m \\u001b[8mhidden \\u001b[2J',
  );
});
