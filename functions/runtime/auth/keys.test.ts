import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { jwtVerify, type JWTVerifyGetKey } from 'jose';
import { describe, expect, it, onTestFinished } from 'vitest';
import { TEST_TLS } from '../../../test/support/tls.ts';
import { createKeys } from './keys.ts';
import { makeKey, openIssuer, settingsFor, type TestIssuer } from '../../../test/support/issuer.ts';

const DISCOVERY = '/.well-known/openid-configuration';
const pathsOf = (issuer: TestIssuer): string[] => issuer.requests.map(({ path }) => path);
const verify = async (token: string, keys: JWTVerifyGetKey): Promise<unknown> => (await jwtVerify(token, keys)).payload;

async function fileOf(text: string): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), 'bi-cron-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  await writeFile(path.join(directory, 'file'), text);
  return path.join(directory, 'file');
}

describe('the keys', () => {
  it('are fetched at once, by discovery, and once for all who wait', async () => {
    const issuer = await openIssuer();
    const keys = createKeys(settingsFor(issuer));
    const token = await issuer.token();
    await Promise.all(Array.from({ length: 20 }, () => verify(token, keys)));
    expect(pathsOf(issuer)).toEqual([DISCOVERY, '/keys']);
  });

  it('are fetched without discovery when CALLER_JWKS_URI says where they are', async () => {
    const issuer = await openIssuer();
    const keys = createKeys(settingsFor(issuer, { keysUrl: new URL('/keys', issuer.url) }));
    await verify(await issuer.token(), keys);
    expect(pathsOf(issuer)).toEqual(['/keys']);
  });

  it('are fetched again after ten minutes, so that a withdrawn key counts no longer', async () => {
    const issuer = await openIssuer();
    let now = 0;
    const keys = createKeys(settingsFor(issuer), () => now);
    const old = await issuer.token();
    await verify(old, keys);
    await issuer.rotate();
    now = 599_999;
    await verify(old, keys);
    now = 600_000;
    await expect(verify(old, keys)).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' });
    expect(pathsOf(issuer)).toEqual([DISCOVERY, '/keys', '/keys']);
  });

  it('are fetched again for a token with a new key, once for all who wait', async () => {
    const issuer = await openIssuer();
    let now = 0;
    const keys = createKeys(settingsFor(issuer), () => now);
    await verify(await issuer.token(), keys);
    await issuer.rotate();
    now = 30_000;
    const token = await issuer.token();
    await Promise.all(Array.from({ length: 20 }, () => verify(token, keys)));
    expect(pathsOf(issuer)).toEqual([DISCOVERY, '/keys', '/keys']);
  });

  it('are asked for at most every 30 s, however many tokens name keys that do not exist', async () => {
    const issuer = await openIssuer();
    let now = 0;
    const keys = createKeys(settingsFor(issuer), () => now);
    await verify(await issuer.token(), keys);
    const forged = await issuer.token({}, await makeKey());
    for (now = 0; now < 90_000; now += 1000) {
      await expect(verify(forged, keys)).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' });
    }
    expect(pathsOf(issuer)).toEqual([DISCOVERY, '/keys', '/keys', '/keys']);
  });
});

