// Loaded with --require into a function under test: writes the names of Node's own modules that were loaded when the first
// answer left, one line each, to the file PROBE_FILE.
const { writeFileSync } = require('node:fs');
const { ServerResponse } = require('node:http');

const end = ServerResponse.prototype.end; // oxlint-disable-line typescript/unbound-method -- called with the response as this
ServerResponse.prototype.end = function (...args) {
  ServerResponse.prototype.end = end;
  const loaded = process.moduleLoadList.filter((entry) => entry.startsWith('NativeModule '));
  writeFileSync(process.env.PROBE_FILE, loaded.map((entry) => entry.slice('NativeModule '.length)).join('\n'));
  return end.apply(this, args);
};
