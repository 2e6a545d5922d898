// Prints the plain closing line of a CI run from reports in the form of vitest's. Arguments: exit status and report file of each
// command. Plain JavaScript: it also runs where the set-up failed.
import { readFileSync } from 'node:fs';

const commands = process.argv.slice(2);
let [passed, failed] = [0, 0];
for (let at = 0; at < commands.length; at += 2) {
  const [status, file] = [commands[at], commands[at + 1] ?? ''];
  let own = { numPassedTests: 0, numFailedTests: 0 };
  try {
    own = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    // The tests were not reached: a check failed before them, and its message stands above.
  }
  passed += own.numPassedTests;
  failed += status !== '0' && own.numFailedTests === 0 ? 1 : own.numFailedTests;
}
console.log(`${passed} passed, ${failed} failed`);
