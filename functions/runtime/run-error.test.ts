import { expect, it } from 'vitest';
import { invalidConfig, invalidEvent, RunError, quoteValue, Description } from './run-error.ts';

it('a RunError that is caught stays itself', () => {
  const error = new RunError({ outcome: 'unavailable', reason: 'nacos' }, 'm', { grpcCode: 'UNAVAILABLE', field: 'f' });
  expect(RunError.from(error)).toBe(error);
  expect(error).toMatchObject({ name: 'RunError', grpcCode: 'UNAVAILABLE', field: 'f' });
  expect(Object.hasOwn(error, 'cause')).toBe(false);
});

it.each([new TypeError('x of undefined'), 'text', undefined, null, { code: 'ENOENT' }])(
  'anything else that is caught is a bug: %s',
  (caught) => {
    const error = RunError.from(caught);
    expect(error).toMatchObject({
      ending: { outcome: 'unknown', reason: 'bug' },
      message: 'internal error; the log line has the details',
    });
    expect(error.cause).toBe(caught);
  },
);

it('a bad event names the field, what was expected and what came', () => {
  const cause = new SyntaxError('x');
  const error = invalidEvent('data.pageSize', '1 to 100', 0, cause);
  expect(error).toMatchObject({
    ending: { outcome: 'rejected', reason: 'event' },
    field: 'data.pageSize',
    message: 'data.pageSize: expected 1 to 100, got 0',
    cause,
  });
});

it('a bad configuration has the message that its reader made', () => {
  expect(invalidConfig('env', 'bi-cron.yaml:1 env: expected "dev", got "prod"')).toMatchObject({
    ending: { outcome: 'rejected', reason: 'config' },
    field: 'env',
    message: 'bi-cron.yaml:1 env: expected "dev", got "prod"',
  });
});

it.each([
  [undefined, 'nothing'],
  [null, 'null'],
  [0, '0'],
  [true, 'true'],
  ['', '""'],
  ['a "b"\n', String.raw`"a \"b\"\n"`],
  ['x'.repeat(60), `"${'x'.repeat(60)}"`],
  ['x'.repeat(61), `"${'x'.repeat(60)}"… (61 characters)`],
  [['secret', 'secret'], 'an array of 2'],
  [[], 'an array of 0'],
  [{ password: 'secret' }, 'an object'],
  [new Description('both'), 'both'],
])('%j is shown as %s', (value, shown) => {
  expect(quoteValue(value)).toBe(shown);
});
