import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import type { CronFunction } from '../../functions/runtime/handle.ts';
import { startHost, type Host } from '../../functions/runtime/host/host.ts';

/** For tests: a host on a free port, which drains with the test. */
export async function openHost(fn: CronFunction): Promise<Host> {
  const host = await startHost(fn, 0);
  onTestFinished(() => host.drain());
  return host;
}

/** The headers of a manual event, in binary mode. */
export function manualHeaders(id: string): Record<string, string> {
  return { 'ce-specversion': '1.0', 'ce-id': id, 'ce-source': '/test', 'ce-type': 'bi.cron.run.requested' };
}

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

/** Sends a request with `fetch`; what came back, its body parsed as JSON. */
export async function send(port: number, init: RequestInit = {}, path = '/'): Promise<Answered> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', ...init });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Record<string, unknown>, // our answers are JSON objects
  };
}

/** Sends a manual event without data. */
export function sendManual(port: number, id: string, init: RequestInit = {}): Promise<Answered> {
  return send(port, { headers: manualHeaders(id), ...init });
}

/** A connection over which a test speaks HTTP by hand; closes with the test. */
export interface Wire {
  readonly socket: Socket;
  /** All that the server has sent so far. */
  readonly received: () => string;
  /** Resolves with all that the server sent once the connection has ended, in whatever way. */
  readonly ended: Promise<string>;
}

export function openWire(port: number): Wire {
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  let text = '';
  socket.on('data', (chunk) => (text += chunk.toString('latin1')));
  socket.on('error', () => {}); // the server may break the connection; what it sent before counts
  const ended = new Promise<string>((resolve) => socket.once('close', () => resolve(text)));
  return { socket, received: () => text, ended };
}

/** A request as it goes over a wire; headers as given, nothing added. */
export function requestText(start: string, headers: Record<string, string>, body = ''): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${start}\r\n${lines.join('')}\r\n${body}`;
}
