import type { Bootstrap } from '../../../functions/runtime/env.ts';
import type { ApiVersion } from '../../../functions/runtime/nacos/api.ts';
import { APIS } from '../../../functions/runtime/nacos/detect-version.ts';
import { createLogin } from '../../../functions/runtime/nacos/login.ts';
import { Inquiry } from '../../../functions/runtime/nacos/inquiry.ts';
import { createTransport, urlOf } from '../../../functions/runtime/nacos/transport.ts';
import { RunError } from '../../../functions/runtime/run-error.ts';
import { CheckFailure, type CheckRunner } from './check.ts';
import { probe, toCheckFailure, type Probed } from './probe.ts';

/** How to go on asking Nacos. */
export interface NacosAccess {
  readonly server: URL;
  readonly version: ApiVersion;
  readonly token: string | undefined;
}

const MAX_SKEW_MS = 5000;

/** Reachable? Clock? Login? Which API? Undefined when Nacos cannot be used at all. */
export async function checkNacos(
  { nacos, documents }: Bootstrap,
  runner: CheckRunner,
): Promise<NacosAccess | undefined> {
  const answers: { server: URL; answer: Probed }[] = [];
  for (const server of nacos.servers) {
    const answer = await runner.check('nacos', `reach ${server.host}`, async () => {
      const value = await probe(urlOf(server, '/v1/console/health/readiness'), nacos).catch((error: unknown) => {
        throw toCheckFailure(error, server.host);
      });
      if (value.status >= 500)
        throw new CheckFailure(
          `${server.host}: status ${value.status}`,
          'the server, or the proxy before it, is in trouble: look at its log',
        );
      return { detail: `answers over ${server.protocol.slice(0, -1)}`, value };
    });
    if (answer !== undefined) answers.push({ server, answer });
  }
  const [first] = answers;
  if (first === undefined) {
    for (const name of ['clock', 'login', 'API']) runner.skip('nacos', name, 'no server answers');
    return undefined;
  }
  await checkClock(first.answer, runner);

  const login = await runner.check('nacos', 'login', async () => {
    if (nacos.credentials === undefined) return { detail: 'no NACOS_USERNAME: anonymous', value: { token: undefined } };
    const transport = createTransport({ ...nacos, servers: [first.server] }, Math.random);
    try {
      const access = await createLogin(transport, nacos)(new Inquiry(AbortSignal.timeout(5000)));
      return { detail: `as ${nacos.credentials.username}`, value: { token: access?.token } };
    } catch (error) {
      throw toLoginFailed(error);
    } finally {
      transport.close();
    }
  });
  if (login === undefined) {
    runner.skip('nacos', 'API', 'no login');
    return undefined;
  }

  const versions: readonly ApiVersion[] = nacos.api === 'auto' ? ['v1', 'v3'] : [nacos.api];
  const dataId = documents[0]?.dataId ?? 'bi-cron.yaml';
  const version = await runner.check('nacos', 'API', async () => {
    const asked = await Promise.all(
      versions.map(async (each) => {
        const { path, read } = APIS[each].document({ dataId, group: nacos.group }, nacos.namespace);
        const answer = await probe(urlOf(first.server, path), nacos, login.token).catch((error: unknown) => {
          throw toCheckFailure(error, `${each} API`);
        });
        return { version: each, reply: read(answer) };
      }),
    );
    const spoken = asked.filter(({ reply }) => reply.kind !== 'unsupportedApi' && reply.kind !== 'invalidResponse');
    const [preferred] = spoken.toSorted(
      (one, other) => Number(one.reply.kind === 'forbidden') - Number(other.reply.kind === 'forbidden'),
    );
    if (preferred === undefined) {
      const got = asked
        .map(({ version: each, reply }) => `${each} ${'got' in reply ? reply.got : reply.kind}`)
        .join(', ');
      const advice =
        nacos.api === 'auto'
          ? 'is it Nacos, and its HTTP port (8848)? A proxy must pass /nacos/ through'
          : 'try NACOS_API=auto: this server speaks another version';
      throw new CheckFailure(`no known API: ${got}`, advice);
    }
    return { detail: `speaks ${spoken.map((each) => each.version).join(' and ')}`, value: preferred.version };
  });
  return version === undefined ? undefined : { server: first.server, version, token: login.token };
}

async function checkClock({ headers, atMs }: Probed, runner: CheckRunner): Promise<void> {
  const theirs = Date.parse(headers.date ?? '');
  if (Number.isNaN(theirs)) {
    runner.skip('nacos', 'clock', 'the answer has no Date header');
    return;
  }
  await runner.check('nacos', 'clock', () => {
    const skewMs = Math.round(atMs - (theirs + 500)); // a Date header is cut to the second
    const detail = `this machine is ${Math.abs(skewMs)} ms ${skewMs < 0 ? 'behind' : 'ahead of'} Nacos (within 500 ms)`;
    if (Math.abs(skewMs) <= MAX_SKEW_MS) return Promise.resolve({ detail, value: undefined });
    const warn = { next: 'set both clocks by NTP: windows, tokens and certificates depend on them' };
    return Promise.resolve({ detail, warn, value: undefined });
  });
}

function toLoginFailed(error: unknown): unknown {
  if (!(error instanceof RunError)) return error;
  const isRefused = error.ending.outcome === 'rejected';
  return new CheckFailure(
    error.message,
    isRefused
      ? 'check NACOS_USERNAME and NACOS_PASSWORD (the Secret bi-cron-nacos)'
      : 'the server answers, but not to a login: look at its log',
  );
}
