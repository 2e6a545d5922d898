import { askControlPort, type Control } from '../control-port.ts';

/** An event and how it is sent; `Event` is structured JSON. */
export interface SendRequest {
  readonly Policy: 'PingSource' | 'Broker';
  readonly Target: string;
  readonly Event: Readonly<Record<string, unknown>>;
  /** Of a Broker: how many repeats, and the wait before the first, which doubles. */
  readonly Retry?: number;
  readonly Delay?: number;
}

/** What came of it, as the real sender sees it. */
export interface SentEvent {
  readonly attempts: readonly {
    readonly status?: number;
    readonly error?: string;
    readonly sent: Readonly<Record<string, readonly string[]>>;
  }[];
  readonly acked: boolean;
  /** The event that a Broker would send on. */
  readonly reply?: Readonly<Record<string, unknown>>;
  /** Why it was not acknowledged. */
  readonly problem?: string;
  readonly body: string;
}

export async function sendEvent({ control }: Control, request: SendRequest): Promise<SentEvent> {
  return (await askControlPort('POST', `http://127.0.0.1:${control}/send`, request)) as SentEvent; // as sender/main.go answers
}

/** A tick as a PingSource makes it. */
export const tickEvent = (task: string, id: string, slot: Date): Record<string, unknown> => ({
  specversion: '1.0',
  id,
  source: `/apis/v1/namespaces/default/pingsources/${task}`,
  type: 'dev.knative.sources.ping',
  time: slot.toISOString(),
});

/** A person’s event. */
export const manualEvent = (id: string, more: object = {}): Record<string, unknown> => ({
  specversion: '1.0',
  id,
  source: '/test',
  type: 'com.example.order',
  ...more,
});
