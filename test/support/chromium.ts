import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

const EXECUTABLE = '/usr/bin/chromium';
const ARGS =
  '--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';

/** Whether the tests in a browser run: they skip where there is none, unless that is forbidden. */
export const hasChromium = existsSync(EXECUTABLE) || process.env['CI_FORBID_SKIPS'] === '1';
/** To be written behind the title of tests that skip. */
export const skipReason = hasChromium ? '' : `: skipped, there is no ${EXECUTABLE}`;

export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: EXECUTABLE, args: ARGS.split(' ') });
}
