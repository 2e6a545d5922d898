import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, Server } from 'node:http';

/**
 * Keeps the Functions Framework's Express server from reading bodies before the function does: it would answer broken JSON,
 * another charset or a broken encoding by a page of its own, and take 1 GB. It parses by the content type, so it is shown
 * none; the function reads the headers as they came. Does nothing in front of another server.
 */
export function keepBodiesUnread(): void {
  subscribe('http.server.request.start', (message) => {
    const { request, server } = message as { request: IncomingMessage; server: Server }; // as Node documents it
    if (!server.listeners('request').some(isExpress)) return;
    delete request.headers['content-type'];
  });
}

/** An Express application is a function with `use`. */
const isExpress = (listener: unknown): boolean => typeof listener === 'function' && 'use' in listener;
