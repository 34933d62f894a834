/**
 * One page of 8 workers with 5,000 series each: what a scrape costs the process that adds them up, from the workers' messages
 * to the text, beside prom-client's AggregatorRegistry.
 *
 * @module
 */

import assert from "node:assert/strict";
import { AggregatorRegistry } from "prom-client";
import { createAggregator } from "../../src/aggregator.ts";
import type { Channel } from "../../src/aggregation/channel.ts";
import { encodeAnswer } from "../../src/aggregation/worker_message.ts";
import { parseLabels } from "../../src/batch.ts";
import { family } from "../aggregation/fake_worker.ts";
import { type Bench, type Figure, median } from "./figure.ts";
import { interleaved, report, type Values } from "./subject_process.ts";

const WORKERS = 8;
const FAMILIES = 5;
const SERIES_PER_FAMILY = 1000;
const ROUNDS = 5;
const WARM_UP_SCRAPES = 5;
const SCRAPES = 15;
/** Longer than what workers have answered is shown to others. */
const PAUSE_MS = 130;

/** What one worker shows after so many scrapes. */
function shown(worker: number, scrapes: number) {
  return Array.from({ length: FAMILIES }, (_, i) => {
    const series = Array.from({ length: SERIES_PER_FAMILY }, (_, k): [string, number] => [
      `kind="k${k}",route="/r/${k % 50}"`,
      scrapes * (k + worker + 1),
    ]);
    return family("counter", `sonde_bench_${i}_total`, Object.fromEntries(series));
  });
}

/** Makes messages ready; what it returns is measured: messages to text. */
type Prepare = (scrapes: number) => () => Promise<string>;

function sonde(): Prepare {
  const messages = Array.from({ length: WORKERS }, (_, worker) => messagesOf(worker, 0));
  const aggregator = createAggregator();
  for (const own of messages.keys()) {
    let take = (_message: unknown) => {};
    const channel: Channel = {
      send: () => messages[own]?.forEach((message) => take(message)),
      onMessage: (taker) => {
        take = taker;
        return () => {};
      },
    };
    aggregator.add(channel);
  }
  return (scrapes) => {
    for (const worker of messages.keys()) messages[worker] = messagesOf(worker, scrapes);
    return async () => await (await aggregator.handler(new Request("http://localhost/metrics"))).text();
  };
}

function messagesOf(worker: number, scrapes: number): unknown[] {
  const batch = new Map(shown(worker, scrapes).map((each) => [each.name, each]));
  return [...encodeAnswer(batch, { instance: `${worker}`, process: `${worker}` }, scrapes + 1)];
}

function promClient(): Prepare {
  return (scrapes) => {
    const messages = Array.from(
      { length: WORKERS },
      (_, worker) =>
        shown(worker, scrapes).map(({ name, help, type, series }) => ({
          name,
          help,
          type,
          aggregator: "sum",
          values: [...series].map(([key, value]) => ({ labels: parseLabels(key), value })),
        })),
    );
    return async () => await AggregatorRegistry.aggregate(messages).metrics();
  };
}

async function measure(prepare: Prepare): Promise<Values> {
  const times: number[] = [];
  for (let scrapes = 1; scrapes <= WARM_UP_SCRAPES + SCRAPES; scrapes++) {
    const scrape = prepare(scrapes);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    const began = performance.now();
    const page = await scrape();
    if (scrapes > WARM_UP_SCRAPES) times.push((performance.now() - began) / 1000);
    assert.equal(page.match(/^sonde_bench/gm)?.length, FAMILIES * SERIES_PER_FAMILY);
  }
  return { time: median(times) };
}

export default {
  name: "workers",
  title: "One page of 8 workers, 5,000 series each",
  async run({ rounds = ROUNDS }) {
    const found = await interleaved(import.meta.url, { Sonde: ["sonde"], "prom-client": ["prom-client"] }, rounds);
    const figure: Figure = {
      name: "scrape, all series changed",
      unit: "seconds",
      rows: [...found].map(([subject, values]) => ({ subject, rounds: values.map(({ time = NaN }) => time) })),
      peer: "prom-client",
      aim: { subject: "Sonde", of: "value", atMost: 0.05 },
    };
    return { figures: [figure], notes: [] };
  },
} satisfies Bench;

if (import.meta.main) report(await measure(Deno.args[0] === "sonde" ? sonde() : promClient()));
