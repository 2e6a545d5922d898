import { expect, it } from 'vitest';
import { readTraceparent } from './traceparent.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

it.each(['00', '01', 'ff'])('a well-formed traceparent with flags %s is passed on', (flags) => {
  expect(readTraceparent(`00-${TRACE}-${SPAN}-${flags}`)).toBe(`00-${TRACE}-${SPAN}-${flags}`);
});

it.each([
  undefined,
  '',
  `00-${'0'.repeat(32)}-${SPAN}-01`,
  `00-${TRACE}-${'0'.repeat(16)}-01`,
  `00-${TRACE.toUpperCase()}-${SPAN}-01`,
  `01-${TRACE}-${SPAN}-01`,
  `00-${TRACE}-${SPAN}`,
  `00-${TRACE}-${SPAN}-01-more`,
  ` 00-${TRACE}-${SPAN}-01`,
])('in place of %j a new one is made, unsampled', (given) => {
  const made = readTraceparent(given);
  expect(made).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
  expect(readTraceparent(made)).toBe(made);
  expect(readTraceparent(given)).not.toBe(made);
});
