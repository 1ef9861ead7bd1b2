// Resolves the Google bindings' entry point to the lazy one they ship; see fast_synth.py.
const { existsSync } = require("node:fs");
const Module = require("node:module");

const resolve = Module._resolveFilename;
Module._resolveFilename = function (...request) {
  const file = resolve.apply(this, request);
  const lazy = file.replace(/([\\/]provider-google[\\/]lib[\\/])index\.js$/, "$1lazy-index.js");
  return lazy !== file && existsSync(lazy) ? lazy : file;
};
