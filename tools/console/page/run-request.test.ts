import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { FormField } from '../state.ts';
import { Order } from './run-request.ts';

const field = (name: string): FormField => ({
  name,
  kind: 'text',
  type: 'string',
  comment: '',
  options: [],
  fields: [],
});

describe('Order', () => {
  let order: Order;

  beforeEach(() => {
    vi.useFakeTimers(); // the check that follows an input asks the server
    const window = { start: '2026-11-22T03:33:00Z', end: '2026-11-22T05:43:00Z' };
    const fields = [field('window'), field('pageSize')];
    order = new Order('increment-order', { fields, defaults: { window, pageSize: 50 }, longestStepMs: undefined });
  });
  afterEach(() => vi.useRealTimers());

  it('holds what was entered only, and forgets what was taken back', () => {
    order.set(['pageSize'], 40);
    order.set(['window', 'start'], '2026-11-22T00:00:00Z');
    expect(order.data.value).toEqual({ pageSize: 40, window: { start: '2026-11-22T00:00:00Z' } });
    order.set(['pageSize'], undefined);
    order.set(['window', 'start'], undefined);
    expect(order.data.value).toEqual({});
    expect(order.defaultAt(['window', 'end'])).toBe('2026-11-22T05:43:00Z');
  });

  it('sends a window whole when one end was entered', () => {
    order.set(['window', 'start'], '2026-11-22T00:00:00Z');
    expect(order.completed()).toEqual({ window: { start: '2026-11-22T00:00:00Z', end: '2026-11-22T05:43:00Z' } });
  });

  it('puts each part of a refusal at the field that it names', () => {
    order.refuse('data.window.end: expected at most 1d, got 3d; data.pageSize: expected 1 to 100, got 500');
    expect(order.problemAt(['window', 'end'])).toBe('expected at most 1d, got 3d');
    expect(order.problemAt(['pageSize'])).toBe('expected 1 to 100, got 500');
    expect(order.otherProblem).toBeUndefined();
  });

  it('shows what belongs to no field as it is, and nothing once it is taken', () => {
    order.refuse('bi-cron.yaml:3 grpc.bi-api-leke.timeout: expected a duration, got nothing');
    expect(order.otherProblem).toContain('bi-cron.yaml:3');
    order.refuse('');
    expect(order.problems.value.size).toBe(0);
  });
});
