import { fstatSync, write as writeFd } from 'node:fs';
import { Socket } from 'node:net';

/** Takes whole lines, each with its line feed and without secrets. */
export interface LineWriter {
  /** Never waits and never throws. */
  write(line: string): void;
  /** Resolves when all lines are out, or after a second: a reader that stopped must not hold the process. */
  flush?(): Promise<void>;
}

type Sink = (line: string, done: (error?: Error | null) => void) => void;

const MAX_QUEUED = 1024 * 1024; // characters
const FLUSH_MS = 1000;

/**
 * Writes lines of JSON to a file descriptor that may block, be full, or have no reader: one write at a time, the others in a
 * bounded queue. A line that finds no room or cannot be written is dropped; the next one counts them in `droppedLines`.
 */
export function createLineWriter(fd: number, openSink: (fd: number) => Sink = openFd): LineWriter {
  const queue: string[] = [];
  let queued = 0;
  let dropped = 0;
  let isWriting = false;
  let sink: Sink | undefined;
  let waiting: (() => void)[] = [];

  function pump(): void {
    const next = isWriting ? undefined : queue.shift();
    if (next === undefined) return void (isWriting || release());
    queued -= next.length;
    const reported = dropped;
    dropped = 0;
    isWriting = true;
    sink ??= openSink(fd);
    sink(reported === 0 ? next : next.replace('{', `{"droppedLines":${reported},`), (error) => {
      isWriting = false;
      if (error) dropped += reported + 1;
      pump();
    });
  }

  function release(): void {
    for (const resolve of waiting) resolve();
    waiting = [];
  }

  return {
    write: (line) => {
      if (queued + line.length > MAX_QUEUED) {
        dropped += 1;
        return;
      }
      queue.push(line);
      queued += line.length;
      pump();
    },
    flush: () =>
      new Promise((resolve) => {
        waiting.push(resolve);
        setTimeout(resolve, FLUSH_MS).unref();
        pump();
      }),
  };
}

/**
 * A pipe is written without blocking: a thread that hangs in a write would hold the process even at its exit, which is what
 * Node's own `process.stdout` and `fs.write` come to. A file, a terminal or a device has no such mode.
 */
function openFd(fd: number): Sink {
  const stat = fstatSync(fd);
  if (!stat.isFIFO() && !stat.isSocket()) return (line, done) => writeWhole(fd, Buffer.from(line), done);
  const socket = new Socket({ fd, readable: false, writable: true });
  socket.unref();
  socket.on('error', () => {}); // each write gets the error
  return (line, done) => void socket.write(line, done);
}

function writeWhole(fd: number, bytes: Uint8Array, done: (error?: Error | null) => void): void {
  writeFd(fd, bytes, (error, written) => {
    if (error || written === bytes.length) done(error);
    else writeWhole(fd, bytes.subarray(written), done);
  });
}
