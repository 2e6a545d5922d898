import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { FormField } from '../state.ts';
import { RunRequest } from './run-request.ts';

const field = (name: string): FormField => ({
  name,
  kind: 'text',
  type: 'string',
  comment: '',
  options: [],
  fields: [],
});

describe('RunRequest', () => {
  let runRequest: RunRequest;

  beforeEach(() => {
    vi.useFakeTimers(); // the check that follows an input asks the server
    const window = { start: '2026-11-22T03:33:00Z', end: '2026-11-22T05:43:00Z' };
    const fields = [field('window'), field('pageSize')];
    runRequest = new RunRequest('increment-order', {
      fields,
      defaults: { window, pageSize: 50 },
      longestStepMs: undefined,
      usualMs: 1000,
    });
  });
  afterEach(() => vi.useRealTimers());

  it('holds what was entered only, and forgets what was taken back', () => {
    runRequest.set(['pageSize'], 40);
    runRequest.set(['window', 'start'], '2026-11-22T00:00:00Z');
    expect(runRequest.data.value).toEqual({ pageSize: 40, window: { start: '2026-11-22T00:00:00Z' } });
    runRequest.set(['pageSize'], undefined);
    runRequest.set(['window', 'start'], undefined);
    expect(runRequest.data.value).toEqual({});
    expect(runRequest.defaultAt(['window', 'end'])).toBe('2026-11-22T05:43:00Z');
  });

  it('sends a window whole when one end was entered', () => {
    runRequest.set(['window', 'start'], '2026-11-22T00:00:00Z');
    expect(runRequest.completed()).toEqual({ window: { start: '2026-11-22T00:00:00Z', end: '2026-11-22T05:43:00Z' } });
  });

  it('puts each part of a refusal at the field that it names', () => {
    runRequest.refuse('data.window.end: expected at most 1d, got 3d; data.pageSize: expected 1 to 100, got 500');
    expect(runRequest.problemAt(['window', 'end'])).toBe('expected at most 1d, got 3d');
    expect(runRequest.problemAt(['pageSize'])).toBe('expected 1 to 100, got 500');
    expect(runRequest.otherProblem).toBeUndefined();
  });

  it('shows what belongs to no field as it is, and nothing once it is taken', () => {
    runRequest.refuse('bi-cron.yaml:3 grpc.bi-api-leke.timeout: expected a duration, got nothing');
    expect(runRequest.otherProblem).toContain('bi-cron.yaml:3');
    runRequest.refuse('');
    expect(runRequest.problems.value.size).toBe(0);
  });
});
