import { describe, expect, it } from 'vitest';
import { readBootstrap } from '../env.ts';
import type { CallerSettings } from './caller-settings.ts';

const REQUIRED = { DEPLOY_ENV: 'dev', NACOS_SERVER_ADDR: 'nacos:8848' };
const TOKEN = {
  CALLER_AUTH: 'token',
  CALLER_ISSUER: 'https://kubernetes.default.svc.cluster.local',
  CALLER_AUDIENCE: 'bi-cron',
  CALLER_SUBJECTS: 'system:serviceaccount:bi-cron:*',
};

const read = (env: Record<string, string>): CallerSettings => readBootstrap({ ...REQUIRED, ...env }).callers;

describe('CALLER_AUTH', () => {
  it('is off on a developer’s machine when it is not set', () => {
    expect(read({})).toEqual({ auth: 'off', isExplicit: false });
  });

  it.each(['K_SERVICE', 'KUBERNETES_SERVICE_HOST', 'CALLER_ISSUER', 'CALLER_SUBJECTS'])(
    'must be set where %s is',
    (name) => {
      expect(() => read({ [name]: 'x' })).toThrow(
        `CALLER_AUTH: expected "token" or "off", because ${name} is set, got nothing`,
      );
      expect(read({ [name]: 'x', CALLER_AUTH: 'off' })).toEqual({ auth: 'off', isExplicit: true });
    },
  );

  it.each(['none', 'on', 'OFF', 'Token', 'false'])('%s is no choice', (given) => {
    expect(() => read({ ...TOKEN, CALLER_AUTH: given })).toThrow(
      `CALLER_AUTH: expected one of off, token, got "${given}"`,
    );
  });

  it('token needs an issuer, an audience and subjects', () => {
    expect(read(TOKEN)).toEqual({
      auth: 'token',
      issuer: 'https://kubernetes.default.svc.cluster.local',
      audience: 'bi-cron',
      subjects: ['system:serviceaccount:bi-cron:*'],
      keys: undefined,
      keysUrl: undefined,
      ca: undefined,
      caFile: undefined,
      tokenFile: undefined,
    });
    for (const name of ['CALLER_ISSUER', 'CALLER_AUDIENCE', 'CALLER_SUBJECTS']) {
      expect(() => read({ ...TOKEN, [name]: ' ' })).toThrow(
        new RegExp(`1 problem.*\n.*${name}: expected .*, got nothing$`),
      );
    }
  });

  it('token takes the place of the keys, an authority and a token of its own', () => {
    const more = {
      CALLER_JWKS_URI: 'https://kubernetes.default.svc/openid/v1/jwks',
      CALLER_CA_FILE: '/var/run/ca.crt',
      CALLER_TOKEN_FILE: '/var/run/token',
    };
    expect(read({ ...TOKEN, ...more })).toMatchObject({
      keysUrl: new URL('https://kubernetes.default.svc/openid/v1/jwks'),
      caFile: '/var/run/ca.crt',
      tokenFile: '/var/run/token',
    });
  });
});

describe('CALLER_ISSUER and CALLER_JWKS_URI', () => {
  it.each(['http://issuer.example', 'ftp://issuer.example', 'issuer', 'https://a@b', 'https://a/?x=1', 'https://a/#x'])(
    'may not be %s',
    (url) => {
      const problem = `expected an https:// URL without user, query and fragment, got "${url}"`;
      expect(() => read({ ...TOKEN, CALLER_ISSUER: url })).toThrow(`CALLER_ISSUER: ${problem}`);
      expect(() => read({ ...TOKEN, CALLER_JWKS_URI: url })).toThrow(`CALLER_JWKS_URI: ${problem}`);
    },
  );

  it.each(['http://localhost:9', 'http://127.0.0.1:9/realm', 'http://[::1]:9', 'https://issuer.example/realm/'])(
    'may be %s',
    (url) => {
      expect(read({ ...TOKEN, CALLER_ISSUER: url })).toMatchObject({ issuer: url });
    },
  );
});

describe('CALLER_JWKS and CALLER_CA', () => {
  const KEYS = '{"keys":[{"kty":"RSA","kid":"a","n":"AQAB","e":"AQAB"}]}';
  const CA = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----';

  it('are the keys and the authorities themselves', () => {
    expect(read({ ...TOKEN, CALLER_JWKS: `${KEYS}\n`, CALLER_CA: CA })).toMatchObject({
      keys: { keys: [{ kty: 'RSA', kid: 'a', n: 'AQAB', e: 'AQAB' }] },
      ca: CA,
    });
  });

  it.each([
    'keys',
    '[]',
    '{"keys":[]}',
    '{"keys":{}}',
    '{"keys":[{"kid":"a"}]}',
    '{"keys":[{"kty":"RSA","d":"s3cret"}]}',
    '{"keys":[{"kty":"oct","k":"s3cret"}]}',
  ])('CALLER_JWKS may not be %s, and is not shown', (given) => {
    const reading = (): CallerSettings => read({ ...TOKEN, CALLER_JWKS: given });
    expect(reading).toThrow(
      'CALLER_JWKS: expected a JSON Web Key Set of public keys, such as `kubectl get --raw /openid/v1/jwks` prints, got something else',
    );
    expect(reading).not.toThrow('s3cret');
  });

  it('CALLER_CA holds certificates, not the path of a file', () => {
    expect(() => read({ ...TOKEN, CALLER_CA: '/var/run/ca.crt' })).toThrow(
      'CALLER_CA: expected PEM text with certificates, got something else',
    );
  });

  it.each([
    [
      { CALLER_JWKS: KEYS, CALLER_JWKS_URI: 'https://a.example/keys' },
      'CALLER_JWKS: expected no CALLER_JWKS_URI beside it',
    ],
    [{ CALLER_CA: CA, CALLER_CA_FILE: '/ca.crt' }, 'CALLER_CA: expected no CALLER_CA_FILE beside it'],
  ])('%j is one too many', (given, problem) => {
    expect(() => read({ ...TOKEN, ...given })).toThrow(`${problem}, got both`);
  });
});

describe('CALLER_SUBJECTS', () => {
  it.each([
    ['a', ['a']],
    ['a , b:*,', ['a', 'b:*']],
    ['https://sts.example/*', ['https://sts.example/*']],
  ])('%s is read', (given, subjects) => {
    expect(read({ ...TOKEN, CALLER_SUBJECTS: given })).toMatchObject({ subjects });
  });

  it.each(['*', '**', 'a*', 'a:b*', '*:a', 'a:*:b', ','])(
    '%s would let in more than it seems to, and is refused',
    (given) => {
      expect(() => read({ ...TOKEN, CALLER_SUBJECTS: given })).toThrow(
        `CALLER_SUBJECTS: expected subjects such as system:serviceaccount:bi-cron:*, where a * may only follow a : or /, got "${given}"`,
      );
    },
  );
});

it('a misspelt name is refused, and its value not shown', () => {
  expect(() => read({ CALLER_AUTH: 'off', CALLER_SUBJECT: 's3cret' })).toThrow(
    /CALLER_SUBJECT: expected one of CALLER_AUTH, .*, got an unknown name$/,
  );
});
