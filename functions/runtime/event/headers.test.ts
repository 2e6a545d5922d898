import { expect, it } from 'vitest';
import { readContentType, readHeaders } from './headers.ts';
import { refusalOf } from '../../../test/support/event-request.ts';

it('names are in lower case, values as they came', () => {
  expect(readHeaders(['Ce-Id', 'AbC', 'HOST', 'H'])).toEqual(
    new Map([
      ['ce-id', 'AbC'],
      ['host', 'H'],
    ]),
  );
});

it.each(['Ce-Id', 'CE-SOURCE', 'ce-runkey', 'Content-Type', 'Prefer'])('a second %s is refused', (name) => {
  const field = name.toLowerCase();
  expect(refusalOf(() => readHeaders([name, 'a', 'Host', 'h', field, 'a']))).toEqual({
    ending: 'rejected: event',
    field,
    message: `${field}: expected one header of this name, got several`,
  });
});

it('of any other repeated header the last counts', () => {
  expect(readHeaders(['Forwarded', 'a', 'forwarded', 'b']).get('forwarded')).toBe('b');
});

it.each([
  [undefined, '', undefined],
  ['application/json', 'application/json', undefined],
  ['Application/JSON;charset=UTF-8', 'application/json', 'utf-8'],
  ['application/json ; boundary=x ; Charset="utf-8"', 'application/json', 'utf-8'],
  ['application/json;', 'application/json', undefined],
  ['application/json; charset=', 'application/json', ''],
])('the content type %j is %j with charset %j', (value, mediaType, charset) => {
  expect(readContentType(value)).toEqual({ mediaType, charset });
});
