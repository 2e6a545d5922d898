import { createServer, type RequestListener, type Server } from 'node:http';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Activator, type ActivatorOptions, type ProxiedRequest, type PodState } from './activator.ts';
import type { Pod } from './pod.ts';
import { listenOnLoopback } from '../stack/free-port.ts';

/** A function's process in this process: a server on a port of its own. */
async function servePod(handler: RequestListener): Promise<Pod & { server: Server }> {
  const server = createServer(handler);
  const port = await listenOnLoopback(server);
  const ended = Promise.withResolvers<void>();
  return {
    server,
    pid: 0,
    url: `http://127.0.0.1:${port}/`,
    output: () => '',
    ended: ended.promise,
    drain: async () => {
      await new Promise((resolve) => {
        server.close(resolve);
      });
      ended.resolve();
    },
  };
}

describe('Activator', () => {
  const open: Activator[] = [];
  afterEach(() => Promise.all(open.splice(0).map((activator) => activator.close())));

  async function start(options: Partial<ActivatorOptions> & { handler?: RequestListener } = {}) {
    const states: PodState[] = [];
    const requests = new Set<ProxiedRequest>();
    const pods: Pod[] = [];
    const { handler = (_request, response) => void response.writeHead(200).end('done'), ...rest } = options;
    const activator = new Activator({
      startPod: async () => {
        const pod = await servePod(handler);
        pods.push(pod);
        return pod;
      },
      idleMs: 60_000,
      timeoutMs: () => 5000,
      onState: (state) => void (states.at(-1) !== state && states.push(state)),
      onProxiedRequest: (proxied) => void requests.add(proxied),
      onLine: () => {},
      ...rest,
    });
    open.push(activator);
    const url = await activator.listen();
    const send = (init: RequestInit = {}): Promise<Response> => fetch(url, { method: 'POST', body: '{}', ...init });
    return { activator, states, requests, pods, send };
  }

  it('holds a request at zero until a process is up, and forwards its header lines and body unchanged', async () => {
    const gate = Promise.withResolvers<void>();
    const { activator, states, pods, send, requests } = await start({
      startPod: async () => {
        await gate.promise;
        return servePod((request, response) => {
          void request
            .toArray()
            .then((chunks) => response.end(`${String(request.headers['ce-id'])} ${chunks.join('')}`));
        });
      },
    });
    const answer = send({ headers: { 'ce-id': 'tick-1' }, body: '{"a":1}' });
    await vi.waitFor(() => expect(activator.state).toBe('cold'));
    expect(pods).toEqual([]);
    gate.resolve();
    expect(await (await answer).text()).toBe('tick-1 {"a":1}');
    expect(states).toEqual(['cold', 'running']);
    const [proxied] = requests;
    expect(proxied).toMatchObject({ status: 200, event: { id: 'tick-1' } });
    expect(proxied?.forwardedAt).toBeGreaterThanOrEqual(proxied?.arrivedAt ?? Infinity);
  });

  it('starts one process for requests that arrive together, and lets them in at once', async () => {
    let inside = 0;
    const both = Promise.withResolvers<void>();
    const { pods, send } = await start({
      handler: (_request, response) => {
        inside += 1;
        if (inside === 2) both.resolve();
        void both.promise.then(() => response.end());
      },
    });
    await Promise.all([send(), send()]);
    expect(pods).toHaveLength(1);
  });

  it('ends an idle process and starts another for the next request', async () => {
    const { activator, states, pods, send } = await start({ idleMs: 20 });
    await send();
    await vi.waitFor(() => expect(activator.state).toBe('zero'));
    expect(states).toEqual(['cold', 'running', 'draining', 'zero']);
    expect((await send()).status).toBe(200);
    expect(pods).toHaveLength(2);
  });

  it('does not end a process that works for longer than the idle time', async () => {
    const gate = Promise.withResolvers<void>();
    const { activator, pods, send } = await start({
      idleMs: 10,
      handler: (request, response) => {
        if (request.headers['x-wait'] === undefined) return void response.end();
        void gate.promise.then(() => response.end('finished'));
      },
    });
    const slow = send({ headers: { 'x-wait': 'yes' } });
    await vi.waitFor(() => expect(activator.state).toBe('running'));
    await send();
    const fired = Promise.withResolvers<void>();
    setTimeout(fired.resolve, 40); // four idle times: an idle timer would have gone off
    await fired.promise;
    expect(activator.state).toBe('running');
    gate.resolve();
    expect(await (await slow).text()).toBe('finished');
    expect(pods).toHaveLength(1);
  });

  it('lets a replaced process finish while the next request gets a new one', async () => {
    const gate = Promise.withResolvers<void>();
    let started = 0;
    const { activator, states, send } = await start({
      startPod: () => {
        started += 1;
        const name = `pod ${started}`;
        return servePod((_request, response) => {
          if (name === 'pod 1') void gate.promise.then(() => response.end(name));
          else response.end(name);
        });
      },
    });
    const first = send();
    await vi.waitFor(() => expect(activator.state).toBe('running'));
    activator.replacePod();
    expect(activator.state).toBe('draining');
    expect(await (await send()).text()).toBe('pod 2');
    gate.resolve();
    expect(await (await first).text()).toBe('pod 1');
    expect(states).toContain('draining');
  });

  it('replaces a process that is still starting without losing the request that waits for it', async () => {
    const gate = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<void>();
    const { activator, send } = await start({
      startPod: async () => {
        await gate.promise;
        const pod = await servePod((_request, response) => void response.end('done'));
        void pod.ended.then(() => ended.resolve());
        return pod;
      },
    });
    const answer = send();
    await vi.waitFor(() => expect(activator.state).toBe('cold'));
    activator.replacePod();
    gate.resolve();
    expect((await answer).status).toBe(200);
    await ended.promise;
  });

  it('answers 503 with the reason when no process can be started, and tries again at the next request', async () => {
    const startPod = vi.fn<ActivatorOptions['startPod']>().mockRejectedValue(new Error('exit status 1'));
    const { activator, send } = await start({ startPod });
    const answer = await send();
    expect([answer.status, await answer.text()]).toEqual([503, 'exit status 1\n']);
    expect(activator.state).toBe('zero');
    await send();
    expect(startPod).toHaveBeenCalledTimes(2);
  });

  it('answers 504 after timeoutSeconds, and 502 when the connection breaks, as queue-proxy does', async () => {
    const slow = await start({ timeoutMs: () => 30, handler: () => {} });
    expect((await slow.send()).status).toBe(504);
    const broken = await start({ handler: (_request, response) => void response.destroy() });
    expect((await broken.send()).status).toBe(502);
  });

  it('hangs up on the process when the caller hangs up', async () => {
    const gone = Promise.withResolvers<void>();
    const arrived = Promise.withResolvers<void>();
    const { send, activator, requests } = await start({
      handler: (_request, response) => {
        arrived.resolve();
        response.once('close', gone.resolve);
      },
    });
    const caller = new AbortController();
    const answer = send({ signal: caller.signal });
    await arrived.promise;
    caller.abort();
    await expect(answer).rejects.toThrow('aborted');
    await gone.promise;
    await vi.waitFor(() => expect(activator.inFlight).toBe(0));
    expect([...requests]).toMatchObject([{ answeredAt: expect.any(Number) as number }]);
  });
});
