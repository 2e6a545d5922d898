import { describe, expect, it } from 'vitest';
import { parseConfigDocument, memoizeParse } from './parse.ts';
import type { RunError } from '../run-error.ts';

function errorOf(text: string): RunError {
  try {
    parseConfigDocument('bi.yaml', text);
  } catch (error) {
    return error as RunError;
  }
  throw new Error('expected parseConfigDocument to throw');
}

const LAUGHS = ['a0: &a0 [x]', ...Array.from({ length: 30 }, (_, n) => `a${n + 1}: &a${n + 1} [*a${n}, *a${n}]`)];

const REPEATED = 'bi.yaml: expected plain YAML, got aliases that repeat too much';

describe('a document', () => {
  it.each([
    ['YAML', 'a: 1\nb: {c: [x, null]}', { a: 1, b: { c: ['x', null] } }],
    ['JSON', '{"a": 1, "b": {"c": ["x", null]}}', { a: 1, b: { c: ['x', null] } }],
    ['YAML of Windows with a byte order mark', '\uFEFFa: 1\r\nb: 2\r\n', { a: 1, b: 2 }],
    [
      'aliases and merge keys',
      'a: &a {x: 1, y: 1}\nb: {<<: *a, y: 2}\nc: *a',
      {
        a: { x: 1, y: 1 },
        b: { x: 1, y: 2 },
        c: { x: 1, y: 1 },
      },
    ],
    ['YAML 1.2, where yes and on are strings', 'a: yes\nb: on', { a: 'yes', b: 'on' }],
    [
      'YAML with tags of some program',
      'a: !s3cret x\nb: !!set {y: null}\nc: !<tag:me,1:l> [1]',
      { a: 'x', b: { y: null }, c: [1] },
    ],
    ['YAML with tags of YAML 1.1', 'a: !!bool yes\nb: !!int 1_0\nc: !!float x', { a: 'yes', b: '1_0', c: 'x' }],
    ['YAML with a --- at its end', 'a: 1\n---\n', { a: 1 }],
    ['YAML with a ... at its end', 'a: 1\n...\n', { a: 1 }],
    [
      'YAML with @names@ that a build left',
      'a: @name@\nb: [@x.y@, 1]\nc: {d: @z@}',
      { a: '@name@', b: ['@x.y@', 1], c: { d: '@z@' } },
    ],
    ['YAML with a date, which is a string', 'a: 2026-11-22', { a: '2026-11-22' }],
  ])('may be %s', (_, text, value) => {
    expect(parseConfigDocument('bi.yaml', text)?.value).toEqual(value);
  });

  it.each([
    ['no character', ''],
    ['comments', '# a: 1\n\n# b: 2\n'],
    ['an end of document', '---\n'],
    ['null', 'null'],
  ])('of %s only is empty', (_, text) => {
    expect(parseConfigDocument('bi.yaml', text)).toBeUndefined();
  });

  it('may have a key __proto__, which reaches no prototype', () => {
    const value = parseConfigDocument('bi.yaml', '__proto__: {polluted: 1}')?.value ?? {};
    expect(Object.keys(value)).toEqual(['__proto__']);
    expect(value['polluted']).toBeUndefined();
  });

  it.each([
    ['a key twice', 'a: 1\nb:\n  c: 1\n  c: 2', 'bi.yaml:4: expected YAML, got a key that stands twice in its map'],
    ['a key twice in JSON', '{"a": 1,\n"a": 2}', 'bi.yaml:2: expected YAML, got a key that stands twice in its map'],
    ['a tab', 'a:\n\tb: 1', 'bi.yaml:2: expected YAML, got a tab as indentation'],
    ['a tab behind blanks', 'a:\n  - b\n \t- c', 'bi.yaml:3: expected YAML, got a tab as indentation'],
    ['a tab in lines that end as on old Macs', 'a:\r\tb: 1', 'bi.yaml:2: expected YAML, got a tab as indentation'],
    ['a merge of no map', 'a:\n  <<: s3cret', 'bi.yaml:2: expected YAML, got a << of something that is no map'],
    ['an @ that is no placeholder', 'a: 1\nb: @x', 'bi.yaml:2: expected YAML, got wrong indentation'],
    ['several documents', 'a: 1\n---\nb: 1', 'bi.yaml: expected one YAML document, got several (---)'],
    ['a bracket left open', 'a: [1,', 'bi.yaml:1: expected YAML, got a bracket that is not closed'],
    ['a map below a value', 'a: 1\n  b: 2', 'bi.yaml:2: expected YAML, got wrong indentation'],
    ['a list as a key', '[a]: 1', 'bi.yaml:1: expected YAML, got a map or a list as a key'],
    ['a template of Helm', 'a: 1\nb:\n  c: {{ .x }}', 'bi.yaml:3: expected YAML, got a map or a list as a key'],
    ['a list as a key below', 'a: [b]\n? [c]\n: 1', 'bi.yaml:2: expected YAML, got a map or a list as a key'],
    [
      '65 maps in each other',
      Array.from({ length: 65 }, (_, n) => `${' '.repeat(n)}a:`).join('\n') + ' 1',
      'bi.yaml:65: expected YAML, got maps or lists that lie too deep in each other',
    ],
    [
      'a character that does not print',
      'a: \u0007',
      'bi.yaml:1: expected YAML, got the stream contains non-printable characters',
    ],
    [
      'brackets without end',
      '['.repeat(20_000),
      'bi.yaml:1: expected YAML, got maps or lists that lie too deep in each other',
    ],
    ['an alias without anchor', 'x: 1\na: *s3cret', 'bi.yaml:2: expected YAML, got an alias without its anchor'],
    ['an alias within its own anchor', 'a: &a {b: *a}', REPEATED],
    ['a billion laughs', LAUGHS.join('\n'), REPEATED],
    ['a list', '- 1', 'bi.yaml:1: expected a map of keys, got a list'],
    ['a word', 'hello', 'bi.yaml:1: expected a map of keys, got a string'],
    ['a number', '5', 'bi.yaml:1: expected a map of keys, got a number'],
    ['HTML', '<html>\r\n<title>502</title>', 'bi.yaml:1: expected a map of keys, got a string'],
  ])('with %s is rejected: config', (_, text, message) => {
    const error = errorOf(text);
    expect(error.message).toBe(message);
    expect(error.ending).toEqual({ outcome: 'rejected', reason: 'config' });
    expect(error.field).toBe('bi.yaml');
  });

  it('is never quoted in an error', () => {
    expect(errorOf('password: s3cret\npassword: s3cret').message).not.toContain('s3cret');
    expect(errorOf('s3cret').message).not.toContain('s3cret');
  });
});

