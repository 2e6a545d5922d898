import { expect, it } from 'vitest';
import { redactError } from './sdk.ts';

it('an error of the SDK loses the password wherever it was', () => {
  const error = Object.assign(new Error('status 500, data: {"password":"p4ss"}, url: ?password=p4ss'), {
    name: 'NacosServerResponseError',
    data: { password: 'p4ss' },
  });
  const redacted = redactError(error, 'p4ss');
  expect(redacted.name).toBe('NacosServerResponseError');
  expect(redacted.message).toBe('status 500, data: {"password":"***"}, url: ?password=***');
  expect(Object.keys(redacted)).toEqual(['name']);
});

it('an error stays readable where there is no password', () => {
  expect(redactError(new Error('refused'), undefined).message).toBe('refused');
  expect(redactError('refused', '').message).toBe('refused');
});
