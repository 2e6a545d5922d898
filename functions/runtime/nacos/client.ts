import type { NacosSettings } from '../env.ts';
import type { HttpReply } from '../outbound/exchange.ts';
import type { ApiReply, ApiVersion, ConfigRef, Instance, ServiceRef } from './api.ts';
import { APIS, detectVersion, isConclusive } from './detect-version.ts';
import { toApiError } from './errors.ts';
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

  async function sendWithToken<Value>(
    asked: ApiVersion,
    question: Question<Value>,
    signal: AbortSignal,
  ): Promise<ApiReply<Value>> {
    const send = async (token: string | undefined): Promise<ApiReply<Value>> =>
      question.read(asked, await transport.send({ path: question.path(asked), token }, signal));
    const token = await getToken(signal);
    const reply = await send(token);
    if (reply.kind !== 'forbidden' || token === undefined) return reply;
    return send(await getToken(signal, token));
  }

  async function sendInAllVersions<Value>(question: Question<Value>, signal: AbortSignal): Promise<ApiReply<Value>> {
    const found = await detectVersion(
      ['v3', 'v1'],
      (candidate, own) => sendWithToken(candidate, question, own),
      signal,
    );
    if (isConclusive(found.reply)) version ??= found.version;
    return found.reply;
  }

  async function ask<Value>(question: Question<Value>, signal: AbortSignal): Promise<Value | undefined> {
    const { what, field } = question;
    let reply = await (version === undefined
      ? sendInAllVersions(question, signal)
      : sendWithToken(version, question, signal));
    if (reply.kind === 'unsupportedApi' && api === 'auto' && version !== undefined) {
      version = undefined; // the server was upgraded while this process lived
      reply = await sendInAllVersions(question, signal);
    }
    if (reply.kind === 'value') return reply.value;
    if (reply.kind === 'notFound') return undefined;
    const as = credentials === undefined ? 'without NACOS_USERNAME' : 'as NACOS_USERNAME';
    throw toApiError(reply, {
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
      const path = (asked: ApiVersion): string => APIS[asked].configPath(ref, namespace);
      return ask({ what, field: ref.dataId, path, read: (asked, reply) => APIS[asked].readConfig(reply) }, signal);
    },
    listInstances: async (ref, signal) => {
      const what = `the instances of ${ref.service} in group ${ref.group}`;
      const path = (asked: ApiVersion): string => APIS[asked].instancesPath(ref, namespace);
      const read = (asked: ApiVersion, reply: HttpReply) => APIS[asked].readInstances(reply, ref);
      return (await ask({ what, field: ref.service, path, read }, signal)) ?? [];
    },
    close: () => transport.close(),
  };
}
