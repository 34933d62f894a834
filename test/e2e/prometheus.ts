/**
 * Real Prometheus servers that scrape Sonde, and what they have stored.
 *
 * @module
 */

import assert from "node:assert/strict";
import { seriesName } from "./page.ts";
import { type Folder, folder, type Running, start, until } from "./programs.ts";

/** A job of a server. */
export interface Job {
  readonly name: string;
  /** As `127.0.0.1:36041`. */
  readonly target: string;
  /** As `1s`. */
  readonly interval: string;
  /** Other settings of the job, as the configuration has them. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** One series of an answer, with its value at the time asked for. */
export interface Point {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** An alert that a server has, pending or firing. */
export interface Alert {
  /** `alertname` and the labels of its series and rule. */
  readonly labels: Readonly<Record<string, string>>;
  /** `pending` or `firing`. */
  readonly state: string;
}

/** A server that runs. */
export interface Prometheus extends Running {
  /** As `127.0.0.1:36041`. */
  readonly host: string;
  /** Answers a query, at a time in seconds since 1970 if one is given. */
  query(query: string, time?: number): Promise<readonly Point[]>;
  /** All that it has ever stored of a job, as series without `job` and `instance`, without what it adds itself. */
  stored(job: string): Promise<ReadonlySet<string>>;
  /** What it says of its targets, by job. */
  targets(): Promise<ReadonlyMap<string, { readonly health: string; readonly lastError: string }>>;
  /** Alerts that its rules have raised. */
  alerts(): Promise<readonly Alert[]>;
  /** Values of the series that a query finds, one after another as they were stored. */
  history(query: string): Promise<readonly (readonly number[])[]>;
  /** Waits until it has scraped a job so many times. */
  scraped(job: string, times: number): Promise<void>;
}

interface Answer<T> {
  readonly status: string;
  readonly error?: string;
  readonly data: T;
}

interface Target {
  readonly health: string;
  readonly lastError: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** What a server stores of every target besides what the target shows. */
const ADDED = /^(up|scrape_\w+)$/;

function configuration(jobs: readonly Job[], ruleFiles: readonly string[]): string {
  return JSON.stringify({
    global: { evaluation_interval: "1s" },
    rule_files: ruleFiles,
    scrape_configs: jobs.map(({ name, target, interval, settings }) => ({
      job_name: name,
      scrape_interval: interval,
      scrape_timeout: interval,
      static_configs: [{ targets: [target] }],
      ...settings,
    })),
  });
}

/** Starts a server in a folder of its own, with a file of rules if its text is given, and waits until it is ready. */
export async function servePrometheus(program: string, jobs: readonly Job[], rules?: string): Promise<Prometheus> {
  const own = await folder();
  let running: Running | undefined;
  try {
    running = await ready(program, own, jobs, rules);
    const [, host = ""] = await running.says(/"Listening on".*?address=(127\.0\.0\.1:\d+)/);
    await running.says(/ready to receive web requests/);
    return { ...running, ...client(host), [Symbol.asyncDispose]: () => dispose(running, own) };
  } catch (error) {
    await dispose(running, own);
    throw error;
  }
}

async function ready(program: string, own: Folder, jobs: readonly Job[], rules?: string): Promise<Running> {
  const ruleFiles = rules === undefined ? [] : [await own.write("rules.yml", rules)];
  const file = await own.write("prometheus.yml", configuration(jobs, ruleFiles));
  const flags = [`--config.file=${file}`, `--storage.tsdb.path=${own.at("data")}`, "--web.listen-address=127.0.0.1:0"];
  return start([program, ...flags]);
}

async function dispose(running: Running | undefined, own: Folder): Promise<void> {
  await running?.[Symbol.asyncDispose]();
  await own[Symbol.asyncDispose]();
}

function client(host: string): Omit<Prometheus, keyof Running> {
  const ask = async <T>(path: string, parameters: Readonly<Record<string, string>>): Promise<T> => {
    const response = await fetch(`http://${host}/api/v1/${path}?${new URLSearchParams(parameters)}`);
    const answer: Answer<T> = await response.json();
    assert.equal(answer.status, "success", answer.error);
    return answer.data;
  };
  const query: Prometheus["query"] = async (query, time) => {
    type Vector = readonly { readonly metric: Record<string, string>; readonly value: readonly [number, string] }[];
    const at: Record<string, string> = time === undefined ? {} : { time: String(time) };
    const { result } = await ask<{ readonly result: Vector }>("query", { query, ...at });
    return result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
  };
  return {
    host,
    query,
    async stored(job) {
      const found = await ask<readonly Record<string, string>[]>("series", { "match[]": `{job="${job}"}`, start: "0" });
      return new Set(
        found.flatMap(({ __name__: name = "", job: _, instance: __, ...labels }) =>
          ADDED.test(name) ? [] : seriesName(name, labels)
        ),
      );
    },
    async alerts() {
      return (await ask<{ readonly alerts: readonly Alert[] }>("alerts", {})).alerts;
    },
    async history(query) {
      type Matrix = readonly { readonly values: readonly (readonly [number, string])[] }[];
      const { result } = await ask<{ readonly result: Matrix }>("query", { query: `${query}[1h]` });
      return result.map(({ values }) => values.map(([, value]) => Number(value)));
    },
    async targets() {
      const { activeTargets } = await ask<{ readonly activeTargets: readonly Target[] }>("targets", {});
      return new Map(activeTargets.map(({ labels, health, lastError }) => [labels.job ?? "", { health, lastError }]));
    },
    async scraped(job, times) {
      await until(
        async () => ((await query(`count_over_time(up{job="${job}"}[1h])`))[0]?.value ?? 0) >= times,
        `${times} scrapes of ${job}`,
      );
    },
  };
}
