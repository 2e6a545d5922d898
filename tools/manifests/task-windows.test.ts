import { expect, it } from 'vitest';
import { loadWindows } from './task-windows.ts';

const slot = new Date('2026-11-22T08:03:00Z');

it.each([
  ['increment-order', '2026-11-22T05:53:00.000Z'],
  ['inventory-fetch', '2026-11-22T05:53:00.000Z'],
  ['full-order', '2026-10-23T07:53:00.000Z'],
])('%s asks by default for what lies between %s and the slot', async (task, start) => {
  const windowOf = await loadWindows();
  expect(windowOf(task, slot)).toEqual({ start: new Date(start), end: slot });
});

it.each(['goods-onsale', 'no-such-task'])('%s asks for no window', async (task) => {
  const windowOf = await loadWindows();
  expect(windowOf(task, slot)).toBeUndefined();
});
