import { expect, it } from 'vitest';
import { readBearer } from './bearer.ts';

const TOKEN = 'eyJh.eyJp.c2ln-_';

it.each([
  ['Authorization', `Bearer ${TOKEN}`],
  ['authorization', `bearer ${TOKEN}`],
  ['AUTHORIZATION', `BEARER   ${TOKEN}`],
])('%s: %s holds a token', (name, value) => {
  expect(readBearer(['host', 'a', name, value, 'ce-id', '1'])).toBe(TOKEN);
});

const SOMETHING_ELSE = 'a bearer token that is a signed JWT, got something else';

it.each([
  [[], 'a bearer token, got nothing'],
  [['proxy-authorization', `Bearer ${TOKEN}`], 'a bearer token, got nothing'],
  [['x', 'authorization', 'y', `Bearer ${TOKEN}`], 'a bearer token, got nothing'],
  [['authorization', `Bearer ${TOKEN}`, 'Authorization', `Bearer ${TOKEN}`], 'one header, got several'],
  [['authorization', ''], SOMETHING_ELSE],
  [['authorization', 'Basic dXNlcjpwYXNz'], SOMETHING_ELSE],
  [['authorization', TOKEN], SOMETHING_ELSE],
  [['authorization', `Bearer ${TOKEN}, Bearer ${TOKEN}`], SOMETHING_ELSE],
  [['authorization', `Bearer ${TOKEN}.five.parts`], SOMETHING_ELSE],
  [['authorization', 'Bearer opaque'], SOMETHING_ELSE],
  [['authorization', `Bearer a.b.${'c'.repeat(8192)}`], 'at most 8192 characters, got more'],
])('%j is refused without being shown', (rawHeaders, problem) => {
  expect(() => readBearer(rawHeaders)).toThrow(
    expect.objectContaining({
      message: `authorization: expected ${problem}`,
      ending: { outcome: 'rejected', reason: 'unauthenticated' },
    }) as Error,
  );
});
