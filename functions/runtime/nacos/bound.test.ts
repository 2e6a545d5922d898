import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { openNacos, serveRaw } from '../../../test/support/nacos-client.ts';
import { askEarly, startEarlyInquiry } from './early.ts';
import { Inquiry } from './inquiry.ts';
import type { Nacos } from './client.ts';

/** What a server does with one request; the last of a script is repeated. */
const ACTS = [
  'ok',
  'ok',
  'ok',
  'nothing',
  'empty',
  '400',
  '401',
  '403',
  '403 permission',
  '404',
  '410',
  '429',
  '500',
  '502',
  'garbage',
  'reset',
  'hang',
] as const;
type Act = (typeof ACTS)[number];

interface ServerScript {
  readonly v1: readonly Act[];
  readonly v3: readonly Act[];
  readonly login: readonly Act[];
  readonly auth: 'on' | 'off' | 'unknown';
  /** The one form of credential that it takes. */
  readonly form: 'bearer' | 'bare' | 'parameter' | 'any';
}

interface Asked {
  readonly server: number;
  readonly key: string;
  readonly isLogin: boolean;
  readonly status: number;
}

const script = fc.array(fc.constantFrom(...ACTS), { minLength: 1, maxLength: 4 });
const serverScript: fc.Arbitrary<ServerScript> = fc.record({
  v1: script,
  v3: script,
  login: script,
  auth: fc.constantFrom('on', 'off', 'unknown'),
  form: fc.constantFrom('bearer', 'bare', 'parameter', 'any'),
});

function formOf({ headers, url = '' }: IncomingMessage): ServerScript['form'] | 'none' {
  if (url.includes('accessToken=')) return 'parameter';
  if (headers.authorization === undefined) return 'none';
  return headers.authorization.startsWith('Bearer ') ? 'bearer' : 'bare';
}

async function serveScript(server: number, { v1, v3, login, auth, form }: ServerScript, asked: Asked[]) {
  let logins = 0;
  const turns = new Map<string, number>();
  const next = (name: string, acts: readonly Act[]): Act => {
    const turn = turns.get(name) ?? 0;
    turns.set(name, turn + 1);
    return acts[Math.min(turn, acts.length - 1)] ?? 'ok';
  };
  return serveRaw((request: IncomingMessage, response: ServerResponse) => {
    const path = (request.url ?? '').replace(/[?&]accessToken=[^&]*/, '');
    const isLogin = path.includes('/auth/');
    const isState = path.includes('/state');
    const used = formOf(request);
    let act: Act = isState ? (auth === 'unknown' ? '404' : 'ok') : next(path, path.includes('/v3/') ? v3 : v1);
    if (isLogin) act = next('login', login);
    if (!isLogin && !isState && used !== 'none' && form !== 'any' && used !== form) act = '403';
    const status = Number.parseInt(act, 10) || 200;
    asked.push({ server, key: `${server} ${used} ${request.method} ${path}`, isLogin, status });
    if (act === 'hang') return;
    if (act === 'reset') return void request.socket.destroy();
    if (status !== 200) return void response.writeHead(status).end(wordsFor(act));
    if (act === 'garbage') return void response.end('<html>');
    if (isState) return void response.end(stateOf(path, auth));
    logins += 1;
    if (isLogin) return void response.end(JSON.stringify({ accessToken: `t${server}.${logins}`, tokenTtl: 18_000 }));
    answer(path, act, response);
  });
}

const wordsFor = (act: Act): string =>
  act === '403 permission' ? 'authorization failed!' : act === '400' ? "Param 'dataId' is illegal" : '';

function stateOf(path: string, auth: string): string {
  const state = { auth_enabled: String(auth === 'on') };
  return JSON.stringify(path.includes('/v3/') ? { code: 0, data: state } : state);
}

function answer(path: string, act: Act, response: ServerResponse): void {
  const isNothing = act === 'nothing' || act === 'empty';
  if (path.includes('/instance/list')) {
    const hosts = isNothing ? [] : [{ ip: '10.0.0.1', port: 1, weight: 1, healthy: true, enabled: true }];
    response.end(JSON.stringify(path.includes('/v3/') ? { code: 0, data: hosts } : { hosts }));
  } else if (path.includes('/v3/')) {
    response.end(JSON.stringify(isNothing ? { code: 20_004 } : { code: 0, data: { content: 'n: 1' } }));
  } else if (isNothing) {
    response.writeHead(404).end('config data not exist\n');
  } else {
    response.setHeader('content-md5', createHash('md5').update('n: 1').digest('hex')).end('n: 1');
  }
}

const settle = (answer: Promise<unknown>): Promise<unknown> => answer.catch((error: unknown) => error);
const countsOf = (keys: readonly string[]): number[] =>
  [...Map.groupBy(keys, (key) => key).values()].map(({ length }) => length);

/** What a run asks: two documents at once, then the instances. */
async function askAll(nacos: Nacos, inquiry: Inquiry): Promise<string> {
  const group = 'DEFAULT_GROUP';
  await Promise.all(['a.yaml', 'b.yaml'].map((dataId) => nacos.readDocument({ dataId, group }, inquiry)));
  await nacos.listInstances({ service: 'svc', group, cluster: undefined }, inquiry);
  return 'all';
}

/** Asks early, for up to 100 ms; without a client nothing was asked. */
async function askBefore(nacos: Nacos | undefined) {
  let now = 0;
  if (nacos === undefined)
    return { age: () => {}, take: (run: Inquiry, ask: (run: Inquiry) => Promise<string>) => ask(run) };
  const early = askEarly(
    startEarlyInquiry(),
    (inquiry) => askAll(nacos, inquiry),
    () => now,
  );
  await Promise.race([settle(early.answer), new Promise((resolve) => setTimeout(resolve, 100))]);
  return {
    ...early,
    age: () => {
      now = 1000;
    },
  };
}

it('each question goes out at most once early and twice in a run, by server and form of credential, whatever servers do', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(serverScript, { minLength: 1, maxLength: 3 }),
      fc.constantFrom('auto', 'v1', 'v3'),
      fc.boolean(),
      fc.boolean(),
      fc.boolean(),
      async (scripts, api, hasCredentials, isEarly, isStale) => {
        const asked: Asked[] = [];
        const addresses = await Promise.all(scripts.map((one, server) => serveScript(server, one, asked)));
        const credentials = hasCredentials ? { username: 'u', password: 'p' } : undefined;
        const nacos = openNacos(addresses, { api, credentials }, { againMs: 5 });
        const run = new Inquiry(AbortSignal.timeout(500));
        const early = await askBefore(isEarly ? nacos : undefined);
        const askedEarly = asked.map(({ key }) => key);
        if (isStale) early.age();
        await settle(early.take(run, (inquiry) => askAll(nacos, inquiry)));
        nacos.close();
        expect(Math.max(0, ...countsOf(askedEarly))).toBeLessThanOrEqual(1);
        expect(Math.max(0, ...countsOf(asked.map(({ key }) => key)))).toBeLessThanOrEqual(2);
        const judged = asked.filter(({ isLogin, status }) => isLogin && status !== 404 && status !== 410);
        expect(Math.max(0, ...countsOf(judged.map(({ server }) => String(server))))).toBeLessThanOrEqual(2);
      },
    ),
    { numRuns: 60 },
  );
}, 120_000);
