import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { hasChromium, launchChromium, skipReason } from '../../test/support/chromium.ts';
import { TestConsole } from '../../test/support/console.ts';

const WAIT_MS = 30_000;

describe.skipIf(!hasChromium)(`console in Chromium${skipReason}`, { timeout: 90_000 }, () => {
  const server = new TestConsole();
  const { cluster } = server;
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];

  beforeAll(async () => {
    [browser] = await Promise.all([launchChromium(), server.start()]);
    page = await browser.newPage();
    page.setDefaultTimeout(WAIT_MS);
    page.on('pageerror', ({ message }) => complaints.push(message));
    page.on('console', (line) => {
      if (line.type() === 'error') complaints.push(line.text());
    });
  });
  afterAll(async () => {
    await browser.close();
    await server.close();
  });

  beforeEach(async () => {
    for (const { name, isOn } of cluster.faults.list()) if (isOn) await cluster.faults.set(name, false);
    await page.setViewportSize({ width: 1280, height: 900 });
    await page.emulateMedia({ colorScheme: 'light' });
    if ((await page.locator('dialog').count()) > 0) await page.goto('about:blank'); // a test that failed left it open
    await page.goto(`${server.url}#/`); // once loaded, the page stays: it is to live without reloads
    await page.locator('[data-task=increment-order]').waitFor();
  });
  afterEach(() => {
    if (complaints.length > 0) throw new Error(`the page complained: ${complaints.splice(0).join('; ')}`);
  });

  const cardOf = (task: string) => page.locator(`[data-task=${task}]`);
  const textOf = (selector: string): Promise<string> => page.locator(selector).innerText();
  const documentOf = (id: string) => cluster.config.read().find(({ dataId }) => dataId === id)?.content;
  /** Lets the next tick of a task come at once. */
  const bringOn = (due: string | null): void => cluster.clock.set({ at: new Date(Date.parse(due ?? '') - 100) });

  it('shows every task with its schedule in words and its next runs', async () => {
    const text = await cardOf('increment-order').innerText();
    expect(text).toContain('Every 10 minutes, minutes 3 through 59 past the hour');
    expect(text).toContain('13:53');
    expect(await page.locator('[data-task]').count()).toBe(cluster.tasks.size);
    expect(await textOf('.now')).toContain('Asia/Shanghai');
    expect(await cardOf('full-order').locator('.next').innerText()).toMatch(/^Mon 02:45\s+Tue 02:45\s+Wed 02:45$/);
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
    expect(text).toContain('A person sent this event, once.');
    expect(await page.title()).toBe('increment-order done · bi-cron');
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
    const runsBefore = cluster.history.list().length;
    const answered = page.waitForResponse(/\/api\/tasks\/.*\/run$/);
    await page.getByRole('button', { name: 'Send event' }).click();
    expect(await (await answered).json()).toMatchObject({ status: 400 });
    expect(cluster.history.list()).toHaveLength(runsBefore); // what the form has wrong is no run
    expect(await textOf('#field-pageSize-problem')).toBe('expected 1 to 100, got 500');
    expect(await page.locator('#field-pageSize').getAttribute('aria-invalid')).toBe('true');
    await page.locator('#field-window-end:focus').waitFor(); // the first that is wrong
    await page.keyboard.press('Escape');
    await page.locator('dialog').waitFor({ state: 'detached' });
  });

  it('switches a fault on, shows what it does, and switches it off', async () => {
    const nacosDown = page.getByRole('switch', { name: 'Nacos down' });
    await nacosDown.click();
    await page.locator('[data-fault=nacos-down][aria-checked=true]').waitFor();
    await page.getByText('Broken on purpose: Nacos down').waitFor();
    const runGoods = async (): Promise<void> => {
      await cardOf('goods-onsale').getByRole('button', { name: 'Run now' }).click();
      await page.getByRole('button', { name: 'Send event' }).click();
    };
    await runGoods();
    await page.locator('.run-page[data-outcome=unavailable]').waitFor();
    expect(await textOf('.said')).toContain('ECONNREFUSED');
    await page.getByRole('link', { name: '← Overview' }).click();
    await page.getByRole('button', { name: 'Mend' }).click();
    await page.locator('[data-fault=nacos-down][aria-checked=false]').waitFor();
    const instances = `${cluster.platform.nacos.url}/nacos/v1/ns/instance/list?serviceName=bi-api-leke&healthyOnly=true`;
    await vi.waitFor(async () => expect(await (await fetch(instances)).text()).toContain('"ip"'), WAIT_MS); // they beat again
    await runGoods();
    await page.locator('.run-page[data-outcome=done]').waitFor();
  });

  it('shows whom Nacos lists, and takes a simulator out of the list and back', async () => {
    const { leke, nacos } = cluster.platform;
    const service = page.locator('[data-service=bi-api-leke]');
    const instance = service.locator(`[data-instance="${leke.address}"]`);
    expect(await instance.innerText()).toMatch(/simulator by HTTP v1\s+for .*\s+weight 1\s+healthy/);
    await service.getByRole('switch', { name: 'Simulator listed' }).click();
    await service.getByText('No instance').waitFor();
    const mine = { serviceName: 'bi-api-leke', ip: '10.0.0.7', port: 50_051 };
    nacos.services.register({ ...mine, weight: 2, registeredBy: 'grpc', client: 'Nacos-Go-Client:v2.3.2' });
    await service.getByText('Nacos-Go-Client:v2.3.2 by gRPC').waitFor();
    nacos.services.deregister(mine);
    await service.getByRole('switch', { name: 'Simulator listed' }).click();
    await instance.waitFor();
    expect(nacos.services.list(mine)).toHaveLength(1);
    await cardOf('goods-onsale').getByRole('button', { name: 'Run now' }).click();
    await page.getByRole('button', { name: 'Send event' }).click();
    await page.locator('.run-page[data-outcome=done]').waitFor();
    await page.goBack();
    await instance.getByRole('link', { name: "last run's choice goods-onsale" }).waitFor();
  });

  it('counts down to a real tick, which appears by itself and shifts nothing', async () => {
    await page.evaluate(`globalThis.shiftSum = 0;
      new PerformanceObserver((list) => {
        for (const { value, hadRecentInput } of list.getEntries()) shiftSum += hadRecentInput ? 0 : value;
      }).observe({ type: 'layout-shift' });`);
    const timer = cardOf('inventory-fetch').getByRole('timer');
    await page.getByRole('button', { name: 'Jump to the next tick of inventory-fetch' }).click();
    await vi.waitFor(async () => expect(await timer.innerText()).toMatch(/^0:0[1-3]$/), WAIT_MS);
    const due = await timer.getAttribute('data-next');
    expect(due).toBe('2026-11-22T06:11:00.000Z');
    bringOn(due);
    await page.locator('.run', { hasText: 'inventory-fetch' }).locator('.badge.is-done').waitFor();
    expect(cluster.history.list().at(-1)).toMatchObject({
      task: 'inventory-fetch',
      kind: 'scheduled',
      slot: new Date(due ?? ''),
    });
    expect(await timer.getAttribute('data-next')).toBe('2026-11-22T06:41:00.000Z');
    const shift = await page.evaluate('shiftSum');
    expect(shift).toBeLessThan(0.1); // "good" by web.dev's Cumulative Layout Shift
  });

  it('shows overlap, retries and a missed tick on the timeline, each by its name', async () => {
    const timer = cardOf('increment-order').getByRole('timer');
    const tick = async (): Promise<void> => {
      const before = await timer.getAttribute('data-next');
      bringOn(before);
      await vi.waitFor(async () => expect(await timer.getAttribute('data-next')).not.toBe(before), WAIT_MS);
    };
    const bar = (label: RegExp) => page.locator('.timeline').getByRole('link', { name: label });
    await cluster.faults.set('backend-slow', true);
    await tick();
    await bar(/^increment-order .*: running/).waitFor();
    await tick();
    await bar(/: skipped, overlap$/).waitFor();
    await cluster.faults.set('backend-refuses', true);
    bringOn(await cardOf('inventory-fetch').getByRole('timer').getAttribute('data-next'));
    await bar(/^inventory-fetch .*: running/).waitFor();
    await cluster.faults.set('pingsource-down', true);
    await tick();
    await bar(/: missed$/).waitFor();
    await bar(/^inventory-fetch .*: unavailable, backend.*, 6 attempts, lost$/).waitFor();
    await bar(/: skipped, overlap$/).press('Enter'); // another bar may lie over it
    await page.getByText('Another run was active when this tick came.').waitFor();
    await page.locator('.run-page').getByRole('link', { name: 'increment-order@' }).click();
    await page.getByRole('heading', { name: 'Request: TaobaoSyncIncrementOrder' }).waitFor();
  });

  it('goes from run to run by arrow keys, as one stop of the tab key', async () => {
    const { url = '' } = cluster.tasks.get('goods-onsale') ?? {};
    for (const id of ['one', 'two']) await fetch(url, { method: 'POST', headers: { 'ce-id': id } }); // no events: refused at once
    const bars = page.locator('.timeline a.bar');
    await vi.waitFor(async () => expect(await bars.count()).toBeGreaterThan(1), WAIT_MS);
    expect(await page.locator('.timeline a.bar[tabindex="0"]').count()).toBe(1);
    await bars.last().focus();
    await page.keyboard.press('ArrowLeft');
    const focused = await page.evaluate<string>('document.activeElement.ariaLabel');
    expect(focused).toBe(await bars.nth(-2).getAttribute('aria-label'));
  });

  it('pauses a task for a reason, and resumes it', async () => {
    const card = cardOf('full-order');
    await card.getByRole('button', { name: 'Pause' }).click();
    await page.locator('#pause-reason:focus').fill('shop migration');
    await page.keyboard.press('Enter');
    await card.getByText('Paused: shop migration').waitFor();
    expect(documentOf('bi-cron-dev.yaml')).toContain('paused: shop migration');
    await card.getByRole('button', { name: 'Resume' }).click();
    await card.getByRole('button', { name: 'Pause' }).waitFor();
  });

  it('marks the broken line of a document while it is written, refuses to save it, and saves a sound one', async () => {
    await page.getByRole('link', { name: 'Documents' }).click();
    const editor = page.locator('[data-document="bi-cron-dev.yaml"]');
    const text = editor.getByRole('textbox');
    const before = await text.inputValue();
    await text.fill(before.replace('3d', 'soon'));
    await editor.getByText(/^bi-cron-dev\.yaml:\d+ tasks\.full-order\.lookback: expected a duration/).waitFor();
    const line = before.split('\n').findIndex((one) => one.includes('3d')) + 1;
    expect(await editor.locator('.is-bad').innerText()).toBe(`${line}\n`);
    await editor.getByRole('button', { name: 'Check and save' }).click();
    await editor.getByText('changed, not saved').waitFor();
    expect(documentOf('bi-cron-dev.yaml')).toBe(before);
    await page.getByRole('link', { name: 'Overview', exact: true }).click();
    await page.getByRole('link', { name: 'Documents' }).click();
    expect(await text.inputValue()).toContain('soon'); // a draft outlives a look elsewhere
    await text.fill(before.replace('3d', '4d'));
    await page.keyboard.press('Control+s');
    await editor.getByText('saved: counts from the next run on').waitFor();
    expect(documentOf('bi-cron-dev.yaml')).toContain('lookback: 4d');
  });

  it('is fed in a seventh tab, because hidden ones leave the stream', async () => {
    const context = await browser.newContext();
    const tabs = await Promise.all(Array.from({ length: 7 }, () => context.newPage()));
    for (const tab of tabs) {
      await tab.goto(server.url);
      await tab.locator('[data-task=increment-order]').waitFor();
      await tab.evaluate(`Object.defineProperty(document, 'hidden', { get: () => true, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'))`); // a headless browser shows every tab
    }
    const [first] = tabs;
    await first?.evaluate(`delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))`);
    await cluster.faults.set('nacos-slow', true);
    await first?.getByText('Broken on purpose').waitFor();
    expect(await first?.locator('[data-task]').count()).toBe(cluster.tasks.size);
    await context.close();
  });

  it('says that an address leads nowhere', async () => {
    for (const hash of ['#/nonsense', '#/runs/%']) {
      await page.goto(`${server.url}${hash}`);
      expect(await page.locator('main').innerText()).not.toBe('');
    }
    await page.goto(`${server.url}#/nonsense`);
    await page.getByText('There is no such page').waitFor();
    await page.goto(`${server.url}#/`);
  });

  it('says that the server is gone, and goes on by itself when it is back', async () => {
    await server.stopServing();
    await page.getByText('The server does not answer.').waitFor();
    await cardOf('goods-onsale').getByRole('button', { name: 'Run now' }).click();
    await page.getByText('is make dev still running?').waitFor();
    await server.serve();
    await page.getByText('The server does not answer.').waitFor({ state: 'detached' });
    await cardOf('goods-onsale').getByRole('button', { name: 'Run now' }).click();
    await page.getByRole('button', { name: 'Send event' }).waitFor();
    for (const complaint of complaints.splice(0)) expect(complaint).toMatch(/ERR_(CONNECTION_REFUSED|INCOMPLETE)/);
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
    await page.getByRole('button', { name: 'Theme: dark' }).click();
  });

  it('fits a phone: no page scrolls sideways, nor does the form', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    const overflow = (of: string): Promise<number> =>
      page.evaluate(`(({ scrollWidth, clientWidth }) => Math.max(0, scrollWidth - clientWidth))(${of})`);
    const latest = cluster.history.list().at(-1)?.id ?? 'none';
    for (const hash of ['#/', '#/documents', `#/runs/${encodeURIComponent(latest)}`]) {
      await page.goto(`${server.url}${hash}`);
      await page.locator('main .panel, main .empty').first().waitFor();
      expect([hash, await overflow('document.documentElement')]).toEqual([hash, 0]);
    }
    await page.goto(`${server.url}#/`);
    await cardOf('increment-order').getByRole('button', { name: 'Run now' }).click();
    await page.locator('dialog').waitFor();
    expect(await overflow("document.querySelector('dialog')")).toBe(0);
  });
});
