import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, Server } from 'node:http';
import { http } from '@google-cloud/functions-framework';
import { createFunction, type CronFunction } from './handle.ts';
import { createHandler } from './host/incoming.ts';
import type { Task } from './task.ts';

/** Makes a task runnable by this process's environment and registers it with the Functions Framework under its name. */
export function register(task: Task): Promise<CronFunction> {
  const fn = createFunction(task, process.env); // an unhandled rejection ends the process, as it should
  const handler = fn.then((made) => createHandler(made));
  takeAllRequests();
  http(task.name, async (request, response) => (await handler)(request, response));
  return fn;
}

/**
 * Keeps the Functions Framework's Express server from reading bodies and paths before the function does: it would answer
 * broken JSON, another charset, a broken encoding and some paths by a page of its own, with a stack, and take 1 GB. It parses
 * by the content type, so it is shown none, and the path `/`; the function reads headers and URL as they came. Does nothing in
 * front of another server.
 */
function takeAllRequests(): void {
  subscribe('http.server.request.start', (message) => {
    const { request, server } = message as { request: IncomingMessage; server: Server }; // as Node documents it
    if (!server.listeners('request').some(isExpress)) return;
    delete request.headers['content-type'];
    Object.assign(request, { originalUrl: request.url, url: '/' }); // Express leaves an originalUrl that is there
  });
}

/** An Express application is a function with `use`. */
const isExpress = (listener: unknown): boolean => typeof listener === 'function' && 'use' in listener;
