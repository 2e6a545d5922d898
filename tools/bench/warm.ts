import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { Client, credentials, Metadata } from '@grpc/grpc-js';
import { loadService } from '../stack/backends/proto.ts';
import { findFreePort } from '../stack/free-port.ts';
import { connectOnceOpen, createEvent } from './measure-start.ts';
import { quantile, sendInTurn, sendSteadily, type Sample } from './samples.ts';
import { NEAR, type Platform } from './platform.ts';
import { imageVariant } from './variants.ts';

const LOADS = [
  { perSecond: 1, seconds: 10, slices: 1 },
  { perSecond: 50, seconds: 3, slices: 2 },
  { perSecond: 200, seconds: 3, slices: 3 },
] as const;
const WARM_UP = 300;
const IN_TURN_SECONDS = 3;

export interface WarmRow {
  readonly perSecond: number;
  readonly events: number;
  /** Answered "busy" because a run was under way: one pod does one run at a time. */
  readonly busyShare: number;
  readonly directMs: Percentiles;
  readonly eventMs: Percentiles;
}

interface Percentiles {
  readonly p50: number;
  readonly p99: number;
}

export interface Warm {
  readonly rows: readonly WarmRow[];
  readonly figures: Readonly<Record<string, number>>;
}

/**
 * What an event costs over the backend's own call in a process that is up: slices of events and of direct calls at the
 * same steady rate, in turn. Only events that ran count; the share that was refused as busy stands beside them.
 */
export async function benchWarm(platform: Platform, progress: (step: string) => void): Promise<Warm> {
  const { env, backend } = await platform.set(NEAR);
  const port = await findFreePort();
  const { args, env: own } = imageVariant();
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env['PATH'] ?? '', ...env, ...own, PORT: String(port), LOG_LEVEL: 'silent' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = once(child, 'close');
  const direct = directCall(backend);
  const agent = new Agent({ keepAlive: true, maxSockets: 100 }); // the function takes 128; while the machine stalls, events wait here
  const send = (): Promise<boolean> => sendEvent(port, agent);
  try {
    (await connectOnceOpen(port, () => child.exitCode !== null)).destroy();
    for (let n = 0; n < WARM_UP; n++) await Promise.all([send(), direct.send()]);
    const rows: WarmRow[] = [];
    for (const { perSecond, seconds, slices } of LOADS) {
      const [events, calls]: [Sample[], Sample[]] = [[], []];
      for (let slice = 0; slice < slices; slice++) {
        progress(`warm, ${perSecond}/s, slice ${slice + 1}/${slices}`);
        calls.push(...(await sendSteadily(perSecond, seconds, direct.send)));
        events.push(...(await sendSteadily(perSecond, seconds, send)));
      }
      rows.push(toRow(perSecond, calls, events));
    }
    progress('warm, one after the other');
    const { perSecond: max } = await sendInTurn(IN_TURN_SECONDS, send);
    return { rows, figures: { ...Object.fromEntries(rows.flatMap(toFigures)), max_runs_per_second: max } };
  } finally {
    agent.destroy();
    direct.close();
    child.kill('SIGKILL');
    await ended;
  }
}

function toRow(perSecond: number, calls: readonly Sample[], events: readonly Sample[]): WarmRow {
  const done = events.filter(({ isDone }) => isDone);
  const busyShare = 1 - done.length / events.length;
  return { perSecond, events: events.length, busyShare, directMs: percentiles(calls), eventMs: percentiles(done) };
}

function percentiles(samples: readonly Sample[]): Percentiles {
  const times = samples.map(({ ms }) => ms);
  return { p50: quantile(times, 0.5), p99: quantile(times, 0.99) };
}

function toFigures({ perSecond, busyShare, directMs, eventMs }: WarmRow): [string, number][] {
  return [
    [`p50_added_ms_at_${perSecond}`, eventMs.p50 - directMs.p50],
    [`p99_added_ms_at_${perSecond}`, eventMs.p99 - directMs.p99],
    [`busy_share_at_${perSecond}`, busyShare],
  ];
}

/** True when the run was done, false when it was refused as busy; anything else ends the bench. */
function sendEvent(port: number, agent: Agent): Promise<boolean> {
  const { headers, body } = createEvent();
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, method: 'POST', path: '/', headers, agent }, (incoming) => {
      const status = incoming.statusCode ?? 0;
      incoming.resume().on('end', () => {
        if (status === 200 || status === 409) resolve(status === 200);
        else reject(new Error(`warm: expected 200 or 409, got ${status}`));
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** The backend's own call, without a function in between: the same RPC from the bench itself. */
function directCall(address: string): { send: () => Promise<boolean>; close: () => void } {
  const client = new Client(address, credentials.createInsecure());
  const method = loadService('bi/leke/v1/goods.proto', 'bi.leke.v1.GoodsService')['TaobaoItemsOnsale'];
  if (method === undefined) throw new Error('bi/leke/v1/goods.proto: expected TaobaoItemsOnsale, got none');
  const { path, requestSerialize, responseDeserialize } = method;
  return {
    send: () => {
      const metadata = new Metadata();
      const runKey = randomUUID();
      metadata.set('x-run-key', runKey);
      const request = { run: { runKey }, shopIds: ['100001', '100002', '100003'], pageSize: 100 };
      return new Promise((resolve, reject) => {
        client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, metadata, (error) => {
          if (error === null) resolve(true);
          else reject(error);
        });
      });
    },
    close: () => client.close(),
  };
}
