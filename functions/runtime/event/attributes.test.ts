import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { isAbsoluteUri, isUriReference } from './attributes.ts';

const ABSOLUTE = [
  'http://[::1]:8080/a?b#c',
  'https://example.com',
  'urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66',
  'mailto:a@example.com',
  'https://例え.jp/商品',
  'ldap://[2001:db8::7]/c=GB?objectClass?one',
  'tel:+1-816-555-1212',
];
const RELATIVE = [
  '/apis/v1/namespaces/bi/pingsources/a',
  'a/b:c',
  './1:2',
  '#f',
  '?q',
  '//host/path',
  'plain',
  'a%20b',
];
const NONE = [
  'http://[::1',
  'http://[zz]/',
  'http://::1]/',
  'http://a b/',
  '/a b',
  '1:2',
  ':a',
  'a%zz',
  '100%',
  '/a#b#c',
  'http://',
  'http://host:port/',
  '<none>',
  '{id}',
  'a\\b',
  '/a[1]',
  '//u@v@w/',
];

it.each(ABSOLUTE)('%s is an absolute URI', (text) => {
  expect([isAbsoluteUri(text), isUriReference(text)]).toEqual([true, true]);
});

it.each(RELATIVE)('%s is a reference, and no absolute URI', (text) => {
  expect([isAbsoluteUri(text), isUriReference(text)]).toEqual([false, true]);
});

it.each(NONE)('%s is none', (text) => {
  expect([isAbsoluteUri(text), isUriReference(text)]).toEqual([false, false]);
});

it('every URL of the web is an absolute URI', () => {
  const url = fc.webUrl({ withFragments: true, withQueryParameters: true });
  fc.assert(
    fc.property(url, (text) => {
      expect(isAbsoluteUri(text)).toBe(true);
    }),
  );
});
