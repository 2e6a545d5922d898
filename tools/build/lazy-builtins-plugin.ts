import type { Plugin } from 'esbuild';

const FILTER = /^(?:node:)?(?:zlib|crypto|https)$/;

/**
 * Loads some of Node's own modules when they are first used, not when somebody imports them: zlib (grpc-js has it for
 * compressed replies that nobody sends), https (for a Nacos behind TLS) and crypto, which takes 7 ms and can wait until
 * Nacos has been asked.
 */
export function lazyBuiltins(): Plugin {
  return {
    name: 'lazy-builtins',
    setup: (build) => {
      build.onResolve({ filter: FILTER }, ({ path, namespace }) => {
        const name = path.replace('node:', '');
        return namespace === 'lazy-builtin'
          ? { path: `node:${name}`, external: true }
          : { path: name, namespace: 'lazy-builtin' };
      });
      build.onLoad({ filter: /.*/, namespace: 'lazy-builtin' }, ({ path }) => ({
        // a prototype, since that is what esbuild's import of a CommonJS module keeps as it is
        contents: `
          let loaded;
          const get = (_, name) => (loaded ??= require('node:${path}'))[name];
          module.exports = Object.create(new Proxy({}, { get }));
        `,
        loader: 'js',
      }));
    },
  };
}