describe('the place of a key', () => {
  const text = [
    'env: dev',
    'tasks:',
    '  full-order:',
    '    shopIds:',
    '      - a',
    '      - b',
    '  10: {x: 1}',
    '"quoted\\u0041": &anchor',
    '  - {c: 1}',
    'e: *anchor',
  ].join('\n');
  const document = parseConfigDocument('bi.yaml', text);

  it.each([
    [['env'], 'bi.yaml:1'],
    [['tasks'], 'bi.yaml:2'],
    [['tasks', 'full-order'], 'bi.yaml:3'],
    [['tasks', 'full-order', 'shopIds'], 'bi.yaml:4'],
    [['tasks', 'full-order', 'shopIds', 1], 'bi.yaml:6'],
    [['tasks', '10'], 'bi.yaml:7'],
    [['tasks', 'full-order', 'pageSize'], undefined],
    [['tasks', 'full-order', 'shopIds', 2], undefined],
    [['quotedA'], 'bi.yaml:8'],
    [['quotedA', 0, 'c'], 'bi.yaml:9'],
    [['e'], 'bi.yaml:10'],
    [['e', 0], undefined],
    [['env', 'below'], undefined],
    [['nothing', 'below'], undefined],
  ])('%j is %s', (path, place) => {
    expect(document?.locate(path)).toBe(place);
  });
});

describe('a remembered document', () => {
  it('is parsed again only when its text is another, and each data ID has its own', () => {
    const parsed: string[] = [];
    const parse = memoizeParse((dataId, text) => {
      parsed.push(`${dataId}=${text}`);
      return parseConfigDocument(dataId, text);
    });
    const first = parse('a.yaml', 'x: 1');
    expect(parse('a.yaml', 'x: 1')).toBe(first);
    expect(parse('b.yaml', 'x: 1')).not.toBe(first);
    expect(parse('a.yaml', 'x: 2')?.value).toEqual({ x: 2 });
    expect(parsed).toEqual(['a.yaml=x: 1', 'b.yaml=x: 1', 'a.yaml=x: 2']);
  });

  it('that is wrong is refused each time', () => {
    const parse = memoizeParse(parseConfigDocument);
    expect(() => parse('a.yaml', '[]')).toThrow('a.yaml:1: expected a map of keys');
    expect(() => parse('a.yaml', '[]')).toThrow('a.yaml:1: expected a map of keys');
  });
});
