import type { CliHost } from '../cli-host.ts';

/** How a backfill is ended early. */
export interface ShutdownHandler {
  /** The first Ctrl-C: what is under way is finished, nothing more is begun. */
  readonly stop: AbortSignal;
  /** The second Ctrl-C: what is under way is given up. */
  readonly giveUp: AbortSignal;
  close(): void;
}

/** Listens for Ctrl-C (and SIGTERM); `onStop` is told of the first. */
export function listenForStop(host: CliHost, onStop: () => void): ShutdownHandler {
  const stop = new AbortController();
  const giveUp = new AbortController();
  const close = host.onStop(() => {
    if (stop.signal.aborted) {
      giveUp.abort();
      return;
    }
    stop.abort();
    onStop();
  });
  return { stop: stop.signal, giveUp: giveUp.signal, close };
}
