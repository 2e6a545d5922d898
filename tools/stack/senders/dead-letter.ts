import { withAttributes, type WireEvent } from './wire-event.ts';

/** What became of the last attempt, as the dispatcher knows it. */
export interface DispatchError {
  readonly code: number;
  /** The subscriber's error body, or the transport error. */
  readonly data: string;
}

/** knative eventing KnativeErrorDataExtensionMaxLength is 1024 characters of base64, overrun by the 769th byte. */
const MAX_DATA_BYTES = 768;

/**
 * Whether making the dead letter kills Knative's in-memory dispatcher: `base64: index out of range` in
 * `dispatchExecutionInfoTransformers`, and every event in flight is gone with it.
 */
export function crashesDispatcher(error: DispatchError | undefined): boolean {
  return error !== undefined && Buffer.byteLength(error.data) > MAX_DATA_BYTES;
}

/**
 * The event as the dead letter sink gets it: with the Broker's own hop count, which a subscriber does not see, and with
 * what is known of the error. `dest` is the subscriber's URL as the Trigger has it.
 */
export function toDeadLetter(event: WireEvent, dest: string, error: DispatchError | undefined): WireEvent {
  return withAttributes(event, {
    knativebrokerttl: '255',
    ...(error && {
      knativeerrorcode: String(error.code),
      knativeerrordata: Buffer.from(error.data).toString('base64'),
      knativeerrordest: dest,
    }),
  });
}
