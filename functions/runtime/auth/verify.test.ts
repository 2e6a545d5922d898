import { createHmac } from 'node:crypto';
import { exportSPKI, importJWK } from 'jose';
import { describe, expect, it } from 'vitest';
import { AUDIENCE, makeKey, openIssuer, settingsFor, SUBJECT, type TestIssuer } from '../../../test/support/issuer.ts';
import { createVerify, type Verify } from './verify.ts';
import { RunError } from '../run-error.ts';

const EXPECTED = 'authorization: expected a token of CALLER_ISSUER for CALLER_AUDIENCE, got';
const now = (): number => Math.floor(Date.now() / 1000);
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** The error that keeps the bearer of this token outside. */
async function refusalOf(verify: Verify, token: string): Promise<unknown> {
  try {
    return await verify(token);
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
    const { message, ending, field } = error;
    return { message, ending, field };
  }
}

/** 401, in these words. */
const refusedFor = (got: string): object => ({
  message: `${EXPECTED} ${got}`,
  ending: { outcome: 'rejected', reason: 'unauthenticated' },
  field: 'authorization',
});

describe('a token', () => {
  it('of the issuer, for the audience, says who the caller is', async () => {
    const issuer = await openIssuer();
    const verify = createVerify(settingsFor(issuer));
    expect(await verify(await issuer.token())).toBe(SUBJECT);
    expect(await verify(await issuer.token({ aud: AUDIENCE }))).toBe(SUBJECT);
    expect(await verify(await issuer.token({ aud: ['https://kubernetes.default.svc', AUDIENCE] }))).toBe(SUBJECT);
  });

  it('may be signed by an elliptic curve', async () => {
    const issuer = await openIssuer();
    await issuer.rotate('ES256');
    expect(await createVerify(settingsFor(issuer))(await issuer.token())).toBe(SUBJECT);
  });

  it('as Kubernetes makes it (kubectl create token --audience) is good', async () => {
    const issuer = await openIssuer();
    const kubernetes = {
      jti: 'e2d4b2f8-6d0f-4c0e-9a4c-6f5b3f6f1a11',
      'kubernetes.io': { namespace: 'bi-cron', serviceaccount: { name: 'operator', uid: '8a7ff2e5' } },
      sub: 'system:serviceaccount:bi-cron:operator',
    };
    const verify = createVerify(settingsFor(issuer));
    expect(await verify(await issuer.token(kubernetes))).toBe('system:serviceaccount:bi-cron:operator');
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['has expired', { exp: now() - 60 }, 'an expired one'],
    ['never expires', { exp: undefined }, 'one whose exp is not as expected'],
    ['is not valid yet', { nbf: now() + 60 }, 'one whose nbf is not as expected'],
    ['is for another audience', { aud: ['bi-cron-evil'] }, 'one whose aud is not as expected'],
    ['is for no audience', { aud: undefined }, 'one whose aud is not as expected'],
    ['is of another issuer', { iss: 'https://evil.example' }, 'one whose iss is not as expected'],
    ['is of the issuer with a slash', { iss: '/' }, 'one whose iss is not as expected'],
    ['has no subject', { sub: undefined }, 'one whose sub is not as expected'],
    ['has a subject that is no text', { sub: [SUBJECT] }, 'one whose sub is not as expected'],
    ['expires at a time that is no number', { exp: '2099-01-01' }, 'one whose exp is not as expected'],
  ])('that %s is refused', async (_title, claims, got) => {
    const issuer = await openIssuer();
    const own = claims['iss'] === '/' ? { iss: `${issuer.url}/` } : claims;
    expect(await refusalOf(createVerify(settingsFor(issuer)), await issuer.token(own))).toEqual(refusedFor(got));
  });

  it.each([
    ['exp', -20],
    ['nbf', 20],
  ])('whose %s is %i s off is good: clocks differ', async (claim, offset) => {
    const issuer = await openIssuer();
    expect(await createVerify(settingsFor(issuer))(await issuer.token({ [claim]: now() + offset }))).toBe(SUBJECT);
  });
});

