import type { Bootstrap, NacosSettings } from '../../../functions/runtime/env.ts';
import {
  parseObject,
  wordsOf,
  type ApiQuestion,
  type ApiReply,
  type ApiVersion,
} from '../../../functions/runtime/nacos/api.ts';
import { APIS, isConclusive } from '../../../functions/runtime/nacos/detect-version.ts';
import { createLogin } from '../../../functions/runtime/nacos/login.ts';
import { CREDENTIAL_FORMS, Inquiry, type CredentialForm } from '../../../functions/runtime/nacos/inquiry.ts';
import { createTransport, urlOf, type Credential } from '../../../functions/runtime/nacos/transport.ts';
import { RunError } from '../../../functions/runtime/run-error.ts';
import { CheckFailure, type CheckRunner } from './check.ts';
import { probeUrl, toCheckFailure, type Probed } from './probe.ts';

/** How to go on asking Nacos. */
export interface NacosAccess {
  readonly server: URL;
  readonly version: ApiVersion;
  /** The token, in the form that the server takes. */
  readonly credential: Credential | undefined;
  /** The other servers that answer. */
  readonly others: readonly URL[];
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
      const value = await probeReadiness(server, nacos).catch((error: unknown) => {
        const failure = toCheckFailure(error, server.host);
        throw new CheckFailure(failure.message, adviceFor(server) ?? failure.next, { cause: error });
      });
      const words = wordsOf(value);
      if (value.status >= 500)
        throw new CheckFailure(
          `${server.host}: status ${value.status}${words === '' ? '' : `, ${JSON.stringify(words)}`}`,
          'the server, or the proxy before it, fails: look at its log',
        );
      const code = parseObject(value.body)?.['code'];
      if (value.status === 200 && typeof code === 'number' && code !== 0)
        throw new CheckFailure(`${server.host}: not ready: code ${code}, ${JSON.stringify(words)}`, NOT_READY);
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

  const dataId = documents[0]?.dataId ?? 'bi-cron.yaml';
  const login = await runner.check('nacos', 'login', async () => {
    if (nacos.credentials === undefined) return { detail: 'no NACOS_USERNAME: anonymous', value: { token: undefined } };
    const transport = createTransport({ ...nacos, servers: [first.server] }, Math.random);
    const getAccess = createLogin(transport, nacos);
    try {
      const access = await getAccess(new Inquiry(AbortSignal.timeout(5000)), async (server, version, signal) => {
        const question = APIS[version].document({ dataId, group: nacos.group }, nacos.namespace);
        const reply = await transport.sendOnce(server, question, signal).then(question.read, () => undefined);
        return reply !== undefined && isConclusive(reply);
      });
      const value = { token: access?.token };
      if (value.token !== undefined) return { detail: `as ${nacos.credentials.username}`, value };
      const detail = `refused as ${nacos.credentials.username}, but the server's authentication is off`;
      return { detail, warn: { next: 'switch authentication on in Nacos, or take the credentials away' }, value };
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

  const versions: readonly ApiVersion[] = nacos.api === 'auto' ? ['v3', 'v1'] : [nacos.api];
  const version = await runner.check('nacos', 'API', async () => {
    const asked = await Promise.all(
      versions.map(async (each) => {
        const question = APIS[each].document({ dataId, group: nacos.group }, nacos.namespace);
        const answer = await ask(first.server, question, nacos, login.token).catch((error: unknown) => {
          throw toCheckFailure(error, `${each} API`);
        });
        return { version: each, reply: answer.reply, credential: answer.credential };
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
          ? (adviceFor(first.server) ?? 'is it Nacos, and its HTTP port (8848)? A proxy must pass /nacos/ through')
          : 'try NACOS_API=auto: this server speaks another version';
      throw new CheckFailure(`no known API: ${got}`, advice);
    }
    return { detail: `speaks ${spoken.map((each) => each.version).join(' and ')}`, value: preferred };
  });
  if (version === undefined) return undefined;
  const others = answers.slice(1).map(({ server }) => server);
  return { server: first.server, version: version.version, credential: version.credential, others };
}

/** 2.x answers on the path of v1; 3.x answers 410 there and has a path of its own. */
async function probeReadiness(server: URL, nacos: NacosSettings): Promise<Probed> {
  const answer = await probeUrl(urlOf(server, '/v1/console/health/readiness'), nacos);
  if (answer.status !== 404 && answer.status !== 410) return answer;
  return probeUrl(urlOf(server, '/v3/admin/core/state/readiness'), nacos);
}

const NOT_READY =
  'it has started but does not serve yet: wait, then look at its log and at the other servers of its cluster';

/** Ports that people take for the one of the HTTP API. */
const OTHER_PORTS: Readonly<Record<string, string>> = {
  7848: "is the port of Nacos's raft",
  8080: 'is the console of Nacos 3, which has no API for clients',
  9848: "is Nacos's gRPC port, which Java and Go clients use",
  9849: "is Nacos's gRPC port between servers",
};

function adviceFor({ port }: URL): string | undefined {
  const other = OTHER_PORTS[port];
  return other === undefined ? undefined : `${port} ${other}: the HTTP API is on 8848`;
}

/** Asks in each form of credential until one is taken, as the functions do. */
async function ask<Value>(
  server: URL,
  { path, read }: ApiQuestion<Value>,
  nacos: NacosSettings,
  token: string | undefined,
): Promise<{ reply: ApiReply<Value>; credential: Credential | undefined }> {
  let credential = token === undefined ? undefined : { form: CREDENTIAL_FORMS[0] as CredentialForm, token };
  let reply = read(await probeUrl(urlOf(server, path, credential), nacos, credential));
  for (const form of CREDENTIAL_FORMS.slice(1)) {
    if (token === undefined || reply.kind !== 'forbidden' || reply.isPermission) break;
    const other = { form, token };
    const again = read(await probeUrl(urlOf(server, path, other), nacos, other));
    if (again.kind !== 'forbidden') [reply, credential] = [again, other];
  }
  return { reply, credential };
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
