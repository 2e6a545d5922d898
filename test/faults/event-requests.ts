import { request, type HeaderLine } from './raw-http.ts';

/** A manual event, and requests that carry it or what was made of it. */
export type Attributes = Readonly<Record<string, unknown>>;
export const EVENT = {
  specversion: '1.0',
  id: 'e-1',
  source: '/test',
  type: 'bi.cron.run.requested',
  time: '2026-11-22T05:40:00Z',
};
export const JSON_TYPE: HeaderLine = ['Content-Type', 'application/json'];
export const STRUCTURED: HeaderLine = ['Content-Type', 'application/cloudevents+json'];
export const BATCH: HeaderLine = ['Content-Type', 'application/cloudevents-batch+json'];
export const ce = (attributes: Attributes): HeaderLine[] =>
  Object.entries(attributes).map(([name, value]) => [`Ce-${name}`, String(value)]);
export const binary = (attributes: Attributes, ...more: HeaderLine[]) => request([...ce(attributes), ...more]);
export const binaryWith = (body: string | Uint8Array, ...headers: HeaderLine[]) =>
  request([...ce(EVENT), ...headers], body);
export const structured = (envelope: unknown, type = STRUCTURED) => request([type], JSON.stringify(envelope));
