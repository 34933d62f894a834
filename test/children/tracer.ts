/**
 * Traces the process whose number is its argument until it is killed itself: so long, that process stays a zombie after
 * SIGKILL, and its parent does not get to know of its end.
 */

const PTRACE_SEIZE = 0x4206;
const libc = Deno.dlopen("libc.so.6", { ptrace: { parameters: ["i64", "i32", "i64", "i64"], result: "i64" } });
const result = libc.symbols.ptrace(BigInt(PTRACE_SEIZE), Number(Deno.args[0]), 0n, 0n);
console.log(result === 0n ? "tracing" : "refused");
setInterval(() => {}, 1000);
