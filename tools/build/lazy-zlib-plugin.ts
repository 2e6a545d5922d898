import type { Plugin } from 'esbuild';

/** Loads node:zlib when it is first used: grpc-js requires it at its load, for compressed replies that nobody sends. */
export function lazyZlib(): Plugin {
  return {
    name: 'lazy-zlib',
    setup: (build) => {
      build.onResolve({ filter: /^(?:node:)?zlib$/ }, ({ namespace }) =>
        namespace === 'lazy-zlib' ? { path: 'node:zlib', external: true } : { path: 'zlib', namespace: 'lazy-zlib' },
      );
      build.onLoad({ filter: /.*/, namespace: 'lazy-zlib' }, () => ({
        contents: "module.exports = new Proxy({}, { get: (_, name) => require('node:zlib')[name] });",
        loader: 'js',
      }));
    },
  };
}
