/**
 * Tasks that the kernel found hung: /proc/sys/kernel/hung_task_detect_count, Documentation/admin-guide/sysctl/kernel.rst,
 * Linux 6.13, CONFIG_DETECT_HUNG_TASK. 1 series.
 *
 * @module
 */

import { defineCollector } from "../src/collector.ts";
import { numberIn } from "../src/kernel_text.ts";

export default defineCollector({
  name: "kernel_hung",
  help: "Tasks that the kernel found hung.",
  peer: true,
  freshnessSeconds: 0.1,
  platforms: ["linux"],
  metrics: {
    node_kernel_hung_tasks_total: {
      type: "counter",
      help: "Total number of tasks that have been detected as hung since the system booted.",
    },
  },
  sources: ["/proc/sys/kernel/hung_task_detect_count"],
  read: ({ source }): number | null => numberIn(source.proc, "sys/kernel/hung_task_detect_count") ?? null,
  samples(tasks, emit) {
    emit("node_kernel_hung_tasks_total", tasks);
  },
});
