import assert from "node:assert/strict";
import fc from "fast-check";
import infiniband, { parseRate, parseState } from "../../collectors/infiniband.ts";
import { parsedOrRefused, textLike } from "../arbitrary_text.ts";
import { hostOf, seriesOf, valueOn } from "../context.ts";

const PORT = "/sys/class/infiniband/mlx5_0/ports/1";
const files = {
  "/sys/class/infiniband/mlx5_0/fw_ver": "20.28\n",
  [`${PORT}/state`]: "4: ACTIVE\n",
  [`${PORT}/phys_state`]: "5: LinkUp\n",
  [`${PORT}/rate`]: "2.5 Gb/sec (1X SDR)\n",
  [`${PORT}/counters/port_rcv_data`]: "100\n",
  [`${PORT}/counters/port_xmit_wait`]: "N/A (no PMA)\n",
  [`${PORT}/counters_ext/port_xmit_data_64`]: "7\n",
  [`${PORT}/counters/VL15_dropped`]: "3\n",
  [`${PORT}/hw_counters/out_of_sequence`]: "5\n",
  [`${PORT}/hw_counters/lifespan`]: "1999\n",
  "/sys/class/infiniband/irdma0/ports/1/state": "1: DOWN\n",
};

Deno.test("infiniband: counts data in octets, and leaves out what a port does not tell", async () => {
  assert.deepEqual(seriesOf(infiniband, await valueOn(infiniband, hostOf(files))), {
    'node_infiniband_info{board_id="",device="irdma0",firmware_version="",hca_type=""}': 1,
    'node_infiniband_state_id{device="irdma0",port="1"}': 1,
    'node_infiniband_info{board_id="",device="mlx5_0",firmware_version="20.28",hca_type=""}': 1,
    'node_infiniband_state_id{device="mlx5_0",port="1"}': 4,
    'node_infiniband_physical_state_id{device="mlx5_0",port="1"}': 5,
    'node_infiniband_rate_bytes_per_second{device="mlx5_0",port="1"}': 312_500_000,
    'node_infiniband_lifespan_seconds{device="mlx5_0",port="1"}': 1,
    'node_infiniband_legacy_data_transmitted_bytes_total{device="mlx5_0",port="1"}': 28,
    'node_infiniband_port_data_received_bytes_total{device="mlx5_0",port="1"}': 400,
    'node_infiniband_vl15_dropped_total{device="mlx5_0",port="1"}': 3,
    'node_infiniband_out_of_sequence_packets_received_total{device="mlx5_0",port="1"}': 5,
  });
});

Deno.test("infiniband: reports the devices that the options want; is not here without any", async () => {
  const options = { infiniband: { "device-exclude": "^mlx" } };
  assert.equal(Object.keys(seriesOf(infiniband, await valueOn(infiniband, hostOf(files), options))).length, 2);
  assert.throws(
    () => infiniband.options?.parse({ "device-include": "a", "device-exclude": "b" }),
    /only one may be given/,
  );
  assert.equal(await valueOn(infiniband, hostOf({})), null);
});

Deno.test("infiniband: names the file that holds no number", async () => {
  await assert.rejects(valueOn(infiniband, hostOf({ ...files, [`${PORT}/counters/link_downed`]: "x\n" })), {
    name: "SyntaxError",
    message: `Cannot parse "${PORT}/counters/link_downed": unexpected line "x"`,
  });
  for (const text of ["", "ACTIVE", "-1: x", "4: a: b"]) assert.throws(() => parseState("state", text), SyntaxError);
  for (const text of ["", "fast", "1e3 Gb/sec", "10 Mb/sec"]) assert.throws(() => parseRate("rate", text), SyntaxError);
});

Deno.test("parseState, parseRate: refuse arbitrary text by a SyntaxError only, and never make up a number", () => {
  fc.assert(fc.property(textLike("4: ACTIVE"), textLike("100 Gb/sec (4X EDR)"), (state, rate) => {
    assert(Number.isFinite(parsedOrRefused((text) => parseState("state", text), state) ?? 0));
    assert(Number.isFinite(parsedOrRefused((text) => parseRate("rate", text), rate) ?? 0));
  }));
});
