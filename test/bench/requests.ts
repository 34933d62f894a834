/**
 * What `instrument()` adds to one request: handlers called in one process, without a network, bare and measured by turns.
 *
 * @module
 */

import { instrument } from "../../mod.ts";
import { type Bench, type Figure, median } from "./figure.ts";
import { interleaved, report, rowsOf, type Values } from "./subject_process.ts";

const ROUNDS = 5;
const CALLS = 200_000;
const TURNS = 7;

type Call = () => Response | Promise<Response>;

/** A handler and its request. */
interface Subject {
  readonly handler: (request: Request) => Response | Promise<Response>;
  readonly request: () => Request;
  readonly route?: (request: Request) => string;
}

const get = () => new Request("http://localhost/users/7");
const post = () =>
  new Request("http://localhost/users/7", { method: "POST", body: "x", headers: { "content-length": "1" } });
const respond = () => new Response("hello");

const SUBJECTS: Readonly<Record<string, Subject>> = {
  "GET": { handler: respond, request: get },
  "GET, async": { handler: async () => await Promise.resolve(respond()), request: get },
  "GET, with a route": { handler: respond, request: get, route: () => "/users/:id" },
  "POST, with lengths": {
    handler: () => new Response("hello", { headers: { "content-length": "5" } }),
    request: post,
  },
};

/** Seconds per call. */
async function timePerCall(call: Call): Promise<number> {
  const began = performance.now();
  for (let i = 0; i < CALLS; i++) {
    const answer = call();
    if (answer instanceof Promise) await answer;
  }
  return (performance.now() - began) / 1000 / CALLS;
}

async function measure({ handler, request: make, route }: Subject): Promise<Values> {
  const app = instrument(handler, { route });
  const request = make();
  const bare: number[] = [];
  const measured: number[] = [];
  for (let turn = 0; turn <= TURNS; turn++) {
    const [one, other] = [await timePerCall(() => handler(request)), await timePerCall(() => app(request))];
    // The first turn is the compiler's.
    if (turn > 0) {
      bare.push(one);
      measured.push(other);
    }
  }
  await app.exporter.stop();
  return { bare: median(bare), measured: median(measured), added: median(measured) - median(bare) };
}

const FIGURES: readonly { readonly key: string; readonly name: string; readonly atMost?: number }[] = [
  { key: "bare", name: "bare handler" },
  { key: "measured", name: "instrumented handler" },
  { key: "added", name: "added per request", atMost: 3e-6 },
];

export default {
  name: "requests",
  title: "Cost of measuring a request",
  async run({ rounds = ROUNDS }) {
    const subjects = Object.fromEntries(Object.keys(SUBJECTS).map((name) => [name, [name]]));
    const found = await interleaved(import.meta.url, subjects, rounds);
    const figures = FIGURES.flatMap(({ key, name, atMost }): Figure[] => [{
      name,
      unit: "seconds",
      rows: rowsOf(found, key),
      aim: atMost === undefined ? undefined : { subject: "", of: "value", atMost },
    }]);
    return { figures, notes: [] };
  },
} satisfies Bench;

if (import.meta.main) {
  const subject = SUBJECTS[Deno.args[0] ?? ""];
  if (!subject) throw new RangeError(`Cannot measure ${JSON.stringify(Deno.args[0])}: there is no such subject`);
  report(await measure(subject));
}
