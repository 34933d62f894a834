/**
 * Imports the module that it is given, does nothing with it, and prints what that changed in the process.
 *
 * @module
 */

import process from "node:process";

const changeable = () => [
  ...Object.getOwnPropertyNames(globalThis),
  ...process.getActiveResourcesInfo().filter((name) => name !== "CloseReq").map((name) => `resource ${name}`),
  ...process.eventNames().map((name) => `listener ${String(name)}`),
];
const before = new Set(changeable());
await import(process.argv[2] ?? "");
console.log(JSON.stringify(changeable().filter((name) => !before.has(name))));
