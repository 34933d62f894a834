/** The examples of several workers: started, scraped, and for the cluster of Node killed and stopped. */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { get } from "node:http";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { started } from "./example_process.ts";

/** How long what is waited for may take, on a busy machine. */
const PATIENCE_MS = 120_000;
const example = (file: string) => fileURLToPath(new URL(`../examples/${file}`, import.meta.url));
const hasNode = (process.env.PATH ?? "").split(delimiter).some((folder) => existsSync(join(folder, "node")));

/** Waits until something is so. */
async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  while (!await isSo()) {
    if (Date.now() > end) assert.fail(what);
    await new Promise((resolve) => setTimeout(resolve, 120));
  }
}

const text = async (url: string) => await (await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) })).text();

/** What a new connection is answered: connections that are kept are served by one worker. */
function answerOf(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, { agent: false }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (chunk) => body += chunk).on("end", () => resolve(body));
    }).on("error", reject);
  });
}

/** What the cluster needs of the library: Node 20 does not read the language of all the rest before it is built for npm. */
const LIBRARY = ["aggregator.ts", "node_metrics.ts", "share_metrics.ts"];

/** The cluster, bundled so that Node runs it. */
async function cluster(folder: string) {
  const path = join(folder, "cluster.mjs");
  const library = LIBRARY.map((module) =>
    `export * from ${JSON.stringify(new URL(`../src/${module}`, import.meta.url))};`
  );
  await writeFile(join(folder, "library.ts"), library.join("\n"));
  const program = await readFile(example("cluster.mjs"), "utf8");
  await writeFile(join(folder, "program.ts"), program.replace('"@sonde/sonde"', '"./library.ts"'));
  const config = fileURLToPath(new URL("../deno.json", import.meta.url));
  const args = ["bundle", "--quiet", "--minify", "--config", config, "--output", path, join(folder, "program.ts")];
  const { success, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  const child = spawn("node", [path], {
    env: { ...process.env, PORT: "0", METRICS_PORT: "0" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = new Promise((resolve) => child.once("close", resolve));
  const lines: string[] = [];
  createInterface(child.stdout).on("line", (line) => lines.push(line));
  const found = (pattern: RegExp) => lines.flatMap((line) => pattern.exec(line)?.[1] ?? []);
  return {
    page: () => found(/(http\S+metrics)$/)[0] ?? "",
    app: () => found(/Worker \d+ listening on (\S+)/)[0] ?? "",
    workers: () => found(/Worker (\d+) listening/).map(Number),
    stop: async () => {
      // First those that are stopped: they do not notice that the primary ends.
      for (const pid of found(/Worker (\d+) listening/)) {
        if (existsSync(`/proc/${pid}`)) process.kill(Number(pid), "SIGKILL");
      }
      child.kill("SIGKILL");
      await exited;
    },
  };
}

Deno.test({
  name: "examples: cluster.mjs on Node is one page, whose sums never fall when a worker is killed, and another stopped",
  ignore: !hasNode || process.platform === "win32",
  async fn() {
    const folder = await mkdtemp(join(tmpdir(), "sonde-cluster-"));
    const app = await cluster(folder);
    const COUNT = /^http_server_request_duration_seconds_count\{.*\} (\d+)$/m;
    let highest = 0;
    const shows = (...expected: readonly RegExp[]) =>
      until(`no page shows ${expected.join(", ")}`, async () => {
        const page = await text(app.page());
        const count = Number(COUNT.exec(page)?.[1] ?? 0);
        assert.ok(count >= highest, `requests fell from ${highest} to ${count}`);
        highest = count;
        return expected.every((pattern) => pattern.test(page));
      });
    const counted = (requests: number) =>
      until(`${requests} requests are not counted`, async () => {
        await shows();
        return highest === requests;
      });
    try {
      await until("four workers listen", () => app.workers().length === 4);
      const answered = new Set<string>();
      for (let i = 0; i < 40; i++) answered.add(await answerOf(app.app()));
      assert.ok(answered.size > 1, "only one worker answered");
      await shows(/^sonde_workers 4$/m, /^sonde_workers_missing 0$/m);
      await counted(40);
      const [killed = 0, stopped = 0] = app.workers();
      process.kill(stopped, "SIGSTOP");
      await shows(/^sonde_workers_missing 1$/m);
      process.kill(killed, "SIGKILL");
      await until("another worker listens", () => app.workers().length === 5);
      await shows(/^sonde_workers 4$/m, /^sonde_workers_missing 1$/m);
      assert.equal(highest, 40);
      process.kill(stopped, "SIGCONT");
      await shows(/^sonde_workers_missing 0$/m);
      for (let i = 0; i < 10; i++) await answerOf(app.app());
      await counted(50);
    } finally {
      await app.stop();
      await rm(folder, { recursive: true });
    }
  },
});

Deno.test("examples: cluster_deno.ts is one page of four Workers", async () => {
  await using app = await started(Deno.execPath(), ["run", "-A", "--no-prompt", example("cluster_deno.ts")]);
  await app.shows("/metrics", [
    /^job_duration_seconds_count [1-9]/m,
    /^sonde_workers 4$/m,
    /^sonde_workers_missing 0$/m,
  ]);
});
