import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { slotsBackFromNow, startLeke, startRealEnv, type RealEnv } from '../functions.ts';
import { valuesOf } from '../part.ts';
import { part } from './part.ts';
import { sendEvent, tickEvent, type SentEvent } from './send.ts';

/** A port that stays while the processes behind it come and go; nobody behind it: the connection is reset. */
async function openRelay(): Promise<{ url: string; leadTo(testEnv: RealEnv | undefined): void }> {
  let behind: number | undefined;
  const sockets = new Set<Socket>();
  const relay = createServer((outside) => {
    sockets.add(outside.on('close', () => sockets.delete(outside)).on('error', () => {}));
    if (behind === undefined) return void outside.resetAndDestroy();
    const inside = connect(behind, '127.0.0.1');
    inside.on('error', () => outside.resetAndDestroy()).on('close', () => outside.destroy());
    outside.on('close', () => inside.destroy());
    outside.pipe(inside).pipe(outside);
  });
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    relay.close();
    for (const socket of sockets) socket.destroy();
  });
  const { port } = relay.address() as AddressInfo; // a TCP server's address is no string
  return {
    url: `http://127.0.0.1:${port}/`,
    leadTo: (testEnv) => (behind = testEnv && Number(new URL(testEnv.fn.url).port)),
  };
}

const GENERATIONS = 5;

it.each(['PingSource', 'Broker'] as const)(
  '%s, functions that end and follow each other under its ticks: what was answered = runs + refusals, none lost, none twice',
  async (Policy) => {
    const leke = await startLeke({ latencyMs: 150 });
    onTestFinished(() => leke.stop());
    const relay = await openRelay();
    const freshSlot = slotsBackFromNow();
    const logged: Record<string, unknown>[] = [];
    const sending: Promise<SentEvent>[] = [];
    const sendTick = (id: string): void => {
      const Event = tickEvent('full-order', id, freshSlot());
      sending.push(sendEvent(valuesOf(part), { Policy, Target: relay.url, Event, Retry: 8, Delay: 20 }));
    };
    const startNext = async (): Promise<RealEnv> => {
      const testEnv = await startRealEnv('full-order', 'image');
      testEnv.pointTo(leke.port);
      return testEnv;
    };
    let serving = await startNext();
    relay.leadTo(serving);
    for (let generation = 0; generation < GENERATIONS; generation += 1) {
      const next = await startNext();
      const received = leke.calls.next();
      sendTick(`${Policy}-${generation}`);
      await received; // a run is under way when its process gets SIGTERM
      const ended = serving.fn.stop('SIGTERM');
      sendTick(`${Policy}-${generation}-late`);
      await ended;
      relay.leadTo(undefined);
      await serving.close();
      logged.push(...runsOf(serving));
      serving = next;
      relay.leadTo(serving);
      await Promise.all(sending); // the late one goes to the process that follows
    }
    await serving.close();
    logged.push(...runsOf(serving)); // a line is written after its answer

    const sent = await Promise.all(sending);
    expect(sent.map(({ acked }) => acked)).toEqual(Array(2 * GENERATIONS).fill(true));
    const answers = sent.flatMap(({ attempts }) => attempts.flatMap(({ status }) => status ?? []));
    expect(logged.map(({ status }) => Number(status)).toSorted(ascending)).toEqual(answers.toSorted(ascending));
    expect(answers.filter((status) => status !== 200 && status !== 503)).toEqual([]);
    const keysOf = (outcome: string) =>
      logged.filter((line) => line['outcome'] === outcome).map(({ runKey }) => runKey);
    const [done, skipped] = [keysOf('done'), keysOf('skipped')]; // skipped: it came before the signal was read, and met the other run
    expect(new Set([...done, ...skipped]).size).toBe(2 * GENERATIONS);
    expect(done.length).toBeGreaterThanOrEqual(GENERATIONS);
    expect(leke.calls.all().map(({ runKey }) => runKey)).toHaveLength(done.length);
    expect(new Set(leke.calls.all().map(({ runKey }) => runKey))).toEqual(new Set(done));
  },
);

/** The log lines of runs and refusals, without those of the testEnv's own first tick, which had nobody to call. */
const runsOf = ({ fn }: RealEnv): Record<string, unknown>[] =>
  fn.runs().filter(({ outcome, reason }) => outcome !== undefined && reason !== 'instance');

const ascending = (one: number, other: number): number => one - other;
