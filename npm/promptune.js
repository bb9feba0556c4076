#!/usr/bin/env node
// Runs the native program, which npm installed as the optional package of this platform. The hook does not come here:
// `promptune install` puts the native program itself into the plugin.
"use strict";

const { spawnSync } = require("node:child_process");
const { optionalDependencies, version } = require("../package.json");

function fail(problem, mend) {
  process.stderr.write(`promptune: ${problem}\n  mend: ${mend}\n`);
  process.exit(1);
}

function program() {
  const name = `@promptune/${process.platform}-${process.arch}`;
  const source = "build it from source: cargo install promptune";
  if (!(name in optionalDependencies)) {
    fail(`there is no package for ${process.platform} on ${process.arch}`, source);
  }
  const file = process.platform === "win32" ? "promptune.exe" : "promptune";
  let found;
  try {
    found = require(`${name}/package.json`).version;
  } catch {
    fail(
      `the package ${name} is missing, which holds the program`,
      `npm install -g promptune@${version}, without --omit=optional or --no-optional; or ${source}`,
    );
  }
  if (found !== version) {
    fail(`the package ${name} is of version ${found}, this one of ${version}`, `npm install -g promptune@${version}`);
  }
  return require.resolve(`${name}/bin/${file}`);
}

const path = program();
const run = spawnSync(path, process.argv.slice(2), { stdio: "inherit" });
if (run.error) {
  fail(`${path} cannot be run: ${run.error.message}`, `npm install -g promptune@${version}`);
}
if (run.signal) {
  // A shell is to see that it ended by this signal.
  process.kill(process.pid, run.signal);
}
process.exitCode = run.status ?? 1;
