import {
  Client,
  connectivityState,
  credentials,
  InterceptingCall,
  Metadata,
  type ChannelCredentials,
  type ChannelOptions,
  type Interceptor,
} from '@grpc/grpc-js';

/** How to connect to a backend, at any of its addresses. */
export interface Peer {
  readonly credentials: ChannelCredentials;
  /** Channels are shared by runs whose key is the same: it tells one TLS configuration from another. */
  readonly key: string;
  readonly serverName: string | undefined;
}

const CHANNEL_OPTIONS: ChannelOptions = {
  'grpc.enable_retries': 0, // a call that was sent is never sent again by us
  'grpc.enable_channelz': 0, // its figures are not served
  'grpc.enable_http_proxy': 0, // instances are addressed directly, HTTP_PROXY or not
  'grpc.service_config_disable_resolution': 1,
  'grpc.use_local_subchannel_pool': 1, // a fresh channel must not inherit another's back-off
  'grpc.primary_user_agent': 'bi-cron',
};

/**
 * Opens a channel to one address and waits until it is ready; rejects with the reason when it cannot be, and when the signal
 * aborts. `onCall` is called once per call: with or without a response of the backend.
 */
export async function openChannel(
  address: string,
  peer: Peer,
  signal: AbortSignal,
  onCall: (client: Client, hasResponse: boolean) => void,
): Promise<Client> {
  const watch = watchResponses((hasResponse) => onCall(client, hasResponse));
  const options = { ...CHANNEL_OPTIONS, ...nameOptions(peer), interceptors: [watch] };
  const client: Client = new Client(address, peer.credentials, options);
  try {
    await waitForReady(client, signal);
    return client;
  } catch (error) {
    client.close();
    throw error;
  }
}

/** Is the channel connected, as far as its own end knows? */
export function isReady(client: Client): boolean {
  return client.getChannel().getConnectivityState(false) === connectivityState.READY;
}

function nameOptions({ serverName }: Peer): ChannelOptions {
  if (serverName === undefined) return {};
  return { 'grpc.ssl_target_name_override': serverName, 'grpc.default_authority': serverName };
}

/** `Client.waitForReady` keeps trying until its deadline; here the first failure counts, so that the next address gets its turn. */
function waitForReady(client: Client, signal: AbortSignal): Promise<void> {
  const channel = client.getChannel();
  return new Promise((resolve, reject) => {
    const fail = (): void => reject(new Error('not connected in time'));
    if (signal.aborted) return fail();
    signal.addEventListener('abort', fail, { once: true });
    const look = (): void => {
      if (signal.aborted) return; // the client is closed by now, and asking for its state would connect it again
      const state = channel.getConnectivityState(true);
      if (
        state === connectivityState.READY ||
        state === connectivityState.TRANSIENT_FAILURE ||
        state === connectivityState.SHUTDOWN
      ) {
        signal.removeEventListener('abort', fail);
        if (state === connectivityState.READY) resolve();
        else if (state === connectivityState.SHUTDOWN) reject(new Error('the channel was closed'));
        else void explainFailure(client).then((reason) => reject(new Error(reason)));
        return;
      }
      channel.watchConnectivityState(state, Infinity, look);
    };
    look();
  });
}

const UNSENDABLE = credentials.createFromMetadataGenerator((_, callback) => callback(new Error('never sent')));

/** Why a channel has no connection: grpc-js tells it only to a call. This one is never sent, for lack of its credentials. */
function explainFailure(client: Client): Promise<string> {
  const options = { credentials: UNSENDABLE, deadline: Date.now() + 1000 };
  return new Promise((resolve) => {
    client.makeUnaryRequest('/', toBytes, toBytes, Buffer.alloc(0), new Metadata(), options, (error) =>
      resolve(describeFailure(error?.details ?? '')),
    );
  });
}

const toBytes = (bytes: Buffer): Buffer => bytes;

const MAX_REASON = 160;

/** Node's or OpenSSL's own text out of grpc-js's, on one line and short. */
function describeFailure(details: string): string {
  const last = /Last error: (?:Error(?: \[\w+\])?: )?(.*?)\.? Resolution note: /s.exec(details)?.[1] ?? details;
  const ofTls = /:SSL routines:[^:]*:([^:]+)/.exec(last)?.[1];
  const [reason = ''] = (ofTls === undefined ? last : `TLS: ${ofTls}`).split('; if the root CA', 1); // Node's advice for a desktop
  return reason.replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ').slice(0, MAX_REASON);
}

/** A response begins with headers, or is a status with metadata: a status that grpc-js made up has none. */
function watchResponses(report: (hasResponse: boolean) => void): Interceptor {
  return (options, nextCall) => {
    let isReported = false;
    const reportOnce = (hasResponse: boolean): void => {
      if (!isReported) report(hasResponse);
      isReported = true;
    };
    return new InterceptingCall(nextCall(options), {
      start: (metadata, _listener, next) =>
        next(metadata, {
          onReceiveMetadata: (headers, pass) => {
            reportOnce(true);
            pass(headers);
          },
          onReceiveStatus: (status, pass) => {
            reportOnce(Object.keys(status.metadata.getMap()).length > 0);
            pass(status);
          },
        }),
    });
  };
}
