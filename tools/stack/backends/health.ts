import { fileURLToPath } from 'node:url';
import { status } from '@grpc/grpc-js';
import type { Server, ServerUnaryCall, ServerWritableStream, sendUnaryData } from '@grpc/grpc-js';
import { loadService } from './proto.ts';

interface HealthRequest {
  service: string;
}

interface HealthReply {
  status: 'SERVING' | 'NOT_SERVING' | 'SERVICE_UNKNOWN';
}

const HERE = fileURLToPath(new URL('.', import.meta.url));

/**
 * Adds grpc.health.v1.Health for these services and, under the empty name, for the server as a whole.
 * The returned function turns all to NOT_SERVING and ends the watches, which would keep an orderly shutdown waiting.
 */
export function addHealth(server: Server, services: readonly string[]): () => void {
  const known = new Set(['', ...services]);
  const watches = new Set<ServerWritableStream<HealthRequest, HealthReply>>();
  let isServing = true;
  const state = (): HealthReply => ({ status: isServing ? 'SERVING' : 'NOT_SERVING' });

  server.addService(loadService('health.proto', 'grpc.health.v1.Health', [HERE]), {
    Check(call: ServerUnaryCall<HealthRequest, HealthReply>, callback: sendUnaryData<HealthReply>) {
      const { service } = call.request;
      if (known.has(service)) callback(null, state());
      else callback({ code: status.NOT_FOUND, details: `unknown service ${JSON.stringify(service)}` });
    },
    Watch(call: ServerWritableStream<HealthRequest, HealthReply>) {
      watches.add(call);
      call.once('cancelled', () => watches.delete(call));
      call.write(known.has(call.request.service) ? state() : { status: 'SERVICE_UNKNOWN' });
    },
  });

  return () => {
    isServing = false;
    for (const watch of watches) {
      if (known.has(watch.request.service)) watch.write(state());
      watch.end();
    }
    watches.clear();
  };
}
