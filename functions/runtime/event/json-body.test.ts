import { expect, it } from 'vitest';
import { isJson, parseJson, requireJson, requireObject } from './cloud-event.ts';
import { refusalOf } from '../../../test/support/event-request.ts';

it.each([undefined, 'utf-8', 'utf8', 'us-ascii'])('charset %s is read as UTF-8', (charset) => {
  expect(parseJson('body', Buffer.from('"ä"'), charset)).toBe('ä');
});

it.each(['utf-16le', 'latin1', 'gb18030'])('charset %s is refused before the body is looked at', (charset) => {
  const { field, message } = refusalOf(() => parseJson('body', Buffer.from([0xff]), charset));
  expect({ field, message }).toEqual({
    field: 'content-type',
    message: `content-type: expected charset utf-8, got "${charset}"`,
  });
});

it('a message quotes no more than the first 20 characters of a body', () => {
  const { message } = refusalOf(() => parseJson('body', Buffer.from(`{${'secret '.repeat(20)}`)));
  expect(message).toBe('body: expected JSON, got other text');
});

it.each(['application/json', 'text/json', 'application/problem+json', 'application/vnd.a.b-c+json'])(
  '%s is JSON',
  (mediaType) => {
    expect(isJson(mediaType)).toBe(true);
  },
);

it('no media type is none that is refused', () => {
  expect(isJson('')).toBe(false);
  expect(() => requireJson('')).not.toThrow();
});

it.each(['json', 'text/plain', 'application/json5', 'application/xml+jsonp', '+json', 'a/b/c+json'])(
  '%j is not JSON',
  (mediaType) => {
    expect(isJson(mediaType)).toBe(false);
    expect(refusalOf(() => requireJson(mediaType)).message).toBe(
      `data: expected the content type application/json, got "${mediaType}"`,
    );
  },
);

it('nothing and null are no object, and allowed', () => {
  expect([requireObject(undefined), requireObject(null)]).toEqual([undefined, undefined]);
});
