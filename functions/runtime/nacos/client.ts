import type { NacosSettings } from '../env.ts';
import type { ApiQuestion, ApiReply, ApiVersion, ConfigRef, Instance, ServiceRef } from './api.ts';
import { APIS, detectVersion, isConclusive } from './detect-version.ts';
import { toApiError } from './errors.ts';
import { CREDENTIAL_FORMS, type CredentialForm, type Inquiry } from './inquiry.ts';
import { createLogin, type IsOpen, type LoginOptions } from './login.ts';
import { splitServiceName } from './names.ts';
import { createTransport } from './transport.ts';

/** A value from Nacos. */
export interface Said<Value> {
  readonly value: Value;
  /** Which of several servers answered so: ` at host:port`, or two of them. Empty where there is one only. */
  readonly by: string;
}

/** The part of the Nacos HTTP API that a run needs. Every call ends with its inquiry's signal at the latest. */
export interface Nacos {
  /** The text of a document; undefined when Nacos has none. */
  readDocument(ref: ConfigRef, inquiry: Inquiry): Promise<Said<string | undefined>>;
  /** All instances, healthy or not; empty when the service is unknown. */
  listInstances(ref: ServiceRef, inquiry: Inquiry): Promise<Said<readonly Instance[]>>;
  close(): void;
}

export interface NacosOptions extends LoginOptions {
  readonly random?: () => number;
}

/** A question in either version of the API. */
interface Question<Value> {
  /** What is asked for, in messages. */
  readonly what: string;
  readonly field: string;
  readonly as: Readonly<Record<ApiVersion, ApiQuestion<Value>>>;
}

/** A reply, and who gave it. */
interface Heard<Value> {
  readonly reply: ApiReply<Value>;
  readonly server: URL;
}

const CONFIRM_MS = 1000;

/** Is it what no Nacos answers: the page of a gateway, of another program? */
const isForeign = ({ kind }: ApiReply<unknown>): boolean => kind === 'invalidResponse' || kind === 'unsupportedApi';

/**
 * A client of the Nacos HTTP API. With `api: auto` a login tells the version; without one the first questions are put in
 * both versions at once, and the version that answers is kept: finding it out costs requests, not round trips.
 */
