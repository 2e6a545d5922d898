// Prints the plain closing line of a CI run from vitest's JSON report. Plain JavaScript: it also runs where the set-up failed.
import { readFileSync } from 'node:fs';

const [file = '', status = '1'] = process.argv.slice(2);
let [passed, failed] = [0, 0];
try {
  const report = JSON.parse(readFileSync(file, 'utf8'));
  passed = report.numPassedTests;
  failed = report.numFailedTests;
} catch {
  // The tests were not reached: a check failed before them, and its message stands above.
}
if (status !== '0' && failed === 0) failed = 1;
console.log(`${passed} passed, ${failed} failed`);
