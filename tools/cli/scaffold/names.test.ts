import { describe, expect, it } from 'vitest';
import { nameTask } from './names.ts';

describe('the names of a task', () => {
  it.each([
    ['refund-sync', 'bi-api-wdt', 'bi/wdt/v1/refund_sync.proto', 'bi.wdt.v1', 'RefundSync'],
    ['sync2', 'stock-service', 'bi/stock_service/v1/sync2.proto', 'bi.stock_service.v1', 'Sync2'],
    ['orders', 'bi-api-1688', 'bi/api_1688/v1/orders.proto', 'bi.api_1688.v1', 'Orders'], // no package begins with a digit
    ['orders', 'bi-api-bi', 'bi/api_bi/v1/orders.proto', 'bi.api_bi.v1', 'Orders'], // bi.bi would hide bi.cron
  ])('%s of %s', (task, backend, proto, protoPackage, method) => {
    expect(nameTask(task, backend)).toEqual({ task, backend, proto, protoPackage, method });
  });

  it.each([
    ['Refunds', 'task: expected lower-case words with hyphens such as refund-sync, got "Refunds"'],
    ['refund_sync', 'task: expected lower-case words'],
    ['2nd-sync', 'task: expected lower-case words'],
    ['refund--sync', 'task: expected lower-case words'],
    ['refund-', 'task: expected lower-case words'],
    ['../refunds', 'task: expected lower-case words'],
    ['', 'task: expected lower-case words'],
    ['a'.repeat(41), 'task: expected at most 40 characters'],
    ['runtime', 'task: expected another name, because functions/runtime is what all tasks share, got "runtime"'],
    ['dead-letter', 'task: expected another name, because components/broker has a Service of that name'],
  ])('refuses the task %j', (task, message) => {
    expect(() => nameTask(task, 'bi-api-wdt')).toThrow(message);
  });

  it.each([
    ['BI_API', '--backend: expected a service name such as bi-api-wdt, got "BI_API"'],
    ['bi-api-', '--backend: expected a service name'],
    [`bi-${'a'.repeat(61)}`, '--backend: expected at most 63 characters'],
  ])('refuses the backend %j', (backend, message) => {
    expect(() => nameTask('refund-sync', backend)).toThrow(message);
  });
});
