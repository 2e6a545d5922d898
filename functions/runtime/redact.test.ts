import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SPELLINGS } from '../../test/support/secret-spellings.ts';
import { createRedact, escapeInvisible, redactAll } from './redact.ts';
import { quoteValue } from './run-error.ts';

const SECRETS = [
  'pa"ss\\1word',
  'Planted-Pass+word/4711=',
  'schlüssel-店铺-🪿',
  'a b&c=d?e',
  'secret',
  'ÿÿÿ>>>???',
  '1234567890',
];

/** A secret's first six characters, and what stands before them, as they are spelt whatever follows. */
function spellBeginning(spell: (secret: string) => string, secret: string): string {
  const [whole, part] = [spell(secret), spell(Array.from(secret).slice(0, 6).join(''))];
  const differs = Array.from(part).findIndex((_, at) => part[at] !== whole[at]);
  return differs === -1 ? part : part.slice(0, differs);
}

describe.each(SECRETS)('the secret %s is hidden', (secret) => {
  const redact = createRedact([secret]);

  it.each(Object.entries(SPELLINGS))('%s', (_title, spell) => {
    const spelling = spell(secret);
    for (const text of [spelling, `${spelling}${spelling}`, `got "${spelling}", sorry`, `x${spelling}y`]) {
      expect(redact(text)).toContain('[redacted]');
      expect(redact(text)).not.toContain(spellBeginning(spell, secret));
    }
  });

  it.each(Object.entries(SPELLINGS))('%s, cut off anywhere and marked so', (_title, spell) => {
    const [spelling, beginning] = [spell(secret), spellBeginning(spell, secret)];
    for (let length = beginning.length; length <= spelling.length; length += 1) {
      for (const mark of ['…', '"…', '\\"…', '...']) {
        expect(redact(`got "${spelling.slice(0, length)}${mark} (99 characters)`)).not.toContain(beginning);
      }
    }
  });
});

it('a secret of 16 characters that a quotation cuts in two does not leave 13 of them', () => {
  const secret = 'Xk29-vQ77_zzTr+w';
  for (let before = 40; before <= 60; before += 1) {
    const text = `shop: expected a number, got ${quoteValue(`${'x'.repeat(before)}${secret} and more of it`)}`;
    expect(createRedact([secret])(text)).not.toContain(secret.slice(0, 4));
  }
});

it('every secret is hidden in every spelling, whatever stands around it', () => {
  const secret = fc.string({ unit: 'grapheme', minLength: 8, maxLength: 30 });
  const around = fc.stringMatching(/^[ -~]{0,20}$/);
  fc.assert(
    fc.property(
      secret,
      around,
      around,
      fc.constantFrom(...Object.values(SPELLINGS)),
      (password, before, after, spell) => {
        const shown = createRedact([password])(`${before} ${spell(password)} ${after}`);
        expect(shown).toContain('[redacted]');
        expect(shown).not.toContain(spell(password));
      },
    ),
    { numRuns: 500 },
  );
});

