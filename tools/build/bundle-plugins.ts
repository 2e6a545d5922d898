import path from 'node:path';
import type { Plugin } from 'esbuild';
import { listTasks } from '../project.ts';

/**
 * Replaces `tools/project.ts` by a module that holds the tasks found in `functions/` when it was built, one lazy entry per
 * task, so that a bundle needs no such folder. Its ROOT is the bundle's own folder.
 */
export function bundledTasks(root: string): Plugin {
  return {
    name: 'bundled-tasks',
    setup: (build) => {
      build.onLoad({ filter: /[/\\]tools[/\\]project\.ts$/ }, ({ path: file }) => ({
        contents: generateTasksModule(listTasks(root)),
        loader: 'js',
        resolveDir: path.dirname(file),
      }));
    },
  };
}

function generateTasksModule(names: readonly string[]): string {
  const entries = names.map((name) => `${JSON.stringify(name)}: () => import('../functions/${name}/task.ts')`);
  return `
    const TASKS = { ${entries.join(',\n')} };
    export const ROOT = __dirname;
    export const listTasks = () => Object.keys(TASKS);
    export const loadTask = async (name) => (await TASKS[name]()).task;
  `;
}

const LAZY_BUILTINS = /^(?:node:)?(?:zlib|crypto|https)$/;

/**
 * Loads some of Node's own modules when they are first used, not when they are imported: zlib (grpc-js has it for
 * compressed replies, which are not used), https (for a Nacos behind TLS) and crypto, which takes 7 ms and can wait until
 * Nacos has been asked.
 */
export function lazyBuiltins(): Plugin {
  return {
    name: 'lazy-builtins',
    setup: (build) => {
      build.onResolve({ filter: LAZY_BUILTINS }, ({ path: imported, namespace }) => {
        const name = imported.replace('node:', '');
        return namespace === 'lazy-builtin'
          ? { path: `node:${name}`, external: true }
          : { path: name, namespace: 'lazy-builtin' };
      });
      build.onLoad({ filter: /.*/, namespace: 'lazy-builtin' }, ({ path: name }) => ({
        // a prototype, since that is what esbuild's import of a CommonJS module keeps as it is
        contents: `
          let loaded;
          const get = (_, name) => (loaded ??= require('node:${name}'))[name];
          module.exports = Object.create(new Proxy({}, { get }));
        `,
        loader: 'js',
      }));
    },
  };
}

const GRPC = /[/\\]@grpc[/\\]grpc-js[/\\]/;

/**
 * Gives grpc-js a `net` that asks for an IPv6 address only where there is a colon. It asks of every address, and the first
 * use of Node's pattern for them takes V8 7 ms to compile.
 */
export function quickNet(): Plugin {
  return {
    name: 'quick-net',
    setup: (build) => {
      build.onResolve({ filter: /^(?:node:)?net$/ }, ({ importer }) =>
        GRPC.test(importer) ? { path: 'net', namespace: 'quick-net' } : undefined,
      );
      build.onLoad({ filter: /.*/, namespace: 'quick-net' }, () => ({
        contents: `
          const net = require('node:net');
          module.exports = Object.create(net, { isIPv6: { value: (host) => host.includes(':') && net.isIPv6(host) } });
        `,
        loader: 'js',
      }));
    },
  };
}

const UNUSED =
  /^(?:thread-stream|@grpc\/proto-loader|\.\/(?:server|orca|admin|server-interceptors|server-call|server-credentials|load-balancer-(?:round-robin|outlier-detection|weighted-round-robin)))$/;
const GRPC_INDEX = /grpc-js[/\\]build[/\\]src[/\\](?:index|experimental)\.js$/;

/**
 * Leaves out of the bundle what a function never runs but its packages load all the same: pino's worker transport
 * (thread-stream; our lines are written synchronously), and of grpc-js the server's side with the proto-loader that its
 * channelz and orca services ask for, and every load-balancing policy but pick_first: a channel here has one address. About 150 kB.
 */
export function unusedModules(): Plugin {
  return {
    name: 'unused-modules',
    setup: (build) => {
      build.onResolve({ filter: UNUSED }, ({ path: imported, importer }) =>
        imported.startsWith('.') && !GRPC_INDEX.test(importer) ? undefined : { path: imported, namespace: 'unused' },
      );
      build.onLoad({ filter: /.*/, namespace: 'unused' }, () => ({
        contents: 'exports.setup = () => {};',
        loader: 'js',
      }));
    },
  };
}
