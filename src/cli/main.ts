#!/usr/bin/env node
import { runCli } from './run.js';
import { hostTerminal } from './terminal.js';

runCli(process.argv.slice(2), hostTerminal()).then((code) => {
  // Not `process.exit`, which would cut off what a pipe has not taken yet.
  process.exitCode = code;
});
