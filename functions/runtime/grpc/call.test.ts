import { status } from '@grpc/grpc-js';
import { expect, onTestFinished, test } from 'vitest';
import type { Backend } from '../../../tools/stack/backends/backend.ts';
import { startGeneric } from '../../../tools/stack/backends/start-backend.ts';
import { callUnary } from './call.ts';
import { ENDING_OF_STATUS, statusName } from './call-failure.ts';
import { failureOf, makeCall, openClient, serveStreams } from '../../../test/support/grpc-call.ts';

async function start(handler: () => object | Promise<object> = () => ({})): Promise<Backend> {
  const backend = await startGeneric({
    protoFile: 'bi/leke/v1/order.proto',
    service: 'bi.leke.v1.OrderService',
    handlers: { TaobaoSyncFullOrder: handler },
  });
  onTestFinished(() => backend.stop());
  return backend;
}

test('gives the bytes of the reply', async () => {
  const backend = await start(() => ({ ordersRead: 7 }));
  const client = await openClient(backend.address);
  expect(await callUnary(client, makeCall())).toEqual(Buffer.from([0x08, 7])); // field 1, varint
});

test('gives no bytes for an empty reply', async () => {
  const backend = await start();
  const client = await openClient(backend.address);
  expect(await callUnary(client, makeCall())).toEqual(Buffer.alloc(0));
});

test('gives undefined when the backend says ALREADY_EXISTS', async () => {
  const backend = await start();
  backend.faults.set({ kind: 'status', code: 'ALREADY_EXISTS' });
  const client = await openClient(backend.address);
  expect(await callUnary(client, makeCall())).toBeUndefined();
});

const REFUSED = { outcome: 'rejected', reason: 'backend' };
const UNAVAILABLE = { outcome: 'unavailable', reason: 'backend' };
const UNKNOWN = { outcome: 'unknown', reason: 'backend' };
const ENDINGS = {
  CANCELLED: { outcome: 'unknown', reason: 'cancelled' },
  UNKNOWN,
  INVALID_ARGUMENT: REFUSED,
  DEADLINE_EXCEEDED: { outcome: 'unknown', reason: 'deadline' },
  NOT_FOUND: REFUSED,
  PERMISSION_DENIED: REFUSED,
  RESOURCE_EXHAUSTED: UNAVAILABLE,
  FAILED_PRECONDITION: REFUSED,
  ABORTED: UNAVAILABLE,
  OUT_OF_RANGE: REFUSED,
  UNIMPLEMENTED: REFUSED,
  INTERNAL: UNKNOWN,
  UNAVAILABLE,
  DATA_LOSS: UNKNOWN,
  UNAUTHENTICATED: REFUSED,
} as const;

test('the table of endings knows every status of gRPC', () => {
  const names = Object.keys(status).filter((name) => Number.isNaN(Number(name)));
  expect(Object.keys(ENDING_OF_STATUS).toSorted()).toEqual(names.toSorted());
  expect(Object.keys({ ...ENDINGS, OK: 0, ALREADY_EXISTS: 0 }).toSorted()).toEqual(names.toSorted());
});

test.each(Object.entries(ENDINGS))('a backend that says %s ends the run so', async (code, ending) => {
  const backend = await start();
  backend.faults.set({ kind: 'status', code: code as keyof typeof ENDINGS, message: 'as told' });
  const error = await failureOf(await openClient(backend.address), makeCall());
  const limit = code === 'DEADLINE_EXCEEDED' ? ' within 10000 ms' : '';
  expect(error.message).toBe(`bi-api-leke at 10.0.0.7:50051: expected OK${limit}, got ${code} (as told)`);
  expect(error.ending).toEqual(ending);
  expect(error.grpcCode).toBe(code);
  expect(error.cause).toMatchObject({ code: status[code as keyof typeof status] });
});

test('a status that gRPC does not define is UNKNOWN', async () => {
  const address = await serveStreams((stream) => {
    const headers = { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '99' };
    stream.respond(headers, { endStream: true });
  });
  const error = await failureOf(await openClient(address), makeCall());
  expect(error.ending).toEqual(UNKNOWN);
  expect(error.message).toBe('bi-api-leke at 10.0.0.7:50051: expected OK, got UNKNOWN ()');
  expect(statusName(-1)).toBe('UNKNOWN');
});

test("a backend's text is quoted on one line and shortened", async () => {
  const backend = await start();
  backend.faults.set({ kind: 'status', code: 'INTERNAL', message: ` two\r\n\tlines\u200b ${'x'.repeat(300)}` });
  const { message } = await failureOf(await openClient(backend.address), makeCall({ who: 'b' }));
  expect(message).toBe(`b: expected OK, got INTERNAL (two lines ${'x'.repeat(190)}…)`);
});

test('sends the headers as metadata, and the deadline', async () => {
  const backend = await start();
  const headers = {
    'x-run-key': 'full-order@2026-11-22T05:40:00Z',
    'x-request-id': 'b80769bc',
    traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  };
  await callUnary(await openClient(backend.address), makeCall({ headers, timeoutMs: 20_000 }));
  const [call] = backend.calls.all();
  expect(call?.metadata).toMatchObject(headers);
  expect(call?.deadlineMs).toBeGreaterThan(10_000);
  expect(call?.deadlineMs).toBeLessThanOrEqual(20_000);
});

test('a deadline that passes is unknown, and ends the call at the backend', async () => {
  const backend = await start();
  backend.faults.set({ kind: 'hang' });
  const arrived = backend.calls.next();
  const error = await failureOf(await openClient(backend.address), makeCall({ timeoutMs: 100.4 }));
  expect(error.ending).toEqual({ outcome: 'unknown', reason: 'deadline' });
  expect(error.message).toMatch(
    /^bi-api-leke at 10\.0\.0\.7:50051: expected OK within 100 ms, got DEADLINE_EXCEEDED \(Deadline exceeded after .+\)$/,
  );
  expect(await (await arrived).ended).toBe('cancelled');
});

test('an aborted signal cancels the call at the backend', async () => {
  const backend = await start();
  backend.faults.set({ kind: 'hang' });
  const arrived = backend.calls.next();
  const caller = new AbortController();
  const failure = failureOf(await openClient(backend.address), makeCall({ signal: caller.signal }));
  const call = await arrived;
  expect(call.outcome).toBe('pending');
  caller.abort();
  const error = await failure;
  expect(error.ending).toEqual({ outcome: 'unknown', reason: 'cancelled' });
  expect(error.message).toBe('bi-api-leke at 10.0.0.7:50051: expected OK, got CANCELLED (Cancelled on client)');
  expect(await call.ended).toBe('cancelled');
});

test('a signal that was aborted before is obeyed', async () => {
  const backend = await start();
  const { ending } = await failureOf(await openClient(backend.address), makeCall({ signal: AbortSignal.abort() }));
  expect(ending).toEqual({ outcome: 'unknown', reason: 'cancelled' });
  expect(backend.workDone).toBe(0);
});

test('a signal that aborts after the reply does no harm', async () => {
  const backend = await start();
  const client = await openClient(backend.address);
  const caller = new AbortController();
  await callUnary(client, makeCall({ signal: caller.signal }));
  caller.abort();
  expect(await callUnary(client, makeCall())).toEqual(Buffer.alloc(0));
});
