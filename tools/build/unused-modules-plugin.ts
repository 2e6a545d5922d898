import type { Plugin } from 'esbuild';

const FILTER =
  /^(?:thread-stream|@grpc\/proto-loader|\.\/(?:server|orca|admin|server-interceptors|server-call|server-credentials|load-balancer-(?:round-robin|outlier-detection|weighted-round-robin)))$/;
const GRPC_INDEX = /grpc-js[/\\]build[/\\]src[/\\](?:index|experimental)\.js$/;

/**
 * Leaves out of the bundle what a function never runs but its packages load all the same: pino's worker transport
 * (thread-stream; our lines are written synchronously), and of grpc-js the server's side with the proto-loader that its
 * channelz and orca services ask for, and every load-balancing policy but pick_first: a channel of ours has one address. About 150 kB.
 */
export function unusedModules(): Plugin {
  return {
    name: 'unused-modules',
    setup: (build) => {
      build.onResolve({ filter: FILTER }, ({ path, importer }) =>
        path.startsWith('.') && !GRPC_INDEX.test(importer) ? undefined : { path, namespace: 'unused' },
      );
      build.onLoad({ filter: /.*/, namespace: 'unused' }, () => ({
        contents: 'exports.setup = () => {};',
        loader: 'js',
      }));
    },
  };
}
