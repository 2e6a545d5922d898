import { expect, it } from 'vitest';
import { isSecretName, MASK, maskSecrets } from './mask.ts';

it.each([
  'password',
  'dbPassword',
  'DB_PASSWORD',
  'secret',
  'appSecret',
  'token',
  'access-token',
  'apiKey',
  'API_KEY',
  'key',
  'privateKey',
  'credentials',
])('%s is a secret', (name) => {
  expect(isSecretName(name)).toBe(true);
});

it.each(['runKey', 'monkey', 'keyword', 'shopIds', 'timeout', 'service'])('%s is none', (name) => {
  expect(isSecretName(name)).toBe(false);
});

it('masks by the name of the key, at any depth, and shows what is empty', () => {
  const tree = { a: [{ appSecret: 'x', name: 'n' }], tls: { key: '/k' }, token: '', secret: { inner: 1 } };
  expect(maskSecrets(tree)).toEqual({
    a: [{ appSecret: MASK, name: 'n' }],
    tls: { key: MASK },
    token: '',
    secret: MASK,
  });
});
