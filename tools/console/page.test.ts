import { existsSync } from 'node:fs';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { LocalCluster } from '../dev/local-cluster.ts';
import { startConsole, type ConsoleServer } from './server.ts';

const EXECUTABLE = '/usr/bin/chromium';
const ARGS =
  '--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';
const isForbiddenToSkip = process.env['CI_FORBID_SKIPS'] === '1';
const canRun = existsSync(EXECUTABLE) || isForbiddenToSkip;
const reason = canRun ? '' : `: skipped, there is no ${EXECUTABLE}`;
const WAIT_MS = 20_000;

describe.skipIf(!canRun)(`console in Chromium${reason}`, { timeout: 60_000 }, () => {
  let cluster: LocalCluster;
  let server: ConsoleServer;
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];

  beforeAll(async () => {
    cluster = new LocalCluster({ speed: 1, at: new Date('2026-11-22T05:44:00Z') });
    await cluster.start();
    server = await startConsole(cluster, 0);
    browser = await chromium.launch({ executablePath: EXECUTABLE, args: ARGS.split(' ') });
  });
  afterAll(async () => {
    await browser.close();
    await server.close();
    await cluster.close();
  });

  beforeEach(async () => {
    page = await browser.newPage({ viewport: { width: 1280, height: 900 }, colorScheme: 'light' });
    page.setDefaultTimeout(WAIT_MS);
    page.on('pageerror', ({ message }) => complaints.push(message));
    page.on('console', (line) => {
      if (line.type() === 'error') complaints.push(line.text());
    });
    await page.goto(server.url);
    await page.locator('[data-task=increment-order]').waitFor();
  });
  afterEach(async () => {
    await page.close();
    if (complaints.length > 0) throw new Error(`the page complained: ${complaints.splice(0).join('; ')}`);
  });

  const cardOf = (task: string) => page.locator(`[data-task=${task}]`);
  const textOf = (selector: string): Promise<string> => page.locator(selector).innerText();

  it('shows every task with its schedule in words and its next runs', async () => {
    const text = await cardOf('increment-order').innerText();
    expect(text).toContain('Every 10 minutes, minutes 3 through 59 past the hour');
    expect(text).toContain('13:53');
    expect(await page.locator('[data-task]').count()).toBe(cluster.tasks.size);
    expect(await textOf('.now')).toContain('Asia/Shanghai');
  });

  it('runs a task from the keyboard and shows the run', async () => {
    await cardOf('increment-order').getByRole('button', { name: 'Run now' }).focus();
    await page.keyboard.press('Enter');
    await page.locator('#field-pageSize').fill('40');
    await page.keyboard.press('Enter');
    await page.locator('.run-page[data-outcome=done]').waitFor();
    await page.getByRole('heading', { name: 'Log line' }).waitFor();
    const text = await textOf('.run-page');
    expect(text).toContain('Acknowledged. The body is dropped.');
    expect(text).toContain('bi-cron.yaml:14');
    expect(text).toContain('pageSize: 40');
    await page.goBack();
    await page.locator('.runs .badge.is-done').first().waitFor();
  });

  it("puts the function's refusal at the field, before and after sending", async () => {
    await cardOf('increment-order').getByRole('button', { name: 'Run now' }).click();
    await page.locator('#field-pageSize').fill('500');
    await vi.waitFor(
      async () => expect(await textOf('#field-pageSize-problem')).toBe('expected 1 to 100, got 500'),
      WAIT_MS,
    );
    await page.locator('#field-window-start').fill('2026-11-20T10:00');
    await vi.waitFor(
      async () => expect(await textOf('#field-window-end-problem')).toContain('expected at most 1d'),
      WAIT_MS,
    );
    await page.getByRole('button', { name: 'Send event' }).click();
    await vi.waitFor(() => expect(cluster.history.list().at(-1)?.attempts[0]?.status).toBe(400), WAIT_MS);
    expect(await textOf('#field-pageSize-problem')).toBe('expected 1 to 100, got 500');
    expect(await page.locator('#field-pageSize').getAttribute('aria-invalid')).toBe('true');
    await page.keyboard.press('Escape');
    await page.locator('dialog').waitFor({ state: 'detached' });
  });

  it('switches a fault on, shows what it does, and switches it off', async () => {
    const nacosDown = page.getByRole('switch', { name: 'Nacos down' });
    await nacosDown.click();
    await page.locator('[data-fault=nacos-down][aria-checked=true]').waitFor();
    const runGoods = async (): Promise<void> => {
      await cardOf('goods-onsale').getByRole('button', { name: 'Run now' }).click();
      await page.getByRole('button', { name: 'Send event' }).click();
    };
    await runGoods();
    await page.locator('.run-page[data-outcome=unavailable]').waitFor();
    expect(await textOf('.said')).toContain('ECONNREFUSED');
    await page.getByRole('link', { name: '← Overview' }).click();
    await nacosDown.click();
    await page.locator('[data-fault=nacos-down][aria-checked=false]').waitFor();
    await runGoods();
    await page.locator('.run-page[data-outcome=done]').waitFor();
  });

  it('counts down to a real tick, which appears by itself', async () => {
    await page.getByRole('button', { name: 'Jump to the next tick of inventory-fetch' }).click();
    const timer = cardOf('inventory-fetch').getByRole('timer');
    await vi.waitFor(async () => expect(await timer.innerText()).toMatch(/^0:0[1-3]$/), WAIT_MS);
    const due = await timer.getAttribute('data-next');
    expect(due).toBe('2026-11-22T06:11:00.000Z');
    await page.locator('.run', { hasText: 'inventory-fetch' }).locator('.badge.is-done').waitFor();
    expect(cluster.history.list().at(-1)).toMatchObject({
      task: 'inventory-fetch',
      kind: 'scheduled',
      slot: new Date(due ?? ''),
    });
    expect(await timer.getAttribute('data-next')).toBe('2026-11-22T06:41:00.000Z');
  });

  it('pauses a task, and resumes it', async () => {
    const card = cardOf('full-order');
    await card.getByRole('button', { name: 'Pause' }).click();
    await card.getByText('Paused: by the console').waitFor();
    expect(cluster.config.read()[1]?.content).toContain('paused: by the console');
    await card.getByRole('button', { name: 'Resume' }).click();
    await card.getByRole('button', { name: 'Pause' }).waitFor();
  });

  it('refuses to save a broken document and says where it is broken', async () => {
    await page.getByRole('link', { name: 'Documents' }).click();
    const editor = page.locator('[data-document="bi-cron-dev.yaml"]');
    const text = editor.getByRole('textbox');
    const before = await text.inputValue();
    await text.fill(before.replace('3d', 'soon'));
    await editor.getByRole('button', { name: 'Check and save' }).click();
    await editor.getByText(/^bi-cron-dev\.yaml:\d+ tasks\.full-order\.lookback: expected a duration/).waitFor();
    expect(cluster.config.read()[1]?.content).toBe(before);
    await text.fill(before.replace('3d', '4d'));
    await editor.getByRole('button', { name: 'Check and save' }).click();
    await editor.getByText('saved').waitFor();
    expect(cluster.config.read()[1]?.content).toContain('lookback: 4d');
  });

  it('follows the system into the dark, and the toggle against it, from the first paint on', async () => {
    const back = (): Promise<string> => page.evaluate('getComputedStyle(document.body).backgroundColor');
    const light = await back();
    await page.emulateMedia({ colorScheme: 'dark' });
    const dark = await back();
    expect(dark).not.toBe(light);
    await page.getByRole('button', { name: 'Theme: system' }).click();
    expect(await back()).toBe(light);
    await page.reload();
    expect(await page.evaluate('document.documentElement.dataset.theme')).toBe('light');
    await page.getByRole('button', { name: 'Theme: light' }).click();
    await page.emulateMedia({ colorScheme: 'light' });
    expect(await back()).toBe(dark);
  });

  it.each(['#/', '#/documents'])('fits a phone: %s does not scroll sideways', async (hash) => {
    await page.setViewportSize({ width: 390, height: 844 });
    await page.goto(`${server.url}${hash}`);
    await page.locator('main .panel').first().waitFor();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
  });

  it('shifts nothing while runs come and go', async () => {
    const shift = (): Promise<number> =>
      page.evaluate(`new Promise((resolve) => {
        new PerformanceObserver((list, observer) => {
          observer.disconnect();
          resolve(list.getEntries().reduce((sum, entry) => sum + (entry.hadRecentInput ? 0 : entry.value), 0));
        }).observe({ type: 'layout-shift', buffered: true });
        setTimeout(() => resolve(0), 500);
      })`);
    await page.getByRole('button', { name: 'Jump to the next tick of increment-order' }).click();
    const before = cluster.history.list().length;
    await vi.waitFor(() => expect(cluster.history.list().length).toBeGreaterThan(before), WAIT_MS);
    await vi.waitFor(() => expect(cluster.history.list().at(-1)?.ending).toBe('acknowledged'), WAIT_MS);
    expect(await shift()).toBeLessThan(0.1); // "good" by web.dev's Cumulative Layout Shift
  });
});
