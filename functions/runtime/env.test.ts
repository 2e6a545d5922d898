import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readBootstrap } from './env.ts';

const REQUIRED = { DEPLOY_ENV: 'dev', NACOS_SERVER_ADDR: 'nacos:8848' };
const SERVERS = '[http(s)://]host[:port][/path][,…]';

function messageOf(env: Record<string, string | undefined>): string {
  try {
    readBootstrap(env);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('expected readBootstrap to throw');
}

/** The problems of an environment that is right but for these variables. */
const problemsOf = (env: Record<string, string | undefined>): string[] =>
  messageOf({ ...REQUIRED, ...env })
    .split('\n')
    .slice(1)
    .map((line) => line.trim());

describe('an environment', () => {
  it('needs DEPLOY_ENV and NACOS_SERVER_ADDR only', () => {
    expect(readBootstrap(REQUIRED)).toMatchObject({
      deployEnv: 'dev',
      nacos: {
        servers: [new URL('http://nacos:8848')],
        namespace: '',
        group: 'DEFAULT_GROUP',
        api: 'auto',
        credentials: undefined,
        caFile: undefined,
      },
      callers: { auth: 'off', isExplicit: false },
      documents: [
        { dataId: 'bi-cron.yaml', optional: false },
        { dataId: 'bi-cron-dev.yaml', optional: true },
      ],
      fallbackDir: undefined,
      budgetMs: 100_000,
      port: 8080,
      logLevel: 'info',
    });
  });

  it('sets every value', () => {
    const env = {
      DEPLOY_ENV: 'prod',
      NACOS_SERVER_ADDR: 'a:1, https://b:2',
      NACOS_NAMESPACE: '5f3a-prod',
      NACOS_GROUP: 'BI',
      NACOS_DATA_IDS: 'common.yml?, bi.json',
      NACOS_USERNAME: 'reader',
      NACOS_PASSWORD: 'pass word',
      NACOS_CA_FILE: '/tls/ca.crt',
      NACOS_API: 'v3',
      NACOS_FALLBACK_DIR: '/config',
      CALLER_AUTH: 'off',
      RUN_BUDGET: '1m30s',
      PORT: '9090',
      LOG_LEVEL: 'debug',
    };
    expect(readBootstrap(env)).toMatchObject({
      deployEnv: 'prod',
      nacos: {
        servers: [new URL('http://a:1'), new URL('https://b:2')],
        namespace: '5f3a-prod',
        group: 'BI',
        api: 'v3',
        credentials: { username: 'reader', password: 'pass word' },
        caFile: '/tls/ca.crt',
      },
      callers: { auth: 'off', isExplicit: true },
      documents: [
        { dataId: 'common.yml', optional: true },
        { dataId: 'bi.json', optional: false },
      ],
      fallbackDir: '/config',
      budgetMs: 90_000,
      port: 9090,
      logLevel: 'debug',
    });
  });

  it('counts blank variables as unset', () => {
    const names = ['NACOS_NAMESPACE', 'NACOS_GROUP', 'NACOS_DATA_IDS', 'NACOS_USERNAME', 'NACOS_PASSWORD', 'NACOS_API'];
    const more = ['NACOS_CA_FILE', 'NACOS_FALLBACK_DIR', 'RUN_BUDGET', 'PORT', 'LOG_LEVEL'];
    const blank = Object.fromEntries([...names, ...more].map((name) => [name, ' ']));
    expect(readBootstrap({ ...REQUIRED, ...blank })).toEqual(readBootstrap(REQUIRED));
  });

  it('is refused with all its problems in one message', () => {
    expect(messageOf({ PORT: 'http', NACOS_API: 'v2', LOG_LEVEL: 'loud', NACOS_ADDR: 'nacos:8848' })).toBe(
      [
        'environment: 6 problem(s)',
        'NACOS_ADDR: expected one of NACOS_SERVER_ADDR, NACOS_NAMESPACE, NACOS_GROUP, NACOS_DATA_IDS, NACOS_USERNAME, NACOS_PASSWORD, NACOS_CA_FILE, NACOS_API, NACOS_FALLBACK_DIR, got an unknown name',
        'DEPLOY_ENV: expected one of dev, test, staging, prod, got nothing',
        `NACOS_SERVER_ADDR: expected ${SERVERS}, got nothing`,
        'PORT: expected 0 to 65535, got "http"',
        'NACOS_API: expected one of auto, v1, v3, got "v2"',
        'LOG_LEVEL: expected one of trace, debug, info, warn, error, fatal, silent, got "loud"',
      ].join('\n  '),
    );
  });

  it.each([
    [{ DEPLOY_ENV: 'production' }, 'DEPLOY_ENV: expected one of dev, test, staging, prod, got "production"'],
    [{ NACOS_NAMESPACE: 'my space' }, 'NACOS_NAMESPACE: expected letters, digits and _ - only, got "my space"'],
    [{ NACOS_NAMESPACE: 'a.b' }, 'NACOS_NAMESPACE: expected letters, digits and _ - only, got "a.b"'],
    ...(
      [
        ['NACOS_NAMESPACE', 64],
        ['NACOS_GROUP', 128],
        ['NACOS_DATA_IDS', 256],
      ] as const
    ).map(([name, most]) => [
      { [name]: `${'a'.repeat(most)}.yaml`.slice(-most - 1) },
      expect.stringMatching(
        name === 'NACOS_NAMESPACE' ? /only/ : new RegExp(`^${name}: expected at most ${most} characters, got "a{60}"`),
      ) as string,
    ]),
    [{ NACOS_GROUP: 'a/b' }, 'NACOS_GROUP: expected letters, digits and . _ : - only, got "a/b"'],
    [{ NACOS_DATA_IDS: ',' }, 'NACOS_DATA_IDS: expected data IDs such as bi-cron.yaml,bi-cron-dev.yaml?, got ","'],
    [{ NACOS_DATA_IDS: 'a b.yaml' }, 'NACOS_DATA_IDS: expected letters, digits and . _ : - only, got "a b.yaml"'],
    [{ NACOS_DATA_IDS: 'a.yaml??' }, 'NACOS_DATA_IDS: expected letters, digits and . _ : - only, got "a.yaml?"'],
    [
      { NACOS_DATA_IDS: 'a.properties' },
      'NACOS_DATA_IDS: expected names ending in .yaml, .yml or .json, got "a.properties"',
    ],
    [
      { NACOS_DATA_IDS: 'cipher-a.yaml' },
      'NACOS_DATA_IDS: expected documents that are not encrypted (cipher-), got "cipher-a.yaml"',
    ],
    [{ NACOS_DATA_IDS: 'a.yaml,a.yaml?' }, 'NACOS_DATA_IDS: expected each document once, got "a.yaml"'],
    [{ PORT: '65536' }, 'PORT: expected 0 to 65535, got "65536"'],
    [{ PORT: '-1' }, 'PORT: expected 0 to 65535, got "-1"'],
    [{ PORT: '80.5' }, 'PORT: expected 0 to 65535, got "80.5"'],
    ...['999ms', '24h1ms', '90', 'soon'].map((given) => [
      { RUN_BUDGET: given },
      `RUN_BUDGET: expected a duration such as 90s, 10m, 1h30m or 7d, from 1s to 24h, got "${given}"`,
    ]),
    [
      { NACOS_USERNAME: 'reader' },
      'NACOS_PASSWORD: expected both of NACOS_USERNAME and NACOS_PASSWORD or neither, got nothing',
    ],
    [
      { NACOS_PASSWORD: 'secret' },
      'NACOS_USERNAME: expected both of NACOS_USERNAME and NACOS_PASSWORD or neither, got nothing',
    ],
  ] as [Record<string, string>, string][])('is refused with %j', (env, problem) => {
    expect(problemsOf(env)).toEqual([problem]);
  });

  it.each(['1s', '3600s'])('takes a RUN_BUDGET of %s, as a Job has it', (given) => {
    expect(readBootstrap({ ...REQUIRED, RUN_BUDGET: given }).budgetMs).toBe(Number.parseInt(given, 10) * 1000);
  });

  it('takes a RUN_BUDGET of at most 580s in a Knative Service', () => {
    const service = { ...REQUIRED, CALLER_AUTH: 'off', K_SERVICE: 'full-order' };
    expect(readBootstrap({ ...service, RUN_BUDGET: '580s' }).budgetMs).toBe(580_000);
    expect(() => readBootstrap({ ...service, RUN_BUDGET: '581s' })).toThrow(
      'from 1s to 580s (Knative allows 600s, a cold start takes up to 20s of it), got "581s"',
    );
  });
});

describe('NACOS_SERVER_ADDR', () => {
  it.each([
    ['nacos', ['http://nacos:8848']],
    ['10.0.0.1:80', ['http://10.0.0.1:80']],
    ['a:8848,b:8849,', ['http://a:8848', 'http://b:8849']],
    ['http://nacos:9000/', ['http://nacos:9000']],
    ['https://nacos:443', ['https://nacos']],
    ['https://nacos:443/', ['https://nacos']],
    ['https://nacos', ['https://nacos:8848']],
    ['https://nacos/', ['https://nacos:8848']],
    ['nacos:9000/tc-nacos', ['http://nacos:9000/tc-nacos']],
    ['gateway/tc-nacos,http://b:1', ['http://gateway/tc-nacos', 'http://b:1']],
    ['https://gateway/a/nacos/', ['https://gateway/a/nacos/']],
    ['http://gateway:80/nacos', ['http://gateway/nacos']],
    ['[::1]/nacos', ['http://[::1]/nacos']],
    ['HTTP://nacos,Https://gateway/tc-nacos', ['http://nacos:8848', 'https://gateway/tc-nacos']],
    ['nacos_1:8848,nacos-0.nacos-hs.svc.', ['http://nacos_1:8848', 'http://nacos-0.nacos-hs.svc.:8848']],
    ['nacos,http://nacos:8848/,NACOS:8848', ['http://nacos:8848']],
    ['[::1]:9000', ['http://[::1]:9000']],
    ['[2001:db8::1]', ['http://[2001:db8::1]:8848']],
  ])('%s means %j', (given, urls) => {
    const { servers } = readBootstrap({ ...REQUIRED, NACOS_SERVER_ADDR: given }).nacos;
    expect(servers.map(({ href }) => href)).toEqual(urls.map((url) => new URL(url).href));
  });

  it.each(['::1', 'nacos:99999', 'nacos:0', 'na cos:8848', 'nacos:port', 'a;b', '${NACOS}', 'http:///nacos'])(
    '%s is no address',
    (given) => {
      expect(problemsOf({ NACOS_SERVER_ADDR: given })).toEqual([
        `NACOS_SERVER_ADDR: expected ${SERVERS}, got ${JSON.stringify(given)}`,
      ]);
    },
  );

  it.each([
    'http://nacos:8848/?a=1',
    'nacos/tc?a=1',
    'nacos/tc?',
    'nacos//a',
    'http://nacos:8848/#a',
    'ftp://nacos:21',
    'admin:s3cret@nacos:8848',
    ':s3cret@nacos:8848',
    'admin:s3cret@nacos:99999',
  ])('%s is refused without being shown', (given) => {
    expect(problemsOf({ NACOS_SERVER_ADDR: `ok:1,${given}` })).toEqual([
      `NACOS_SERVER_ADDR: expected ${SERVERS}, got an address with a query, a user or another protocol`,
    ]);
  });
});

describe('the names of variables', () => {
  it.each(['NACOS_SERVER', 'NACOS_SERVER_ADDRESS', 'NACOS_PASSWORT', 'BI_CRON_ENV', 'NACOS_', 'BI_CRON_PORTS'])(
    '%s is refused and its value not shown',
    (name) => {
      const [problem, ...more] = problemsOf({ [name]: 's3cret' });
      expect(more).toEqual([]);
      expect(problem).toMatch(new RegExp(`^${name}: expected one of .*, got an unknown name$`));
    },
  );

  it('may be what Kubernetes adds for Services named nacos, nacos-headless and bi-cron', () => {
    const linksOf = (service: string): Record<string, string> => ({
      [`${service}_SERVICE_HOST`]: '10.0.0.1',
      [`${service}_SERVICE_PORT`]: '8848',
      [`${service}_SERVICE_PORT_HTTP`]: '8848',
      [`${service}_PORT`]: 'tcp://10.0.0.1:8848',
      [`${service}_PORT_8848_TCP`]: 'tcp://10.0.0.1:8848',
      [`${service}_PORT_8848_TCP_PROTO`]: 'tcp',
      [`${service}_PORT_8848_TCP_PORT`]: '8848',
      [`${service}_PORT_8848_TCP_ADDR`]: '10.0.0.1',
    });
    const links = { ...linksOf('NACOS'), ...linksOf('NACOS_HEADLESS'), ...linksOf('BI_CRON') };
    expect(readBootstrap({ ...REQUIRED, ...links })).toEqual(readBootstrap(REQUIRED));
  });

  it('of other programs do not matter', () => {
    expect(readBootstrap({ ...REQUIRED, PATH: '/bin', NACOSX: 'a', HOSTNAME: 'b' })).toEqual(readBootstrap(REQUIRED));
  });
});

it('never shows the password, whatever else is wrong', () => {
  const names = ['DEPLOY_ENV', 'NACOS_SERVER_ADDR', 'NACOS_USERNAME', 'NACOS_API', 'NACOS_GROUP', 'PORT', 'NACOS_X'];
  const broken = fc.record(Object.fromEntries(names.map((name) => [name, fc.constantFrom('', '?', 'a b', ':')])), {
    requiredKeys: [],
  });
  fc.assert(
    fc.property(broken, (env) => {
      const message = messageOf({ ...env, RUN_BUDGET: 'never', NACOS_PASSWORD: 's3cret-Pa55' });
      expect(message).not.toContain('s3cret-Pa55');
      expect(message).toContain('RUN_BUDGET');
    }),
  );
});
