import type { NacosSettings } from '../env.ts';
import { askVersions } from './ask-versions.ts';
import type { HttpReply } from '../outbound/exchange.ts';
import {
  DIALECTS,
  type ApiVersion,
  type ConfigRef,
  type Instance,
  type ServiceRef,
  type ApiReply,
} from './dialects.ts';
import { toError } from './failure.ts';
import { createLogin } from './login.ts';
import { createTransport } from './transport.ts';

/** The part of the Nacos HTTP API that a run needs. Every call ends with its signal at the latest. */
export interface Nacos {
  /** The text of a document; undefined when Nacos has none. */
  readDocument(ref: ConfigRef, signal: AbortSignal): Promise<string | undefined>;
  /** All instances, healthy or not; empty when the service is unknown. */
  listInstances(ref: ServiceRef, signal: AbortSignal): Promise<readonly Instance[]>;
  close(): void;
}

/** Something to ask, in either version of the API. */
interface Question<Value> {
  /** What is asked for, in messages. */
  readonly what: string;
  readonly field: string;
  path(asked: ApiVersion): string;
  read(asked: ApiVersion, reply: HttpReply): ApiReply<Value>;
}

/**
 * A client of the Nacos HTTP API. With `api: auto` the first questions are put in both versions at once, and the version
 * that answers is kept: finding it out costs requests, not round trips.
 */
export function createNacos(settings: NacosSettings, random: () => number = Math.random): Nacos {
  const { namespace, credentials, api } = settings;
  const transport = createTransport(settings, random);
  const getToken = createLogin(transport, settings);
  let version: ApiVersion | undefined = api === 'auto' ? undefined : api;

  async function askAs<Value>(
    asked: ApiVersion,
    question: Question<Value>,
    signal: AbortSignal,
  ): Promise<ApiReply<Value>> {
    const put = async (token: string | undefined): Promise<ApiReply<Value>> =>
      question.read(asked, await transport.send({ path: question.path(asked), token }, signal));
    const token = await getToken(signal);
    const answer = await put(token);
    if (answer.kind !== 'forbidden' || token === undefined) return answer;
    return put(await getToken(signal, token));
  }

  async function settle<Value>(question: Question<Value>, signal: AbortSignal): Promise<ApiReply<Value>> {
    const { version: found, answer } = await askVersions(
      ['v3', 'v1'],
      (candidate, own) => askAs(candidate, question, own),
      signal,
    );
    if (answer.kind === 'value' || answer.kind === 'notFound') version ??= found;
    return answer;
  }

  async function ask<Value>(question: Question<Value>, signal: AbortSignal): Promise<Value | undefined> {
    const { what, field } = question;
    let answer = version === undefined ? await settle(question, signal) : await askAs(version, question, signal);
    if (answer.kind === 'unsupportedApi' && api === 'auto' && version !== undefined) {
      version = undefined; // the server was upgraded while this process lived
      answer = await settle(question, signal);
    }
    if (answer.kind === 'value') return answer.value;
    if (answer.kind === 'notFound') return undefined;
    const as = credentials === undefined ? 'without NACOS_USERNAME' : 'as NACOS_USERNAME';
    throw toError(answer, {
      at: `Nacos at ${transport.names}`,
      what,
      permission: `to read ${what} ${as}, namespace ${JSON.stringify(namespace)}`,
      field,
      api: api === 'auto' ? 'v1 or v3' : api,
    });
  }

  return {
    readDocument: (ref, signal) => {
      const what = `document ${ref.dataId} of group ${ref.group}`;
      const path = (asked: ApiVersion): string => DIALECTS[asked].configPath(ref, namespace);
      return ask({ what, field: ref.dataId, path, read: (asked, reply) => DIALECTS[asked].readConfig(reply) }, signal);
    },
    listInstances: async (ref, signal) => {
      const what = `the instances of ${ref.service} in group ${ref.group}`;
      const path = (asked: ApiVersion): string => DIALECTS[asked].instancesPath(ref, namespace);
      const read = (asked: ApiVersion, reply: HttpReply) => DIALECTS[asked].readInstances(reply, ref);
      return (await ask({ what, field: ref.service, path, read }, signal)) ?? [];
    },
    close: () => transport.close(),
  };
}
