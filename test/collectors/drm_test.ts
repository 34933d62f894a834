import assert from "node:assert/strict";
import drm from "../../collectors/drm.ts";
import { hostOf, seriesOf, valueOn } from "../context.ts";

const CARD = "/sys/class/drm/card0/device";

Deno.test("drm: shows cards of amdgpu alone; what their firmware does not give is 0 as with the peer", async () => {
  const host = hostOf({
    [`${CARD}/uevent`]: "DRIVER=amdgpu\nPCI_CLASS=30000\n",
    [`${CARD}/gpu_busy_percent`]: "4\n",
    [`${CARD}/mem_info_vram_total`]: "8573157376\n",
    [`${CARD}/power_dpm_force_performance_level`]: "manual\n",
    "/sys/class/drm/card0-DP-1/status": "connected\n",
    "/sys/class/drm/card1/device/uevent": "DRIVER=i915\n",
  });
  assert.deepEqual(seriesOf(drm, await valueOn(drm, host)), {
    'node_drm_card_info{card="card0",memory_vendor="",power_performance_level="manual",unique_id="",vendor="amd"}': 1,
    'node_drm_gpu_busy_percent{card="card0"}': 4,
    'node_drm_memory_gtt_size_bytes{card="card0"}': 0,
    'node_drm_memory_gtt_used_bytes{card="card0"}': 0,
    'node_drm_memory_vis_vram_size_bytes{card="card0"}': 0,
    'node_drm_memory_vis_vram_used_bytes{card="card0"}': 0,
    'node_drm_memory_vram_size_bytes{card="card0"}': 8573157376,
    'node_drm_memory_vram_used_bytes{card="card0"}': 0,
  });
});

Deno.test("drm: has no cards without its folder, and fails on a file that holds no number", async () => {
  assert.deepEqual(await valueOn(drm, hostOf({})), []);
  const host = hostOf({ [`${CARD}/uevent`]: "DRIVER=amdgpu", [`${CARD}/gpu_busy_percent`]: "idle" });
  await assert.rejects(valueOn(drm, host), {
    message: `Cannot parse "${CARD}/gpu_busy_percent": unexpected line "idle"`,
  });
});