export function createNacos(settings: NacosSettings, { random = Math.random, ...login }: NacosOptions = {}): Nacos {
  const { namespace, credentials, api } = settings;
  const transport = createTransport(settings, random);
  const getAccess = createLogin(transport, settings, login);
  let version: ApiVersion | undefined = api === 'auto' ? undefined : api;
  let form: CredentialForm = 'bearer'; // the one that worked last

  async function send<Value>(
    { path, maxBytes, read }: ApiQuestion<Value>,
    token: string | undefined,
    as: CredentialForm,
    inquiry: Inquiry,
    except: URL | undefined,
  ): Promise<Heard<Value>> {
    const credential = token === undefined ? undefined : { form: as, token };
    const { reply, excess, server } = await transport.send({ path, maxBytes, credential }, inquiry, except);
    return { reply: reply === undefined ? { kind: 'tooLarge', got: excess } : read(reply), server };
  }

  /** Asks a server once, within the inquiry's bound. */
  function isAnsweredWithoutToken<Value>(question: Question<Value>, inquiry: Inquiry): IsOpen {
    return async (server, asked, signal) => {
      const { path, maxBytes, read } = question.as[asked];
      if (inquiry.requestsLeft(server, 'none', path) <= 0) return false;
      inquiry.countRequest(server, 'none', path);
      const reply = await transport.sendOnce(server, { path, maxBytes }, signal).then(read, () => undefined);
      return reply !== undefined && isConclusive(reply);
    };
  }

  /** With a token where there are credentials; a refused one is renewed, and then put in the other forms that servers know. */
  async function sendWithToken<Value>(
    asked: ApiVersion,
    question: Question<Value>,
    inquiry: Inquiry,
    except?: URL,
  ): Promise<Heard<Value>> {
    const ask = question.as[asked];
    const isOpen = isAnsweredWithoutToken(question, inquiry);
    let access = await getAccess(inquiry, isOpen);
    let heard = await send(ask, access?.token, form, inquiry, except);
    const isRefused = ({ reply }: Heard<Value>): boolean => reply.kind === 'forbidden' && !reply.isPermission;
    if (access === undefined || !isRefused(heard)) return heard;
    const left = (as: CredentialForm): number => inquiry.requestsLeft(heard.server, as, ask.path);
    const isFresh = access.inquiry.isSameRun(inquiry); // another one would be refused, too
    if (!isFresh && !inquiry.isEarly && left(form) > 0) {
      const renewed = await getAccess(inquiry, isOpen, access);
      if (renewed !== undefined) {
        access = renewed;
        heard = await send(ask, access.token, form, inquiry, except);
      }
    }
    for (const other of CREDENTIAL_FORMS) {
      if (access.token === undefined || !isRefused(heard)) break;
      if (other === form || left(other) <= 0) continue;
      heard = await send(ask, access.token, other, inquiry, except);
      if (!isRefused(heard)) form = other;
    }
    return heard;
  }

  async function sendInAllVersions<Value>(
    question: Question<Value>,
    inquiry: Inquiry,
    except?: URL,
  ): Promise<Heard<Value>> {
    const found = await detectVersion(
      ['v3', 'v1'],
      async (candidate, own) => {
        const heard = await sendWithToken(candidate, question, inquiry.until(own), except);
        return { ...heard, version: candidate };
      },
      inquiry.signal,
    );
    if (isConclusive(found.reply)) version ??= found.version;
    return found;
  }

  async function ask<Value>(question: Question<Value>, inquiry: Inquiry): Promise<Heard<Value>> {
    if (version === undefined && credentials !== undefined)
      version = (await getAccess(inquiry, isAnsweredWithoutToken(question, inquiry)))?.version;
    if (version === undefined) return sendInAllVersions(question, inquiry);
    const asked = version;
    const heard = await sendWithToken(asked, question, inquiry);
    if (heard.reply.kind !== 'unsupportedApi' || api !== 'auto') return heard;
    const other = asked === 'v1' ? 'v3' : 'v1'; // the server was upgraded while this process lived, or has another API for logins
    const second = await sendWithToken(other, question, inquiry);
    if (isConclusive(second.reply)) version = other;
    return second;
  }

  /** With several servers, one that lags behind the others, or gives no answer of Nacos's, does not decide alone. */
  async function askTwice<Value>(
    question: Question<Value>,
    inquiry: Inquiry,
    isNothing: (reply: ApiReply<Value>) => boolean,
  ): Promise<Said<Value | undefined>> {
    const heard = await ask(question, inquiry);
    const isDoubtful = isNothing(heard.reply) || isForeign(heard.reply);
    if (!isDoubtful || transport.isSingle) return toSaid(question, heard);
    const signal = AbortSignal.any([inquiry.signal, AbortSignal.timeout(CONFIRM_MS)]);
    const rest = inquiry.until(signal);
    const asked =
      version === undefined
        ? sendInAllVersions(question, rest, heard.server)
        : sendWithToken(version, question, rest, heard.server);
    const second = await asked.catch(
      () => undefined, // no other server can be asked: the first server's answer counts
    );
    if (second === undefined || !isConclusive(second.reply)) return toSaid(question, heard);
    if (!isNothing(second.reply) || isForeign(heard.reply)) return toSaid(question, second);
    return { ...toSaid(question, heard), by: ` at ${heard.server.host} and ${second.server.host}` };
  }

  function toSaid<Value>({ what, field }: Question<Value>, { reply, server }: Heard<Value>): Said<Value | undefined> {
    const by = transport.isSingle ? '' : ` at ${server.host}`;
    if (reply.kind === 'value') return { value: reply.value, by };
    if (reply.kind === 'notFound') return { value: undefined, by };
    const as = credentials === undefined ? 'without NACOS_USERNAME' : 'as NACOS_USERNAME';
    throw toApiError(reply, {
      at: `Nacos at ${transport.names}`,
      what,
      permission: `to read ${what} ${as}, namespace ${JSON.stringify(namespace)}`,
      field,
      api: `${api === 'auto' ? 'v1 or v3' : api} ${transport.place}`,
    });
  }

  return {
    readDocument: (ref, inquiry) => {
      const what = `document ${ref.dataId} of group ${ref.group}`;
      const as = { v1: APIS.v1.document(ref, namespace), v3: APIS.v3.document(ref, namespace) };
      return inquiry.ask(askTwice({ what, field: ref.dataId, as }, inquiry, ({ kind }) => kind === 'notFound'));
    },
    listInstances: async (given, inquiry) => {
      const { group = given.group, service } = splitServiceName(given.service); // 3.x lists nothing by the joined name
      const ref = { ...given, group, service };
      const what = `the instances of ${ref.service} in group ${ref.group}`;
      const as = { v1: APIS.v1.instances(ref, namespace), v3: APIS.v3.instances(ref, namespace) };
      const isEmpty = (reply: ApiReply<readonly Instance[]>): boolean =>
        reply.kind === 'value' && reply.value.length === 0;
      const { value = [], by } = await inquiry.ask(askTwice({ what, field: ref.service, as }, inquiry, isEmpty));
      return { value, by };
    },
    close: () => transport.close(),
  };
}
