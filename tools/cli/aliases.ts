import type { Command } from 'commander';
import type { CliHost } from './cli-host.ts';
import { addRunOptions } from './run.ts';
import type { RunOptions } from './run/run-task.ts';

/** The command tree of the Go tool, by which old Job manifests start their work. */
const OLD_COMMANDS = {
  leke: { goods: { onsale: 'goods-onsale' }, order: { full: 'full-order', increment: 'increment-order' } },
  jushuitan: { inventory: { fetch: 'inventory-fetch' } },
} as const;

type Tree = { readonly [word: string]: string | Tree };

/** The old commands as hidden aliases of `run`. */
export function addAliases(program: Command, host: CliHost): void {
  addTree(program, OLD_COMMANDS, host);
}

function addTree(parent: Command, tree: Tree, host: CliHost): void {
  for (const [word, below] of Object.entries(tree)) {
    const command = parent.command(word, { hidden: true });
    if (typeof below === 'string') {
      const asRun = command.description(`the old name of: run ${below}`);
      addRunOptions(asRun).action(async (options: RunOptions) => {
        const { run } = await import('./run/run-task.ts');
        await run(below, options, host);
      });
    } else {
      addTree(command.description('old commands'), below, host);
    }
  }
}
