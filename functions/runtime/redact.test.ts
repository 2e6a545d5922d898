import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { createRedact, escapeInvisible } from './redact.ts';

it.each([
  ['as it is', 'login of pa"ss\\1 failed', 'login of [redacted] failed'],
  ['in JSON', JSON.stringify({ p: 'pa"ss\\1' }), '{"p":"[redacted]"}'],
  [
    'in JSON in a line of JSON',
    JSON.stringify({ error: 'got "pa\\"ss\\\\1"' }),
    String.raw`{"error":"got \"[redacted]\""}`,
  ],
  ['in a URL', `/login?p=${encodeURIComponent('pa"ss\\1')}&x`, '/login?p=[redacted]&x'],
  ['often', 'pa"ss\\1pa"ss\\1', '[redacted][redacted]'],
])('a secret %s is hidden', (_, text, shown) => {
  expect(createRedact(['pa"ss\\1'])(text)).toBe(shown);
});

it('nothing is hidden without a secret, nor for one of fewer than six characters', () => {
  expect(createRedact([undefined, '', 'nacos'])('nacos undefined')).toBe('nacos undefined');
  expect(createRedact(['abcdef'])('abcdef')).toBe('[redacted]');
});

it('a secret that begins another does not leave the rest of it', () => {
  expect(createRedact(['abcdef', 'abcdefgh'])('abcdefgh')).toBe('[redacted]');
});

it('signs that mean something in a pattern mean themselves', () => {
  expect(createRedact(['ab.*$&'])('ab.*$& abc$&')).toBe('[redacted] abc$&');
});

it('a line of JSON that quotes any secret, quoted or not, is JSON and does not hold it', () => {
  const secret = fc.string({ unit: 'grapheme', minLength: 8, maxLength: 30 });
  fc.assert(
    fc.property(secret, (password) => {
      const line = JSON.stringify({ plain: password, quoted: `got ${JSON.stringify(password)}, no more` });
      expect(JSON.parse(createRedact([password])(line))).toEqual({
        plain: '[redacted]',
        quoted: 'got "[redacted]", no more',
      });
    }),
  );
});

it('a JSON Web Token is hidden, whosever it is', () => {
  const token = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln_-';
  expect(createRedact([])(`refused "Bearer ${token}", sorry`)).toBe('refused "Bearer [redacted]", sorry');
  expect(createRedact([])('keyJobs.a.b eyJ.a.b')).toBe('keyJobs.a.b eyJ.a.b');
});

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
