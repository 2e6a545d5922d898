import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { escapeInvisible } from './visible-json.ts';

it.each([
  ['\u009b31m', String.raw`"\u009b31m"`],
  ['a\u007fb', String.raw`"a\u007fb"`],
  ['one\u2028two\u2029', String.raw`"one\u2028two\u2029"`],
  ['\u202egnp.exe', String.raw`"\u202egnp.exe"`],
  ['\u{e0041}', String.raw`"\udb40\udc41"`],
  ['\u001b[2J\r\n', String.raw`"\u001b[2J\r\n"`],
  ['店铺 é 😀', '"店铺 é 😀"'],
])('%j becomes %s', (text, json) => {
  expect(escapeInvisible(JSON.stringify(text))).toBe(json);
});

it('the value stays the same, and nothing that acts is left', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
      const shown = escapeInvisible(JSON.stringify(value));
      expect(JSON.parse(shown)).toEqual(JSON.parse(JSON.stringify(value)));
      expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    }),
  );
});