describe('a forged token', () => {
  async function forge(issuer: TestIssuer, header: object, sign: (input: string) => string): Promise<string> {
    const [, payload] = (await issuer.token()).split('.');
    const input = `${encode(header)}.${payload}`;
    return `${input}.${sign(input)}`;
  }

  it('with alg none is refused, whatever stands for its signature', async () => {
    const issuer = await openIssuer();
    const verify = createVerify(settingsFor(issuer));
    for (const alg of ['none', 'None', 'NONE', '']) {
      const token = await forge(issuer, { alg, typ: 'JWT' }, () => 'AA');
      await expect(verify(token)).rejects.toMatchObject({ ending: { reason: 'unauthenticated' } });
    }
    expect(await refusalOf(verify, await forge(issuer, { alg: 'none' }, () => ''))).toEqual(
      refusedFor('one not signed by RS256 or ES256'),
    );
  });

  it('signed by HMAC with the public key as its secret is refused', async () => {
    const issuer = await openIssuer();
    const key = await issuer.rotate();
    const pem = await exportSPKI((await importJWK({ ...key.publicJwk, ext: true }, 'RS256')) as never); // an RSA JWK imports as a CryptoKey
    const sign = (input: string): string => createHmac('sha256', pem).update(input).digest('base64url');
    const token = await forge(issuer, { alg: 'HS256', kid: key.id }, sign);
    expect(await refusalOf(createVerify(settingsFor(issuer)), token)).toEqual(
      refusedFor('one not signed by RS256 or ES256'),
    );
  });

  it('with one changed claim is refused', async () => {
    const issuer = await openIssuer();
    const [header, , signature] = (await issuer.token()).split('.');
    const claims = { iss: issuer.url, aud: AUDIENCE, sub: SUBJECT, exp: now() + 600 };
    expect(await refusalOf(createVerify(settingsFor(issuer)), [header, encode(claims), signature].join('.'))).toEqual(
      refusedFor('one with a wrong signature'),
    );
  });

  it('signed by a key of its own under a known name is refused', async () => {
    const issuer = await openIssuer();
    const { id } = await issuer.rotate();
    const own = { ...(await makeKey()), id };
    expect(await refusalOf(createVerify(settingsFor(issuer)), await issuer.token({}, own))).toEqual(
      refusedFor('one with a wrong signature'),
    );
  });

  it('that brings its own key along is refused', async () => {
    const issuer = await openIssuer();
    const own = await makeKey();
    const header = { alg: 'RS256', kid: own.id, jwk: own.publicJwk, jku: 'https://evil.example/keys' };
    expect(await refusalOf(createVerify(settingsFor(issuer)), await forge(issuer, header, () => 'AAAA'))).toEqual(
      refusedFor('one signed by an unknown key'),
    );
  });

  it.each(['a.b.c', '....', 'e30.e30.e30', `${encode({ alg: 'RS256', crit: ['x'], x: 1 })}.e30.AA`])(
    '%s is refused',
    async (token) => {
      const verify = createVerify(settingsFor(await openIssuer()));
      expect(await refusalOf(verify, token)).toEqual(refusedFor('no token that can be read'));
    },
  );
});

describe('CALLER_SUBJECTS', () => {
  it.each([
    [[SUBJECT], SUBJECT],
    [['someone', SUBJECT], SUBJECT],
    [['system:serviceaccount:bi-cron:*'], 'system:serviceaccount:bi-cron:anyone'],
  ])('%j lets %s in', async (subjects, sub) => {
    const issuer = await openIssuer();
    expect(await createVerify(settingsFor(issuer, { subjects }))(await issuer.token({ sub }))).toBe(sub);
  });

  it.each([
    [['system:serviceaccount:bi-cron:*'], 'system:serviceaccount:bi-cron-evil:anyone'],
    [['system:serviceaccount:bi-cron:a'], 'system:serviceaccount:bi-cron:ab'],
    [['system:serviceaccount:bi-cron:a'], 'system:serviceaccount:bi-cron:A'],
    [['system:serviceaccount:bi-cron:*'], 'System:serviceaccount:bi-cron:a'],
  ])('%j keeps %s out, with 403', async (subjects, sub) => {
    const issuer = await openIssuer();
    await expect(createVerify(settingsFor(issuer, { subjects }))(await issuer.token({ sub }))).rejects.toMatchObject({
      message: `authorization: expected a subject of CALLER_SUBJECTS, got "${sub}"`,
      ending: { outcome: 'rejected', reason: 'forbidden' },
    });
  });
});