it('what holds no secret stays as it is', () => {
  const redact = createRedact(['Planted-Pass+word/4711=']);
  for (const text of [
    'tasks.increment-order.lookback: expected a duration, got "2 hours"',
    'Planned plants 100% + more…',
    'Basic authentication is off; basic YWJj is none',
    'keyJobs.a.b eyJ.a.b monkeyJugglers2000.method.call',
    'the access token was refused',
    'authorization: expected a bearer token that is a signed JWT, got something else',
    '2026-11-22T05:40:00.123Z 10.0.0.7:9000 bi.cron.run.requested',
  ]) {
    expect(redact(text)).toBe(text);
  }
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

describe('of any owner, it hides', () => {
  const redact = createRedact([]);
  const HEADER = 'eyJhbGciOiJSUzI1NiJ9';
  const TOKEN = `${HEADER}.eyJzdWIiOiJhIn0.c2ln_-`;
  const LINED = `${Buffer.from('{\r\n "alg": "RS256" }').toString('base64url')}.eyJzdWIiOiJhIn0.c2ln`;
  const SPACED = `${Buffer.from('{ "typ": "JWT",\n "alg": "HS256" }').toString('base64url')}.eyJzdWIiOiJhIn0.c2ln`;

  it.each([
    ['a JSON Web Token', `refused "Bearer ${TOKEN}", sorry`, 'refused "Bearer [redacted]", sorry'],
    ['one behind a letter', `x${TOKEN} y`, 'x[redacted] y'],
    ['one behind other letters that begin like it', `eyey-${TOKEN}`, 'eyey-[redacted]'],
    [
      'one cut before its second dot',
      `got "${HEADER}.eyJzdWIiOi"… (99 characters)`,
      'got "[redacted]"… (99 characters)',
    ],
    ['one cut behind its second dot', `got "${HEADER}.eyJzdWIiOiJhIn0."…`, 'got "[redacted]"…'],
    ['one written with spaces', `got ${SPACED}`, 'got [redacted]'],
    ['an encrypted one, of five parts', `got ${TOKEN}.a.b!`, 'got [redacted]!'],
    ['two in a row', `${TOKEN},${TOKEN}`, '[redacted],[redacted]'],
    [
      "Nacos' token in a query",
      '/cs/configs?accessToken=8f14e45f-ea&dataId=a',
      '/cs/configs?accessToken=[redacted]&dataId=a',
    ],
    ["Nacos' token in JSON", '{"accessToken":"8f14e45f","ttl":5}', '{"accessToken":"[redacted]","ttl":5}'],
    ["Nacos' token in a header", 'accessToken: 8f14e45f', 'accessToken: [redacted]'],
    ["Nacos' token in a query that is encoded", 'to?q=accessToken%3D8f14e45f', 'to?q=accessToken%3D[redacted]'],
    ["Nacos' token in JSON that is encoded", '%22accessToken%22%3A%228f14e45f', '%22accessToken%22%3A%22[redacted]'],
    ['one whose dots are encoded', `at=${TOKEN.replaceAll('.', '%2E')}&b`, 'at=[redacted]&b'],
    ['one whose header begins with a line', `got ${LINED}`, 'got [redacted]'],
    ['Bearer credentials that are short', 'Bearer 8f14e45fce', 'Bearer [redacted]'],
    ['Bearer credentials in a URL', 'Bearer%208f14e45fceea167a', 'Bearer%20[redacted]'],
    ['Basic credentials in a URL', 'Basic%20dXNlcjpwYXNzd29yZA==', 'Basic%20[redacted]'],
    [
      "Nacos' token in JSON in JSON",
      String.raw`{\"accessToken\":\"8f14\"}`,
      String.raw`{\"accessToken\":\"[redacted]\"}`,
    ],
    [
      'Bearer credentials',
      '"Authorization": "Bearer 8f14e45fceea167a5a36dedd4bea2543"',
      '"Authorization": "Bearer [redacted]"',
    ],
    ['Basic credentials', 'authorization: Basic dXNlcjpwYXNzd29yZA==', 'authorization: Basic [redacted]'],
  ])('%s', (_title, text, shown) => {
    expect(redact(text)).toBe(shown);
  });
});

it('a text of a megabyte that nearly holds a secret is read once', () => {
  const redact = createRedact(['Planted-Pass+word/4711=']);
  for (const piece of [
    'ey',
    'ey.',
    'Planted-Pass+word/4711',
    'a-',
    'accessToken',
    'basic ',
    'bearer ',
    '%50',
    '\\',
    '\\u0050',
    'ey%2e',
    'UGxh',
  ]) {
    const text = piece.repeat(1_000_000 / piece.length);
    expect(redact(text)).toHaveLength(text.length);
  }
});

it('every text of a value of JSON is redacted, names of members too; numbers stay', () => {
  const value = {
    rows: 1_234_567,
    note: 'secret-1',
    list: ['secret-1', null, true],
    'in secret-1': { deep: 'x secret-1' },
  };
  expect(redactAll(value, createRedact(['secret-1', '1234567']))).toEqual({
    rows: 1_234_567,
    note: '[redacted]',
    list: ['[redacted]', null, true],
    'in [redacted]': { deep: 'x [redacted]' },
  });
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
