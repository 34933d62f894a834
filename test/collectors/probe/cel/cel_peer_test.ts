/**
 * Programs of CEL, evaluated by a real blackbox_exporter: whether what is recorded of it is still so.
 *
 * @module
 */

import assert from "node:assert/strict";
import { folder, output, testWith } from "../../../e2e/programs.ts";
import { PEER, startBlackbox, valueOn } from "../blackbox.ts";
import { type Answer, type CelAnswer, celAnswers } from "../cel_answers.ts";
import { httpTarget, respondsWith, routes } from "../target.ts";

const moduleOf = (source: string) => ({
  prober: "http",
  timeout: "10s",
  http: { preferred_ip_protocol: "ip4", fail_if_body_json_not_matches_cel: source },
});

function answerOn(page: string): Answer {
  if (valueOn(page, "probe_success") === 1) return "true";
  if (page.includes('msg="Error unmarshalling HTTP body to JSON"')) return "json";
  if (page.includes('msg="Error evaluating CEL expression"')) return "error";
  if (page.includes('msg="CEL evaluation result is not a boolean"')) return "type";
  assert(page.includes('msg="Body did not match CEL expression"'), page);
  return "false";
}

/** Those whose answer is another. */
async function differing(answers: readonly CelAnswer[], path: string): Promise<readonly unknown[]> {
  const bodies = [...new Set(answers.map(({ body }) => body))];
  const sources = [...new Set(answers.map(({ source }) => source))];
  const pages = bodies.map((body, i) => [`/${i}`, respondsWith(body)] as const);
  await using target = await httpTarget(routes(Object.fromEntries(pages)));
  await using peer = await startBlackbox(
    path,
    Object.fromEntries(sources.map((source, i) => [`m${i}`, moduleOf(source)])),
  );
  const found = [];
  for (const { source, body, peer: recorded } of answers) {
    const url = `http://127.0.0.1:${target.port}/${bodies.indexOf(body)}`;
    const answer = answerOn(await peer.probe(`m${sources.indexOf(source)}`, url));
    if (answer !== recorded) found.push([source, body.slice(0, 40), answer, recorded]);
  }
  return found;
}

testWith("cel.json: a real blackbox_exporter answers as recorded", [PEER], async (path) => {
  assert.deepEqual(await differing(celAnswers.filter(({ peer }) => peer !== "refused"), path(PEER)), []);
});

testWith("cel.json: a real blackbox_exporter refuses what is recorded to be refused", [PEER], async (path) => {
  await using home = await folder();
  const accepted = [];
  for (const { source } of celAnswers.filter(({ peer }) => peer === "refused")) {
    const file = await home.write("blackbox.yml", JSON.stringify({ modules: { m: moduleOf(source) } }));
    const { code } = await output([path(PEER), "--config.check", `--config.file=${file}`]);
    if (code === 0) accepted.push(source);
  }
  assert.deepEqual(accepted, []);
});
