// Preloaded into a function process by NODE_OPTIONS: SIGUSR2 collects garbage and writes what is left to standard error.
const { setTimeout: pause } = require('node:timers/promises');
const v8 = require('node:v8');
const vm = require('node:vm');

v8.setFlagsFromString('--expose-gc');
const collect = vm.runInNewContext('gc');
process.on('SIGUSR2', async () => {
  for (let round = 0; round < 5; round += 1) {
    collect(); // what finalizers let go of, as those of AbortSignal.any, takes another round
    await pause(50);
  }
  const heapMb = process.memoryUsage().heapUsed / 1e6;
  process.stderr.write(`observed ${JSON.stringify({ heapMb, handles: process.getActiveResourcesInfo().length })}\n`);
});