describe('an issuer', () => {
  it.each([
    [DISCOVERY, [500, ''], 'status 500'],
    [DISCOVERY, [302, ''], 'status 302 (redirects are not followed: CALLER_JWKS_URI may name the place of the keys)'],
    ['/keys', [406, ''], 'status 406'],
    [DISCOVERY, [200, '<html>'], 'no JSON object'],
    [DISCOVERY, [200, '{"issuer":"https://evil.example"}'], 'the description of another issuer'],
    ['/keys', [401, ''], 'status 401'],
    ['/keys', [200, 'null'], 'no JSON object'],
    ['/keys', [200, '{"keys":1}'], 'a document of another form'],
    ['/keys', 'hang', 'none in time'],
  ] as const)('that answers %s with %j makes the caller come again (503)', async (at, answer, got) => {
    const issuer = await openIssuer();
    issuer.spoil(at, answer);
    const keys = createKeys(settingsFor(issuer));
    const token = await issuer.token();
    await expect(verify(token, keys)).rejects.toMatchObject({
      message: `issuer at ${got.includes(' of another ') ? issuer.url : new URL(issuer.url).origin}: expected its keys, got ${got}`,
      ending: { outcome: 'unavailable', reason: 'issuer' },
    });
    issuer.spoil(at, undefined);
    expect(await verify(token, keys)).toMatchObject({ iss: issuer.url });
  });

  it.each([
    'application/jwk-set+json', // a Kubernetes API server
    'application/json',
    'application/json; charset=utf-8',
    'application/jwk-set+json;charset=UTF-8',
  ])('that has its keys as %s alone is understood', async (keysType) => {
    const issuer = await openIssuer({ keysType });
    expect(await verify(await issuer.token(), createKeys(settingsFor(issuer)))).toMatchObject({ iss: issuer.url });
    expect(pathsOf(issuer)).toEqual([DISCOVERY, '/keys']);
  });

  it('that begins its documents with a byte order mark is understood', async () => {
    const issuer = await openIssuer();
    const description = { issuer: issuer.url, jwks_uri: `${issuer.url}/keys` };
    issuer.spoil(DISCOVERY, [200, `\uFEFF${JSON.stringify(description)}`]);
    expect(await verify(await issuer.token(), createKeys(settingsFor(issuer)))).toMatchObject({ iss: issuer.url });
  });

  it('that fails is asked once at a time and then left alone, however many callers come', async () => {
    const issuer = await openIssuer();
    issuer.spoil('/keys', [500, '']);
    const keys = createKeys(settingsFor(issuer));
    const token = await issuer.token();
    for (let burst = 0; burst < 2; burst += 1) {
      const callers = await Promise.allSettled(Array.from({ length: 50 }, () => verify(token, keys)));
      expect(new Set(callers.map(({ status }) => status))).toEqual(new Set(['rejected']));
    }
    expect(issuer.requests.length).toBeLessThanOrEqual(4); // its description and three times its keys, the first at the start
  });

  it('that fails while a token names a key that nobody knows makes the caller come again, and is asked once', async () => {
    const issuer = await openIssuer();
    let now = 0;
    const keys = createKeys(settingsFor(issuer), () => now);
    await verify(await issuer.token(), keys);
    const good = await issuer.token();
    await issuer.rotate();
    issuer.spoil('/keys', [500, '']);
    now = 30_000;
    const renewed = await issuer.token();
    for (let turn = 0; turn < 5; turn += 1)
      await expect(verify(renewed, keys)).rejects.toMatchObject({
        ending: { outcome: 'unavailable', reason: 'issuer' },
      });
    expect(await verify(good, keys)).toMatchObject({ iss: issuer.url }); // a key that is known counts on
    expect(pathsOf(issuer)).toEqual([DISCOVERY, '/keys', '/keys']);
  });

  it.each(['http://keys.example/keys', 'file:///etc/passwd', 'https://user@keys.example/', 'keys', ''])(
    'that names %j as the place of its keys is not followed',
    async (uri) => {
      const issuer = await openIssuer();
      issuer.spoil(DISCOVERY, [200, JSON.stringify({ issuer: issuer.url, jwks_uri: uri })]);
      await expect(verify(await issuer.token(), createKeys(settingsFor(issuer)))).rejects.toThrow(
        'got a description without an https:// jwks_uri',
      );
    },
  );

  it('over TLS is trusted by the authority in CALLER_CA or CALLER_CA_FILE, and not without it', async () => {
    const issuer = await openIssuer({ tls: true });
    const token = await issuer.token();
    await verify(token, createKeys(settingsFor(issuer, { ca: TEST_TLS.ca })));
    await verify(token, createKeys(settingsFor(issuer, { caFile: await fileOf(TEST_TLS.ca) })));
    await expect(verify(token, createKeys(settingsFor(issuer)))).rejects.toThrow('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
    await expect(verify(token, createKeys(settingsFor(issuer, { caFile: '/missing' })))).rejects.toThrow(
      'got no readable certificate in CALLER_CA_FILE',
    );
    const garbage = '-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----';
    await expect(verify(token, createKeys(settingsFor(issuer, { ca: garbage })))).rejects.toThrow(
      'got no readable certificate in CALLER_CA',
    );
  });

  it('is shown the token in CALLER_TOKEN_FILE, as the file is at that time', async () => {
    const issuer = await openIssuer();
    const tokenFile = await fileOf('first\n');
    let now = 0;
    const keys = createKeys(settingsFor(issuer, { tokenFile }), () => now);
    await verify(await issuer.token(), keys);
    await writeFile(tokenFile, 'second');
    now = 600_000;
    await verify(await issuer.token(), keys);
    const shown = issuer.requests.map(({ authorization }) => authorization);
    expect(shown).toEqual(['Bearer first', 'Bearer first', 'Bearer second']);
  });

  it('does not pass that token on: keys at another origin are fetched without it', async () => {
    const [issuer, other] = [await openIssuer(), await openIssuer()];
    issuer.spoil(DISCOVERY, [200, JSON.stringify({ issuer: issuer.url, jwks_uri: `${other.url}/keys` })]);
    const keys = createKeys(settingsFor(issuer, { tokenFile: await fileOf('own') }));
    await expect(verify(await issuer.token(), keys)).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' });
    expect(other.requests).toEqual([{ path: '/keys', authorization: undefined }]);
  });

  it.each(['', 'two words', 'a\r\nx-evil: 1'])('is not asked with a token file that holds %j', async (text) => {
    const issuer = await openIssuer();
    const keys = createKeys(settingsFor(issuer, { tokenFile: await fileOf(text) }));
    await expect(verify(await issuer.token(), keys)).rejects.toThrow(
      'expected its keys, got no token in CALLER_TOKEN_FILE',
    );
    expect(issuer.requests).toEqual([]);
  });
});

describe('CALLER_JWKS', () => {
  it('holds the keys: the issuer is asked for nothing', async () => {
    const issuer = await openIssuer();
    const key = await issuer.rotate();
    const keys = createKeys(settingsFor(issuer, { keys: { keys: [key.publicJwk] } }));
    expect(await verify(await issuer.token(), keys)).toMatchObject({ iss: issuer.url });
    expect(issuer.requests).toEqual([]);
  });

  it('without the key of a token makes the caller come again, and says how it is renewed', async () => {
    const issuer = await openIssuer();
    const { publicJwk } = await makeKey();
    const keys = createKeys(settingsFor(issuer, { keys: { keys: [publicJwk] } }));
    await expect(verify(await issuer.token(), keys)).rejects.toMatchObject({
      message:
        'CALLER_JWKS: expected the key that the token names, got 1 other(s); renew it from `kubectl get --raw /openid/v1/jwks`',
      ending: { outcome: 'unavailable', reason: 'issuer' },
      field: 'CALLER_JWKS',
    });
    expect(issuer.requests).toEqual([]);
  });

  it('does not let in a token that a key of the same name did not sign', async () => {
    const issuer = await openIssuer();
    const key = await issuer.rotate();
    const keys = createKeys(settingsFor(issuer, { keys: { keys: [key.publicJwk] } }));
    const forged = await issuer.token({}, { ...(await makeKey()), id: key.id });
    await expect(verify(forged, keys)).rejects.toMatchObject({ code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED' });
  });
});
